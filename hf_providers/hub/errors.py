"""What can go wrong between us and the Hub. `str(error)` says what in one line; `error.hint` what to do about it."""

from __future__ import annotations

from typing import ClassVar


class HubError(Exception):
    """A request to the Hub or the router that gave no usable answer.

    Attributes:
        hint: One line that says what to do.
        attempts: How often a request that ends like this is tried in all; 1 is final.
    """

    ATTEMPTS: ClassVar[int] = 1

    def __init__(self, message: str, hint: str, *, attempts: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.attempts = self.ATTEMPTS if attempts is None else attempts


class HubUnreachable(HubError):
    """No connection, a broken one, a request that took too long, or a failing server (408, 5xx)."""

    ATTEMPTS = 5


class HubRefused(HubError):
    """A final refusal: 401, 403, or another 4xx."""


class HubNotFound(HubRefused):
    """Nothing there: 404, or the 401 that an anonymous caller gets for a missing or private model."""


class HubRateLimited(HubError):
    """The rate limit is reached.

    Attributes:
        wait_s: Seconds until it resets, as the server said; a cautious guess where it said nothing.
    """

    ATTEMPTS = 5

    def __init__(self, message: str, hint: str, *, wait_s: float, attempts: int | None = None) -> None:
        super().__init__(message, hint, attempts=attempts)
        self.wait_s = wait_s


class HubBadAnswer(HubError):
    """An answer that is not what was asked for: truncated, too large, not JSON, of another shape, an error in a 200."""

    ATTEMPTS = 3


class HubTimeout(HubError):
    """The time that the whole run may take is over."""


class HubOffline(HubError):
    """HF_HUB_OFFLINE forbids requests."""
