"""The speeds of a route over time, as percentiles weighted by time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from pipeline.site.source import Context, Row

HELD_H: Final = 24.0
"""Most hours that a measured value counts for: in a longer gap nothing is known."""
_SHARES: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def spread(measured: Iterable[Row], measure: str, task: str | None) -> list[Context]:
    """Return by provider p10, p50 and p90 of a measure over the time for which it is known, and that time in hours.

    Args:
        measured: A model's measurements in the order of time.
        measure: The column.
        task: The task of the routes.
    """
    routes: dict[str, list[Row]] = defaultdict(list)
    for row in measured:
        if row["task"] == task:
            routes[row["provider"]].append(row)
    spreads = []
    for provider, rows in sorted(routes.items()):
        held = _held(rows, measure)
        if len(held) > 1:
            shares = {name: percentile(held, share) for name, share in _SHARES.items()}
            spreads.append(
                {"provider": provider, "hours": sum(hours for _, hours in held), "values": len(held), **shares}
            )
    return spreads


def _held(rows: Sequence[Row], measure: str) -> list[tuple[float, float]]:
    """Return each known value with its weight in hours: until the next measurement, at most a day."""
    times = [datetime.fromisoformat(row["observed_at"]).timestamp() / 3600 for row in rows]
    ends = [*times[1:], times[-1] + HELD_H]
    hours = [min(end - begin, HELD_H) for begin, end in zip(times, ends, strict=True)]
    return [(row[measure], hour) for row, hour in zip(rows, hours, strict=True) if row[measure] is not None]


def percentile(held: Iterable[tuple[float, float]], share: float) -> float:
    """Return the lowest value that was not exceeded for at least this share of the time."""
    ordered = sorted(held)
    wanted = share * sum(hours for _, hours in ordered)
    passed = 0.0
    for value, hours in ordered:
        passed += hours
        if passed >= wanted - 1e-9:
            return value
    return ordered[-1][0]
