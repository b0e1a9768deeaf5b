"""Send each provider of a model one tiny chat, all at once, and time the answers. It costs money.

Nothing is sent twice, redirects are not followed, and each provider has its own time limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pydantic_core

from hf_providers.hub.redaction import redact
from hf_providers.hub.settings import Settings
from hf_providers.hub.text import clean
from hf_providers.live.router_calls import PATH, explain, headers
from hf_providers.rules import money

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

QUESTION = "Count from 1 to 20, with commas."
MAX_TOKENS = 48
INPUT_TOKENS = 300
"""Input tokens of an estimate: the question is about 15 tokens, and chat templates add more."""
TIME_S = 30.0
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Estimate:
    """What probing will cost at most, as far as prices are known.

    Attributes:
        nano_usd: For the providers whose price is known.
        priced: Those providers.
        unpriced: The others.
    """

    nano_usd: int
    priced: tuple[str, ...]
    unpriced: tuple[str, ...]


@dataclass(slots=True)
class Probe:
    """How one provider answered.

    Attributes:
        provider: Its id.
        outcome: In plain words; `answered` where all went well.
        http_status: The status of the answer, or None where none came.
        ttft_ms: Milliseconds from sending to the first token of text, or None.
        throughput_tps: Tokens per second from the first token to the last, where the provider says how many; or None.
        output_tokens: How many the provider says that it made, or None.
        total_ms: Milliseconds until it was over, in whichever way.
    """

    provider: str
    outcome: str = ""
    http_status: int | None = None
    ttft_ms: float | None = None
    throughput_tps: float | None = None
    output_tokens: int | None = None
    total_ms: float | None = None

    @property
    def answered(self) -> bool:
        """Whether all went well."""
        return self.outcome == "answered"


def estimate(offers: Iterable[OfferRow]) -> Estimate:
    """Return what a probe of these offers costs at most; offers without a known price are listed apart."""
    costs = {
        offer["provider"]: money.cost_nano(
            offer["input_usd_per_mtok"], offer["output_usd_per_mtok"], INPUT_TOKENS, MAX_TOKENS
        )
        for offer in offers
    }
    known = {name: cost for name, cost in costs.items() if cost is not None}
    return Estimate(sum(known.values()), tuple(known), tuple(name for name in costs if name not in known))


def probe(settings: Settings, model_id: str, providers: Sequence[str], time_s: float = TIME_S) -> list[Probe]:
    """Return how each provider answered, in the order given. Each is sent one request, all at once.

    Args:
        settings: Where and who.
        model_id: The model's exact id.
        providers: Ids of providers that serve it.
        time_s: The time that each has, from connecting to the last byte.

    Raises:
        CallError: there is no token.
        HubOffline: HF_HUB_OFFLINE forbids requests.
    """
    return asyncio.run(_probe_all(settings, model_id, providers, time_s))


async def _probe_all(settings: Settings, model_id: str, providers: Sequence[str], time_s: float) -> list[Probe]:
    import anyio  # noqa: F401 httpx loads it with the first request, whose time it would take

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(headers=headers(settings), timeout=time_s, limits=limits) as client:
        asking = (_probe(client, settings, model_id, provider, time_s) for provider in providers)
        return await asyncio.gather(*asking)


async def _probe(client: httpx.AsyncClient, settings: Settings, model_id: str, provider: str, time_s: float) -> Probe:
    result = Probe(provider)
    started = time.perf_counter()
    try:
        async with asyncio.timeout(time_s):
            await _ask(client, settings, f"{model_id}:{provider}", result, started)
    except TimeoutError:
        result.outcome = f"no {'end' if result.ttft_ms is not None else 'token'} within {time_s:g} s"
    except httpx.HTTPError as error:
        # Its text alone: the exception holds the request, and so the token.
        broken = "broke off" if result.http_status else "no connection"
        message = clean(redact(str(error), settings.token), 100)
        result.outcome = f"{broken}: {message or type(error).__name__}"
    except (httpx.InvalidURL, ValueError):  # httpx looks at a redirect even where it is not to follow it
        result.outcome = "redirects to an invalid address"
    result.total_ms = (time.perf_counter() - started) * 1000
    return result


async def _ask(client: httpx.AsyncClient, settings: Settings, model: str, result: Probe, started: float) -> None:
    payload = {
        "model": model,
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": MAX_TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    async with client.stream("POST", settings.router_url + PATH, json=payload) as reply:
        result.http_status = reply.status_code
        if reply.status_code == 200:
            await _listen(reply, result, started, settings.token)
        else:
            result.outcome = explain(reply.status_code, await _some(reply), settings.token)


async def _some(reply: httpx.Response) -> bytes:
    """Return the beginning of an error's body."""
    body = b""
    async for part in reply.aiter_raw():
        body += part
        if len(body) > 16_384:
            break
    return body


async def _listen(reply: httpx.Response, result: Probe, started: float, token: str | None) -> None:
    """Take times while tokens come. A stream that ends without [DONE] or a finish has broken off."""
    first = last = None
    ended = False
    async for event in _events(reply):
        if event == b"[DONE]":
            ended = True
            break
        chunk = _parsed(event)
        if "error" in chunk:
            result.outcome = explain(500, event, token)
            return
        ended = ended or _finished(chunk)
        result.output_tokens = _tokens(chunk) or result.output_tokens
        if _has_text(chunk):
            last = time.perf_counter()
            if first is None:
                first = last
                result.ttft_ms = (first - started) * 1000
    if first is not None and last is not None and last > first and (result.output_tokens or 0) > 1:
        result.throughput_tps = ((result.output_tokens or 0) - 1) / (last - first)
    result.outcome = "broke off" if not ended else "answered" if first is not None else "answered without any text"


async def _events(reply: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the data of server-sent events, up to the size that was asked for."""
    rest, size = b"", 0
    async for part in reply.aiter_raw():
        size += len(part)
        if size > MAX_BYTES:
            return
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip()


def _parsed(event: bytes) -> JsonObject:
    try:
        value = pydantic_core.from_json(event)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _choice(chunk: JsonObject) -> JsonObject:
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _finished(chunk: JsonObject) -> bool:
    return bool(_choice(chunk).get("finish_reason"))


def _has_text(chunk: JsonObject) -> bool:
    """Return whether a piece has text, of the answer or of the reasoning before it."""
    delta = _choice(chunk).get("delta")
    return isinstance(delta, dict) and any(delta.get(key) for key in ("content", "reasoning_content", "reasoning"))


def _tokens(chunk: JsonObject) -> int | None:
    usage = chunk.get("usage")
    count = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 10**9 else None
