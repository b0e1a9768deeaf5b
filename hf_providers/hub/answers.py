"""Turn an unusable answer into an error, from its status, headers and body."""

from __future__ import annotations

import re

import httpx
import pydantic_core

from hf_providers.errors import HubBadAnswer, HubError, HubNotFound, HubRateLimited, HubRefused, HubUnreachable
from hf_providers.hub.connection import Reply, place
from hf_providers.hub.ratelimit import wait_s
from hf_providers.hub.text import clean

DEFAULT_WAIT_S = 10.0
"""Seconds to wait after a 429 that does not say how long."""
_RATE_LIMIT = re.compile(r"rate.?limit", re.IGNORECASE)
_MAX_ERROR_BYTES = 16_384


def problem_of(reply: Reply, *, with_token: bool) -> HubError | None:
    """Return the error for an answer, or None for a usable one.

    Args:
        reply: The answer, redirects followed.
        with_token: Whether the token was sent to this server.
    """
    said = _said(reply)
    if reply.status == 200:
        return _in_a_200(reply, said) if said else None
    if reply.status == 429:
        return _rate_limited(reply)
    if reply.status == 408 or reply.status >= 500:
        return HubUnreachable(f"{place(reply.url)}: answered {reply.status}{_tail(said)}", "try again later")
    if 400 <= reply.status < 500:
        return _refused(reply, said, with_token=with_token)
    return HubBadAnswer(f"{place(reply.url)}: answered {reply.status}, which is no answer", "try again later")


def _said(reply: Reply) -> str:
    """Return the server's own error message, or an empty text."""
    if reply.status != 200 and (header := reply.headers.get("x-error-message")):
        return clean(header, 200)
    if len(reply.body) > _MAX_ERROR_BYTES or not reply.body.lstrip().startswith(b"{"):
        return ""
    try:
        body = pydantic_core.from_json(reply.body)
    except ValueError:
        return ""
    return clean(str(body["error"]), 200) if body.get("error") else ""


def _tail(said: str) -> str:
    return f" ({said})" if said else ""


def _in_a_200(reply: Reply, said: str) -> HubError:
    if _RATE_LIMIT.search(said):
        return _rate_limited(reply)
    return HubBadAnswer(f"{place(reply.url)}: answered with an error: {said}", "try again later")


def _rate_limited(reply: Reply) -> HubRateLimited:
    said = wait_s(reply.headers)
    wait = DEFAULT_WAIT_S if said is None else said
    return rate_limited(reply.url, wait)


def rate_limited(url: str | httpx.URL, wait: float, *, attempts: int | None = None) -> HubRateLimited:
    """Return the error for a limit that resets after `wait` seconds."""
    message = f"{place(url)}: the rate limit is reached; it resets in {wait:.0f} s"
    return HubRateLimited(message, "wait for that, or set HF_TOKEN for a larger quota", wait_s=wait, attempts=attempts)


def _refused(reply: Reply, said: str, *, with_token: bool) -> HubRefused:
    where = place(reply.url)
    if reply.status in {404, 410}:
        return HubNotFound(f"{where}: not found{_tail(said)}", "check the spelling", status=reply.status)
    if reply.status == 401:
        return _unauthorised(reply, where, with_token=with_token)
    hint = "ask for access on its page, or use a token that has it" if reply.status == 403 else "check the request"
    return HubRefused(f"{where}: refused with {reply.status}{_tail(said)}", hint, status=reply.status)


def _unauthorised(reply: Reply, where: str, *, with_token: bool) -> HubRefused:
    of_a_model = httpx.URL(reply.url).path.startswith("/api/models/") and not with_token
    if of_a_model or reply.headers.get("x-error-code") == "RepoNotFound":
        return HubNotFound(f"{where}: missing or private", "check the spelling; for a private one set HF_TOKEN")
    if with_token:
        return HubRefused(
            f"{where}: the token was not accepted (401)", "log in with `hf auth login`, or set another HF_TOKEN"
        )
    return HubRefused(f"{where}: wants a login (401)", "log in with `hf auth login`, or set HF_TOKEN")
