"""Merge many observations into a history at once, by replaying each route's known and new instants in order of time.

Merged one by one, an observation that agrees with the interval around it leaves no trace, and a later observation that
splits the interval cannot take it into account. Merged at once, no instant is lost. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import polars as pl

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import ROUTE
from pipeline.history.intervals import (
    Conflict,
    Instants,
    Merged,
    Observations,
    Route,
    add_instant,
    frame_schema,
    instant_of,
    known_instants,
    replay,
    route_of,
    stated_rows,
)


def merge_all(
    history: pl.DataFrame, observations: Iterable[Observations], table: Table, values: Sequence[str]
) -> Merged:
    """Return `price_history` or `status_history` with the observations, sorted by key, and those left out.

    Args:
        history: The history so far.
        observations: The observations, in order of time and of precedence.
        table: The history's table.
        values: Its value columns.
    """
    rows = history.sort(*ROUTE, "valid_from").rows(named=True)
    known = {route: known_instants(list(intervals), values) for route, intervals in groupby(rows, key=route_of)}
    touched: set[Route] = set()
    conflicts: list[Conflict] = []
    for observation in observations:
        for route, instant in _instants(observation, known, table, values):
            touched.add(route)
            conflicts += add_instant(known.setdefault(route, {}), route, instant)
    replayed = [
        dict(zip(ROUTE, route, strict=True)) | interval
        for route in touched
        for interval in replay(known[route], values)
    ]
    schema = pl.Schema(frame_schema(table))
    again = pl.DataFrame(list(touched), schema=dict.fromkeys(ROUTE, pl.String()), orient="row")
    kept = history.join(again, on=ROUTE, how="anti")
    columns = table.column_names
    parts = [kept.select(columns).cast(schema), pl.DataFrame(replayed, schema=schema).select(columns)]
    return Merged(pl.concat(parts).sort(table.key), conflicts)


def _instants(
    observation: Observations, known: dict[Route, Instants], table: Table, values: Sequence[str]
) -> list[tuple[Route, Any]]:
    """Return an instant for each route that an observation lists, and for those missing from its complete listings."""
    rows = stated_rows(observation, table, values, values[:1]).rows(named=True)
    instants = [(route_of(row), instant_of(row, observation, values)) for row in rows]
    listed = set(observation.rows.select(ROUTE).iter_rows())
    lacking = [route for route in known if route[1] in observation.complete and route not in listed]
    return instants + [(route, instant_of(None, observation, values)) for route in lacking]
