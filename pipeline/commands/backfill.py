"""Merge dated recordings of prices, status and speed into a dataset.

Each observation enters the history at its own time, with its source; recordings may come in any order. What was
observed later than the newest listing also adds, updates and ends offers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.backfill.merge import backfill
from pipeline.commands.run import moment

HELP = "merge dated recordings into the history, and newer ones into the offers"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="hub list, models page or router's list (JSON), prices, sightings or provider removals (CSV), ids (text)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder")
    parser.add_argument("--observed-at", type=moment, metavar="ISO", help="time of the one JSON recording")


def main(args: argparse.Namespace) -> int:
    """Merge all files or, where one can't be read, none."""
    summary = backfill(args.out, args.files, args.observed_at)
    print(summary)
    return 0
