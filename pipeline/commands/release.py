"""Check that a tag is the version that pyproject.toml and CHANGELOG.md say; with --publish make GitHub's release of it.

--publish needs GITHUB_TOKEN with `contents: write`, and GITHUB_REPOSITORY.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pipeline.deploy.github import GitHub
from pipeline.deploy.release_notes import notes, publish

HELP = "check a release's tag against the version, or publish its notes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--tag", required=True, help="such as v0.1.0")
    parser.add_argument("--publish", action="store_true", help="make the release on GitHub, with the changelog's text")


def main(args: argparse.Namespace) -> int:
    """Print the notes, or the page of the release."""
    body = notes(Path(__file__).parents[2], args.tag)
    if not args.publish:
        print(body, end="")
        return 0
    with GitHub(os.environ) as github:
        print(publish(github, args.tag, body))
    return 0
