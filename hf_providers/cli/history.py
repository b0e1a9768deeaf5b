"""What a model's offers cost over time: every interval in which a price held, and a small chart."""

from __future__ import annotations

from hf_providers.cli import AMBIGUOUS, NOTHING_FOUND, OK, Stop, answer, output, pick, times
from hf_providers.cli.table import Column
from hf_providers.cli.text import UNKNOWN, day
from hf_providers.money import display, nano_usd_per_mtok, usd

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    Row = dict[str, Any]

BARS = "▁▂▃▄▅▆▇█"
CHART_CELLS = 48


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    pick.arguments(parser)
    parser.add_argument("--provider", metavar="P", help="only this provider")
    parser.add_argument(
        "--since",
        type=times.since,
        metavar="D",
        help="only what held since a date or for days, as in 2026-01-01 or 90d",
    )


def main(args: argparse.Namespace) -> int:
    """Show the price history of one model."""
    with pick.catalog(args) as catalog:
        picked = pick.model(args, catalog)
        if picked is None:
            return AMBIGUOUS
        model_id, pinned = picked
        provider = pinned or (args.provider and args.provider.lower())
        rows = [row for row in catalog.price_history(model_id, provider) if priced(row)]
        since = args.since
        rows = [row for row in rows if since is None or row["valid_to"] is None or row["valid_to"] > since]
        if not rows:
            whom = f"{model_id} on {provider}" if provider else model_id
            when = f" since {since[:10]}" if since else ""
            raise Stop(NOTHING_FOUND, f"no price of {whom} has been observed{when}", f"see its offers: hfp {model_id}")
        if args.format == "table":
            screen = output.Screen(args.color)
            print("\n".join([screen.style("bold", model_id), "", *chart(rows), ""]))
        output.listing(args, FIELDS, rows, model_id=model_id)
        if args.format == "table":
            print(
                f"\nas the sources stated them: the last one seen is not today's price\n{answer.footer(screen, catalog)}"
            )
    return OK


def priced(row: Row) -> bool:
    """Return whether the interval states a price; one without says only that nobody stated any."""
    return row["input_usd_per_mtok"] is not None or row["output_usd_per_mtok"] is not None


def chart(rows: list[Row]) -> list[str]:
    """Return a line a provider: its output price over the time that all the rows span, on one scale from 0."""
    ends = [row["valid_to"] or row["last_observed_at"] for row in rows]
    first, last = min(row["valid_from"] for row in rows), max(ends)
    prices = [nano_usd_per_mtok(row["output_usd_per_mtok"]) or 0 for row in rows]
    highest = max(prices) or 1
    begin, end = times.seconds(first), times.seconds(last)
    step = max((end - begin) / CHART_CELLS, 1.0)
    names = sorted({row["provider"] for row in rows})
    cells = max(map(len, names))
    lines = []
    for name in names:
        held = [
            (times.seconds(row["valid_from"]), times.seconds(row["valid_to"] or row["last_observed_at"]), price)
            for row, price in zip(rows, prices, strict=True)
            if row["provider"] == name
        ]
        bars = "".join(_bar(held, begin + i * step, begin + (i + 1) * step, highest) for i in range(CHART_CELLS))
        lines.append(f"  {name:<{cells}}  {bars.rstrip()}")
    scale = f"output price, 0 to {display(usd(highest))} per 1M"
    return [*lines, f"  {'':<{cells}}  {day(first)} to {day(last)} · {scale}"]


def _bar(intervals: list[tuple[float, float, int]], begin: float, end: float, highest: int) -> str:
    """Return the bar of the latest price that held within a slice of time; a blank where none was observed."""
    held = [price for start, stop, price in intervals if start < end and stop >= begin]
    return BARS[min(len(BARS) - 1, held[-1] * (len(BARS) - 1) // highest)] if held else " "


def _price(value: str | None) -> str:
    return UNKNOWN if value is None else display(value).removeprefix("$")


def _until(value: str | None) -> str:
    return value[:10] if value else "no end seen"


FIELDS = (
    output.Field("provider", Column("Provider", least=8)),
    output.Field("task", Column("Task", least=8, spare=3)),
    output.Field("input_usd_per_mtok", Column("In $/1M", right=True), _price),
    output.Field("output_usd_per_mtok", Column("Out $/1M", right=True), _price),
    output.Field("valid_from", Column("From"), day),
    output.Field("valid_to", Column("Until"), _until),
    output.Field("last_observed_at", Column("Last seen", spare=2), day),
    output.Field("source", Column("Source", least=8, spare=1)),
    output.Field("model_id"),
    output.Field("is_free"),
)
