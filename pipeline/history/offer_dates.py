"""Since when an offer has been there, and as it is: by the histories, which reach further back than any run of ours.

A history is kept by route: it tells of the one offer that speaks for the route, and of no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import OFFERS, ROUTE
from pipeline.history.intervals import DTYPES
from pipeline.history.record import HISTORIES, frame, speaking

_KEY = list(OFFERS.key)
_TIME = DTYPES["timestamp"]
Histories = Mapping[str, pa.Table]


def first_seen(offers: pa.Table, histories: Histories) -> pa.Table:
    """Return the offers, none of them first seen later than its route was."""
    begun = _intervals(histories).group_by(ROUTE).agg(pl.col("valid_from").min())
    both = pl.DataFrame({"own": _column(offers, "first_seen_at"), "told": _times(offers, begun)})
    return _replaced(offers, "first_seen_at", both.select(pl.min_horizontal("own", "told")))


def unchanged(offers: pa.Table, before: Histories, after: Histories, times: Mapping[str, datetime]) -> pa.Table:
    """Return the offers with `changed_at` as a history that has been added to tells it.

    What a run saw change stands, even where no history has it: one starts earlier only if it was as old as the
    history before knew.

    Args:
        offers: The offers.
        before: The histories as they were.
        after: The histories with older observations merged in.
        times: When each provider's offers were last observed; later intervals are not about these values.
    """
    known, found = (_times(offers, _in_force(histories, times)) for histories in (before, after))
    changed = pl.DataFrame({"was": _column(offers, "changed_at"), "known": known, "found": found})
    kept = pl.when(pl.col("was") > pl.col("known")).then("was")
    return _replaced(offers, "changed_at", changed.select(pl.max_horizontal("found", kept).fill_null(pl.col("was"))))


def _intervals(histories: Histories) -> pl.DataFrame:
    columns = [*ROUTE, "valid_from", "valid_to"]
    return pl.concat([frame(histories[table.name].select(columns)) for table in HISTORIES])


def _in_force(histories: Histories, times: Mapping[str, datetime]) -> pl.DataFrame:
    """Return when the younger of the price and the status began that held when the provider was observed."""
    at = pl.DataFrame(
        {"provider": list(times), "at": list(times.values())}, schema={"provider": pl.String, "at": _TIME}
    )
    begun = pl.col("valid_from") <= pl.col("at")
    holding = begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("at")))
    return _intervals(histories).join(at, on="provider").filter(holding).group_by(ROUTE).agg(pl.col("valid_from").max())


def _times(offers: pa.Table, routes: pl.DataFrame) -> pl.Series:
    """Return the time of its route for each offer that speaks for one, in order; NULL for others."""
    told = speaking(offers).select(_KEY).join(routes, on=ROUTE)
    keys = frame(offers.select(_KEY))
    return keys.join(told, on=_KEY, how="left", maintain_order="left")["valid_from"]


def _column(offers: pa.Table, name: str) -> pl.Series:
    return frame(offers.select([name]))[name]


def _replaced(offers: pa.Table, name: str, times: pl.DataFrame) -> pa.Table:
    place = offers.schema.get_field_index(name)
    field = offers.schema.field(place)
    return offers.set_column(place, field, times.to_series().to_arrow().cast(field.type))
