"""What a request cost at the price in force at its time, from the price history. Exact, and fast for long logs.

Prices are nano-USD per million tokens in whole numbers, times are aware datetimes. What was not observed is unknown: a
request before the first observation, or within a gap, has no price. After the last observation the last price is taken
for as long as no end of it was seen, and `Price.seen_until` says until when it was.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import NamedTuple

from hf_providers.catalog import search
from hf_providers.rules.money import MTOK, nano_usd_per_mtok
from hf_providers.rules.tasks import CHAT_TASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.database import Catalog

MISSING_KEPT = 10_000
"""Routes without a price that are remembered, so that a log full of them is not slow."""


class Price(NamedTuple):
    """A price and the time in which it held: `begin` inclusive, `end` exclusive (None: no end observed)."""

    begin: datetime
    end: datetime | None
    seen_until: datetime
    input_nano: int | None
    output_nano: int | None


class Unpriced(Exception):
    """Why a request has no known cost."""


def moment(value: object) -> datetime:
    """Return a time: ISO 8601 text, in UTC where it names no zone, or seconds since 1970, also as text of them.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, str):
        whole, _, fraction = value.partition(".")
        # A date without separators has eight digits; longer ones a date would be read from, too, but of another time.
        if value.isascii() and len(whole) > 8 and (whole + fraction).isdecimal():
            return moment(float(value[:40]))
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value[:40]!r} is no time like 2026-02-26T11:27:29Z") from None
        return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**11:
        return datetime.fromtimestamp(value, UTC)
    raise ValueError("no time" if value is None else f"{str(value)[:40]!r} is no time like 2026-02-26T11:27:29Z")


class Names:
    """From names as a log has them to ids, each looked for once: an id, or a name that means one model clearly."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._found: dict[str, str | None] = {}

    def model_id(self, name: str) -> str:
        """Return the id of the model that is meant.

        Raises:
            Unpriced: no one model is; of very many names that are none, later ones are not looked for.
        """
        if name not in self._found and len(self._found) < MISSING_KEPT:
            self._found[name] = self._find(name)
        found = self._found.get(name)
        if found is None:
            raise Unpriced(f"no one model is called {name[:100]} in the snapshot")
        return found

    def _find(self, name: str) -> str | None:
        found = search.find(self._catalog, name, 1)
        return found.model_ids[0] if found.clear and found.how != "nearest" else None


class PriceBook:
    """The price history of a snapshot, read a model at a time as it is asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._routes: dict[tuple[str, str, str], list[Price]] = {}
        self._models: set[str] = set()
        self._missing: dict[tuple[str, str, str], str] = {}

    def price(self, model_id: str, provider: str, at: datetime, task: str | None = None) -> Price:
        """Return what a route cost at a time.

        Raises:
            Unpriced: no such price was observed; the message says what is missing.
        """
        key = (model_id, provider, task or CHAT_TASK)
        prices = self._routes.get(key)
        if prices is None:
            prices = self._read(key)
        found = _in_force(prices, at)
        if found is None:
            raise Unpriced(f"{model_id} on {provider}: no price observed for {at:%Y-%m-%d}")
        return found

    def prices(self, model_id: str, at: datetime, task: str | None = None) -> dict[str, Price]:
        """Return the price of each provider of a model at a time, of those of which one was observed."""
        if model_id not in self._models:
            self._read_model(model_id)
        routes = {key[1]: prices for key, prices in self._routes.items() if key[::2] == (model_id, task or CHAT_TASK)}
        return {name: found for name, prices in routes.items() if (found := _in_force(prices, at)) is not None}

    def _read(self, key: tuple[str, str, str]) -> list[Price]:
        reason = self._missing.get(key)
        if reason is None and key[0] not in self._models:
            self._read_model(key[0])
        if key in self._routes:
            return self._routes[key]
        if reason is None:
            reason = self._why_missing(*key)
            if len(self._missing) < MISSING_KEPT:
                self._missing[key] = reason
        raise Unpriced(reason)

    def _read_model(self, model_id: str) -> None:
        for row in self._catalog.price_history(model_id):
            self._models.add(model_id)
            self._routes.setdefault((model_id, row["provider"], row["task"]), []).append(_price(row))

    def _why_missing(self, model_id: str, provider: str, task: str) -> str:
        if model_id not in self._models and self._catalog.model(model_id) is None:
            return f"no model {model_id[:100]} in the snapshot"
        return f"{model_id[:100]} on {provider[:60]}: no price known" + (
            f" for {task[:40]}" if task != CHAT_TASK else ""
        )


def _in_force(prices: list[Price], at: datetime) -> Price | None:
    """Return the price at a time: none before the first observation, nor in a gap."""
    place = bisect_right(prices, at, key=_begin) - 1
    found = prices[place] if place >= 0 else None
    return None if found is None or (found.end is not None and at >= found.end) else found


def _begin(price: Price) -> datetime:
    return price.begin


def _price(row: dict[str, str | None]) -> Price:
    begin, end, seen = (row[name] for name in ("valid_from", "valid_to", "last_observed_at"))
    return Price(
        moment(begin),
        None if end is None else moment(end),
        moment(seen),
        nano_usd_per_mtok(row["input_usd_per_mtok"]),
        nano_usd_per_mtok(row["output_usd_per_mtok"]),
    )


def cost_nano(price: Price, input_tokens: int, output_tokens: int) -> int:
    """Return what one request costs in nano-USD, rounded up once.

    Raises:
        Unpriced: a side that counts has no known price.
    """
    given, taken = price.input_nano, price.output_nano
    if (given is None and input_tokens) or (taken is None and output_tokens):
        raise Unpriced("the price is not stated")
    return -(-((given or 0) * input_tokens + (taken or 0) * output_tokens) // MTOK)
