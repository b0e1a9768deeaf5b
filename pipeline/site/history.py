"""The history of a model's routes for its page: prices, statuses and speeds as charts and rows.

A price is drawn from its first to its last observation, and up to the next price where that was seen within a day. For
how much of the time a status is known, and live, comes from the queries `status_known` and `uptime`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal, TypeVar

from markupsafe import Markup

from hf_providers.catalog.database import Catalog
from hf_providers.catalog.row_types import AnyRow, PriceIntervalRow, StatusIntervalRow
from hf_providers.rules.money import display
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import UNKNOWN, clean
from pipeline.site import svg
from pipeline.site.source import Context, Row, Source
from pipeline.site.spread import spread

COUNTS: Final = (
    "A status counts from one look at the list of its provider to the next, where they are at most a day apart; of the"
    " time between looks further apart nothing is known."
)
"""The rule of the queries' comments, in the same words."""
SERIES: Final = 8
"""Most lines of a chart, one for each colour; the table has all."""
ROWS: Final = 15
"""Most rows of a table, the newest: the page stays small, and the dataset has all."""
_STEPS: Final = 60
_DAYS: Final = 90
LEAST_HOURS: Final = 24
"""Hours of known status from which on a route's share of time live is shown."""
WIDE: Final = svg.Box(width=1000, height=240, left=0, right=0, fluid=True)
"""The size of a chart over the whole width."""
_SLICES: Final = 120
STRIP: Final = 600
"""The width of a strip, in its own units."""
HEIGHT: Final = {"live": 16, "staging": 10, "error": 5, "other": 5}
"""The height of each status's bar, so that nobody needs to tell colours apart."""

Route = tuple[str, str]
PriceColumn = Literal["input_usd_per_mtok", "output_usd_per_mtok"]
Interval = PriceIntervalRow | StatusIntervalRow
Some = TypeVar("Some", bound=AnyRow)


def prices(catalog: Catalog, model_id: str) -> Context | None:
    """Return a model's price history, or None where no price was ever stated.

    `charts` (input and output), `legend` (provider, task and class of each line), `rows` (newest first), `left_out`.
    """
    stated = [row for row in catalog.price_history(model_id) if _priced(row)]
    if not stated:
        return None
    routes = _ranked(stated)
    span = _span(stated)
    named: tuple[tuple[str, str, PriceColumn], ...] = (
        ("input-price", "Input price", "input_usd_per_mtok"),
        ("output-price", "Output price", "output_usd_per_mtok"),
    )
    charts = [
        svg.step_chart(name, title, "USD per 1M tokens", lines, span, WIDE)
        for name, title, column in named
        if any((lines := _lines(routes, column)).values())
    ]
    return {"charts": charts, "legend": _legend(routes), "more": max(0, len(routes) - SERIES)} | _newest(stated)


def statuses(source: Source, model_id: str) -> Context | None:
    """Return when each route was live, or None where no route's status is known for a day.

    `routes` (provider, task, current status, hours for which it is known, share of them that it was live, and its
    strip), `begin` and `end` of the known time, `several`, `call` (the query for the same), `rows`, `left_out`.
    """
    seen = source.catalog.status_history(model_id)
    known, uptime = (_by_route(rows.get(model_id, ())) for rows in (source.known, source.uptime))
    shown = {
        route: rows
        for route, rows in _ranked(seen).items()
        if route in known and route in uptime and uptime[route][0]["known_hours"] >= LEAST_HOURS
    }
    if not shown:
        return None
    times = [(seconds(row["known_from"]), seconds(row["known_to"])) for route in shown for row in known[route]]
    begin, end = min(begin for begin, _ in times), max(end for _, end in times)
    across = svg.Scale(begin, end, 0, STRIP)
    routes = [
        _status_facts(rows[-1], uptime.get(route)) | {"strip": _strip(known[route], across)}
        for route, rows in shown.items()
    ]
    spans = [row for rows in shown.values() for row in rows]
    texts = {"begin": _day(begin), "end": _day(end), "several": _several(spans), "call": source.uptime_call}
    return {"routes": routes} | texts | _newest(spans)


def speeds(source: Source, model_id: str, task: str | None) -> Context | None:
    """Return the daily medians of the task's measure, or None where nothing was measured.

    `spread` has by route the median speed over time, and the range without the slowest and the fastest tenth.
    """
    catalog = source.catalog
    measure, title, unit = (
        ("throughput_tps", "Throughput", "tokens per second")
        if task == CHAT_TASK
        else ("request_latency_ms", "Latency of a request", "ms")
    )
    measured: list[AnyRow] = list(catalog.measurements_daily(model_id, task=task))
    rows = [row for row in measured if row[measure] is not None]
    if not rows:
        return None
    last = max(seconds(row["day"]) for row in rows) + svg.DAY_S
    rows = [row for row in rows if seconds(row["day"]) >= last - _DAYS * svg.DAY_S]
    by_route = _by_route(rows)
    routes = dict(sorted(by_route.items(), key=lambda item: (-len(item[1]), item[0])))
    lines = {
        clean(provider): [_median(row, measure) for row in days]
        for (provider, _), days in list(routes.items())[:SERIES]
    }
    span = (min(seconds(row["day"]) for row in rows), last)
    newest = sorted(rows, key=lambda row: (row["day"], row["provider"]), reverse=True)
    return {
        "chart": svg.step_chart("speed", title, unit, lines, span, WIDE),
        "measure": measure,
        "spread": spread(source.measurements.get(model_id, ()), measure, task),
        "legend": _legend(routes),
        "rows": newest[:ROWS],
        "left_out": max(0, len(rows) - ROWS),
    }


def _median(row: AnyRow, measure: str) -> svg.Held:
    day = seconds(row["day"])
    value = round(Decimal(str(row[measure])), 1)
    unit = "tokens/s" if measure == "throughput_tps" else "ms"
    label = f"{clean(row['provider'])}: {value} {unit} · {row['day']} · {row['n']} measured by Hugging Face"
    return svg.Held(day, day + svg.DAY_S, value, label)


def _priced(row: PriceIntervalRow) -> bool:
    return row["input_usd_per_mtok"] is not None or row["output_usd_per_mtok"] is not None


def seconds(moment: str) -> float:
    """Return an ISO moment, or the beginning of a day, in seconds since the epoch."""
    return datetime.fromisoformat(moment if "T" in moment else f"{moment}T00:00:00Z").timestamp()


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def _held(row: Interval) -> tuple[float, float]:
    """Return from when until when a price is drawn, or a status is known."""
    begin, seen = seconds(row["valid_from"]), seconds(row["last_observed_at"])
    if row["valid_to"] is None:
        return begin, max(begin, seen)
    return begin, max(begin, min(seconds(row["valid_to"]), seen + svg.DAY_S))


def _span(rows: Iterable[Interval]) -> tuple[float, float]:
    held = [_held(row) for row in rows]
    return min(begin for begin, _ in held), max(end for _, end in held)


def _by_route(rows: Iterable[Some]) -> dict[Route, list[Some]]:
    by_route: dict[Route, list[Some]] = defaultdict(list)
    for row in rows:
        by_route[row["provider"], row["task"]].append(row)
    return dict(by_route)


def _ranked(rows: Iterable[Some]) -> dict[Route, list[Some]]:
    """Return rows by route: first those seen last, then by name."""
    by_name = sorted(_by_route(rows).items())
    return dict(sorted(by_name, key=lambda item: max(row["last_observed_at"] for row in item[1])[:10], reverse=True))


def _several(rows: Iterable[AnyRow]) -> bool:
    return len({row["task"] for row in rows}) > 1


def _legend(routes: Mapping[Route, Sequence[AnyRow]]) -> list[dict[str, str]]:
    """Return the routes of a chart's lines, with the task where several have one provider."""
    several = len({task for _, task in routes}) > 1
    return [{"provider": provider, "task": task if several else ""} for provider, task in list(routes)[:SERIES]]


def _lines(routes: Mapping[Route, Sequence[PriceIntervalRow]], column: PriceColumn) -> dict[str, list[svg.Held]]:
    return {
        f"{clean(provider)} {'' if task == CHAT_TASK else clean(task)}".strip(): [
            svg.Held(*_held(row), Decimal(price), _price_label(row, column))
            for row in rows[-_STEPS:]
            if (price := row[column]) is not None
        ]
        for (provider, task), rows in list(routes.items())[:SERIES]
    }


def _price_label(row: PriceIntervalRow, column: PriceColumn) -> str:
    """Return the label of a price: the provider, the price, its time and its source."""
    first, last = row["valid_from"][:10], row["last_observed_at"][:10]
    days = first if first == last else f"{first} to {last}"
    return f"{clean(row['provider'])}: {display(row[column])} · {days} · {clean(row['source'] or 'source unknown')}"


def _newest(rows: Sequence[Interval]) -> Context:
    newest = sorted(rows, key=lambda row: (row["valid_from"], row["provider"], row["task"]), reverse=True)
    return {"rows": newest[:ROWS], "left_out": max(0, len(rows) - ROWS)}


def _status_facts(last: StatusIntervalRow, uptime: Sequence[Row] | None) -> Context:
    """Return a route's last status, and its uptime over all known time by the query."""
    return {
        "provider": last["provider"],
        "task": last["task"],
        "status": last["status"],
        "until": last["valid_to"],
        "known_hours": uptime[0]["known_hours"] if uptime else 0.0,
        "live_share": uptime[0]["live_share"] if uptime else None,
    }


def _strip(known: Iterable[Row], across: svg.Scale) -> Markup:
    """Return a route's statuses over time, where they are known."""
    runs = sorted((seconds(row["known_from"]), seconds(row["known_to"]), row["status"]) for row in known)
    held = [(begin, end, status if status in HEIGHT else "other") for begin, end, status in runs]
    return svg.strip(_sliced(held, across), across, HEIGHT)


def share(value: float | None) -> str:
    """Return a share as percent, never rounded up to 100: 99.9 %; — for None."""
    if value is None:
        return UNKNOWN
    return f"{int(value * 1000) / 10:g} %"


def hours(value: float) -> str:
    """Return a time as 5.0 h, or from two days on as 3.4 days."""
    return f"{value / 24:.1f} days" if value >= 48 else f"{value:.1f} h" if value else "none"


def minute(moment: str | None) -> str:
    """Return an ISO moment to the minute, without its zone; — for None."""
    return f"{moment[:10]} {moment[11:16]}" if moment else UNKNOWN


def _sliced(held: Sequence[tuple[float, float, str]], across: svg.Scale) -> Iterator[tuple[float, float, str]]:
    """Give the runs of a strip; where there are too many, the worst status of each slice of time."""
    if len(held) <= _SLICES:
        yield from held
        return
    wide = (across.high - across.low) / _SLICES
    worst: dict[int, str] = {}
    for begin, end, status in held:
        for i in range(int((begin - across.low) / wide), min(_SLICES - 1, int((end - across.low) / wide)) + 1):
            if HEIGHT[status] <= HEIGHT[worst.get(i, "live")]:
                worst[i] = status
    for i, status in worst.items():
        yield across.low + i * wide, across.low + (i + 1) * wide, status


def strip_image(strip: Markup, name: str) -> Markup:
    """Return a strip as an image that stretches to its cell."""
    size = {"viewBox": f"0 0 {STRIP} 16", "preserveAspectRatio": "none"}
    return svg.tag("svg", strip, class_="strip", role="img", aria_label=name, **size)
