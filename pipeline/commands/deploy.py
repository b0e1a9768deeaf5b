"""Make the folder that is uploaded as one artifact: the site's files at the top, and the dataset in data/.

With --ask nothing is made: it says whether there is anything to deploy since fetch-state. Where an hour only found what
was known, there is not, for a day; what it saw is left in a file, for the next fetch-state.
"""

from __future__ import annotations

import argparse
import html
import sys
from pathlib import Path

from pipeline.deploy import quiet
from pipeline.deploy.artifact import LIMIT, deploy
from pipeline.deploy.fetch_state import published
from pipeline.deploy.state import check_still_current
from pipeline.publish.dataset import load_existing

HELP = "make the folder to upload: the site, and the dataset with its last three versions"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="DEPLOY", help="the folder to upload; replaced whole")
    what.add_argument("--ask", action="store_true", help="make nothing: say whether there is anything to deploy")
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
    parser.add_argument(
        "--checked", type=Path, metavar="FILE", help="with --ask: where an hour without anything leaves what it saw"
    )
    parser.add_argument("--always", action="store_true", help="with --ask: there is, because a person wants it")
    parser.add_argument(
        "--outputs", type=Path, metavar="FILE", help="with --ask: append deploy=true or deploy=false to this file"
    )


def main(args: argparse.Namespace) -> int:
    """Make the folder and print its size, with warnings on stderr; with --ask, only say whether to deploy."""
    if args.ask:
        return ask(args.data, args.checked, args.outputs, always=args.always)
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


def ask(data: Path, checked: Path | None, outputs: Path | None, *, always: bool) -> int:
    """Say whether there is anything to deploy; where there is not, leave what this hour saw."""
    why = "it is asked for" if always else quiet.why_deploy(data)
    if why is None and checked is not None:
        quiet.remember(data, checked)
    if outputs is not None:
        with outputs.open("a", encoding="utf-8") as file:
            file.write(f"deploy={'false' if why is None else 'true'}\n")
    manifest = load_existing(data, verify=False).manifest
    looked = f"{manifest.version} still stands, looked at {manifest.checked_at:%Y-%m-%d %H:%M} UTC"
    print(f"nothing to deploy: {looked}" if why is None else f"to deploy: {why}")
    return 0
