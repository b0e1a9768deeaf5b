"""Make the derived files of a published dataset again: the changes and the views, as the queries now say.

A run writes them with every new version; this is for a version that an older query made.
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
    """Replace what is not as the queries now say, and say what that was."""
    replaced = refresh(args.out)
    print(f"replaced in {args.out}: {', '.join(replaced)}" if replaced else f"{args.out} is current")
    return 0
