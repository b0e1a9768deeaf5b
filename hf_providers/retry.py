"""Trying again what may pass: a few times, after waits that grow, or that the server asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import tenacity

from hf_providers.errors import HfProvidersError

ATTEMPTS: Final = 4
T = TypeVar("T")


class TryAgain(HfProvidersError):
    """A failure that may pass; `error` is what is said in the end, `wait_s` what the server asks for."""

    def __init__(self, error: Exception, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


def with_backoff(
    ask: Callable[[], T], sleep: Callable[[float], None], *, longest_wait_s: float, attempts: int | None = None
) -> T:
    """Return what `ask` returns, asked again while it raises TryAgain.

    Args:
        ask: What to do.
        sleep: Waits a number of seconds.
        longest_wait_s: Most that is waited between two tries, whatever a server asks for.
        attempts: How often it is tried in all, if not ATTEMPTS times.

    Raises:
        Exception: the `error` of the last TryAgain, or what else `ask` raised.
    """

    def wait(state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait_s if isinstance(failure, TryAgain) else None
        jittered = (tenacity.wait_exponential(multiplier=0.3, max=5) + tenacity.wait_random(0, 0.3))(state)
        return max(jittered, min(asked or 0.0, longest_wait_s))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgain),
        stop=tenacity.stop_after_attempt(attempts or ATTEMPTS),
        wait=wait,
        sleep=sleep,
        reraise=True,
    )
    try:
        return retrying(ask)
    except TryAgain as last:
        raise last.error from None
