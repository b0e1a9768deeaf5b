"""Have one issue tell whether a workflow works: opened or updated when it failed, closed when it is green.

Needs GITHUB_TOKEN with `issues: write` and `actions: read`, and GITHUB_REPOSITORY; GITHUB_RUN_ID says which run. Where
Issues are off there is nothing to close, and green stays green; a failure that can be told nowhere is one more.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from typing import Final

from pipeline.commands.keepalive import workflow
from pipeline.deploy.github import GitHub
from pipeline.deploy.rolling_issue import run_of, tell
from pipeline.errors import GitHubError

HELP = "tell in one issue whether a workflow works"
_ISSUES_ARE_OFF: Final = 410


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--workflow", type=workflow, required=True, metavar="FILE", help="such as snapshot.yml")
    parser.add_argument("--state", choices=("failed", "green"), required=True, help="how its run ended")


def main(args: argparse.Namespace) -> int:
    """Open, update or close it, and say so."""
    try:
        with GitHub(os.environ) as github:
            print(tell(github, run_of(args.workflow, os.environ), args.state, datetime.now(UTC)))
    except GitHubError as error:
        if (args.state, error.status) != ("green", _ISSUES_ARE_OFF):
            raise
        print(f"green, but a failure could not be told: {error.hint}")
    return 0
