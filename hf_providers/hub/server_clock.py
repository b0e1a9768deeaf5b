"""What time it is where an endpoint answers, by the `Date` of its own answers."""

from __future__ import annotations

from datetime import MAXYEAR, datetime, timedelta

import httpx

from hf_providers.hub.ratelimit import stated_date

_MAX_DIGITS = 9
"""Of an age in seconds: thirty years."""


class ServerClock:
    """The latest time that an endpoint's answers state.

    An answer out of a cache carries `Age`, and the `Date` at which it was made: its time is Date + Age, and it counts
    only while no answer of the endpoint itself has come.
    """

    def __init__(self) -> None:
        self._own: datetime | None = None
        self._cached: datetime | None = None

    def note(self, headers: httpx.Headers) -> None:
        """Take note of an answer; one without a readable Date says nothing."""
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
