"""Since when providers have served nothing, and by which source. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import PROVIDERS
from pipeline.assemble import tables
from pipeline.crawl.sources import hub_list
from pipeline.history.record import frame

Ends = Mapping[str, tuple[datetime, str]]
"""By provider: when it was seen to list nothing, and by which source."""
_NOBODY: Final[Ends] = {}


def with_ends(providers: pa.Table, status_history: pa.Table, stated: Ends = _NOBODY) -> pa.Table:
    """Return the providers, with an end for those that serve nothing: when the last of their routes ended.

    Without any route it is the first moment at which a recording says that it listed nothing.

    Args:
        providers: The providers.
        status_history: The routes that they had.
        stated: Ends by recordings; all other ends are from the Hub's lists.
    """
    routes = (
        frame(status_history)
        .group_by("provider")
        .agg(pl.col("valid_to").max(), pl.col("valid_to").has_nulls().alias("open"))
    )
    closed = {provider: at for provider, at, is_open in routes.iter_rows() if not is_open}
    rows = tables.to_rows(providers)
    for row in rows:
        known = [(row["ended_at"], row["ended_source"])] if row["ended_at"] else []
        known += [stated[row["provider"]]] if row["provider"] in stated else []
        at = closed.get(row["provider"])
        if at is not None:
            known = [end for end in known if end[0] == at] or [(at, hub_list.NAME)]
        ended = min(known, default=(None, None)) if not row["active"] else (None, None)
        row["ended_at"], row["ended_source"] = ended
    return tables.from_rows(PROVIDERS, rows)
