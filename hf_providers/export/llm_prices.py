"""llm-prices: one vendor's file of `data/`, with every price and the days on which it was in force."""

from __future__ import annotations

from hf_providers.export.selection import Export, Selection, price_steps, route, title
from hf_providers.export.text import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

FILE = "llm-prices.json"


def write(selection: Selection) -> Export:
    """Return the priced offers with their history; USD per million tokens."""
    models = [
        {
            "id": route(offer),
            "name": title(offer),
            "price_history": [_price(step) for step in price_steps(selection, offer)],
        }
        for offer in selection.priced()
    ]
    return selection.export(as_json({"vendor": "huggingface", "models": models}) + "\n", len(models))


def _price(step: JsonObject) -> JsonObject:
    """Return a price; no source states a cached one, which null stands for."""
    return {
        "input": step["input"],
        "output": step["output"],
        "input_cached": None,
        "from_date": step["from"],
        "to_date": step["to"],
    }
