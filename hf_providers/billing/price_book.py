"""Look up the price and the status in force at a time, from a snapshot's histories. Exact, and fast for long logs.

Prices are nano-USD per million tokens in whole numbers, times are aware datetimes. What was not observed is unknown: a
request before the first observation, or within a gap, has no price. After the last observation the last price is used
unless its end was observed, and `Price.seen_until` says when it was last seen.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from hf_providers.billing.values import moment
from hf_providers.errors import Unpriced
from hf_providers.rules.money import MTOK, nano_usd_per_mtok
from hf_providers.rules.tasks import CHAT_TASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import PriceIntervalRow

MODELS_KEPT = 2_000
"""Models whose histories are kept in memory; a log with more of them reads some twice."""
RECENT = timedelta(days=45)
"""How long a measurement counts."""


class Price(NamedTuple):
    """A price and the time in which it held: `begin` inclusive, `end` exclusive (None: no end observed)."""

    begin: datetime
    end: datetime | None
    seen_until: datetime
    input_nano: int | None
    output_nano: int | None


class Status(NamedTuple):
    """A status and the time in which it held, as in Price."""

    begin: datetime
    end: datetime | None
    status: str


Held = TypeVar("Held", Price, Status)


class History:
    """What a snapshot knows of a model's routes over time: prices and statuses by task and provider."""

    def __init__(self, model_id: str, catalog: Catalog) -> None:
        self.model_id = model_id
        self.prices: dict[tuple[str, str], list[Price]] = {}
        self.statuses: dict[tuple[str, str], list[Status]] = {}
        for row in catalog.price_history(model_id):
            self.prices.setdefault((row["task"], row["provider"]), []).append(_price(row))
        for seen in catalog.status_history(model_id):
            end = None if seen["valid_to"] is None else moment(seen["valid_to"])
            held = Status(moment(seen["valid_from"]), end, seen["status"])
            self.statuses.setdefault((seen["task"], seen["provider"]), []).append(held)

    def is_live(self, task: str, provider: str, at: datetime) -> bool | None:
        """Return whether a route was live at a time; None where nobody looked."""
        status = in_force(self.statuses.get((task, provider), ()), at)
        return None if status is None else status.status == "live"

    def live(self, task: str, at: datetime) -> dict[str, Price | None]:
        """Return the providers that served a task at a time, with the price of each where one was observed.

        One whose price was observed while nobody looked at its status counts as live.
        """
        priced = {name for kind, name in self.prices if kind == task}
        seen = {name for kind, name in self.statuses if kind == task}
        prices: dict[str, Price | None] = {}
        for name in sorted(priced | seen):
            price, live = in_force(self.prices.get((task, name), ()), at), self.is_live(task, name, at)
            if live or (live is None and price is not None):
                prices[name] = price
        return prices

    def moments(self, task: str, begin: datetime, end: datetime | None) -> list[datetime]:
        """Return a time and those before another (None: none) at which a price or a status of a task begins or ends."""
        prices = (price for (kind, _), held in self.prices.items() if kind == task for price in held)
        statuses = (status for (kind, _), held in self.statuses.items() if kind == task for status in held)
        times = [(price.begin, price.end) for price in prices] + [(status.begin, status.end) for status in statuses]
        edges = {edge for both in times for edge in both if edge is not None}
        return [begin, *sorted(edge for edge in edges if end is not None and begin < edge < end)]


class PriceBook:
    """The histories of a snapshot, read a model at a time as it is asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._histories: dict[str, History] = {}

    def history(self, model_id: str) -> History:
        """Return what is known of a model over time."""
        history = self._histories.get(model_id)
        if history is None:
            if len(self._histories) >= MODELS_KEPT:
                self._histories.clear()
            history = self._histories[model_id] = History(model_id, self._catalog)
        return history

    def price(self, model_id: str, provider: str, at: datetime, task: str | None = None) -> Price:
        """Return what a route cost at a time.

        Raises:
            Unpriced: no such price was observed; the message says what is missing.
        """
        return self.prices_between(model_id, provider, at, None, task)[0]

    def prices_between(
        self, model_id: str, provider: str, begin: datetime, end: datetime | None, task: str | None = None
    ) -> list[Price]:
        """Return the prices that held from a time to another (exclusive; None: at that moment only).

        Raises:
            Unpriced: none was observed for some of it; the message says what is missing.
        """
        prices = self.history(model_id).prices.get((task or CHAT_TASK, provider))
        if not prices:
            kind = "" if task in (None, CHAT_TASK) else f" for {task[:40]}"
            raise Unpriced(f"{model_id[:100]} on {provider[:60]}: no price known{kind}")
        held = between(prices, begin, end)
        if not held:
            raise Unpriced(f"{model_id[:100]} on {provider[:60]}: no price observed for {begin:%Y-%m-%d}")
        return held

    def prices(self, model_id: str, at: datetime, task: str | None = None) -> dict[str, Price]:
        """Return the price of each provider of a model at a time, of those of which one was observed."""
        prices = self.history(model_id).prices
        routes = {name: held for (kind, name), held in prices.items() if kind == (task or CHAT_TASK)}
        return {name: price for name, held in routes.items() if (price := in_force(held, at)) is not None}

    def fastest(self, model_id: str, task: str, at: datetime, providers: set[str]) -> str | None:
        """Return which of these providers was measured to be the fastest lately, before a time; None: none was."""
        latest: dict[str, tuple[str, float]] = {}
        newest, oldest = f"{at:%Y-%m-%d}", f"{at - RECENT:%Y-%m-%d}"
        for row in self._catalog.measurements_daily(model_id, None, task):
            if row["provider"] in providers and row["throughput_tps"] and oldest <= row["day"] <= newest:
                measured = (row["day"], row["throughput_tps"])
                latest[row["provider"]] = max(latest.get(row["provider"], measured), measured)
        return min(latest, key=lambda name: (-latest[name][1], name), default=None)


def between(prices: list[Price], begin: datetime, end: datetime | None) -> list[Price]:
    """Return the prices that held from a time to another; none if any part of it has no price."""
    index = bisect_right(prices, begin, key=_begin) - 1
    if index < 0:
        return []
    held = [prices[index]]
    while (upto := held[-1].end) is not None:
        if begin >= upto:
            return []
        if end is None or end <= upto:
            break
        index += 1
        if index == len(prices) or prices[index].begin != upto:
            return []
        held.append(prices[index])
    return held


def in_force(held: Sequence[Held], at: datetime) -> Held | None:
    """Return the interval in force at a time; None before the first observation, and in a gap."""
    index = bisect_right(held, at, key=_begin) - 1
    latest = held[index] if index >= 0 else None
    return None if latest is None or (latest.end is not None and at >= latest.end) else latest


def _begin(held: Price | Status) -> datetime:
    return held.begin


def _price(row: PriceIntervalRow) -> Price:
    end = row["valid_to"]
    return Price(
        moment(row["valid_from"]),
        None if end is None else moment(end),
        moment(row["last_observed_at"]),
        nano_usd_per_mtok(row["input_usd_per_mtok"]),
        nano_usd_per_mtok(row["output_usd_per_mtok"]),
    )


def cost_nano(price: Price, input_tokens: int, output_tokens: int) -> int:
    """Return what one request costs in nano-USD, rounded up once.

    Raises:
        Unpriced: the price of the input or output tokens is not known.
    """
    input_price, output_price = price.input_nano, price.output_nano
    if (input_price is None and input_tokens) or (output_price is None and output_tokens):
        raise Unpriced("the price is not stated")
    return -(-((input_price or 0) * input_tokens + (output_price or 0) * output_tokens) // MTOK)
