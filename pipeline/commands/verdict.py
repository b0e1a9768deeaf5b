"""Say whether the dataset that was published is complete: a workflow deploys part of one too, and ends red after it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.dataset import DatasetError, load

HELP = "say whether what was published is complete"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")


def main(args: argparse.Namespace) -> int:
    """Return 0 if it is complete, 4 if some source failed or went stale."""
    dataset = load(args.data, verify=False)
    if dataset is None:
        raise DatasetError(f"there is no dataset in {args.data}", "publish one there first: python -m pipeline run")
    manifest = dataset.manifest
    if manifest.result == "complete":
        print(f"complete, as of {manifest.checked_at:%Y-%m-%d %H:%M} UTC")
        return 0
    failed = sorted({f"{s.source} {s.provider}".strip() for s in manifest.sources if s.result not in ("ok", "skipped")})
    print(f"partial: {', '.join(failed) or 'see the manifest'}", file=sys.stderr)
    print("their last good rows stand, marked stale; nothing to do unless it lasts", file=sys.stderr)
    return 4
