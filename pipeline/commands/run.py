"""Crawl every provider, check the answers, and publish them into a dataset folder."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from pyarrow import parquet

from hf_providers.hub import Settings
from pipeline.assemble.jumps import Jumps
from pipeline.assemble.run_time import CLOCK_TOLERANCE
from pipeline.crawl.crawler import PROVIDER_ID
from pipeline.crawl.progress import reporter
from pipeline.publish import report as telling
from pipeline.publish.freshness import unasked
from pipeline.publish.report import ChangeRow
from pipeline.run import Result, run

HELP = "crawl, check and publish"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder")
    parser.add_argument(
        "--observed-at",
        type=moment,
        metavar="ISO",
        help="time of what is observed (default: now, or what a replay says)",
    )
    parser.add_argument("--accept-drop", action="store_true", help="publish although listings dropped; recorded")
    parser.add_argument(
        "--accept-jump", action="store_true", help="publish prices, speeds and surges that are held as suspect"
    )
    parser.add_argument(
        "--require-state",
        action="store_true",
        help="refuse a DIR without a dataset, unless fetch-state --bootstrap left it",
    )
    parser.add_argument(
        "--partial-ok",
        action="store_true",
        help="exit 0 where part of it was published, so that the next step may deploy; verdict then exits 4",
    )
    parser.add_argument("--providers", type=names, default=(), metavar="A,B", help="crawl only these providers")
    parser.add_argument(
        "--force", action="store_true", help="accept dates later than this machine's clock: it is known to be slow"
    )
    parser.add_argument("--summary", type=Path, metavar="FILE", help="append what changed to this Markdown file")


def moment(text: str) -> datetime:
    """Return a time with its zone.

    Raises:
        argparse.ArgumentTypeError: it is no ISO 8601 time, or has no zone.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 2026-02-26T11:27:29Z")
    now = datetime.now(UTC)
    if value > now + CLOCK_TOLERANCE:
        clock = f"this machine's clock says {now:%Y-%m-%dT%H:%M:%SZ}"
        raise argparse.ArgumentTypeError(f"{text} is in the future ({clock}): no run before then could add to it")
    return value


def names(text: str) -> tuple[str, ...]:
    """Return comma-separated provider ids.

    Raises:
        argparse.ArgumentTypeError: one is no provider id, or the list is empty.
    """
    providers = tuple(filter(None, (name.strip() for name in text.split(","))))
    if not providers or not all(map(PROVIDER_ID.fullmatch, providers)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of provider ids like novita,fal-ai")
    return providers


def main(args: argparse.Namespace) -> int:
    """Run once; the summary goes to stdout."""
    with reporter() as progress:
        result = run(
            args.out,
            Settings.from_env(),
            progress,
            observed_at=args.observed_at,
            providers=args.providers,
            accept_drop=args.accept_drop,
            accept_jump=args.accept_jump,
            require_state=args.require_state,
            force=args.force,
        )
    report(result, args.out)
    if args.summary:
        look_at = result.state.unread + result.state.suspects
        with args.summary.open("a", encoding="utf-8") as file:
            file.write(telling.markdown(changed(result, args.out), result.verdict.stale, look_at))
    return 0 if args.partial_ok else result.exit


def accepted(jumps: Jumps) -> list[str]:
    """Return the jumps that this run accepted, in words."""
    return [
        f"{jumps.reasons[jump]}: taken for true, since {since:%Y-%m-%dT%H:%M:%SZ}"
        for jump, since in sorted(jumps.accepted.items())
    ]


def changed(result: Result, out: Path) -> list[ChangeRow]:
    """Return what changed since the dataset was last checked, as the published table has it."""
    return telling.since(
        parquet.read_table(out / "latest" / "changes.parquet"), result.checked_before, result.changes_before
    )


def report(result: Result, out: Path) -> None:
    """Print what was published and what changed, and on stderr what a person should look at."""
    for unread in result.state.unread:
        print(f"quarantined: {unread}", file=sys.stderr)
    for suspect in result.state.suspects:
        print(f"held as suspect: {suspect} (--accept-jump publishes it)", file=sys.stderr)
    for reason in result.verdict.small.values():
        print(f"stale: {reason}", file=sys.stderr)
    for warning in [*result.verdict.warnings, *accepted(result.state.jumps)]:
        print(f"warning: {warning}", file=sys.stderr)
    for reason in result.verdict.stale.values():
        print(f"stale: {reason}", file=sys.stderr)
    manifest = result.manifest
    if earlier := unasked(manifest.sources, manifest.checked_at):
        print(f"not asked, of an earlier run: {', '.join(earlier)}", file=sys.stderr)
    rows = {file.table: file.rows for file in manifest.files if file.table}
    print(
        f"{manifest.result} {manifest.version}: {rows.get('models')} models, {rows.get('offers')} offers,"
        f" {rows.get('quarantine')} quarantined; observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC"
        f" from {manifest.origin}, in {out}"
    )
    if result.checked_before:
        print(telling.line(changed(result, out), result.verdict.stale))
