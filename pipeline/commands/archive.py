"""Upload closed months of measurements to releases: a draft first, then published; nothing is ever replaced.

Needs GITHUB_TOKEN with `contents: write`, and GITHUB_REPOSITORY. Months that the archive has already are skipped.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pipeline.deploy.archive_names import release_of
from pipeline.deploy.github import GitHub
from pipeline.deploy.month_archive import archive

ARCHIVE_S = 1200.0
"""The time limit of all requests together: well below the half hour that the job may take."""
HELP = "upload closed months of measurements to releases"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")
    parser.add_argument("--dry-run", action="store_true", help="compare, and change nothing")


def main(args: argparse.Namespace) -> int:
    """Archive, and print what each release has now."""
    with GitHub(os.environ, limit_s=ARCHIVE_S) as github:
        done = archive(args.data, github, dry_run=args.dry_run)
    verb = "to upload" if args.dry_run else "uploaded now"
    for month in done:
        print(f"{release_of(month.month)}: {month.files} files, {month.uploaded} of them {verb}")
    if not done:
        print(f"{args.data} has no closed month that is not archived")
    return 0
