"""The adapter by which a marketplace of models reads this catalogue. Registry key: `huggingface`."""

from __future__ import annotations

from typing import Any, ClassVar

from hf_providers.model import Model, Offer
from hf_providers.snapshot import Snapshot, default_snapshot


class HuggingFaceAdapter:
    """Lists models and prices from the snapshot. Prices are decimal text, USD per million tokens; None is unknown.

    >>> adapter = HuggingFaceAdapter()
    >>> adapter.get_pricing("deepseek-ai/DeepSeek-R1")["novita"]["output_usd_per_mtok"]
    '2.5'
    """

    key: ClassVar[str] = "huggingface"

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self._snapshot = snapshot or default_snapshot()

    def list_models(self, task: str | None = None) -> list[dict[str, Any]]:
        """Return every model with its tasks and providers, the most used first; those offered for `task` if given."""
        grouped: dict[str, list[dict[str, Any]]] = {}
        for offer in self._snapshot.catalog.offers(task=task):
            grouped.setdefault(offer["model_id"], []).append(offer)
        return [
            {
                "model_id": model["model_id"],
                "tasks": sorted({offer["task"] for offer in grouped[model["model_id"]]}),
                "providers": sorted({offer["provider"] for offer in grouped[model["model_id"]]}),
                "context_length": model["context_length"],
            }
            for model in self._snapshot.catalog.models()
            if model["model_id"] in grouped
        ]

    def get_pricing(self, model: str) -> dict[str, dict[str, Any]]:
        """Return by provider what a model costs: prices, `is_free`, the price's source, and whether the offer is live.

        Raises:
            ModelNotFound, AmbiguousModel: no one model is meant.
        """
        return {offer.provider: _pricing(offer) for offer in reversed(Model(model, self._snapshot).providers)}


def _pricing(offer: Offer) -> dict[str, Any]:
    given, taken = offer.input_usd_per_mtok, offer.output_usd_per_mtok
    return {
        "input_usd_per_mtok": None if given is None else f"{given:f}",
        "output_usd_per_mtok": None if taken is None else f"{taken:f}",
        "is_free": offer.is_free,
        "price_source": offer.price_source,
        "live": offer.status == "live",
        "as_of": offer.changed_at.isoformat(),
    }
