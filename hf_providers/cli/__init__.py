"""`hfp`: what are my options for this model? Offline, from the snapshot.

This file decides which command is meant and turns whatever goes wrong into one line of what and one of what to do. It
imports only what that takes: a command's module, and what that module needs, is imported when the command runs.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import ModuleType

COMMANDS = {
    "models": "browse models: by task, provider, price, context",
    "providers": "list providers, show one, or compare those of a model",
    "history": "what a model's offers cost over time",
    "changes": "what changed lately: prices, offers, providers",
    "sql": "query the tables and views with DuckDB",
    "info": "which snapshot this is, and where",
    "completion": "print the completion script of a shell",
}
"""Every command but the default one, each a module of this package, with what it does."""

OK, NOTHING_FOUND, AMBIGUOUS, NO_SNAPSHOT, NETWORK, IN_PART, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
_TAKES_VALUE = ("--snapshot", "--format", "--color")


class Stop(Exception):
    """The command can't go on: the exit code, one line of what is wrong, one of what to type."""

    def __init__(self, code: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def split(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command that is meant, and the arguments without its name; `answer` where none is named."""
    skip = False
    for place, word in enumerate(argv):
        if skip or word.startswith("-"):
            skip = not skip and word in _TAKES_VALUE
            if word == "--":
                break
            continue
        if word in COMMANDS or word == "__complete":
            return word.strip("_"), [*argv[:place], *argv[place + 1 :]]
        break
    return "answer", list(argv)


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Raises:
        Stop, SnapshotError: it can't go on.
        SystemExit: argparse has printed help, or refused the arguments (2).
    """
    name, rest = split(argv)
    if name == "complete":
        from hf_providers.cli.completion import complete

        return complete(rest)
    command = __import__(f"hf_providers.cli.{name}", fromlist=["main"])
    code: int = command.main(_parsed(name, command, rest))
    return code


def _parsed(name: str, command: ModuleType, rest: list[str]) -> argparse.Namespace:
    if name == "answer":
        from hf_providers.cli.quick import quick

        args = quick(rest)
        if args is not None:
            return args
    from hf_providers.cli.parser import parser

    return parser(name, command).parse_args(rest)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `hfp` and return its exit code; what goes wrong is said on stderr, and never as a traceback."""
    from hf_providers.catalog import SnapshotError

    try:
        code = run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except Stop as stop:
        return _complain(stop.code, str(stop), stop.hint)
    except SnapshotError as error:
        return _complain(NO_SNAPSHOT, str(error), error.hint)
    except BrokenPipeError:
        # The reader has gone, `hfp … | head` say. Nothing may be flushed any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else AMBIGUOUS
    except Exception as error:  # a traceback never reaches a user
        if os.environ.get("HFP_DEBUG"):
            raise
        message = f"hfp failed: {type(error).__name__}: {error}"
        return _complain(NOTHING_FOUND, message, "this is a defect: report it, with HFP_DEBUG=1 for the details")
    return code


def _complain(code: int, message: str, hint: str) -> int:
    from hf_providers.cli.text import clean

    print("\n".join(clean(line) for line in (f"hfp: {message}", hint) if line), file=sys.stderr)
    return code
