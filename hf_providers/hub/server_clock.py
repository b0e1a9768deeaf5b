"""An endpoint's time, from the `Date` of its answers."""

from __future__ import annotations

from datetime import MAXYEAR, datetime, timedelta

import httpx

from hf_providers.hub.ratelimit import stated_date

_MAX_DIGITS = 9
"""The largest age in seconds: thirty years."""


class ServerClock:
    """The latest time that an endpoint's answers state.

    An answer from a cache has an `Age`, and the `Date` of its making: its time is Date + Age, and it counts only
    until the endpoint itself has answered.
    """

    def __init__(self) -> None:
        self._own: datetime | None = None
        self._cached: datetime | None = None

    def note(self, headers: httpx.Headers) -> None:
        """Record an answer's time; one without a readable Date is ignored."""
        date = stated_date(headers.get("date", ""))
        if date is None:
            return
        age = headers.get("age", "").strip()
        if not age:
            self._own = max(date, self._own or date)
        elif age.isascii() and age.isdecimal() and len(age) <= _MAX_DIGITS and date.year < MAXYEAR - 100:
            now = date + timedelta(seconds=int(age))
            self._cached = max(now, self._cached or now)

    @property
    def now(self) -> datetime | None:
        """The latest time stated; None where no answer stated one."""
        return self._own or self._cached
