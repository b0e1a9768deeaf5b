"""The parsers: one a command, each with the options that all have in common."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.exits import MEANINGS, USAGE, Stop
from hf_providers.cli.options import called, common

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType
    from typing import NoReturn

    from _typeshed import SupportsWrite


class Help(argparse.RawDescriptionHelpFormatter):
    """Writes the same help in every version of Python: an option of two names as 3.13 does, a group on one line."""

    def __init__(self, prog: str, width: int = 80) -> None:
        super().__init__(prog, width=width)  # otherwise argparse asks shutil for it at every option

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, action.dest.upper())
        return f"{', '.join(action.option_strings)} {value}"

    def _format_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None,
    ) -> str:
        start = f"{prefix or 'usage: '}{usage or self._prog} "
        together = {action: group for group in groups for action in group._group_actions}
        options: dict[object, list[str]] = {}
        rest = []
        for action in actions:
            value = "" if action.nargs == 0 else self._format_args(action, action.dest.upper())
            if action.help == argparse.SUPPRESS:
                continue
            if action.option_strings:
                text = f"{action.option_strings[0]} {value}".strip()
                options.setdefault(together.get(action, action), []).append(text)
            else:
                rest.append(value)
        parts = [f"[{' | '.join(texts)}]" for texts in options.values()]
        if len(start + " ".join(parts + rest)) <= self._width:
            return start + " ".join(parts + rest) + "\n\n"
        return _usage_lines(parts, start, self._width) + _usage_lines(rest, " " * len(start), self._width) + "\n"


def _usage_lines(parts: list[str], start: str, width: int) -> str:
    """Return the parts behind `start`, wrapped between them and never within one."""
    from textwrap import fill

    text = " ".join(part.replace(" ", "\0") for part in parts)
    lines = fill(text, width, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False,
                 break_long_words=False)  # fmt: skip
    return lines.replace("\0", " ") + "\n" if parts else ""


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one line and says where to look, instead of printing the whole usage."""

    color: bool
    lists_commands = False

    def format_help(self) -> str:
        """Return the help at the terminal's width; it is made only when asked for."""
        from shutil import get_terminal_size

        width = get_terminal_size().columns - 2
        self.formatter_class = partial(Help, width=width)
        self.description = "\n\n".join(_filled(one, width) for one in (self.description or "").strip().split("\n\n"))
        if self.lists_commands:
            self.epilog = _commands(width)
        return super().format_help()

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print help or the version; unlike argparse, do not hide an error of the output."""
        if message:
            (file or sys.stderr).write(message)

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments.

        Raises:
            Stop: always, with the exit code of wrong usage.
        """
        raise Stop(USAGE, message, f"see: {self.prog} --help")


def parser(name: str, command: ModuleType) -> argparse.ArgumentParser:
    """Return the parser of one command; the default command's also lists the others."""
    default = name == "answer"
    made = Parser(
        prog=called() if default else f"{called()} {name}",
        description=command.__doc__,
        formatter_class=Help,
        allow_abbrev=False,
    )
    made.lists_commands = default
    made.color = (
        False  # from 3.14 on argparse colours its help by its own rules; earlier versions have no such argument
    )
    command.arguments(made)
    common(made, name)
    return made


def _commands(width: int) -> str:
    from hf_providers import __version__

    listed = "\n".join(_filled(f"  {name:<11} {what}", width, indent=14) for name, what in COMMANDS.items())
    codes = "exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items())
    more = f"commands ({called()} COMMAND --help says more)"
    return f"{more}:\n{listed}\n\n{_filled(codes, width)}\nhf-providers {__version__}"


def _filled(paragraph: str, width: int, indent: int = 0) -> str:
    """Return a paragraph wrapped at the width at which argparse wraps the rest, its further lines indented."""
    from textwrap import fill

    return fill(paragraph, width=width, subsequent_indent=" " * indent, break_on_hyphens=False)
