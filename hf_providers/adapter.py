"""The adapter by which a marketplace of models reads this catalogue. Registry key: `huggingface`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from hf_providers.model import Model
from hf_providers.offer import Offer
from hf_providers.rules.tasks import tasks_of
from hf_providers.rules.validation import refuse_no_task
from hf_providers.snapshot import Snapshot, default_snapshot

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.documents.object_types import MarketModel, MarketPrice


class HuggingFaceAdapter:
    """Lists models and prices from the snapshot. Prices are decimal text, USD per million tokens; None is unknown.

    >>> adapter = HuggingFaceAdapter()
    >>> adapter.get_pricing("deepseek-ai/DeepSeek-R1")["novita"]["output_usd_per_mtok"]
    '2.5'
    """

    key: ClassVar[str] = "huggingface"

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self._snapshot = snapshot or default_snapshot()

    def list_models(self, task: str | None = None) -> list[MarketModel]:
        """Return every model with its tasks and providers, the most used first; those offered for `task` if given.

        Args:
            task: A task of the Hub's, or a group of tasks: chat, text, image, audio, video, embedding.

        Raises:
            ValueError: there is no such task; the message lists them.
        """
        if task is not None:
            refuse_no_task(task, self._snapshot.catalog)
        grouped: dict[str, list[OfferRow]] = {}
        for offer in self._snapshot.catalog.offers():
            if task is None or offer["task"] in tasks_of(task):
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

    def get_pricing(self, model: str) -> dict[str, MarketPrice]:
        """Return by provider what a model costs: prices, `is_free`, the price's source, and whether the offer is live.

        Raises:
            ModelNotFound, AmbiguousModel: no one model is meant.
        """
        return {offer.provider: _pricing(offer) for offer in reversed(Model(model, self._snapshot).providers)}

    def run_inference(self, payload: Mapping[str, Any]) -> Any:
        """Call a model, once, and return what came back. Network, and it costs money.

            >>> HuggingFaceAdapter().run_inference({"model": "deepseek-ai/DeepSeek-R1"})
            Traceback (most recent call last):
            ...
            ValueError: a payload has messages (chat) or inputs

        Args:
            payload: `model` (the exact id), `provider` (or Hugging Face chooses), `bill_to`; then for chat `messages`
                and whatever else the OpenAI API knows; for other tasks `inputs` (a value, or arguments by name),
                `parameters`, and `task` where it is not the model's own.

        Returns:
            For chat the router's JSON; else what huggingface_hub makes of the answer.

        Raises:
            CallError: refused, with the reason in plain words; or huggingface_hub is needed and not installed.
            HubError: no connection, or HF_HUB_OFFLINE is set.
            ValueError: the payload is not one.
        """
        from hf_providers.live import inference

        if "messages" in payload:
            return inference.chat(payload)
        if "inputs" not in payload:
            raise ValueError("a payload has messages (chat) or inputs")
        return inference.task(payload, payload.get("task") or Model(payload["model"], self._snapshot).task)


def _pricing(offer: Offer) -> MarketPrice:
    given, taken = offer.input_usd_per_mtok, offer.output_usd_per_mtok
    return {
        "input_usd_per_mtok": None if given is None else f"{given:f}",
        "output_usd_per_mtok": None if taken is None else f"{taken:f}",
        "is_free": offer.is_free,
        "price_source": offer.price_source,
        "live": offer.status == "live",
        "as_of": offer.changed_at.isoformat(),
    }
