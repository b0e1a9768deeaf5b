"""Serve the snapshot to agents: a server of the Model Context Protocol on stdin and stdout, offline and read-only.

A client starts it by itself: docs/agents.md has the configurations. It needs the extra mcp.
"""

from __future__ import annotations

import os
import signal

from hf_providers.cli.exits import INTERRUPTED, OK, USAGE, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.cli.option_types import OutputOptions

    class McpOptions(OutputOptions):
        """`hfp mcp`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""


def main(options: McpOptions) -> int:
    """Serve until the client closes.

    Raises:
        Stop: the SDK is not installed.
        OSError: nothing can be written to the client.
    """
    try:
        from hf_providers.mcp.server import make
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"mcp", "mcp_types"}:
            raise
        from hf_providers.errors import install_hint

        message = "hfp mcp needs the MCP SDK, which is not installed"
        raise Stop(USAGE, message, install_hint("mcp")) from None
    # The thread that waits for a line outlives a KeyboardInterrupt until the client closes.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(INTERRUPTED))
    try:
        make(options.snapshot).run("stdio")
    except ExceptionGroup as group:
        failed = group.subgroup(OSError)
        if failed is None:
            raise
        raise _first(failed) from None
    return OK


def _first(error: Exception) -> Exception:
    """Return the first error of a group, so that `hfp` handles a closed pipe and a full disk as everywhere."""
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error
