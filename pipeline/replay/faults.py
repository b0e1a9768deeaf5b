"""Faults to inject: each is data and counted, never left to chance."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from http.client import responses
from threading import Lock
from typing import Final, Literal, get_args

from pipeline.replay.chat import Chat
from pipeline.replay.wire import Entity, Reply, reply_error

Kind = Literal["status", "reset", "truncate", "malformed", "error200"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)

DEFAULT_QUOTA: Final = 10_000
"""The quota in the headers where none is set: the Hub's largest plan, unused."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, for the requests it matches.

    `status` answers with this status; `reset` breaks the connection in the middle of the body; `truncate`
    closes it there, short of the Content-Length; `malformed` sends half of the body as if it were all;
    `error200` says that the caller is rate limited, with status 200.

    It matches paths that begin with `path` and, where set, queries with that `inference_provider` and that
    page of the chain (from 1); the first `times` requests that match, or all where `times` is None.
    """

    kind: Kind
    path: str = "/"
    times: int | None = 1
    status: int = 503
    provider: str | None = None
    page: int | None = None
    retry_after: str | None = None

    def matches(self, path: str, providers: Collection[str], page: int | None) -> bool:
        """Return whether the fault applies to this request; `page` is None for answers without pages."""
        return (
            path.startswith(self.path)
            and (self.provider is None or self.provider in providers)
            and (self.page is None or self.page == page)
        )


@dataclass(frozen=True, slots=True)
class Faults:
    """All faults of a server; by default none.

    `latency_ms` is waited before every answer; `quota` requests a window of `window_s` seconds are answered,
    the others get 429. `chats` is how providers answer chats.
    """

    latency_ms: float = 0
    quota: int | None = None
    window_s: int = 300
    faults: tuple[Fault, ...] = ()
    chats: tuple[Chat, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """The rest of a fixed window after a request, as the `RateLimit` headers state it."""

    bucket: str
    quota: int
    window_s: int
    remaining: int
    reset_s: int
    exceeded: bool

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return `RateLimit` and `RateLimit-Policy` as the Hub writes them."""
        return (
            ("RateLimit", f'"{self.bucket}";r={self.remaining};t={self.reset_s}'),
            ("RateLimit-Policy", f'"fixed window";"{self.bucket}";q={self.quota};w={self.window_s}'),
        )


class FaultCounter:
    """Counts the requests of a window, and how often each fault was used. Threads may share it."""

    def __init__(self, faults: Faults, clock: Callable[[], float] = time.monotonic) -> None:
        self.faults = faults
        self._clock = clock
        self._lock = Lock()
        self._left = [fault.times for fault in faults.faults]
        self._windows: dict[str, tuple[float, int]] = {}

    def allow(self, bucket: str) -> Allowance:
        """Count one request of a bucket in its window, which begins with its first request."""
        quota, window_s = self.faults.quota, self.faults.window_s
        if quota is None:
            return Allowance(bucket, DEFAULT_QUOTA, window_s, DEFAULT_QUOTA, window_s, False)
        with self._lock:
            now = self._clock()
            began, used = self._windows.get(bucket, (now, 0))
            if now >= began + window_s:
                began, used = now, 0
            self._windows[bucket] = (began, used + 1)
        reset_s = math.ceil(began + window_s - now)
        return Allowance(bucket, quota, window_s, max(0, quota - used - 1), reset_s, used >= quota)

    def next_fault(self, path: str, providers: Collection[str], page: int | None) -> Fault | None:
        """Return the first matching fault that is not used up, and count it as used once more."""
        with self._lock:
            for index, fault in enumerate(self.faults.faults):
                left = self._left[index]
                if left != 0 and fault.matches(path, providers, page):
                    self._left[index] = None if left is None else left - 1
                    return fault
        return None


def failure_reply(fault: Fault, allowance: Allowance, caller: str | None) -> Reply | None:
    """Return the reply in place of an answer; None for a fault that damages the answer itself."""
    if fault.kind == "error200":
        return rate_limited(HTTPStatus.OK, allowance, caller)
    if fault.kind != "status":
        return None
    headers = (("Retry-After", fault.retry_after),) if fault.retry_after is not None else ()
    if fault.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Reply(fault.status, rate_limited(fault.status, allowance, caller).entity, headers)
    return reply_error(fault.status, responses.get(fault.status, "Error"), *headers)


def rate_limited(status: int, allowance: Allowance, caller: str | None) -> Reply:
    """Return the Hub's refusal: with an anonymous caller's address, or the quota of one with a token (`caller` None).

    The bucket of pages answers in HTML.
    """
    if allowance.bucket == "pages" and status == HTTPStatus.TOO_MANY_REQUESTS:
        html = "<!doctype html><html><body><h1>429</h1><p>We had to rate limit you.</p></body></html>\n"
        return Reply(status, Entity(html.encode(), "text/html; charset=utf-8"))
    if caller is not None:
        text = (
            f"We had to rate limit your IP ({caller}). To continue using our service, create a HF account or "
            "login to your existing account, and make sure you pass a HF_TOKEN if you're using the API."
        )
    else:
        text = (
            f"We had to rate limit you, you hit the quota of {allowance.quota} api requests per "
            f"{allowance.window_s // 60} minutes period. Upgrade to a PRO user or Team/Enterprise "
            "organization account (https://hf.co/pricing) to get higher limits. "
            "See https://huggingface.co/docs/hub/rate-limits"
        )
    return reply_error(status, text)
