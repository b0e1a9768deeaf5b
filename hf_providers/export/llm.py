"""extra-openai-models.yaml of Simon Willison's llm: each chat offer as a model of the router.

The key is stored by `llm keys set huggingface`. llm has no place for prices or context lengths.
"""

from __future__ import annotations

from hf_providers.export.selection import ROUTER_URL, Export, Selection, known, route
from hf_providers.export.text import as_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "llm.yaml"


def write(selection: Selection) -> Export:
    """Return the list of models."""
    return selection.export(as_yaml([_model(offer) for offer in selection.offers]), len(selection.offers))


def _model(offer: OfferRow) -> JsonObject:
    """Return a model; llm reads `true` alone as support, so what is unknown is left out."""
    return {
        "model_id": f"hf/{route(offer)}",
        "model_name": route(offer),
        "api_base": ROUTER_URL,
        "api_key_name": "huggingface",
    } | known(
        supports_tools=offer["supports_tools"] or None,
        supports_schema=offer["supports_structured_output"] or None,
    )
