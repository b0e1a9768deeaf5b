"""Make the derived files of a published dataset again: the changes, and the views by the current queries.

A run writes them with every new version; this is for a version made by an older query.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.publish.derive import refresh

HELP = "make the derived files of a dataset again"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder")


def main(args: argparse.Namespace) -> int:
    """Replace the files that the current queries would make differently, and name them."""
    replaced = refresh(args.out)
    print(f"replaced in {args.out}: {', '.join(replaced)}" if replaced else f"{args.out} is current")
    return 0
