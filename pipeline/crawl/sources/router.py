"""The router: chat offers as requests meet them, with price, `is_free`, context, capabilities and speed.

`GET {router}/v1/models`: one response, no pages.
"""

from __future__ import annotations

from collections.abc import Iterable

from hf_providers.hub import Hub, Read, RouterModel, Tally, read_router
from pipeline.crawl.source_result import SourceResult, offer_row

NAME = "router"


def fetch(hub: Hub, tally: Tally) -> Read[RouterModel]:
    """Return every chat model that the router serves.

    Raises:
        HubError: the answer could not be had or read.
    """
    return hub.fetch("/v1/models", None, read_router, router=True, tally=tally)


def rows(source_result: SourceResult, models: Iterable[RouterModel]) -> None:
    """Add the router's offers to the source_result. It does not say the provider's own model id."""
    for model in models:
        source_result.records += 1
        for mapping in model.mappings:
            source_result.seen_providers.add(mapping.provider)
            source_result.offers.append(offer_row(model.id, mapping, NAME))
