"""How old the rows of a dataset are, by provider, from its manifest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pipeline.crawl.sources.hub_list import NAME as LISTING
from pipeline.publish.dataset import Source


def unasked(sources: Iterable[Source], checked_at: datetime) -> list[str]:
    """Return the providers whose listing a run at `checked_at` did not request: their rows are from an earlier run.

    A provider whose last listing was empty has no rows, and is left out.
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
