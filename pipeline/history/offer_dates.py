"""When an offer was last seen, since when it has existed, and since when it has had its values.

The two latter come from the histories, which reach further back than our own runs. A history is kept by route: it is
about the one offer that represents the route.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import OFFERS, ROUTE
from pipeline.crawl.source_result import Row
from pipeline.crawl.sources import hub_list
from pipeline.history.intervals import DTYPES, MEASURED_VALUES
from pipeline.history.record import HISTORIES, frame, speaking
from pipeline.publish.dataset import Manifest

_KEY = list(OFFERS.key)
_TIME = DTYPES["timestamp"]
Histories = Mapping[str, pa.Table]
_HELD = {"prices": "price_observed_at", "speeds": "measured_at"}
"""The date of an offer that does not advance while a jump is held."""


def caught_up(offers: list[Row], manifest: Manifest) -> list[Row]:
    """Return published offers with their dates as of the last check, for the next run to continue from.

    Runs that found nothing new published only a manifest: the version's values were observed until each source's last
    good answer. Rows of a release before 0.2 have no dates: they get that answer's time, too.
    """
    held = {s.provider: s.memory.held for s in manifest.sources if s.source == hub_list.NAME and s.memory}
    good = {(source.source, source.provider): source.observed_at for source in manifest.sources}
    for offer in offers:
        listed = good.get((hub_list.NAME, offer["provider"]))
        priced = listed if offer["price_source"] == hub_list.NAME else good.get((offer["price_source"], ""))
        unlisted = offer["type"] is None and offer["stale"]
        seen = {
            "observed_at": None if unlisted else listed,
            "price_observed_at": priced if offer["price_source"] else None,
            "measured_at": listed if _is_measured(offer) and not unlisted else None,
        }
        kept = {_HELD[kind] for kind in held.get(offer["provider"], ()) if kind in _HELD}
        for name, at in seen.items():
            if at is not None and name not in kept and offer[name] in (None, manifest.changed_at):
                offer[name] = max(at, offer[name] or at)
    return offers


def _is_measured(offer: Mapping[str, Any]) -> bool:
    return any(offer[name] is not None for name in MEASURED_VALUES)


def first_seen(offers: pa.Table, histories: Histories) -> pa.Table:
    """Return the offers, with no `first_seen_at` later than its route's history."""
    begun = _intervals(histories).group_by(ROUTE).agg(pl.col("valid_from").min())
    both = pl.DataFrame({"own": _column(offers, "first_seen_at"), "told": _times(offers, begun)})
    return _replaced(offers, "first_seen_at", both.select(pl.min_horizontal("own", "told")))


def unchanged(offers: pa.Table, before: Histories, after: Histories, times: Mapping[str, datetime]) -> pa.Table:
    """Return the offers with `changed_at` by a history that older observations were added to.

    A change that a run saw is kept, even where no history has it: `changed_at` moves back only where it was as early
    as the history before said.

    Args:
        offers: The offers.
        before: The histories as they were.
        after: The histories with older observations merged in.
        times: When each provider's offers were last observed; later intervals are not about these values.
    """
    known, now = (_times(offers, _in_force(histories, times)) for histories in (before, after))
    changed = pl.DataFrame({"was": _column(offers, "changed_at"), "known": known, "found": now})
    kept = pl.when(pl.col("was") > pl.col("known")).then("was")
    return _replaced(offers, "changed_at", changed.select(pl.max_horizontal("found", kept).fill_null(pl.col("was"))))


def _intervals(histories: Histories) -> pl.DataFrame:
    columns = [*ROUTE, "valid_from", "valid_to"]
    return pl.concat([frame(histories[table.name].select(columns)) for table in HISTORIES])


def _in_force(histories: Histories, times: Mapping[str, datetime]) -> pl.DataFrame:
    """Return when the price or the status in force when the provider was observed began, whichever is later."""
    at = pl.DataFrame(
        {"provider": list(times), "at": list(times.values())}, schema={"provider": pl.String, "at": _TIME}
    )
    begun = pl.col("valid_from") <= pl.col("at")
    holding = begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("at")))
    return _intervals(histories).join(at, on="provider").filter(holding).group_by(ROUTE).agg(pl.col("valid_from").max())


def _times(offers: pa.Table, routes: pl.DataFrame) -> pl.Series:
    """Return, in order, the time of its route for each offer that represents one; NULL for others."""
    dated = speaking(offers).select(_KEY).join(routes, on=ROUTE)
    keys = frame(offers.select(_KEY))
    return keys.join(dated, on=_KEY, how="left", maintain_order="left")["valid_from"]


def _column(offers: pa.Table, name: str) -> pl.Series:
    return frame(offers.select([name]))[name]


def _replaced(offers: pa.Table, name: str, times: pl.DataFrame) -> pa.Table:
    index = offers.schema.get_field_index(name)
    field = offers.schema.field(index)
    return offers.set_column(index, field, times.to_series().to_arrow().cast(field.type))
