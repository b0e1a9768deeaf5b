"""Add one run to the histories: its fresh offers, by route, as an observation of every good provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import polars as pl
import pyarrow as pa

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import MEASUREMENTS, OFFERS, PRICE_HISTORY, ROUTE, STATUS_HISTORY, TABLES
from pipeline.assemble import tables
from pipeline.assemble.representative import representative_offers
from pipeline.crawl.sources import hub_list
from pipeline.history import intervals
from pipeline.history.intervals import HUB_LIST_STATES, Merged, Observations
from pipeline.history.observed import Observed, Part
from pipeline.publish.dataset import Dataset

HISTORIES = (PRICE_HISTORY, STATUS_HISTORY)
_NOBODY: frozenset[str] = frozenset()
"""No provider: an observation without a complete listing says nothing about absence."""


def record(
    last: Mapping[str, pa.Table],
    offers: pa.Table,
    good: Iterable[str],
    moment: datetime,
    observed: Observed | None = None,
) -> dict[str, pa.Table]:
    """Return price_history, status_history and measurements with this run's observations merged in.

    Args:
        last: The histories so far, brought up to the last check (`caught_up`).
        offers: The offers of this run; only those of good providers were observed in it.
        good: Providers whose listing was complete and accepted: absence there closes an interval.
        moment: When all of it was observed.
        observed: The values that were not observed now, or date from an earlier sighting.
    """
    observed = observed or Observed()
    shown = speaking(offers).filter(pl.col("provider").is_in(sorted(good)))
    recorded = {
        table.name: _intervals(table, frame(last[table.name]), shown, frozenset(good), moment, observed)
        for table in HISTORIES
    }
    recorded[MEASUREMENTS.name] = _points(frame(last[MEASUREMENTS.name]), shown, moment, observed)
    return {name: tables.conform(TABLES[name], rows.to_arrow()) for name, rows in recorded.items()}


def _intervals(
    table: Table,
    history: pl.DataFrame,
    shown: pl.DataFrame,
    complete: frozenset[str],
    moment: datetime,
    observed: Observed,
) -> pl.DataFrame:
    """Return one of the interval histories with the observations added, earlier sightings first."""
    part: Part = "price" if table is PRICE_HISTORY else "status"
    merge = intervals.merge_prices if table is PRICE_HISTORY else intervals.merge_status
    stated = observed.said(shown, part, moment)
    for at, routes in observed.earlier(part):
        history = merge(history, observations(stated.join(routes, on=ROUTE, how="semi"), _NOBODY, at)).rows
    for at, gone in _gone(history, observed):
        history = _ended(merge, history, gone, at)
    # A value that no source stated now is neither a value nor an absence.
    history = merge(history, observations(stated, _NOBODY, moment)).rows
    return merge(history, Observations(moment, hub_list.NAME, shown.select(ROUTE), complete)).rows


def _points(measured: pl.DataFrame, shown: pl.DataFrame, moment: datetime, observed: Observed) -> pl.DataFrame:
    stated = observed.said(shown, "speed", moment)
    for at, routes in observed.earlier("speed"):
        same = stated.join(routes, on=ROUTE, how="semi")
        measured = added(measured, intervals.merge_measurements(measured, observations(same, _NOBODY, at)).rows)
    return added(measured, intervals.merge_measurements(measured, observations(stated, _NOBODY, moment)).rows)


def _gone(history: pl.DataFrame, observed: Observed) -> list[tuple[datetime, pl.DataFrame]]:
    """Return the routes that ended before this run, with the time of each group."""
    groups = []
    if observed.gone is not None and not observed.gone.is_empty():
        parts = observed.gone.partition_by("at", as_dict=True, include_key=False)
        groups += [(at, routes.select(ROUTE)) for (at,), routes in parts.items()]
    for provider, at in observed.ended.items():
        groups.append((at, history.filter(pl.col("valid_to").is_null(), provider=provider).select(ROUTE).unique()))
    return groups


def _ended(
    merge: Callable[[pl.DataFrame, Observations], Merged], history: pl.DataFrame, gone: pl.DataFrame, at: datetime
) -> pl.DataFrame:
    """Return the history with exactly these routes absent at a time."""
    providers = frozenset(gone["provider"])
    others = history.filter(pl.col("provider").is_in(sorted(providers))).select(ROUTE).unique()
    others = others.join(gone, on=ROUTE, how="anti")
    return merge(history, Observations(at, hub_list.NAME, others, providers)).rows


def observations(rows: pl.DataFrame, complete: frozenset[str], moment: datetime) -> Observations:
    """Return rows as an observation of the hub list."""
    return Observations(moment, hub_list.NAME, rows, complete, HUB_LIST_STATES)


def added(measured: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return measurements with new ones, in the order of the key.

    Sorting a year of them takes a second. So new rows are inserted after their route's last, in one pass over the row
    numbers; where a route has no row yet, or a later one, all are sorted.
    """
    route = list(ROUTE)
    last = measured.with_row_index("place").group_by(route).agg(pl.col("place", "observed_at").last())
    behind = new.join(last, on=route, how="left", suffix="_last").with_columns(place=pl.col("place") + 0.5)
    if not (behind["observed_at"] > behind["observed_at_last"]).fill_null(value=False).all():
        return pl.concat([measured, new]).sort(MEASUREMENTS.key)
    numbered = measured.with_row_index("place").cast({"place": pl.Float64()}).select(*measured.columns, "place")
    return pl.concat([numbered, behind.select(numbered.columns)]).sort("place").drop("place")


def speaking(offers: pa.Table) -> pl.DataFrame:
    """Return the representative offer of each route."""
    wanted = [name for name in OFFERS.column_names if name != "validated_at"]
    return representative_offers(frame(offers.select(wanted)))


def frame(table: pa.Table) -> pl.DataFrame:
    """Return an Arrow table as a polars frame."""
    converted = pl.from_arrow(table)
    if not isinstance(converted, pl.DataFrame):
        raise TypeError("a table did not convert to a frame")
    return converted


def caught_up(last: Dataset | None) -> dict[str, pa.Table]:
    """Return the last published histories as of the last check.

    Runs that found nothing new published only a manifest. They observed what the open intervals say, so these were
    observed until each provider's last good listing.
    """
    if last is None:
        return {table.name: tables.empty(table) for table in (*HISTORIES, MEASUREMENTS)}
    checked = {s.provider: s.observed_at for s in last.manifest.sources if s.source == hub_list.NAME and s.observed_at}
    times = pl.DataFrame(
        {"provider": list(checked), "checked_at": list(checked.values())},
        schema={"provider": pl.String(), "checked_at": pl.Datetime("us", "UTC")},
    )
    held = sorted(s.provider for s in last.manifest.sources if s.memory and "prices" in s.memory.held)
    overall = {s.source: s.observed_at for s in last.manifest.sources if not s.provider and s.observed_at}
    current = pl.col("valid_to").is_null() & (pl.col("last_observed_at") == last.manifest.changed_at)
    histories = {MEASUREMENTS.name: last.table(MEASUREMENTS.name)}
    for table in HISTORIES:
        rows = frame(last.table(table.name)).join(times, on="provider", how="left")
        if table is PRICE_HISTORY:
            # A held value was not seen again at any check since.
            rows = rows.with_columns(checked_at=pl.when(~pl.col("provider").is_in(held)).then("checked_at"))
        # The router's prices were last seen when the router last answered.
        own = pl.col("source").replace_strict(overall, default=None, return_dtype=pl.Datetime("us", "UTC"))
        # Null for what was not checked, which the minimum alone would skip.
        until = pl.when(pl.col("checked_at").is_not_null()).then(pl.min_horizontal("checked_at", own))
        seen = pl.when(current).then(pl.max_horizontal("last_observed_at", until)).otherwise("last_observed_at")
        histories[table.name] = tables.conform(
            table, rows.with_columns(last_observed_at=seen).select(table.column_names).to_arrow()
        )
    return histories
