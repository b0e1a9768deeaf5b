"""What changed lately: prices, offers and providers that came or went, context and capabilities."""

from __future__ import annotations

from hf_providers.cli import OK, filters, output, pick, times
from hf_providers.cli.table import Column
from hf_providers.text import UNKNOWN, day

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    Row = dict[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--since", type=times.since, metavar="D", help="since a date or for days (default: 7d before the snapshot)"
    )
    parser.add_argument("--provider", metavar="P", help="only this provider")
    parser.add_argument(
        "--kind", metavar="K", help="only this kind: price, added, gone, context, tools, structured_output, …"
    )
    parser.add_argument(
        "--limit", type=filters.count, default=50, metavar="N", help="at most so many (default: 50; 0 is all)"
    )


def main(args: argparse.Namespace) -> int:
    """List the changes, the newest first. That nothing changed is an answer, too."""
    with pick.catalog(args) as catalog:
        since = args.since or week_before(catalog.meta()["checked_at"])
        rows = [row for row in catalog.changes() if row["changed_at"] >= since]
        if args.provider:
            rows = [row for row in rows if row["provider"] == args.provider.lower()]
        if args.kind:
            rows = [row for row in rows if row["kind"] == args.kind]
        rows.sort(key=lambda row: row["changed_at"], reverse=True)
        shown = rows[: args.limit or None]
        counted = f"{len(shown)} of {len(rows)} changes" if rows else "no change observed"
        note = f"{counted} since {since[:10]}"
        output.listing(args, FIELDS, shown, catalog, note, since=since, total=len(rows))
    return OK


def week_before(moment: str) -> str:
    """Return the moment seven days before another."""
    from datetime import datetime, timedelta

    return (datetime.fromisoformat(moment) - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f}%"


def _times(value: int | None) -> str:
    """How often it went back and forth within the day, where it did."""
    return f"×{value}" if value is not None and value > 1 else ""


def _text(value: str | None) -> str:
    return UNKNOWN if value is None else value


FIELDS = (
    output.Field("changed_at", Column("When"), day),
    output.Field("kind", Column("What")),
    output.Field("provider", Column("Provider", least=10)),
    output.Field("model_id", Column("Model", least=20), _text),
    output.Field("before", Column("Before", least=8), _text),
    output.Field("after", Column("After", least=8), _text),
    output.Field("percent", Column("", right=True, spare=1), _percent),
    output.Field("times", Column("", spare=2), _times),
    output.Field("task"),
    output.Field("source_before"),
    output.Field("source"),
)
