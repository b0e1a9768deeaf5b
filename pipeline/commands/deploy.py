"""Make the folder that is uploaded as one artifact: the site's files at the top, and the dataset in data/."""

from __future__ import annotations

import argparse
import html
import sys
from pathlib import Path

from pipeline.deploy.artifact import LIMIT, deploy
from pipeline.deploy.fetch_state import published
from pipeline.deploy.state import check_still_current

HELP = "make the folder to upload: the site, and the dataset with its last three versions"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DEPLOY", help="the folder to upload; replaced whole"
    )
    parser.add_argument("--site", type=Path, metavar="DIR", help="the site's folder, such as build/site")
    parser.add_argument(
        "--over",
        metavar="URL",
        help="the published manifest: refuse where it is not the one that fetch-state brought",
    )
    parser.add_argument(
        "--archive-base",
        metavar="URL",
        help="where releases keep closed months: those that are really there are named by address, not uploaded",
    )
    parser.add_argument("--summary", type=Path, metavar="FILE", help="append what stderr says to this Markdown file")


def main(args: argparse.Namespace) -> int:
    """Make the folder and print its size; on stderr what a person should look at."""
    if args.over:
        check_still_current(args.data, published(args.over), args.over)
    made = deploy(args.data, args.out, args.site, args.archive_base)
    for note in made.notes:
        print(note, file=sys.stderr)
    if args.summary and made.notes:
        with args.summary.open("a", encoding="utf-8") as file:
            file.write("`deploy` says:\n\n<pre>{}</pre>\n\n".format(html.escape("\n".join(made.notes))))
    elsewhere = sum(file.url is not None for file in made.manifest.files)
    print(
        f"{args.out} holds {made.manifest.version}, observed {made.manifest.checked_at:%Y-%m-%d %H:%M} UTC:"
        f" {made.files:,} files, {made.bytes:,} bytes ({made.bytes / LIMIT:.1%} of what may be uploaded);"
        f" {len(made.manifest.superseded)} earlier versions, {elsewhere} files kept in the archive"
    )
    return 0
