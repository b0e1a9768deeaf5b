"""Made-up logs of observations, and a plain replay of them that shares no code with what is tested."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
from hypothesis import strategies as st

from hf_providers.catalog.schema import PRICE_HISTORY, ROUTE
from pipeline.history import intervals
from pipeline.history.intervals import (
    HUB_LIST_STATES,
    Observations,
    merge_prices,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
ROUTES = [("o/a", "p", "conversational"), ("o/b", "p", "conversational"), ("o/a", "q", "conversational")]
PRICES = [None, Decimal(0), Decimal("0.06"), Decimal("0.07")]
SCHEMA = {
    **dict.fromkeys(ROUTE, pl.String()),
    "status": pl.String(),
    "input_usd_per_mtok": pl.Decimal(18, 9),
    "output_usd_per_mtok": pl.Decimal(18, 9),
    "context_length": pl.Int64(),
    "supports_tools": pl.Boolean(),
    "supports_structured_output": pl.Boolean(),
    "throughput_tps": pl.Float32(),
    "ttft_ms": pl.Float32(),
    "request_latency_ms": pl.Float32(),
}


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def listing(
    hour: int, prices: dict, complete=("p", "q"), source="hub-list", states=HUB_LIST_STATES, **more
) -> Observations:
    rows = [
        dict.fromkeys(SCHEMA)
        | dict(zip(ROUTE, route, strict=True))
        | {"status": "live", "input_usd_per_mtok": price, "output_usd_per_mtok": price}
        | more
        for route, price in prices.items()
    ]
    return Observations(at(hour), source, pl.DataFrame(rows, schema=SCHEMA), frozenset(complete), states)


def replayed(observations, before=None) -> pl.DataFrame:
    found = intervals.empty(PRICE_HISTORY) if before is None else before
    for observation in observations:
        found = merge_prices(found, observation).rows
    return found


def intervals_of(found: pl.DataFrame) -> dict:
    """By route: (from, to, last observed, price)."""
    by_route = {}
    for row in found.iter_rows(named=True):
        route = tuple(row[name] for name in ROUTE)
        by_route.setdefault(route, []).append(
            (row["valid_from"], row["valid_to"], row["last_observed_at"], row["output_usd_per_mtok"])
        )
    return by_route


def plain_replay(log) -> dict:
    """The same from the log alone: (hour, prices by route, complete providers), in order of time."""
    by_route = {}
    for hour, prices, complete in sorted(log, key=lambda entry: entry[0]):
        for route in ROUTES:
            known = by_route.setdefault(route, [])
            current = known[-1] if known and known[-1][1] is None else None
            if route in prices:
                if current and current[3] == prices[route]:
                    current[2] = at(hour)
                    continue
                if current:
                    current[1] = at(hour)
                known.append([at(hour), None, at(hour), prices[route]])
            elif current and route[1] in complete:
                current[1] = at(hour)
    return {route: [tuple(interval) for interval in found] for route, found in by_route.items() if found}


entries = st.tuples(
    st.dictionaries(st.sampled_from(ROUTES), st.sampled_from(PRICES), max_size=3),
    st.sets(st.sampled_from(["p", "q"])),
)
logs = st.lists(entries, min_size=1, max_size=7).map(
    lambda found: [(hour, prices, complete) for hour, (prices, complete) in enumerate(found)]
)


def observations_of(log) -> list[Observations]:
    return [listing(hour, prices, complete) for hour, prices, complete in log]
