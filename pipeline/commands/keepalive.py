"""Enable scheduled workflows: GitHub stops them after 60 days without a commit, and in a fork from the start.

One that a person disabled is left alone. An active one is enabled too: that restarts its 60 days.

Needs GITHUB_TOKEN with `actions: write`, and GITHUB_REPOSITORY.
"""

from __future__ import annotations

import argparse
import os
import re
from typing import Final

from pydantic import BaseModel

from pipeline.deploy.github import GitHub

HELP = "enable scheduled workflows again, which GitHub stops after 60 quiet days"
_BY_HAND: Final = "disabled_manually"
_FILE: Final = re.compile(r"[0-9A-Za-z_-]{1,100}\.ya?ml")


class Workflow(BaseModel):
    """A workflow: active, or why not."""

    state: str


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
    """Enable each workflow that nobody disabled, and print which."""
    with GitHub(os.environ) as github:
        for name in args.workflow:
            print(f"{_kept_alive(github, name)}: {name}")
    return 0


def _kept_alive(github: GitHub, name: str) -> str:
    path = f"actions/workflows/{name}"
    if github.get(path, Workflow).state == _BY_HAND:
        return "left alone, as somebody disabled it"
    github.change("PUT", f"{path}/enable", None, type(None))
    return "enabled"
