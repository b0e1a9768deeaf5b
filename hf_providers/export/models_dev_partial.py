"""Write models.dev's form as far as possible: its strict schema requires values that no source states.

Each model lists what is missing in it, so this file is not accepted by models.dev as it is.
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

FILE = "models.dev-partial.json"
NEVER_STATED = ("attachment", "reasoning", "temperature", "release_date", "last_updated", "open_weights")
"""What models.dev requires of a model and no source states of an offer."""


def write(selection: Selection) -> Export:
    """Return the provider with each chat offer as a model."""
    selection.note_zero_prices()
    provider = {
        "id": "huggingface",
        "env": [TOKEN_VARIABLE],
        "npm": "@ai-sdk/openai-compatible",
        "api": ROUTER_URL,
        "name": "Hugging Face",
        "doc": "https://huggingface.co/docs/inference-providers",
        "models": {route(offer): _model(offer) for offer in selection.offers},
    }
    return selection.export(as_json({"huggingface": provider}) + "\n", len(selection.offers))


def _model(offer: OfferRow) -> JsonObject:
    context, tools = offer["context_length"], offer["supports_tools"]
    missing = [*NEVER_STATED, "modalities", "limit.output"]
    missing += [name for name, value in (("tool_call", tools), ("limit.context", context)) if value is None]
    return {"id": route(offer), "name": title(offer)} | known(
        tool_call=tools,
        structured_output=offer["supports_structured_output"],
        limit=None if context is None else {"context": context},
        cost=cost(offer),
        missing=missing,
    )
