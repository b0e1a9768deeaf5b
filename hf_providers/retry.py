"""Retry transient failures with backoff, honouring Retry-After."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeVar

import tenacity

from hf_providers.errors import HfProvidersError

ATTEMPTS: Final = 4
_BACKOFF: Final = tenacity.wait_exponential(multiplier=0.5, max=8) + tenacity.wait_random(0, 0.5)
T = TypeVar("T")


class TryAgain(HfProvidersError):
    """A failure that may pass.

    Args:
        error: The error to raise in the end.
        wait_s: The wait that the server asks for.
        attempts: How often to try in all after such a failure; None for the usual number.
        waits: Whether to wait here: a caller may do so itself, together with other requests to the same server.
    """

    def __init__(
        self, error: Exception, wait_s: float | None = None, *, attempts: int | None = None, waits: bool = True
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s
        self.attempts = attempts
        self.waits = waits


def with_backoff(
    ask: Callable[[], T],
    sleep: Callable[[float], None],
    *,
    longest_wait_s: float,
    attempts: int | None = None,
    remaining_s: Callable[[], float] = lambda: math.inf,
) -> T:
    """Return the result of `ask`; call it again while it raises TryAgain.

    Args:
        ask: The function to call.
        sleep: Waits a number of seconds.
        longest_wait_s: The longest wait between two tries, whatever a server asks for.
        attempts: How often to try in all; by default ATTEMPTS times.
        remaining_s: The remaining seconds for everything: no longer wait is begun.

    Raises:
        Exception: the `error` of the last TryAgain, or what else `ask` raised.
    """

    def wait(state: tenacity.RetryCallState) -> float:
        failure = _failure(state)
        return max(_BACKOFF(state), min(failure.wait_s or 0.0, longest_wait_s)) if failure.waits else 0.0

    def enough(state: tenacity.RetryCallState) -> bool:
        most = attempts or _failure(state).attempts or ATTEMPTS
        return state.attempt_number >= most or state.upcoming_sleep > remaining_s()

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgain),
        stop=enough,
        wait=wait,
        sleep=sleep,
        reraise=True,
    )
    try:
        return retrying(ask)
    except TryAgain as last:
        raise last.error from None


def _failure(state: tenacity.RetryCallState) -> TryAgain:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, TryAgain):
        raise TypeError("only a TryAgain is retried") from error
    return error
