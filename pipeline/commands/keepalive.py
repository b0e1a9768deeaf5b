"""Enable workflows again: GitHub stops a schedule after 60 days without a commit.

Needs GITHUB_TOKEN with `actions: write`, and GITHUB_REPOSITORY.
"""

from __future__ import annotations

import argparse
import os
import re
from typing import Final

from pipeline.github import GitHub

HELP = "enable scheduled workflows again, which GitHub stops after 60 quiet days"
_FILE: Final = re.compile(r"[0-9A-Za-z_-]{1,100}\.ya?ml")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--workflow", type=workflow, required=True, nargs="+", metavar="FILE", help="such as snapshot.yml"
    )


def workflow(text: str) -> str:
    """Return the name of a workflow's file.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not _FILE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a workflow's file like snapshot.yml")
    return text


def main(args: argparse.Namespace) -> int:
    """Enable each, and say so."""
    with GitHub(os.environ) as github:
        for name in args.workflow:
            github.change("PUT", f"actions/workflows/{name}/enable", None, type(None))
    print(f"enabled: {', '.join(args.workflow)}")
    return 0
