"""What was seen of a model's routes over time, made ready for a page: prices, statuses and speeds as charts and rows.

A value counts from its first observation until the next one, but for no longer than a day after its last: where
nobody looked for longer there is a gap, and no share of anything counts it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from hf_providers.catalog import Catalog
from hf_providers.tasks import CHAT_TASK
from hf_providers.text import UNKNOWN, clean
from pipeline.site import svg
from pipeline.site.source import Row

SERIES: Final = 8
"""Lines of a chart: there are so many colours. The rest is in the table."""
ROWS: Final = 16
"""Rows of a table, the newest: a page stays small, and the dataset has all."""
_STEPS: Final = 60
_DAYS: Final = 90
_SLICES: Final = 120
_STRIP: Final = 600
HEIGHT: Final = {"live": 16, "staging": 10, "error": 5, "other": 5}
"""How high each status's bar is: nobody needs to tell colours apart."""

Route = tuple[str, str]


def prices(catalog: Catalog, model_id: str) -> dict[str, Any] | None:
    """Return a model's price history, or None where no price was ever stated.

    `charts` (input and output), `legend` (provider, task and class of each line), `rows` (newest first), `left_out`.
    """
    stated = [row for row in catalog.price_history(model_id) if _priced(row)]
    if not stated:
        return None
    routes = _ranked(stated)
    span = _span(stated)
    named = (("input", "Input price"), ("output", "Output price"))
    charts = [
        svg.step_chart(f"{side}-price", title, "USD per 1M tokens", lines, span)
        for side, title in named
        if any((lines := _lines(routes, f"{side}_usd_per_mtok")).values())
    ]
    return {"charts": charts, "legend": _legend(routes), "more": max(0, len(routes) - SERIES)} | _newest(stated)


def statuses(catalog: Catalog, model_id: str) -> dict[str, Any] | None:
    """Return when each route was live, or None where nothing is known.

    `routes` (provider, task, current status, observed hours, share of them that it was live, and its strip), `begin`,
    `end`, `rows`, `left_out`.
    """
    seen = catalog.status_history(model_id)
    if not seen:
        return None
    begin, end = svg.widened(*_span(seen))
    across = svg.Scale(begin, end, 0, _STRIP)
    routes = [_watched(route, rows, across) for route, rows in _ranked(seen).items()]
    return {"routes": routes, "begin": _day(begin), "end": _day(end), "several": _several(seen)} | _newest(seen)


def speeds(catalog: Catalog, model_id: str, task: str | None) -> dict[str, Any] | None:
    """Return the medians of each day's measurements by the task's measure, or None where nothing was measured."""
    measure, title, unit = (
        ("throughput_tps", "Throughput", "tokens per second")
        if task == CHAT_TASK
        else ("request_latency_ms", "Latency of a request", "ms")
    )
    rows = [row for row in catalog.measurements_daily(model_id, task=task) if row[measure] is not None]
    if not rows:
        return None
    last = max(_seconds(row["day"]) for row in rows) + svg.DAY_S
    rows = [row for row in rows if _seconds(row["day"]) >= last - _DAYS * svg.DAY_S]
    found: dict[Route, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["provider"], row["task"]].append(row)
    routes = dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))
    lines = {
        clean(provider): [_median(row, measure) for row in days]
        for (provider, _), days in list(routes.items())[:SERIES]
    }
    span = (min(_seconds(row["day"]) for row in rows), last)
    newest = sorted(rows, key=lambda row: (row["day"], row["provider"]), reverse=True)
    return {
        "chart": svg.step_chart("speed", title, unit, lines, span),
        "legend": _legend(routes),
        "rows": newest[:ROWS],
        "left_out": max(0, len(rows) - ROWS),
    }


def _median(row: Row, measure: str) -> svg.Held:
    day = _seconds(row["day"])
    return svg.Held(day, day + svg.DAY_S, round(Decimal(str(row[measure])), 1))


def _priced(row: Row) -> bool:
    return row["input_usd_per_mtok"] is not None or row["output_usd_per_mtok"] is not None


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment if "T" in moment else f"{moment}T00:00:00Z").timestamp()


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def _held(row: Row) -> tuple[float, float]:
    """Return from when until when a value counts."""
    begin, seen = _seconds(row["valid_from"]), _seconds(row["last_observed_at"])
    if row["valid_to"] is None:
        return begin, max(begin, seen)
    return begin, max(begin, min(_seconds(row["valid_to"]), seen + svg.DAY_S))


def _span(rows: Iterable[Row]) -> tuple[float, float]:
    held = [_held(row) for row in rows]
    return min(begin for begin, _ in held), max(end for _, end in held)


def _ranked(rows: Iterable[Row]) -> dict[Route, list[Row]]:
    """Return rows by route: first those seen last, then by name."""
    found: dict[Route, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["provider"], row["task"]].append(row)
    by_name = sorted(found.items())
    return dict(sorted(by_name, key=lambda item: max(row["last_observed_at"] for row in item[1])[:10], reverse=True))


def _several(rows: Iterable[Row]) -> bool:
    return len({row["task"] for row in rows}) > 1


def _legend(routes: Mapping[Route, Sequence[Row]]) -> list[dict[str, str]]:
    """Return the routes of a chart's lines; the task is named where it tells them apart."""
    several = len({task for _, task in routes}) > 1
    return [{"provider": provider, "task": task if several else ""} for provider, task in list(routes)[:SERIES]]


def _lines(routes: Mapping[Route, Sequence[Row]], column: str) -> dict[str, list[svg.Held]]:
    return {
        f"{clean(provider)} {'' if task == CHAT_TASK else clean(task)}".strip(): [
            svg.Held(*_held(row), Decimal(row[column])) for row in rows[-_STEPS:] if row[column] is not None
        ]
        for (provider, task), rows in list(routes.items())[:SERIES]
    }


def _newest(rows: Sequence[Row]) -> dict[str, Any]:
    newest = sorted(rows, key=lambda row: (row["valid_from"], row["provider"], row["task"]), reverse=True)
    return {"rows": newest[:ROWS], "left_out": max(0, len(rows) - ROWS)}


def _watched(route: Route, rows: Sequence[Row], across: svg.Scale) -> dict[str, Any]:
    """Return what a route's statuses were: now, over the time that somebody looked, and as a strip."""
    held = [(*_held(row), row["status"] if row["status"] in HEIGHT else "other") for row in rows]
    observed = sum(end - begin for begin, end, _ in held)
    live = sum(end - begin for begin, end, status in held if status == "live")
    return {
        "provider": route[0],
        "task": route[1],
        "status": rows[-1]["status"],
        "until": rows[-1]["valid_to"],
        "observed_hours": observed / 3600,
        "live_share": live / observed if observed else None,
        "strip": svg.strip(_sliced(held, across), across, HEIGHT),
    }


def share(value: float | None) -> str:
    """Return a share as percent, never rounded up to 100: 99.9 %; — for None."""
    if value is None:
        return UNKNOWN
    return f"{int(value * 1000) / 10:g} %"


def hours(value: float) -> str:
    """Return a time as 5 h, or from two days on as 3.4 days."""
    return f"{value / 24:.1f} days" if value >= 48 else f"{value:.1f} h" if value else "one look"


def minute(moment: str | None) -> str:
    """Return an ISO moment to the minute, without its zone; — for None."""
    return f"{moment[:10]} {moment[11:16]}" if moment else UNKNOWN


def _sliced(held: Sequence[tuple[float, float, str]], across: svg.Scale) -> Iterator[tuple[float, float, str]]:
    """Give the runs of a strip: as they are, or the worst of each slice of time where there are more than slices."""
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
    size = {"viewBox": f"0 0 {_STRIP} 16", "preserveAspectRatio": "none"}
    return svg.tag("svg", strip, class_="strip", role="img", aria_label=name, **size)
