"""Make paid calls through the router: sent once, never retried, failures in plain words."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pydantic_core

from hf_providers.errors import CallError, HubError, HubOffline, HubUnreachable
from hf_providers.hub.redaction import redact, redact_bytes
from hf_providers.hub.settings import Settings
from hf_providers.hub.text import clean
from hf_providers.hub.timed_http import Deadline, TimedClient, TimeOver, user_agent

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

PATH = "/v1/chat/completions"
MAX_BYTES = 8 * 1024 * 1024
HOW_TO_LOG_IN = (
    "make a token that may call Inference Providers at https://huggingface.co/settings/tokens,"
    " then set HF_TOKEN or log in with `hf auth login`"
)
_WORDS = (
    (re.compile("exceeded your .*credits|insufficient credit", re.IGNORECASE), "no credits left"),
    (re.compile("sufficient permissions", re.IGNORECASE), "the token may not call Inference Providers"),
    (re.compile("gated|awaiting a review|access to model", re.IGNORECASE), "gated: ask for access on its page"),
    (re.compile("any provider you have enabled", re.IGNORECASE), "not enabled in your settings, or not supported"),
    (re.compile("not supported|model_not_supported", re.IGNORECASE), "model not supported"),
    (re.compile("does not exist|model_not_found|model not found", re.IGNORECASE), "model not known there"),
    (re.compile("currently loading", re.IGNORECASE), "loading"),
    (re.compile("rate limit", re.IGNORECASE), "rate limit reached"),
    (re.compile("overloaded|capacity|too busy", re.IGNORECASE), "overloaded"),
)
_STATUSES = {
    401: "the token was not accepted",
    402: "no credits left",
    403: "forbidden: gated, or the token may not call it",
    404: "model not known there",
    408: "took too long for the router",
    413: "request too large",
    422: "request not understood",
    429: "overloaded, or the rate limit is reached",
    503: "overloaded or not ready",
    504: "the provider took too long",
}


def needs_token(settings: Settings) -> str:
    """Return the token.

    Raises:
        CallError: there is none; the hint says how to get one.
        HubOffline: HF_HUB_OFFLINE forbids requests.
    """
    if settings.offline:
        raise HubOffline("HF_HUB_OFFLINE is set: no request was made", "unset HF_HUB_OFFLINE to go online")
    if not settings.token:
        raise CallError("this call needs a Hugging Face token, and there is none", HOW_TO_LOG_IN)
    return settings.token


def headers(settings: Settings) -> dict[str, str]:
    """Return the headers of a paid call to the router, which is one of the hosts that the token may go to."""
    return {
        "Authorization": f"Bearer {needs_token(settings)}",
        "User-Agent": user_agent(),
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",  # uncompressed, so that no answer unpacks to a bomb
    }


def explain(status: int, body: bytes, token: str | None = None) -> str:
    """Return in plain words what a refusal means, then the server's own message without the token."""
    message = _error_message(redact_bytes(body, token))
    meaning = next((words for pattern, words in _WORDS if pattern.search(message)), None)
    if meaning is None:
        meaning = _STATUSES.get(status, "the provider failed" if status >= 500 else "refused")
    if meaning == "loading" and (wait := _estimated_s(body)) is not None:
        meaning = f"loading, about {wait:.0f} s more by its own estimate"
    if token:
        message = redact(message, token)
    return f"{meaning}: {message}" if message else meaning


def refusal(status: int, body: bytes, token: str | None) -> CallError:
    """Return the error for an answer that is a refusal."""
    hint = HOW_TO_LOG_IN if status in {401, 403} else "it was not tried again; see who else serves it"
    return CallError(explain(status, body, token), hint, status)


def _json(body: bytes) -> JsonObject:
    with suppress(ValueError):
        value = pydantic_core.from_json(body)
        if isinstance(value, dict):
            return value
    return {}


def _error_message(body: bytes) -> str:
    """Return the message of an error: the Hub's `{"error": text}`, OpenAI's `{"error": {"message": text}}`, or text."""
    error = _json(body).get("error") or _json(body).get("message") or _json(body).get("detail")
    if isinstance(error, dict):
        error = error.get("message")
    if isinstance(error, str):
        return clean(" ".join(error.split()), 160)
    return ""


def _estimated_s(body: bytes) -> float | None:
    value = _json(body).get("estimated_time")
    return float(value) if isinstance(value, int | float) and 0 <= value < 86_400 else None


def chat(settings: Settings, payload: JsonObject, *, bill_to: str | None = None, time_s: float = 120.0) -> Any:
    """Return the router's answer to one chat completion, which is sent once.

    Args:
        settings: Where and who.
        payload: The request as the OpenAI API has it; `stream` is left out.
        bill_to: The organisation that pays.
        time_s: The time for the whole answer.

    Raises:
        CallError: refused, in plain words; `status` is the HTTP status.
        HubUnreachable: no connection, or it broke. The call may have been paid for.
    """
    sent = headers(settings) | ({"X-HF-Bill-To": bill_to} if bill_to else {})
    unstreamed = {name: value for name, value in payload.items() if name != "stream"}
    failure: HubError
    try:
        url = httpx.URL(settings.router_url + PATH)
        with (
            closing(TimedClient(Deadline(), headers=sent, timeout=time_s)) as client,
            client.stream("POST", url, time_s, json=unstreamed) as reply,
        ):
            status, body = reply.status_code, redact_bytes(_bounded(reply), settings.token)
    except TimeOver:
        failure = HubUnreachable(f"the router: no whole answer within {time_s:g} s", "it may have been paid for")
    except (httpx.InvalidURL, ValueError):  # httpx looks at a redirect even where it is not to follow it
        failure = CallError("the router redirects to an invalid address", "check HFP_ROUTER_URL")
    except httpx.HTTPError as error:
        failure = HubUnreachable(f"the router: {type(error).__name__}", "it was not tried again: it may have been paid")
    else:
        if status == 200:
            return _answer(body)
        failure = refusal(status, body, settings.token)
    # Raised out here so that no exception of httpx is attached: those hold the request, and so the token.
    raise failure


def _bounded(reply: httpx.Response) -> bytes:
    body = b""
    for part in reply.iter_raw():
        body += part
        if len(body) > MAX_BYTES:
            break
    return body


def _answer(body: bytes) -> Any:
    answer = _json(body)
    if not answer:
        raise CallError("the router's answer is not a JSON object, or is too large", "check HFP_ROUTER_URL")
    return answer
