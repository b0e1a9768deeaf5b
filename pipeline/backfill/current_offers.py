"""The offers as of the newest recording: what was observed later than the crawl makes, renews and ends them. Pure.

- A source that says a status says that the offer exists: it is made, or its `observed_at` moves on. A price alone (no
  status) is a price, and makes no offer.
- Absence ends an offer only where a listing was complete: of a provider that was dropped all of it is absent.
- A value keeps the date at which it was stated last; what a recording does not speak of stays as it was.
- The router does not say the provider's own id. Where no offer of its route is known the id stays empty, until a source
  that knows it names it.
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
"""The provider's own id of an offer that only sources without it have stated."""
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
        changed: Those that were made or renewed.
        ended: How many were ended.
        price_conflicts: On the price of which routes sources disagree, of the routes whose price was judged again.
    """

    def __init__(self, rows: Iterable[Row], since: datetime, inference: Mapping[str, str | None] | None = None) -> None:
        """Start from the rows of `offers`.

        Args:
            rows: The offers.
            since: When the newest listing was read: what was observed until then makes no new offer.
            inference: What the Hub says of the models' inference.
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
        """Bring the offers up to date."""
        for observation in in_order(observations):
            rows = observation.rows.to_dicts()
            self._end(observation, {route(row) for row in rows} if observation.complete else set())
            for row in rows:
                self._take(row, observation)
        for r, stated in self._prices.items():
            if self._routes[r]:
                self._price(self._speaker(r), stated)
        for changed in self.changed:
            self._judge(self.offers[changed])
        with_recent_readiness(list(self.offers.values()))

    def _end(self, observation: Observations, listed: set[Route]) -> None:
        """Take away what a complete listing lacks and no newer source has stated."""
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
        """Take one row of an observation: as a sighting where it has a status, and its price where it states one."""
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
        """Make the offer, or renew it where this is newer than what is known of it."""
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
        """Return the offer that a row is of: under its own id, or the one of its route where it does not say the id."""
        own, r = row.get("provider_model_id"), route(row)
        if not own:
            return self._speaker(r) if self._routes[r] else None
        known = self.offers.get((*r, own))
        unnamed = self.offers.get((*r, UNKNOWN_ID))
        if known is None and unnamed is not None:
            self.changed.discard(key(unnamed))
            del self.offers[key(unnamed)]
            unnamed["provider_model_id"] = own
            self.offers[key(unnamed)] = known = unnamed
        return known

    def _speaker(self, r: Route) -> Row:
        """Return the offer of a route that was seen last, by the usual order where several were."""
        newest = max(offer["observed_at"] or self._since for offer in self._routes[r])
        seen = [offer for offer in self._routes[r] if (offer["observed_at"] or self._since) == newest]
        return min(seen, key=representative_key)

    def _price(self, offer: Row, stated: list[Stated]) -> None:
        """Give an offer the price that is the newest, or of one time with it and better known."""
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
    """Return until when a listing spoke of an offer's price: where it had none, it said so."""
    observed: datetime = offer["price_observed_at"] or offer["observed_at"] or since
    return observed


def _renew(offer: Row, row: Row, observation: Observations) -> None:
    """Set what the observation speaks of."""
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
