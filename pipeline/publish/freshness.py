"""How old the rows of a dataset are, provider by provider, as its manifest says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pipeline.crawl.sources.hub_list import NAME as LISTING
from pipeline.publish.dataset import Source


def unasked(sources: Iterable[Source], checked_at: datetime) -> list[str]:
    """Return the providers whose listing a run at `checked_at` did not ask for: their rows are of an earlier one.

    One whose last listing was empty has no rows.
    """
    return [
        source.provider
        for source in sources
        if source.source == LISTING
        and source.result == "ok"
        and source.listed_offers != 0
        and source.observed_at is not None
        and source.observed_at < checked_at
    ]
