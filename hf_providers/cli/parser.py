"""The parsers: one a command, each with the options that all have in common."""

from __future__ import annotations

import argparse

from hf_providers.cli import COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

FORMATS = ("table", "json", "csv", "markdown")


def parser(name: str, command: ModuleType) -> argparse.ArgumentParser:
    """Return the parser of one command; the default command's also lists the others."""
    default = name == "answer"
    made = argparse.ArgumentParser(
        prog="hfp" if default else f"hfp {name}",
        description=(command.__doc__ or "").strip(),
        epilog=_commands() if default else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.arguments(made)
    common(made)
    return made


def common(made: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    group = made.add_argument_group("output and snapshot")
    group.add_argument("--format", choices=FORMATS, default="table", help="how to print (default: table)")
    group.add_argument("--json", dest="format", action="store_const", const="json", help="short for --format json")
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colour (default: auto)")
    group.add_argument("--snapshot", metavar="DIR", help="a dataset folder or catalog.sqlite, instead of the usual one")


def _commands() -> str:
    from hf_providers import __version__

    listed = "\n".join(f"  {name:<11} {what}" for name, what in COMMANDS.items())
    codes = (
        "exit codes: 0 answered, 1 nothing found, 2 ambiguous or wrong usage, 3 no usable snapshot, 4 network refused,"
    )
    return (
        f"commands (hfp COMMAND --help says more):\n{listed}\n\n{codes} 5 answered in part\nhf-providers {__version__}"
    )
