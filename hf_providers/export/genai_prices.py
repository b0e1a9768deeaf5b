"""The providers of genai-prices, for `UpdatePrices(url=…)`: its ids (`huggingface_PROVIDER`) and its match form.

A model matches by its lower-case id, with or without `:PROVIDER`. Prices are dated where the history is known, by the
day in UTC; a request before the first day gets the first price. genai-prices takes an absent price for 0.
"""

from __future__ import annotations

import re
from itertools import pairwise

from hf_providers.export.selection import Export, Selection, known, model_name, price_steps, route
from hf_providers.export.text import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "genai-prices.json"
PRICING_URLS = ["https://router.huggingface.co/v1/models", "https://huggingface.co/inference/models"]
USAGE = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}
"""The router's usage, which is the OpenAI API's, in genai-prices' words."""


def write(selection: Selection) -> Export:
    """Return the providers with their priced offers."""
    by_provider: dict[str, list[JsonObject]] = {}
    for offer in selection.priced():
        by_provider.setdefault(offer["provider"], []).append(_model(selection, offer))
    providers = [_provider(name, offers, selection.observed_at) for name, offers in sorted(by_provider.items())]
    return selection.export(as_json(providers) + "\n", sum(map(len, by_provider.values())))


def _provider(name: str, models: list[JsonObject], observed_at: str) -> JsonObject:
    mappings = [{"path": path, "dest": unit, "required": True} for path, unit in USAGE.items()]
    return {
        "id": f"huggingface_{name}",
        "name": f"HuggingFace ({name})",
        "api_pattern": rf"https://router\.huggingface\.co/{re.escape(name)}",
        "pricing_urls": PRICING_URLS,
        "price_comments": f"as hf-providers observed them by {observed_at[:10]}",
        "provider_match": {"and": [{"contains": "huggingface"}, {"contains": name}]},
        "extractors": [{"root": "usage", "mappings": mappings, "api_flavor": flavor} for flavor in ("default", "chat")],
        "models": models,
    }


def _model(selection: Selection, offer: OfferRow) -> JsonObject:
    names = [{"equals": name.lower()} for name in (offer["model_id"], route(offer))]
    described = {"id": offer["model_id"], "name": model_name(offer), "match": {"or": names}}
    return described | known(context_window=offer["context_length"]) | {"prices": _prices(selection, offer)}


def _prices(selection: Selection, offer: OfferRow) -> JsonObject | list[JsonObject]:
    """Return the price, or the dated prices that followed each other without a gap, which this form cannot say."""
    steps = price_steps(selection, offer)
    gaps = [i + 1 for i, (step, later) in enumerate(pairwise(steps)) if step["to"] != later["from"]]
    dated = [
        {"prices": {"input_mtok": step["input"], "output_mtok": step["output"]}}
        | ({"constraint": {"start_date": step["from"]}} if i else {})
        for i, step in enumerate(steps[gaps[-1] if gaps else 0 :])
    ]
    return dated if len(dated) > 1 else dated[0]["prices"]
