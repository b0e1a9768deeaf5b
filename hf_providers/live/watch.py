"""Refresh a model's live state: at a steady pace, with growing waits after failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hf_providers.errors import HubError, HubOffline, HubRateLimited, HubRefused
from hf_providers.hub import Hub, Settings
from hf_providers.hub.answers import rate_limited
from hf_providers.live.offers_now import Live

LEAST_S = 2.0
MOST_S = 300.0
PATIENCE_S = 10.0
"""A longer wait than this is shown on the screen instead of being waited out inside a request."""


class Seen(NamedTuple):
    """The result of one refresh: the state or the error, and the seconds until the next."""

    live: Live | None
    error: HubError | None
    wait_s: float


def watch(ask: Callable[[], Live], interval_s: float, sleep: Callable[[float], None] = time.sleep) -> Iterator[Seen]:
    """Yield the result of each refresh, without end.

    After a failure the wait doubles with each further one, up to five minutes, and is never shorter than a rate limit.

    Args:
        ask: Returns the state.
        interval_s: Seconds between refreshes; never below two.
        sleep: Waits.

    Raises:
        HubError: the first refresh failed, or a later one was refused for good.
    """
    steady = max(LEAST_S, interval_s)
    failures = 0
    begun = False
    while True:
        try:
            seen = Seen(ask(), None, steady)
            failures, begun = 0, True
        except HubError as error:
            if not begun or isinstance(error, HubRefused | HubOffline):
                raise
            failures += 1
            least = error.wait_s if isinstance(error, HubRateLimited) else 0.0
            seen = Seen(None, error, max(least, min(MOST_S, steady * 2**failures)))
        yield seen
        sleep(seen.wait_s)


def hub_for_watching(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> Hub:
    """Return a client that never waits long: it raises a rate limit as an error, which the screen shows."""

    def impatient(seconds: float) -> None:
        if seconds > PATIENCE_S:
            raise rate_limited(settings.endpoint, seconds, attempts=1)
        sleep(seconds)

    return Hub(settings, concurrency=2, request_timeout_s=PATIENCE_S, sleep=impatient)
