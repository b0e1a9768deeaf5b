"""opencode.json: the router as a provider, each chat offer as one of its models.

`limit` is left out: opencode requires `output` in it, and no source states an offer's largest output.
"""

from __future__ import annotations

from hf_providers.export.selection import (
    ROUTER_URL,
    TOKEN_VARIABLE,
    Export,
    Selection,
    cost,
    known,
    route,
    title,
)
from hf_providers.export.text import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "opencode.json"


def write(selection: Selection) -> Export:
    """Return the configuration; an offer whose price is unknown has no `cost`."""
    selection.note_zero_prices()
    provider = {
        "name": "Hugging Face",
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": ROUTER_URL, "apiKey": f"{{env:{TOKEN_VARIABLE}}}"},
        "models": {route(offer): _model(offer) for offer in selection.offers},
    }
    config = {"$schema": "https://opencode.ai/config.json", "provider": {"huggingface": provider}}
    return selection.export(as_json(config) + "\n", len(selection.offers))


def _model(offer: OfferRow) -> JsonObject:
    return {"name": title(offer)} | known(tool_call=offer["supports_tools"], cost=cost(offer))
