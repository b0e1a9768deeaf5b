"""Generate docs/data.md, docs/bill.md and queries/README.md from the schema, the field names and the queries."""

from __future__ import annotations

import argparse
import sys

from pipeline.docs import pages

HELP = "generate the documentation of the data"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is stale")


def main(args: argparse.Namespace) -> int:
    """Write the pages that are stale, or with --check only name them and return 1."""
    stale = pages.stale()
    for path, text in stale.items():
        if args.check:
            print(f"{path} is stale\nrun python -m pipeline docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 1 if args.check and stale else 0
