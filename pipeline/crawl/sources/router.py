"""The router: chat offers as requests meet them, with price, `is_free`, context, capabilities and speed.

`GET {router}/v1/models`: one response, no pages.
"""

from __future__ import annotations

from collections.abc import Iterable

from hf_providers.hub import Hub, Read, RouterModel, Tally, read_router
from pipeline.crawl.source_result import Harvest, offer_row

NAME = "router"


def fetch(hub: Hub, tally: Tally) -> Read[RouterModel]:
    """Return every chat model that the router serves.

    Raises:
        HubError: the answer could not be had or read.
    """
    return hub.fetch("/v1/models", None, read_router, router=True, tally=tally)


def rows(harvest: Harvest, models: Iterable[RouterModel]) -> None:
    """Add the router's offers to the harvest. It does not say the provider's own model id."""
    for model in models:
        harvest.records += 1
        for mapping in model.mappings:
            harvest.seen_providers.add(mapping.provider)
            harvest.offers.append(offer_row(model.id, mapping, NAME))
