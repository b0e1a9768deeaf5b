"""The Hub's rate limit: reading its headers, and slowing down before it is reached.

`RateLimit: "api";r=495;t=23` says that 495 requests remain for the next 23 seconds, `RateLimit-Policy:
"fixed window";"api";q=500;w=300` that there are 500 in 300 seconds. Both come with every response.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock

import httpx

RESERVE_SHARE = 0.1
"""The last tenth of a quota is spread over the rest of its window."""
DEFAULT_RESERVE = 20
"""Requests kept in reserve where no quota is stated."""
_NAME = re.compile(r'"([^"]*)"')
_PARAMETER = re.compile(r";\s*([a-z]+)\s*=\s*(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Limit:
    """One bucket as a response states it: requests remaining, seconds to its reset, and its quota if stated."""

    bucket: str
    remaining: int
    reset_s: int
    quota: int | None = None


def _items(header: str) -> dict[str, dict[str, int]]:
    """Return the parameters by bucket; the bucket is the last quoted name of an item."""
    items = {}
    for part in header.split(","):
        if names := _NAME.findall(part):
            items[names[-1]] = {name: int(digits) for name, digits in _PARAMETER.findall(part)}
    return items


def limits_of(headers: httpx.Headers) -> list[Limit]:
    """Return the buckets that the response states; nothing where it states none that can be read."""
    quotas = {bucket: item.get("q") for bucket, item in _items(headers.get("ratelimit-policy", "")).items()}
    return [
        Limit(bucket, item["r"], item["t"], quotas.get(bucket))
        for bucket, item in _items(headers.get("ratelimit", "")).items()
        if "r" in item and "t" in item
    ]


def retry_after_s(headers: httpx.Headers) -> float | None:
    """Return the seconds that `Retry-After` asks for, or None. A date counts from the response's own `Date`."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        return float(value[:9])
    until = stated_date(value)
    if until is None:
        return None
    now = stated_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def stated_date(text: str) -> datetime | None:
    """Return the moment in a header, or None."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def wait_s(headers: httpx.Headers) -> float | None:
    """Return the seconds to wait after a 429: the longest that is stated, or None."""
    said = [float(limit.reset_s) for limit in limits_of(headers) if limit.remaining == 0]
    after = retry_after_s(headers)
    return max([*said, *([] if after is None else [after])], default=None)


class Budget:
    """The pace of one kind of request, shared by all threads.

    Unlimited while more than a tenth of the quota remains; below that the rest is spread evenly until the reset; with
    nothing left, or after a 429, no request goes out before the reset.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._next_at = self._resets_at = clock()
        self._interval_s = 0.0

    def claim(self) -> float:
        """Return 0 if the request may go now, otherwise the seconds to wait before the next try."""
        with self._lock:
            now = self._clock()
            if now >= self._resets_at:
                self._interval_s = 0.0
            if now < self._next_at:
                return self._next_at - now
            self._next_at = now + self._interval_s
            return 0.0

    def learn(self, limit: Limit) -> None:
        """Record the limits that a response states."""
        if limit.remaining == 0:
            self.block(limit.reset_s)
            return
        reserve = DEFAULT_RESERVE if limit.quota is None else limit.quota * RESERVE_SHARE
        with self._lock:
            self._resets_at = self._clock() + limit.reset_s
            self._interval_s = 0.0 if limit.remaining > reserve else limit.reset_s / limit.remaining

    def block(self, seconds: float) -> None:
        """Block all requests for some seconds; a longer block in force stays."""
        with self._lock:
            self._next_at = max(self._next_at, self._clock() + seconds)
