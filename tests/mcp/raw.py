"""A client of the Model Context Protocol in plain JSON lines, without the SDK: what an agent writes and reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self


class RawClient:
    """Starts a server, shakes hands, and asks; ends it on leaving."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
        )
        self._number = 0
        client = {"name": "test", "version": "1"}
        asked = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        self.server: dict[str, Any] = self.ask("initialize", asked)["serverInfo"]
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a request."""
        self._number += 1
        self._write({"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if message.get("id") == self._number:
                result: dict[str, Any] = message["result"]
                return result
        raise AssertionError(f"the server ended: {self._process.communicate()[1]}")

    def call(self, tool: str, **arguments: Any) -> tuple[bool, str]:
        """Whether a tool's answer is an error, and its text."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        return bool(result.get("isError")), result["content"][0]["text"]

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate(timeout=60)  # closes its stdin, which ends it
        assert self._process.returncode == 0
