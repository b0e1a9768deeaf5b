"""Which of several dated prices is the current price. Pure.

Prices at most a week apart count as simultaneous: the better source decides, as in a run. A price more than a week
newer than another wins from any source. Of one source only the last price counts: a different earlier one has changed
since, and is no conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from hf_providers.catalog.schema import ROUTE
from hf_providers.rules.money import PRICE_COLUMNS
from pipeline.assemble.prices import PRICE_PRECEDENCE, precedence
from pipeline.assemble.routes import Route
from pipeline.backfill import rank
from pipeline.crawl.source_result import Row

ONE_TIME: Final = timedelta(days=7)
"""How far apart two observations may be and still be judged by their sources."""


@dataclass(frozen=True, slots=True)
class Stated:
    """The price of a route by one source, and when it was stated."""

    at: datetime
    source: str
    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal

    @property
    def prices(self) -> tuple[Decimal, Decimal]:
        """Both prices."""
        return self.input_usd_per_mtok, self.output_usd_per_mtok


def recorded_precedence(source: str) -> int:
    """Return the rank of a source of prices: as in a run, then the projects that recorded them."""
    return precedence(source) + (0 if source in PRICE_PRECEDENCE else rank(source))


def of_one_time(stated: Iterable[Stated]) -> list[Stated]:
    """Return the last price of each source that is at most a week older than the newest, the best source first."""
    last: dict[str, Stated] = {}
    for one in sorted(stated, key=lambda one: one.at):
        last[one.source.partition("@")[0]] = one
    newest = max(one.at for one in last.values())
    judged = [one for one in last.values() if newest - one.at <= ONE_TIME]
    return sorted(judged, key=lambda one: (recorded_precedence(one.source), newest - one.at, one.source))


def newest_look(judged: Sequence[Stated]) -> Stated:
    """Return the latest statement of the best source's price: a price is as old as its last sighting."""
    return max((one for one in judged if one.prices == judged[0].prices), key=lambda one: one.at)


def conflicts(route: Route, judged: Sequence[Stated]) -> list[Row]:
    """Return rows of `price_conflicts` where the sources disagree."""
    if len({one.prices for one in judged}) < 2:
        return []
    where, newest = dict(zip(ROUTE, route, strict=True)), newest_look(judged)
    return [
        where
        | dict(zip(PRICE_COLUMNS, one.prices, strict=True))
        | {"source": one.source, "chosen": one is newest, "observed_at": one.at}
        for one in judged
    ]
