"""Bring dated recordings into the history of a dataset: what they say of prices, status and speed, when.

The offers stay what the newest complete crawl said. Recordings may be given in any order; each observation is placed
at its time, and says where it comes from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.backfill.merge import backfill
from pipeline.commands.run import moment

HELP = "bring dated recordings into the history"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="hub list or models page (JSON), price observations or endpoint prices (CSV)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder")
    parser.add_argument("--observed-at", type=moment, metavar="ISO", help="time of the one JSON recording given")


def main(args: argparse.Namespace) -> int:
    """Merge all files or, where one can't be read, none."""
    summary = backfill(args.out, args.files, args.observed_at)
    print(summary)
    return 0
