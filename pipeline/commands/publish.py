"""Copy a published dataset into the layout of the repository's `data/`, as a release does.

Archived months are left out, so that the package stays small; the archive has them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.publish import versions

HELP = "lay a dataset out for a release"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("source", type=Path, help="the dataset folder to read")
    parser.add_argument("target", type=Path, help="the folder to write, such as data")
    parser.add_argument(
        "--unarchive",
        action="store_true",
        help="copy the archived months that SOURCE has, and drop their addresses: for when the archive is lost",
    )


def main(args: argparse.Namespace) -> int:
    """Write the release layout; the manifest comes last."""
    manifest = versions.flatten(args.source, args.target, "as others" if args.unarchive else "left out")
    print(f"{args.target} holds {manifest.version}, observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC")
    return 0
