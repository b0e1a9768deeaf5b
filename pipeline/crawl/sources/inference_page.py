"""The inference page: the props of the models table on a page of the Hub.

A fallback for chat price and speed, and the only place that says when a mapping was last validated. Pages have the
smallest quota: one request a run.
"""

from __future__ import annotations

from hf_providers.hub import Hub, PageMapping, Read, Tally, read_inference_page
from pipeline.crawl.source_result import SourceResult, offer_row

NAME = "inference-page"
MAY_BE_GONE = True


def fetch(hub: Hub, tally: Tally) -> Read[PageMapping]:
    """Return the page's mappings; a page without them gives none and one note of drift.

    Raises:
        HubError: the page could not be fetched.
    """
    return hub.fetch("/inference/models", None, read_inference_page, tally=tally, keep=True)


def rows(source_result: SourceResult, read: Read[PageMapping]) -> None:
    """Add the page's offers to the source_result."""
    for entry in read.records:
        source_result.records += 1
        source_result.seen_providers.add(entry.mapping.provider)
        source_result.offers.append(offer_row(entry.model_id, entry.mapping, NAME))
