"""librechat.yaml: the router as a custom endpoint, with the prices of the offers whose context length is known too.

LibreChat takes a price with both sides and the context length, or none of the three.
"""

from __future__ import annotations

from hf_providers.export.selection import (
    ROUTER_URL,
    TOKEN_VARIABLE,
    Export,
    Selection,
    cost,
    route,
)
from hf_providers.export.text import as_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "librechat.yaml"


def write(selection: Selection) -> Export:
    """Return the configuration; prices are USD per million tokens."""
    names = [route(offer) for offer in selection.offers]
    endpoint = {
        "name": "HuggingFace",
        "apiKey": f"${{{TOKEN_VARIABLE}}}",
        "baseURL": ROUTER_URL,
        "models": {"default": names, "fetch": False},
    }
    priced = {route(offer): prices for offer in selection.offers if (prices := _prices(offer))}
    if priced:
        endpoint["tokenConfig"] = priced
        selection.note_zero_prices()
    config = {"version": "1.2.1", "endpoints": {"custom": [endpoint]}}
    return selection.export(as_yaml(config), len(names))


def _prices(offer: OfferRow) -> JsonObject | None:
    prices, context = cost(offer, "prompt", "completion"), offer["context_length"]
    return None if prices is None or context is None else prices | {"context": context}
