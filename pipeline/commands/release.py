"""Check that a tag is the version in pyproject.toml and CHANGELOG.md; with --publish make GitHub's release of it.

With --data-url, write into the package the address that `hfp sync` fetches from.

--publish needs GITHUB_TOKEN with `contents: write`, and GITHUB_REPOSITORY.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from hf_providers.sync import address
from hf_providers.sync.download import manifest_url
from pipeline.deploy.github import GitHub
from pipeline.deploy.release_notes import notes, publish

HELP = "check a release's tag against the version, or publish its notes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--tag", required=True, help="such as v0.1.0")
    parser.add_argument("--data-url", metavar="URL", help="the published manifest that the package syncs from")
    parser.add_argument("--publish", action="store_true", help="make the release on GitHub, with the changelog's text")


def main(args: argparse.Namespace) -> int:
    """Print the release notes, or the address of the release's page."""
    body = notes(Path(__file__).parents[2], args.tag)
    if args.data_url:
        Path(address.__file__).with_name(address.BUILT_IN).write_text(
            f"{manifest_url(args.data_url)}\n", encoding="utf-8"
        )
    if not args.publish:
        print(body, end="")
        return 0
    with GitHub(os.environ) as github:
        print(publish(github, args.tag, body))
    return 0
