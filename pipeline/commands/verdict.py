"""Exit 4 if the published dataset is partial: the workflow deploys it all the same, and ends red afterwards."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from pipeline.errors import PartialError
from pipeline.publish.dataset import Source, load_existing
from pipeline.publish.freshness import unasked

HELP = "exit 4 if the published dataset is partial"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")


def main(args: argparse.Namespace) -> int:
    """Return 0 if it is complete.

    Raises:
        PartialError: some source failed or went stale.
        DatasetError: there is no dataset.
    """
    manifest = load_existing(args.data, verify=False).manifest
    if manifest.result == "complete":
        print(f"complete, as of {manifest.checked_at:%Y-%m-%d %H:%M} UTC")
        return 0
    failed = sorted({f"{s.source} {s.provider}".strip() for s in manifest.sources if s.result not in ("ok", "skipped")})
    failed += [
        f"held as suspect: {kind} of {source.provider}"
        for source in manifest.sources
        for kind in _held(source, manifest.checked_at)
    ]
    if earlier := unasked(manifest.sources, manifest.checked_at):
        failed.append(f"not asked: {', '.join(earlier)}")
    raise PartialError(
        f"partial: {', '.join(failed) or 'see the manifest'}",
        "they keep their last good rows, a failed one's marked stale; nothing to do unless it lasts",
    )


def _held(source: Source, checked_at: datetime) -> list[str]:
    """Return what is held of a provider: its prices, its speeds, or the new offers of its listing."""
    if source.memory is None:
        return []
    return [*sorted(source.memory.held), *(["new offers"] if source.memory.surged_since == checked_at else [])]
