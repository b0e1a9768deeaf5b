"""`python -m pipeline`: crawl, publish, and everything around it; the same on a schedule and by hand.

Exit codes: 0 done and complete · 1 nothing published, or the command failed · 2 usage · 4 published, but some source
failed or went stale.
"""

from __future__ import annotations

import argparse
import html
import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from hf_providers import interrupts
from hf_providers.errors import HfProvidersError

COMMANDS: Final = (
    "run",
    "desk",
    "check",
    "derive",
    "docs",
    "queries",
    "publish",
    "replay",
    "backfill",
    "rebuild",
    "site",
    "fetch-state",
    "deploy",
    "verdict",
    "archive",
    "issue",
    "keepalive",
    "release",
    "mirror",
)
"""One module of `pipeline.commands` each, `_` for `-`, with HELP, `arguments(parser)` and `main(args) -> int`."""


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of every command, or of one alone: to import all of them takes longer than most of them do."""
    top = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__.split("\n")[0] if __doc__ else None)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in (only,) if only in COMMANDS else COMMANDS:
        module = _command(name)
        command = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        module.arguments(command)
        command.set_defaults(main=module.main)
    return top


def _command(name: str) -> ModuleType:
    return import_module(f"pipeline.commands.{name.replace('-', '_')}")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; an expected failure is two lines on stderr, never a traceback.

    Raises:
        SystemExit: wrong usage, or a package of the extra is not installed.
    """
    argv = sys.argv[1:] if argv is None else argv
    try:
        return _run(argv)
    except ModuleNotFoundError as error:
        if (error.name or "pipeline").partition(".")[0] in ("hf_providers", "pipeline"):
            raise
        sys.exit(f"the pipeline needs {error.name}, which is not installed: pip install --editable '.[pipeline]'")


def _run(argv: list[str]) -> int:
    args = parser(argv[0] if argv else None).parse_args(argv)
    try:
        code: int = args.main(args)
    except KeyboardInterrupt:
        return 130
    except HfProvidersError as error:
        failure = "\n".join(line for line in (str(error), error.hint) if line)
        print(failure, file=sys.stderr)
        _summarize(args.command, failure)
        failed: int = getattr(error, "code", 1)
        return failed
    return code


def _summarize(command: str, failure: str) -> None:
    """Append a failure to the page of the workflow's run, where GITHUB_STEP_SUMMARY names its file."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"`{command}` failed:\n\n<pre>{html.escape(failure)}</pre>\n\n")


if __name__ == "__main__":
    interrupts.end_at_second()
    sys.exit(main())
