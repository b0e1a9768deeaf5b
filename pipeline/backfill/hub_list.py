"""A recorded hub list: models with the array-shaped mapping, as the list endpoint returns them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import polars as pl

from hf_providers.catalog.schema import OFFERS
from hf_providers.errors import HubBadAnswer
from hf_providers.hub import read_models
from pipeline.assemble.representative import representative_offers
from pipeline.backfill import Recording, Row
from pipeline.crawl.source_result import offer_row
from pipeline.crawl.sources.hub_list import NAME
from pipeline.errors import BackfillError
from pipeline.history.intervals import DTYPES, HUB_LIST_STATES, Observations

RECORDED = "a recording"
"""The origin in a row of `runs`: a recording, not a request."""
_UNSEEN = ("readiness", "first_seen_at", "changed_at", "stale")
_COLUMNS = [column for column in OFFERS.columns if column.name not in _UNSEEN]


def read(body: bytes, observed_at: datetime, incomplete: Collection[str], asked: Collection[str] = ()) -> Recording:
    """Return what a recorded list says.

    Args:
        body: The recording.
        observed_at: When it was recorded.
        incomplete: Providers whose listing was cut: absence there ends nothing.
        asked: Providers whose listing was read, also an empty one; by default those in the list.

    Raises:
        BackfillError: it is no recorded list.
    """
    try:
        models = read_models(body)
    except HubBadAnswer as error:
        raise BackfillError(f"not a recorded hub list: {error}", "give a JSON array of models") from None
    offers = [offer_row(model.id, mapping, NAME) for model in models.records for mapping in model.mappings or ()]
    rows = representative_offers(pl.DataFrame(offers, schema={column.name: DTYPES[column.type] for column in _COLUMNS}))
    listed = frozenset(asked) or frozenset(rows["provider"])
    observations = Observations(observed_at, NAME, rows, listed - frozenset(incomplete), HUB_LIST_STATES)
    return Recording([observations], models.problems, runs=_looks(rows, listed, observed_at))


def _looks(rows: pl.DataFrame, listed: Collection[str], observed_at: datetime) -> list[Row]:
    """Return a row of `runs` for each listing that was read, also for one without anything new.

    The cost of the recorder's requests is not recorded; we made none.
    """
    counts = dict(rows.group_by("provider").len().iter_rows())
    unknown = dict.fromkeys(("unchanged", "error", "drift"))
    nothing = dict.fromkeys(("requests", "bytes", "quarantined", "duration_ms"), 0) | unknown
    look = {"run_at": observed_at, "source": NAME, "result": "ok", "origin": RECORDED} | nothing
    return [look | {"provider": provider, "records": counts.get(provider, 0)} for provider in sorted(listed)]
