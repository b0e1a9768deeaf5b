"""Hold back the new offers of a provider that lists implausibly many at once, until another listing confirms them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.assemble.routes import OfferKey, Previous, Route, route
from pipeline.assemble.sightings import digests, seen_before
from pipeline.crawl.source_result import Row
from pipeline.history.intervals import MEASURED_VALUES, PRICE_VALUES, STATUS_VALUES

_VALUES: Final = (*STATUS_VALUES, *PRICE_VALUES, *MEASURED_VALUES)


@dataclass(slots=True)
class Surges:
    """The new offers of listings that surged, and whether they are held or accepted.

    Attributes:
        surged: Providers whose new offers are held in this run.
        accepted: Providers whose new offers are accepted now.
        seen: The offers of these when they were held, as digests by provider.
        sighted: The offers held in this run, as digests.
        keys: The same without their values: digests of their keys.
        routes: The routes that are held.
        dated: The routes accepted now that were the same at their first sighting, by provider.
    """

    surged: Iterable[str] = ()
    accepted: Iterable[str] = ()
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sighted: dict[str, frozenset[str]] = field(default_factory=dict)
    keys: dict[str, frozenset[str]] = field(default_factory=dict)
    routes: frozenset[Route] = frozenset()
    dated: dict[str, list[Route]] = field(default_factory=dict)

    def hold(self, offers: dict[OfferKey, Row], previous: Previous) -> None:
        """Remove the new offers of providers that surged from `offers`, and find those that were held before."""
        new: dict[str, dict[OfferKey, Row]] = {}
        for offer_key, offer in offers.items():
            if offer_key not in previous.offers:
                new.setdefault(offer["provider"], {})[offer_key] = offer
        for provider in self.surged:
            held = new.get(provider, {})
            self.sighted[provider] = digests(held.values(), _VALUES)
            self.keys[provider] = digests(held.values(), ())
            for offer_key in held:
                del offers[offer_key]
            self.routes |= frozenset(map(route, held.values())) - frozenset(map(route, offers.values()))
        for provider in self.accepted:
            seen = self.seen.get(provider, frozenset())
            self.dated[provider] = seen_before(new.get(provider, {}).values(), _VALUES, seen)
