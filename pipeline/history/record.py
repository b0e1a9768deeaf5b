"""What one run adds to the histories: its fresh offers, by route, as an observation of every good provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import MEASUREMENTS, OFFERS, PRICE_HISTORY, ROUTE, STATUS_HISTORY, TABLES
from pipeline.assemble import tables
from pipeline.assemble.representative import representative_offers
from pipeline.crawl.sources import hub_list
from pipeline.history import intervals
from pipeline.history.intervals import HUB_LIST_STATES, Observations
from pipeline.publish.dataset import Dataset

HISTORIES = (PRICE_HISTORY, STATUS_HISTORY)


def record(
    last: Mapping[str, pa.Table], offers: pa.Table, good: Iterable[str], moment: datetime
) -> dict[str, pa.Table]:
    """Return price_history, status_history and measurements with this run's observations merged in.

    Args:
        last: The histories so far, brought up to the last check (`caught_up`).
        offers: The offers of this run; only those of good providers were observed in it.
        good: Providers whose listing was complete and is taken: absence there closes an interval.
        moment: When all of it was observed.
    """
    complete = frozenset(good)
    shown = speaking(offers).filter(pl.col("provider").is_in(complete))
    # A stale row of a good provider stands from an earlier run: nobody stated it now, and its route is not absent.
    fresh = observations(shown.filter(~pl.col("stale")), frozenset(), moment)
    silent = shown.with_columns(status=pl.when(~pl.col("stale")).then("status"))
    listed = Observations(moment, hub_list.NAME, silent, complete, HUB_LIST_STATES - {"status"})
    priced = observations(fresh.rows, complete - set(shown.filter("stale")["provider"]), moment)
    measured = frame(last[MEASUREMENTS.name])
    merged = {
        PRICE_HISTORY.name: intervals.merge_prices(frame(last[PRICE_HISTORY.name]), priced).rows,
        STATUS_HISTORY.name: intervals.merge_status(frame(last[STATUS_HISTORY.name]), listed).rows,
        MEASUREMENTS.name: added(measured, intervals.merge_measurements(measured, fresh).rows),
    }
    return {name: tables.conform(TABLES[name], rows.to_arrow()) for name, rows in merged.items()}


def added(measured: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return measurements with new ones, in the order of the key.

    A year of them takes a second to sort. So new ones of routes that have some go behind their route's last, in one
    pass over the row numbers; where a route has none yet, or a later one, all are sorted.
    """
    route = list(ROUTE)
    last = measured.with_row_index("place").group_by(route).agg(pl.col("place", "observed_at").last())
    behind = new.join(last, on=route, how="left", suffix="_last").with_columns(place=pl.col("place") + 0.5)
    if not (behind["observed_at"] > behind["observed_at_last"]).fill_null(value=False).all():
        return pl.concat([measured, new]).sort(MEASUREMENTS.key)
    numbered = measured.with_row_index("place").cast({"place": pl.Float64()}).select(*measured.columns, "place")
    return pl.concat([numbered, behind.select(numbered.columns)]).sort("place").drop("place")


def observations(rows: pl.DataFrame, complete: frozenset[str], moment: datetime) -> Observations:
    """Return rows of the hub list as an observation."""
    return Observations(moment, hub_list.NAME, rows, complete, HUB_LIST_STATES)


def speaking(offers: pa.Table) -> pl.DataFrame:
    """Return the one offer that speaks for each route."""
    wanted = [name for name in OFFERS.column_names if name != "validated_at"]
    return representative_offers(frame(offers.select(wanted)))


def frame(table: pa.Table) -> pl.DataFrame:
    """Return an Arrow table as a polars frame."""
    found = pl.from_arrow(table)
    if not isinstance(found, pl.DataFrame):
        raise TypeError("a table makes a frame")
    return found


def caught_up(last: Dataset | None) -> dict[str, pa.Table]:
    """Return the last published histories as they stood at the last check.

    Runs that found nothing new published only a manifest. What they observed is what the open intervals say, so these
    have been observed until each provider's last good listing.
    """
    if last is None:
        return {table.name: tables.empty(table) for table in (*HISTORIES, MEASUREMENTS)}
    checked = {s.provider: s.observed_at for s in last.manifest.sources if s.source == hub_list.NAME and s.observed_at}
    times = pl.DataFrame(
        {"provider": list(checked), "checked_at": list(checked.values())},
        schema={"provider": pl.String(), "checked_at": pl.Datetime("us", "UTC")},
    )
    current = pl.col("valid_to").is_null() & (pl.col("last_observed_at") == last.manifest.changed_at)
    found = {MEASUREMENTS.name: last.table(MEASUREMENTS.name)}
    for table in HISTORIES:
        rows = frame(last.table(table.name)).join(times, on="provider", how="left")
        seen = pl.when(current).then(pl.max_horizontal("last_observed_at", "checked_at")).otherwise("last_observed_at")
        found[table.name] = tables.conform(
            table, rows.with_columns(last_observed_at=seen).select(table.column_names).to_arrow()
        )
    return found
