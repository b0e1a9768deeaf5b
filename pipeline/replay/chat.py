"""`POST /v1/chat/completions`: chats as the router streams them, with a preset pace and preset failures.

The text of an answer is made up, and says so. The errors for an unknown or unserved model have the router's wording as
its callers report it; no recording has them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import responses
from threading import Event
from typing import Any, Final

from hf_providers.catalog.row_types import JsonObject
from hf_providers.errors import HfProvidersError
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.replay.catalogue import Catalogue
from pipeline.replay.facts import Offer
from pipeline.replay.wire import Entity, Reply, dumps, reply_error, reply_json

PATH: Final = "/v1/chat/completions"
PROMPT_TOKENS: Final = 8
"""The input tokens that every answer reports."""


@dataclass(frozen=True, slots=True)
class Chat:
    """How a provider answers chats; `provider` empty: every provider without an entry of its own.

    The first token comes after `latency_ms`, the others at `tokens_per_s` (0: at once), `tokens` in all or as many as
    the request allows. Another `status` than 200 is answered with `body`. One that hangs never answers; the
    connection breaks after `cut_after` tokens. Without `usage` the stream does not say how many tokens there were.
    """

    provider: str = ""
    latency_ms: float = 0
    tokens_per_s: float = 0
    tokens: int = 16
    status: int = 200
    body: str | None = None
    hang: bool = False
    cut_after: int | None = None
    usage: bool = True


class CutError(HfProvidersError):
    """The connection must break here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat request that a provider can answer."""

    model: str
    stream: bool
    max_tokens: int | None
    wants_usage: bool


def asked(catalogue: Catalogue, body: bytes, *, authorized: bool) -> tuple[Asked, str] | Reply:
    """Return the request and the provider that answers it, or the refusal."""
    if not authorized:
        return Reply(401, Entity(b"Unauthorized", "text/html; charset=utf-8"))
    try:
        wire = json.loads(body)
        name = str(wire["model"])
        messages = wire["messages"]
        usage = bool((wire.get("stream_options") or {}).get("include_usage"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return reply_error(400, "Bad Request: a JSON object with model and messages is expected")
    if not isinstance(messages, list) or not messages:
        return reply_error(400, "Bad Request: messages must not be empty")
    provider = _routed(catalogue, name)
    if isinstance(provider, Reply):
        return provider
    limit = wire.get("max_tokens") or wire.get("max_completion_tokens")
    return Asked(name, wire.get("stream") is True, limit if isinstance(limit, int) else None, usage), provider


def _routed(catalogue: Catalogue, name: str) -> str | Reply:
    """Return the provider for `model`, `model:provider` or `model:policy`."""
    model_id, _, suffix = name.partition(":")
    listed = catalogue.by_id.get(model_id)
    if listed is None:
        return _refused(f"The requested model '{name}' does not exist", "model_not_found")
    live = [o for o in listed.model.offers or () if o.entry.get("task") == CHAT_TASK and o.entry["status"] == "live"]
    if suffix not in ("", "fastest", "cheapest", "preferred"):
        live = [offer for offer in live if offer.provider == suffix]
    if not live:
        message = f"The requested model '{name}' is not supported by any provider you have enabled."
        return _refused(message, "model_not_supported")
    return (_cheapest(live) if suffix == "cheapest" else _fastest(live)).provider


def _fastest(offers: Sequence[Offer]) -> Offer:
    return max(offers, key=lambda offer: (offer.entry.get("performance") or {}).get("tokensPerSecond") or 0)


def _cheapest(offers: Sequence[Offer]) -> Offer:
    def price(offer: Offer) -> Any:
        pricing = offer.router.get("pricing") or (offer.entry.get("providerDetails") or {}).get("pricing") or {}
        return pricing.get("output", float("inf"))

    return min(offers, key=price)


def _refused(message: str, code: str) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": "model", "code": code}
    return Reply(400, Entity(dumps({"error": error}).encode()))


def behaviour(chats: Sequence[Chat], provider: str) -> Chat:
    """Return how this provider answers: as set for it, else as set for all, else at once."""
    by_provider = {chat.provider: chat for chat in reversed(chats)}
    return by_provider.get(provider) or by_provider.get("") or Chat()


def failure(chat: Chat) -> Reply | None:
    """Return the error that the provider answers with; None where it answers the chat."""
    if chat.status == 200:
        return None
    if chat.body is None:
        return reply_error(chat.status, responses.get(chat.status, "Error"))
    return Reply(chat.status, Entity(chat.body.encode()))


def _count(chat: Chat, request: Asked) -> int:
    return chat.tokens if request.max_tokens is None else min(chat.tokens, request.max_tokens)


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": tokens, "total_tokens": PROMPT_TOKENS + tokens}


def whole(chat: Chat, request: Asked, stopping: Event) -> Reply:
    """Return the answer in one piece, after the time that its tokens take."""
    count = _count(chat, request)
    stopping.wait(chat.latency_ms / 1000 + (max(0, count - 1) / chat.tokens_per_s if chat.tokens_per_s else 0))
    message = {"role": "assistant", "content": "".join(map(_word, range(count)))}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"usage": _usage(count)} if chat.usage else {}
    return reply_json(_head("chat.completion", request) | {"choices": [choice]} | usage)


def events(chat: Chat, request: Asked, stopping: Event) -> Iterator[bytes]:
    """Yield the events of a stream, each when it is due: one a token, the end, the usage where it is requested.

    Raises:
        CutError: the connection must break here.
    """
    head = _head("chat.completion.chunk", request)
    count = _count(chat, request)
    first = time.monotonic() + chat.latency_ms / 1000
    for index in range(count):
        if index == chat.cut_after:
            raise CutError("the connection breaks here")
        due = first + (index / chat.tokens_per_s if chat.tokens_per_s else 0)
        stopping.wait(max(0.0, due - time.monotonic()))
        delta = {"role": "assistant", "content": _word(index)}
        yield _event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    if chat.usage and request.wants_usage:
        yield _event(head | {"choices": [], "usage": _usage(count)})
    yield b"data: [DONE]\n\n"


def _head(kind: str, request: Asked) -> JsonObject:
    return {"id": "replay", "object": kind, "created": int(time.time()), "model": request.model}


def _word(index: int) -> str:
    """Return a token of the answer: first one that says what it is, then numbers."""
    return "replayed" if index == 0 else f" {index}"


def _event(value: JsonObject) -> bytes:
    return f"data: {dumps(value)}\n\n".encode()
