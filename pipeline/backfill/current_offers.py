"""The offers as of the newest recording: observations later than the crawl add, update and end them. Pure.

- A source that states a status says that the offer exists: it is added, or its `observed_at` is updated. A price alone
  (without a status) is a price, and adds no offer.
- Absence ends an offer only where a listing was complete; a provider that was dropped lists nothing.
- A value keeps the date at which it was last stated; values that a recording does not state stay as they were.
- The router does not state the provider's own id. Where no offer of its route is known the id stays empty, until a
  source states it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from hf_providers.catalog.schema import OFFERS
from hf_providers.rules.money import PRICE_COLUMNS
from hf_providers.rules.readiness import MEASUREMENTS, readiness
from pipeline.assemble.offers import with_recent_readiness
from pipeline.assemble.representative import representative_key
from pipeline.assemble.routes import OfferKey, Route, key, route
from pipeline.backfill import in_order
from pipeline.backfill.current_prices import Stated, conflicts, newest_look, of_one_time
from pipeline.crawl.source_result import Row
from pipeline.history.intervals import Observations

UNKNOWN_ID: Final = ""
"""The id of an offer that only sources without the provider's own ids have stated."""
_TAKEN: Final = (
    "type",
    "adapter",
    "is_model_author",
    "is_free",
    "free_until",
    "context_length",
    "supports_tools",
    "supports_structured_output",
    "validated_at",
)
_NO_OFFER: Final[Row] = dict.fromkeys(OFFERS.column_names) | {"stale": False}


class CurrentOffers:
    """Offers that observations are applied to, in order of time.

    Attributes:
        offers: The offers by key.
        changed: Those that were added or updated.
        ended: How many were ended.
        price_conflicts: Price conflicts of the routes whose price was decided again.
    """

    def __init__(self, rows: Iterable[Row], since: datetime, inference: Mapping[str, str | None] | None = None) -> None:
        """Start from the rows of `offers`.

        Args:
            rows: The offers.
            since: When the newest listing was read: earlier observations add no offer.
            inference: The Hub's inference state of the models.
        """
        self.offers: dict[OfferKey, Row] = {key(row): dict(row) for row in rows}
        self.changed: set[OfferKey] = set()
        self.ended = 0
        self.price_conflicts: dict[Route, list[Row]] = {}
        self._since = since
        self._inference = inference or {}
        self._routes: dict[Route, list[Row]] = defaultdict(list)
        for row in self.offers.values():
            self._routes[route(row)].append(row)
        self._crawled = {r: max(_price_date(row, since) for row in rows) for r, rows in self._routes.items()}
        self._prices: dict[Route, list[Stated]] = defaultdict(list)

    def apply(self, observations: Iterable[Observations]) -> None:
        """Apply the observations to the offers."""
        for observation in in_order(observations):
            rows = observation.rows.to_dicts()
            self._end(observation, {route(row) for row in rows} if observation.complete else set())
            for row in rows:
                self._take(row, observation)
        for r, stated in self._prices.items():
            if self._routes[r]:
                self._price(self._representative(r), stated)
        for changed in self.changed:
            self._judge(self.offers[changed])
        with_recent_readiness(list(self.offers.values()))

    def _end(self, observation: Observations, listed: set[Route]) -> None:
        """End the offers that a complete listing lacks and no newer source has stated."""
        gone = [
            offer
            for offer in self.offers.values()
            if offer["provider"] in observation.complete
            and route(offer) not in listed
            and (offer["observed_at"] or self._since) < observation.observed_at
        ]
        for offer in gone:
            self.ended += 1
            self.changed.discard(key(offer))
            del self.offers[key(offer)]
            self._routes[route(offer)].remove(offer)
            self._prices.pop(route(offer), None)
            self.price_conflicts[route(offer)] = []

    def _take(self, row: Row, observation: Observations) -> None:
        """Apply one row of an observation: as a sighting where it has a status, and its price where it states one."""
        r = route(row)
        if row.get("status") is not None:
            self._see(row, observation)
        input_price, output_price = (row.get(name) for name in PRICE_COLUMNS)
        if (
            input_price is not None
            and output_price is not None
            and observation.observed_at > self._crawled.get(r, self._since)
        ):
            source = row.get("price_source") or observation.source
            self._prices[r].append(Stated(observation.observed_at, source, input_price, output_price))

    def _see(self, row: Row, observation: Observations) -> None:
        """Add the offer, or update it where this row is newer."""
        at = observation.observed_at
        offer = self._known(row)
        if offer is None:
            if at <= self._since:
                return
            own = row.get("provider_model_id") or UNKNOWN_ID
            offer = _NO_OFFER | {name: row[name] for name in OFFERS.key[:3]} | {"provider_model_id": own}
            offer |= {"first_seen_at": at, "changed_at": at, "status": row["status"]}
            self.offers[key(offer)] = offer
            self._routes[route(offer)].append(offer)
        elif at <= (offer["observed_at"] or self._since):
            return
        _renew(offer, row, observation)
        self.changed.add(key(offer))

    def _known(self, row: Row) -> Row | None:
        """Return the offer of a row: the one with its own id, or the one of its route where the row has no id."""
        own, r = row.get("provider_model_id"), route(row)
        if not own:
            return self._representative(r) if self._routes[r] else None
        known = self.offers.get((*r, own))
        unnamed = self.offers.get((*r, UNKNOWN_ID))
        if known is None and unnamed is not None:
            self.changed.discard(key(unnamed))
            del self.offers[key(unnamed)]
            unnamed["provider_model_id"] = own
            self.offers[key(unnamed)] = known = unnamed
        return known

    def _representative(self, r: Route) -> Row:
        """Return the offer of a route that was seen last; the representative one of several."""
        newest = max(offer["observed_at"] or self._since for offer in self._routes[r])
        seen = [offer for offer in self._routes[r] if (offer["observed_at"] or self._since) == newest]
        return min(seen, key=representative_key)

    def _price(self, offer: Row, stated: list[Stated]) -> None:
        """Set an offer's price to the newest, or to a better source's of about the same time."""
        if offer["price_source"] is not None:
            at = offer["price_observed_at"] or self._since
            stated = [Stated(at, offer["price_source"], *(offer[name] for name in PRICE_COLUMNS)), *stated]
        judged = of_one_time(stated)
        newest = newest_look(judged)
        offer |= dict(zip(PRICE_COLUMNS, newest.prices, strict=True))
        offer |= {"price_source": newest.source, "price_observed_at": newest.at}
        self.price_conflicts[route(offer)] = conflicts(route(offer), judged)
        self.changed.add(key(offer))

    def _judge(self, offer: Row) -> None:
        """Set the readiness that follows from the newest status and speeds."""
        throughput, wait, latency = (offer[name] for name in MEASUREMENTS)
        inference = self._inference.get(offer["model_id"])
        offer["readiness"] = readiness(offer["status"], offer["task"], throughput, wait, latency, inference)


def _price_date(offer: Mapping[str, Any], since: datetime) -> datetime:
    """Return the date of a listing's statement about an offer's price: that there is none counts as one."""
    observed: datetime = offer["price_observed_at"] or offer["observed_at"] or since
    return observed


def _renew(offer: Row, row: Row, observation: Observations) -> None:
    """Set the values that the observation states."""
    stated = {name for name in (*_TAKEN, *MEASUREMENTS) if row.get(name) is not None or name in observation.states}
    if offer["status"] != row["status"] or row.get("previous_status"):
        offer["previous_status"] = row.get("previous_status")
    offer |= {name: row[name] for name in _TAKEN if name in stated}
    offer |= {"status": row["status"], "observed_at": observation.observed_at, "stale": False}
    offer["source"] = observation.source
    if stated.intersection(MEASUREMENTS):
        offer |= {name: row.get(name) for name in MEASUREMENTS}
        measured = any(offer[name] is not None for name in MEASUREMENTS)
        offer["measured_at"] = observation.observed_at if measured else None
        offer["measured_source"] = observation.source if measured else None
