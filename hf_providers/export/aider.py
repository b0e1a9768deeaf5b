"""aider's .aider.model.metadata.json: what LiteLLM's map says of a model, by `openai/ID:PROVIDER`.

aider shows no cost where a price is absent, so an offer without one stands here with its context length.
"""

from __future__ import annotations

from hf_providers.export.litellm import entry
from hf_providers.export.selection import Export, Selection, cost, known, route
from hf_providers.export.text import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "aider.json"


def write(selection: Selection) -> Export:
    """Return the offers of which a price or a context length is known."""
    entries = {f"openai/{route(offer)}": entry for offer in selection.offers if (entry := _entry(offer))}
    selection.note_zero_prices()
    selection.skip("without a known price or context length", len(selection.offers) - len(entries))
    return selection.export(as_json(entries) + "\n", len(entries))


def _entry(offer: OfferRow) -> JsonObject | None:
    if cost(offer):
        return entry(offer)
    facts = known(max_input_tokens=offer["context_length"])
    return {"litellm_provider": "openai", "mode": "chat"} | facts if facts else None
