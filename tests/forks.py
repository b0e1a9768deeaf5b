"""Children that start at once: forks of a process that has their module imported already, and no thread at work.

Importing the pipeline takes a process longer than most of what a test has it do. `python -m tests.forks MODULE` imports
it once, says `ready`, then reads a JSON list a line: `["run", FUNCTION, ARGUMENTS, FILE]` has a fork call a function of
the module, its output going to the file, and prints the fork's id; `["wait", ID]` prints how that one ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from threading import Timer
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class Forks:
    """The side of a test: what it starts, and how that ended."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self._server.stdout
        return self._server.stdout.readline().strip()

    def _ask(self, *request: Any) -> int:
        assert self._server.stdin
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return int(self._line())

    def start(self, function: str, *arguments: Any, output: Path | None = None) -> int:
        """Start a fork that calls the function, and return its process id."""
        return self._ask("run", function, arguments, str(output or os.devnull))

    def wait(self, process: int, *, kill_after_s: float | None = None) -> int:
        """Wait for the end of a fork, killed where it takes longer, and return its exit code, -9 then."""
        if kill_after_s is None:
            return self._ask("wait", process)
        timer = Timer(kill_after_s, _kill, (process,))
        timer.start()
        try:
            return self._ask("wait", process)
        finally:
            timer.cancel()
            timer.join()


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(process, signal.SIGKILL)


@contextmanager
def forking(module: str) -> Iterator[Forks]:
    """Give the forks of a process that has imported a module."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.forks", module]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as server:
        yield Forks(server)


def _run(module: ModuleType, function: str, arguments: list[Any], output: str) -> None:
    """Be the fork: never return into the loop of the process that it is a fork of."""
    code = 1
    try:
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), 1)
        code = getattr(module, function)(*arguments) or 0
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 the test sees it
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    """Do what stdin says."""
    module = import_module(sys.argv[1])
    # Arrow, polars and jemalloc start threads with their import, which rest, and which a fork does without.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    os.fsync = os.fstat  # as in tests/conftest.py: a killed process leaves what it wrote
    print("ready", flush=True)
    for line in sys.stdin:
        what, *request = json.loads(line)
        if what == "wait":
            print(os.waitstatus_to_exitcode(os.waitpid(request[0], 0)[1]), flush=True)
        elif fork := os.fork():
            print(fork, flush=True)
        else:
            _run(module, *request)


if __name__ == "__main__":
    main()
