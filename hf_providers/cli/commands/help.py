"""Explain a command: what it does, and what it takes. Without a name, list all commands."""

from __future__ import annotations

import os

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.exits import OK, USAGE, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.cli.option_types import OutputOptions
    from hf_providers.cli.output import Screen

    class HelpOptions(OutputOptions):
        """`hfp help`."""

        command: str | None


EXAMPLES = (
    ("deepseek-r1", "who serves it, at what price, how fast"),
    ("llama 3.3 --tools --cheapest", "by words, narrowed, the cheapest first"),
    ("cost deepseek-r1 --in 10M --out 1M", "what a job costs with every provider"),
)
"""Commands to try first, each with what it does."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("command", nargs="?", metavar="COMMAND", help=f"one of: {', '.join(COMMANDS)}")


def main(options: HelpOptions) -> int:
    """Print the help of a command, or of `hfp` itself."""
    from hf_providers.cli.parser import parser

    name = options.command or "answer"
    if name not in COMMANDS and name != "answer":
        from hf_providers.cli.validation import nearest

        raise Stop(USAGE, f"there is no command {name[:60]!r}", nearest(name, COMMANDS) or "list them: hfp help")
    parser(name, __import__(f"hf_providers.cli.commands.{name}", fromlist=["main"])).print_help()
    return OK


def short() -> int:
    """Print the help of a bare `hfp`: three examples, and the snapshot's age."""
    from hf_providers.cli.options import called
    from hf_providers.cli.output import Screen

    screen = Screen()
    name = called()
    cells = max(len(typed) for typed, _ in EXAMPLES)
    examples = [f"  {name} {typed:<{cells}}  {what}" for typed, what in EXAMPLES]
    first = f"{name}: who serves an open model on Hugging Face, at what price, how fast, and is it ready"
    print("\n".join([first, "", *examples, "", f"every command: {name} help", _age(screen)]))
    return OK


def _age(screen: Screen) -> str:
    from hf_providers.catalog.locate import open_snapshot
    from hf_providers.cli.output import footer
    from hf_providers.errors import SnapshotError

    try:
        with open_snapshot(None, os.environ) as catalog:
            return footer(screen, catalog)
    except SnapshotError as error:
        return f"no snapshot: {error.hint}"
