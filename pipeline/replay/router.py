"""The router's list of chat models, on the same port: point `HFP_ROUTER_URL` at the replay, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hf_providers.catalog.row_types import JsonObject
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.replay.catalogue import Catalogue, speaking
from pipeline.replay.facts import Model, Offer
from pipeline.replay.wire import Reply, Request, reply_error, reply_json


def router_models(catalogue: Catalogue, _request: Request) -> Reply:
    """Return every model with a chat offer, in one answer: the router has no pages and ignores parameters."""
    served = [_router_model(listed.model, chat) for listed in catalogue.served if (chat := _chat(listed.model))]
    return reply_json({"object": "list", "data": served})


def router_model(catalogue: Catalogue, _request: Request, model_id: str) -> Reply:
    """Return one model of the router; 404 where it has no chat offer."""
    listed = catalogue.by_id.get(model_id)
    chat = _chat(listed.model) if listed else []
    if not listed or not chat:
        return reply_error(404, f"Model {model_id} does not exist")
    return reply_json(_router_model(listed.model, chat))


def _chat(model: Model) -> Sequence[Offer]:
    """Return the model's chat offers that the router shows: live or in error, one a provider."""
    offers = [offer for offer in model.offers or () if offer.entry.get("task") == CHAT_TASK]
    shown = [offer for offer in offers if offer.entry.get("status") != "staging"]
    return list(speaking(shown).values())


def _router_model(model: Model, chat: Sequence[Offer]) -> JsonObject:
    created = model.fields.get("createdAt")
    return {
        "id": model.id,
        "object": "model",
        **({} if created is None else {"created": int(datetime.fromisoformat(created).timestamp())}),
        "owned_by": model.id.partition("/")[0],
        "providers": [_router_offer(offer) for offer in chat],
    }


def _router_offer(offer: Offer) -> JsonObject:
    entry = offer.entry
    details, features, speed = (entry.get(key) or {} for key in ("providerDetails", "features", "performance"))
    stated = {
        "provider": offer.provider,
        "status": entry.get("status"),
        "context_length": details.get("context_length"),
        **offer.router,
        "supports_tools": features.get("toolCalling"),
        "supports_structured_output": features.get("structuredOutput"),
        "first_token_latency_ms": speed.get("firstTokenLatencyMs"),
        "throughput": speed.get("tokensPerSecond"),
        "is_model_author": entry.get("isModelAuthor"),
    }
    return {key: value for key, value in stated.items() if value is not None}
