"""LiteLLM's model cost map.

The keys are `openai/ID:PROVIDER`, to be called with the router as `api_base`. A key `huggingface/…` would be priced
at 0 whatever is registered for it: litellm.cost_calculator returns 0 for that provider before it looks at the map.
"""

from __future__ import annotations

from hf_providers.export.selection import ROUTER_URL, Export, Selection, known, per_token, route
from hf_providers.export.text import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "litellm.json"


def write(selection: Selection) -> Export:
    """Return every priced offer; one without a price would cost 0 in LiteLLM and is skipped."""
    entries = {f"openai/{route(offer)}": entry(offer) for offer in selection.priced()}
    return selection.export(as_json(entries) + "\n", len(entries))


def entry(offer: OfferRow) -> JsonObject:
    """Return what the map says of an offer: prices are USD per token."""
    return {
        "litellm_provider": "openai",
        "mode": "chat",
        "api_base": ROUTER_URL,
        "input_cost_per_token": per_token(offer["input_usd_per_mtok"]),
        "output_cost_per_token": per_token(offer["output_usd_per_mtok"]),
    } | known(
        max_input_tokens=offer["context_length"],
        supports_function_calling=offer["supports_tools"],
        supports_response_schema=offer["supports_structured_output"],
    )
