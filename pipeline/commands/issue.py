"""Keep one issue a workflow: open or update it when a run failed, close it when one is green.

Needs GITHUB_TOKEN with `issues: write` and `actions: read`, and GITHUB_REPOSITORY; GITHUB_RUN_ID says which run. Where
Issues are disabled, a green run has nothing to close; a failed one fails this command too, as nobody would learn of it.
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

HELP = "open, update or close the issue about a workflow"
_ISSUES_ARE_OFF: Final = 410


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--workflow", type=workflow, required=True, metavar="FILE", help="such as snapshot.yml")
    parser.add_argument("--state", choices=("failed", "green"), required=True, help="how its run ended")


def main(args: argparse.Namespace) -> int:
    """Open, update or close the issue, and print what was done."""
    try:
        with GitHub(os.environ) as github:
            print(tell(github, run_of(args.workflow, os.environ), args.state, datetime.now(UTC)))
    except GitHubError as error:
        if (args.state, error.status) != ("green", _ISSUES_ARE_OFF):
            raise
        print(f"green, but a failure could not be told: {error.hint}")
    return 0
