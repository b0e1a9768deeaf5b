"""Which of a run's values were observed in it, and which are from another time.

A value kept from an earlier run, because its source did not answer or it moved implausibly far, is no observation now.
A held value that is accepted dates from its first sighting, and a route missing from two listings ended at the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import polars as pl

from hf_providers.catalog.schema import ROUTE
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.history.intervals import MEASURED_VALUES, PRICE_VALUES

Part = Literal["price", "status", "speed"]
_VALUES: Final[dict[Part, tuple[str, ...]]] = {
    "price": PRICE_VALUES[:2],
    "status": ("status",),
    "speed": MEASURED_VALUES,
}
_DATES: Final[dict[Part, str]] = {"price": "price_observed_at", "status": "observed_at", "speed": "measured_at"}


@dataclass(frozen=True, slots=True)
class Observed:
    """The values that were not observed in this run, and those that date from before it.

    Attributes:
        chat_silent: Whether a source of chat prices and speeds did not answer: a missing value then says nothing.
        held: Providers whose prices, or speeds, are held.
        jumped: Routes whose price or speed is accepted now and was the same at the first sighting, as frames of the
                route's columns and `at`.
            surged: New routes that are accepted now and were the same at the first sighting, as such a frame.
            gone: Routes that ended at an earlier listing, as a frame of the route's columns and `at`.
        ended: Providers that ended, and when.
    """

    chat_silent: bool = False
    held: Mapping[Part, frozenset[str]] = field(default_factory=dict)
    jumped: Mapping[Part, pl.DataFrame] = field(default_factory=dict)
    surged: pl.DataFrame | None = None
    gone: pl.DataFrame | None = None
    ended: Mapping[str, datetime] = field(default_factory=dict)

    def earlier(self, part: Part) -> Iterator[tuple[datetime, pl.DataFrame]]:
        """Yield the routes whose held values are accepted now, with the time they date from; oldest first."""
        frames = [frame for frame in (self.jumped.get(part), self.surged) if frame is not None]
        for (at,), routes in pl.concat(frames).sort("at").group_by("at", maintain_order=True) if frames else ():
            yield at, routes.select(ROUTE).unique()

    def said(self, shown: pl.DataFrame, part: Part, moment: datetime) -> pl.DataFrame:
        """Return the offers whose source stated this part now: those without a date of an earlier run."""
        date, values = pl.col(_DATES[part]), _VALUES[part]
        stated = pl.any_horizontal(pl.col(name).is_not_null() for name in values)
        none_means_none = ~pl.col("provider").is_in(sorted(self.held.get(part, ())))
        if self.chat_silent and part != "status":
            none_means_none &= pl.col("task") != CHAT_TASK
        was_said = pl.when(stated).then(date.is_null() | (date == moment)).otherwise(none_means_none)
        exists = pl.col("observed_at").is_null() | (pl.col("observed_at") == moment)
        return shown.filter(~pl.col("stale") & exists & was_said)
