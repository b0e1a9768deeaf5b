"""Generate docs/cli.md, library.md, data.md, bill.md, docs/schema/ and queries/README.md from the code."""

from __future__ import annotations

import argparse
import sys

from pipeline.docs import generated

HELP = "write the generated documents"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a document is stale")


def main(args: argparse.Namespace) -> int:
    """Write the documents that are stale, or with --check only name them and return 1."""
    stale = generated.stale()
    for path, text in stale.items():
        if args.check:
            print(f"{path} is stale", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    if args.check and stale:
        print("run python -m pipeline docs", file=sys.stderr)
    return 1 if args.check and stale else 0
