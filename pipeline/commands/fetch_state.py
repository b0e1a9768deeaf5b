"""Fetch and verify the dataset that was published last: the next run continues from it.

Where the server says that nothing was ever published, --bootstrap lets the first run begin. Any other failure exits
with 1, also with --bootstrap, and leaves the folder as it was: no run may follow.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pipeline.deploy.fetch_state import fetch

HELP = "fetch the last published dataset as the state to go on from"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--from", dest="url", required=True, metavar="URL", help="the address of the manifest")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder")
    parser.add_argument(
        "--bootstrap",
        action="store_true",
        help="let a first run begin where nothing was ever published; changes nothing else",
    )
    parser.add_argument("--force", action="store_true", help="this machine's clock is slow: take a state of later")
    parser.add_argument(
        "--checked",
        type=Path,
        metavar="FILE",
        help="what hours that deployed nothing saw since, as deploy --ask leaves it; it need not be there",
    )
    parser.add_argument(
        "--seed",
        type=Path,
        metavar="DIR",
        help="with --bootstrap: the dataset whose history the first run goes on from",
    )


def main(args: argparse.Namespace) -> int:
    """Fetch, and print what is there now; on stderr which earlier versions could not be fetched."""
    fetched = fetch(
        args.url,
        args.out,
        os.environ,
        bootstrap=args.bootstrap,
        seed=args.seed,
        force=args.force,
        checked=args.checked,
    )
    if fetched is None:
        history = f"with the history in {args.seed}" if args.seed else "without a history"
        print(f"nothing was ever published at {args.url}: the next run into {args.out} is the first, {history}")
        return 0
    for note in fetched.notes:
        print(note, file=sys.stderr)
    manifest = fetched.dataset.manifest
    print(
        f"{args.out} holds {manifest.version}, observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC,"
        f" and {fetched.earlier} earlier versions"
    )
    return 0
