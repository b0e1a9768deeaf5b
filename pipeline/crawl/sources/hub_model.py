"""The hub model: one model's object-shaped mapping, read where a list lacks it.

`GET /api/models/{id}?expand[]=inferenceProviderMapping&expand[]=inference`. It has no price and no speed.
"""

from __future__ import annotations

from hf_providers.hub import Hub, HubModel, Read, Tally, read_model
from pipeline.crawl.source_result import SourceResult, offer_row
from pipeline.crawl.sources.hub_list import EXPAND, model_row

NAME = "hub-model"


def fetch(hub: Hub, model_id: str, tally: Tally) -> Read[HubModel]:
    """Return one model, following the redirect of a renamed one.

    Raises:
        HubError: the model is missing or private, or the request failed.
    """
    return hub.fetch(f"/api/models/{model_id}", {"expand[]": list(EXPAND)}, read_model, tally=tally)


def rows(source_result: SourceResult, model: HubModel) -> None:
    """Add the model and all of its offers to the source_result."""
    source_result.records += 1
    source_result.models[model.id] = model_row(model)
    for mapping in model.mappings or ():
        source_result.seen_providers.add(mapping.provider)
        source_result.offers.append(offer_row(model.id, mapping, NAME))
