"""`hfp`: what are my options for this model? Offline, from the snapshot.

This file finds the command and turns every failure into two lines: what is wrong, and what to do. It imports as little
as possible: a command's module is imported when the command runs.
"""

from __future__ import annotations

import codecs
import os
import sys

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.exits import DEFECT, INTERRUPTED, IO_FAILED, NO_SNAPSHOT, OK, USAGE, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import TextIO

    from hf_providers.cli.options import Options

_EINVAL = 22
_TAKES_VALUE = ("--snapshot", "--format", "--color")


def split(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command that is meant, and the arguments without its name; `answer` where none is named."""
    skip = False
    for index, word in enumerate(argv):
        if skip or word.startswith("-"):
            skip = not skip and word in _TAKES_VALUE
            if word == "--":
                break
            continue
        if word in COMMANDS or word == "__complete":
            return word.strip("_"), [*argv[:index], *argv[index + 1 :]]
        break
    return "answer", list(argv)


def dispatch(argv: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Raises:
        Stop, SnapshotError: it can't go on.
        SystemExit: argparse has printed help, or refused the arguments (2).
    """
    if not argv:
        from hf_providers.cli.commands.help import short

        return short()
    # A terminal that does not write UTF-8 can send half a character, which no name can contain.
    name, rest = split([word.encode("utf-8", "replace").decode() for word in argv])
    if name == "complete":
        from hf_providers.cli.commands.completion import complete

        return complete(rest)
    command = __import__(f"hf_providers.cli.commands.{name}", fromlist=["main"])
    code: int = command.main(_parsed(name, command, rest))
    return code


def _parsed(name: str, command: ModuleType, rest: list[str]) -> Options:
    from hf_providers.cli.fast_args import quick

    options = quick(name, command, rest)
    if options is not None:
        return options
    from hf_providers.cli.options import Options
    from hf_providers.cli.parser import parser

    return Options(vars(parser(name, command).parse_args(rest)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `hfp` and return its exit code; what goes wrong is said on stderr, and never as a traceback."""
    _ready_output()
    if argv is not None:
        return _run(argv)
    import gc

    from hf_providers import interrupts

    gc.set_threshold(100_000)  # a garbage collection would take longer than the answer
    interrupts.end_at_second()
    code = _run(sys.argv[1:])
    _end(code)
    return code


def _end(code: int) -> None:
    """Exit the process at once if nothing waits for its end: Python's own shutdown takes a tenth of an answer.

    All output is flushed by now; an error of stderr itself cannot be reported anywhere.
    """
    if sys.modules.keys() & {"atexit", "threading"}:  # something may be left to do, or still be running
        return
    try:  # noqa: SIM105 - contextlib is not imported on the way to an answer
        sys.stderr.flush()
    except OSError:
        pass
    os._exit(code)


def _run(words: Sequence[str]) -> int:
    """Run `hfp` and return its exit code."""
    try:
        code = _guarded(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, `hfp … | head` say.
        _silence(sys.stdout)
        return OK
    except OSError as error:
        _silence(sys.stdout)
        if sys.platform == "win32" and error.errno == _EINVAL:
            return OK  # what Windows says of a reader that has gone
        return _complain(words, IO_FAILED, str(error), "check the disk, and who may read and write there")
    return code


def _ready_output() -> None:
    """Make the output accept any text: replace what its encoding lacks, and discard what goes to a closed one."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as long as the process
    if sys.stderr is None:  # else print takes None for stdout
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if hasattr(sys.stdout, "reconfigure"):
        codecs.register_error("hfp", _plainly)
        sys.stdout.reconfigure(errors="hfp")
    if sys.platform == "win32" and not os.environ.get("PYTHONIOENCODING"):
        _speak_utf8(sys.stdin, sys.stdout, sys.stderr)


def _speak_utf8(*streams: TextIO | None) -> None:
    """Have streams read and write UTF-8: on Windows a pipe has the encoding of the console's code page."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return the replacement of characters that an encoding lacks: a question mark for all but the signs."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from hf_providers.text import SIGNS

    return "".join(SIGNS.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def _silence(broken: TextIO) -> None:
    """Stop all further writes to a broken output, even the flush at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), broken.fileno())


def _guarded(argv: Sequence[str]) -> int:
    """Run one command and return its exit code; handles every error but those of the output."""
    from hf_providers.errors import SnapshotError

    try:
        return dispatch(argv)
    except Stop as stop:
        return _complain(argv, stop.code, str(stop), stop.hint)
    except SnapshotError as error:
        return _complain(argv, NO_SNAPSHOT, str(error), error.hint)
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else USAGE
    except OSError:
        raise
    except Exception as error:  # a traceback never reaches a user
        if os.environ.get("HFP_DEBUG"):
            raise
        if isinstance(error, ModuleNotFoundError) and not (error.name or "hf_providers").startswith("hf_providers"):
            # A bare checkout: what reads the snapshot runs in it, what asks the Hub does not.
            message = f"this needs {error.name}, which is not installed"
            return _complain(argv, USAGE, message, "install what hfp needs: pip install . in the checkout")
        from hf_providers.catalog import damage

        # Checked only after a failure: checking every value would slow down each answer.
        if wrong := damage.of_snapshot(_snapshot_in(argv), os.environ):
            return _complain(argv, NO_SNAPSHOT, wrong, "fetch it again: hfp sync")
        message = f"hfp failed: {type(error).__name__}: {error}"
        return _complain(argv, DEFECT, message, "this is a defect: report it, with HFP_DEBUG=1 for the details")


def _snapshot_in(argv: Sequence[str]) -> str | None:
    """Return the snapshot that the arguments name; None if they name none."""
    for index, word in enumerate(argv):
        name, _, value = word.partition("=")
        if name == "--snapshot":
            return value or next(iter(argv[index + 1 :]), None)
    return None


def _complain(argv: Sequence[str], code: int, message: str, hint: str) -> int:
    """Say on stderr what is wrong and what to type: in two lines, or as JSON where that was asked for."""
    from hf_providers.text import clean

    sys.stdout.flush()
    message, hint = clean(message), clean(hint)
    if _wants_json(argv):
        import json

        text = json.dumps({"error": message, "hint": hint, "exit_code": code})
    else:
        text = "\n".join(line for line in (f"hfp: {message}", hint) if line)
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:  # the exit code still says what is wrong
        _silence(sys.stderr)
    return code


def _wants_json(argv: Sequence[str]) -> bool:
    """Return whether JSON was asked for, also by arguments that the parser refused."""
    from itertools import pairwise

    return "--json" in argv or "--format=json" in argv or ("--format", "json") in pairwise(argv)
