"""Leave out prices of a provider that already lists nothing: a project has forgotten to remove them. Pure.

Such a price comes without a status, so nothing says that the offer exists. After a later sighting of the provider its
prices count again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import polars as pl

from hf_providers.catalog.schema import ROUTE
from pipeline.backfill import in_order
from pipeline.history.intervals import PRICE_VALUES, Conflict, Observations

_STATUS: Final = pl.col("status")


def without_ended(observations: Iterable[Observations]) -> tuple[list[Observations], list[Conflict]]:
    """Return the observations by time without prices of ended providers, and those prices as conflicts."""
    ended: set[str] = set()
    kept: list[Observations] = []
    left_out: list[Conflict] = []
    for seen in in_order(observations):
        rows = seen.rows if "status" in seen.rows.columns else seen.rows.with_columns(status=pl.lit(None, pl.String()))
        ended -= set(rows.filter(_STATUS.is_not_null())["provider"])
        ended |= seen.complete - set(rows["provider"])
        late = rows.filter(_STATUS.is_null() & pl.col("provider").is_in(sorted(ended)))
        left_out += [_conflict(row, seen) for row in late.to_dicts()]
        rest = seen.rows if late.is_empty() else seen.rows.join(late, on=ROUTE, how="anti")
        kept.append(Observations(seen.observed_at, seen.source, rest, seen.complete, seen.states))
    return kept, left_out


def provider_ends(observations: Iterable[Observations]) -> dict[str, tuple[datetime, str]]:
    """Return when each provider was first seen to list nothing after its last sighting, and by which source."""
    ended: dict[str, tuple[datetime, str]] = {}
    for seen in in_order(observations):
        for provider in seen.rows.filter(_STATUS.is_not_null())["provider"] if "status" in seen.rows.columns else ():
            ended.pop(provider, None)
        for provider in seen.complete - set(seen.rows["provider"]):
            ended.setdefault(provider, (seen.observed_at, seen.source))
    return ended


def _conflict(row: dict[str, object], seen: Observations) -> Conflict:
    stated = {name: row[name] for name in PRICE_VALUES if row.get(name) is not None}
    where = (str(row["model_id"]), str(row["provider"]), str(row["task"]))
    return Conflict(where, seen.observed_at, seen.source, stated, None)
