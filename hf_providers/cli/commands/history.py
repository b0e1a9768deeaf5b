"""What a model's offers cost over time: every interval in which a price held, and a small chart."""

from __future__ import annotations

from hf_providers.cli import filters, output, resolve_model, times, validation
from hf_providers.cli.exits import AMBIGUOUS, NOTHING_FOUND, OK, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.cli.table import Column
from hf_providers.documents.history import held_until, prices
from hf_providers.rules.money import display, nano_usd_per_mtok, usd
from hf_providers.text import clean, day, folded, pad, price, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.catalog.row_types import PriceIntervalRow
    from hf_providers.cli.option_types import ModelOptions

    class HistoryOptions(ModelOptions):
        """`hfp history`."""

        provider: list[str] | None
        since: str | None


BARS = "▁▂▃▄▅▆▇█"
CHART_CELLS = 48
"""The largest width of a chart, where the terminal has room."""
NOTE = "as the sources stated them: the last one seen is not today's price"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    filters.provider_argument(parser)
    parser.add_argument(
        "--since",
        type=times.since,
        metavar="D",
        help="only what held since a date or for days, as in 2026-01-01 or 90d",
    )


def main(options: HistoryOptions) -> int:
    """Show the price history of one model."""
    with open_catalog(options.snapshot) as catalog:
        picked = resolve_model.model(options, options.model, catalog, providers=options.provider or (), former=True)
        if picked is None:
            return AMBIGUOUS
        model_id = picked.model_id
        providers = [picked.provider] if picked.provider else options.provider
        for name in providers or ():
            validation.provider(name, catalog)
        every = prices(catalog, model_id, providers)
        rows = [row for row in every if options.since is None or held_until(row) > options.since]
        if not rows:
            raise _nothing(options.since, model_id, providers, every)
        if options.format == "table":
            screen = output.Screen(options.color)
            bars = chart(rows, screen.cells)
            print("\n".join([screen.style("bold", clean(model_id)), "", *bars, *([""] if bars else [])]))
        output.listing(options, FIELDS, rows, catalog, NOTE, model_id=model_id, **picked.asked)
    return OK


def _nothing(since: str | None, model_id: str, providers: list[str] | None, intervals: list[PriceIntervalRow]) -> Stop:
    whom = f"{model_id} on {', '.join(providers)}" if providers else model_id
    when = f" since {since[:10]}" if since else ""
    last = (
        f"the last one was seen on {day(max(map(held_until, intervals)))}: give an earlier --since" if intervals else ""
    )
    return Stop(NOTHING_FOUND, f"no price of {whom} has been observed{when}", last or f"see its offers: hfp {model_id}")


def chart(rows: list[PriceIntervalRow], screen_cells: int) -> list[str]:
    """Return a line for each provider: its output price over the time that all rows span, on one scale from 0.

    An unknown price has no bar; without any known one there is no chart.
    """
    held = [(row["provider"], *_span(row), price) for row in rows if (price := _output_price(row)) is not None]
    if not held:
        return []
    first, last = min(begin for _, begin, _, _ in held), max(end for _, _, end, _ in held)
    highest = max(price for *_, price in held)
    names = sorted({provider for provider, *_ in held})
    cells = max(width(clean(name)) for name in names)
    slices = max(1, min(CHART_CELLS, screen_cells - cells - 4))
    step = max((last - first) / slices, 1.0)
    lines = []
    for name in names:
        own = [(begin, end, price) for provider, begin, end, price in held if provider == name]
        bars = "".join(_bar(own, first + i * step, first + (i + 1) * step, highest) for i in range(slices))
        lines.append(f"  {pad(clean(name), cells)}  {bars.rstrip()}")
    span, scale = f"{times.day(first)} to {times.day(last)}", f"output price, 0 to {display(usd(highest))} per 1M"
    legend = f"{span} · {scale}"
    for line in [legend] if cells + 4 + width(legend) <= screen_cells else [span, scale]:
        lines += folded(f"  {'':<{cells}}  {line}", screen_cells)
    return lines


def _output_price(row: PriceIntervalRow) -> int | None:
    return nano_usd_per_mtok(row["output_usd_per_mtok"])


def _span(row: PriceIntervalRow) -> tuple[float, float]:
    """Return from when until when the price was seen to hold, in seconds since the epoch."""
    return times.seconds(row["valid_from"]), times.seconds(held_until(row))


def _bar(intervals: list[tuple[float, float, int]], begin: float, end: float, highest: int) -> str:
    """Return the bar of the latest price that held within a slice of time; a blank where none was observed."""
    held = [price for start, stop, price in intervals if start < end and stop >= begin]
    return BARS[held[-1] * (len(BARS) - 1) // (highest or 1)] if held else " "


def _until(value: str | None) -> str:
    return value[:10] if value else "no end seen"


FIELDS = (
    output.Field("provider", Column("Provider")),
    output.Field("task", Column("Task", least=14, spare=3)),
    output.Field("input_usd_per_mtok", Column("In $/1M", right=True), price),
    output.Field("output_usd_per_mtok", Column("Out $/1M", right=True), price),
    output.Field("valid_from", Column("From"), day),
    output.Field("valid_to", Column("Until"), _until),
    output.Field("last_observed_at", Column("Last seen", spare=2), day),
    output.Field("source", Column("Source", least=8, spare=1)),
    output.Field("model_id"),
    output.Field("is_free"),
)
