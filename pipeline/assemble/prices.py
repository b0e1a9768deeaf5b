"""Which price an offer has, and what the router and the page add to it. Pure.

Where a source does not answer, the values that it stated last are kept, with their old dates: an outage of the router
removes no price, and makes none look new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from hf_providers.catalog.schema import ROUTE
from hf_providers.rules.money import PRICE_COLUMNS
from hf_providers.rules.readiness import MEASUREMENTS
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.assemble.representative import representative_offer
from pipeline.assemble.routes import OfferKey, Previous, Route, by_route, key, route
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import hub_list, hub_model, inference_page, router

PRICE_PRECEDENCE: Final = (router.NAME, hub_list.NAME, hub_model.NAME, inference_page.NAME)
CHAT_SOURCES: Final = (router.NAME, inference_page.NAME)
"""Sources that fill the unset values of chat offers, in this order."""
_FILLED: Final = (
    "context_length",
    "supports_tools",
    "supports_structured_output",
    *MEASUREMENTS,
    "validated_at",
    "is_model_author",
)


def unanswered(source_results: Iterable[SourceResult]) -> set[str]:
    """Return the sources of chat offers that did not answer credibly: the values that they stated last are kept."""
    return {result.source for result in source_results if result.source in CHAT_SOURCES and not result.answered}


def price_observations(
    offers: Mapping[OfferKey, Row], source_results: Iterable[SourceResult], previous: Previous
) -> dict[Route, dict[str, Row]]:
    """Return every stated price of the offers' routes, by route and source; a route without any is left out.

    Prices of the last run whose source does not answer now are included; only these have `price_observed_at` set.
    """
    source_results = list(source_results)
    observed: dict[Route, dict[str, Row]] = {}
    grouped = by_route(offers.values())
    for r, group in grouped.items():
        offer = representative_offer(group)
        if offer.get("price_source"):
            observed[r] = {offer["price_source"]: offer}
    for result in source_results:
        if result.source in CHAT_SOURCES:
            for offer in result.offers:
                if offer["price_source"] and route(offer) in grouped:
                    observed.setdefault(route(offer), {})[result.source] = offer
    silent = unanswered(source_results)
    for old in previous.offers.values():
        if _is_kept(old["price_source"], silent) and route(old) in grouped:
            observed.setdefault(route(old), {}).setdefault(old["price_source"], old)
    return observed


def _is_kept(source: str | None, silent: set[str]) -> bool:
    """Return whether a price is kept because its source is silent; a recording's prices count as the router's."""
    return source in silent or (source is not None and source not in PRICE_PRECEDENCE and router.NAME in silent)


def precedence(source: str) -> int:
    """Return the rank of a source of prices, the best first; recordings rank after the sources of a run."""
    return PRICE_PRECEDENCE.index(source) if source in PRICE_PRECEDENCE else len(PRICE_PRECEDENCE)


def conflicts(observed: Mapping[Route, Mapping[str, Row]], observed_at: datetime) -> list[Row]:
    """Return every price observation of the routes on which two sources disagree."""
    rows = []
    for r, by_source in observed.items():
        if len({tuple(row[name] for name in PRICE_COLUMNS) for row in by_source.values()}) < 2:
            continue
        chosen = min(by_source, key=precedence)
        for source, row in by_source.items():
            rows.append(
                dict(zip(ROUTE, r, strict=True))
                | {name: row[name] for name in PRICE_COLUMNS}
                | {
                    "source": source,
                    "chosen": source == chosen,
                    "observed_at": row.get("price_observed_at") or observed_at,
                }
            )
    return rows


def fill(
    offers: Mapping[OfferKey, Row],
    source_results: Iterable[SourceResult],
    observed: Mapping[Route, Mapping[str, Row]],
    previous: Previous,
) -> None:
    """Give each offer its price by precedence, and fill what its listing left unset from the router, then the page.

    Where one of these did not answer, values that are still unset keep their last value and date.
    """
    source_results = list(source_results)
    grouped = by_route(offers.values())
    for r, by_source in observed.items():
        source = min(by_source, key=precedence)
        _set_price(representative_offer(grouped[r]), by_source[source], source)
    for name in CHAT_SOURCES:
        for stated in (offer for result in source_results if result.source == name for offer in result.offers):
            if route(stated) in grouped:
                offer = representative_offer(grouped[route(stated)])
                if _unmeasured(offer) and not _unmeasured(stated):
                    offer["measured_source"] = name
                _fill_open(offer, stated)
                _fill_free(offer, stated, overrules=name == router.NAME)
    if unanswered(source_results):
        for offer in offers.values():
            old = previous.offers.get(key(offer))
            if old is not None and offer["task"] == CHAT_TASK:
                _keep_open(offer, old)


def _set_price(offer: Row, stated: Row, source: str) -> None:
    """Set the price; one kept from a silent source comes with its date and with whether it was free."""
    offer |= {name: stated[name] for name in PRICE_COLUMNS} | {"price_source": source}
    if stated.get("price_observed_at"):
        offer |= {name: stated[name] for name in ("is_free", "free_until", "price_observed_at")}


def _fill_open(offer: Row, stated: Row) -> None:
    """Fill an offer's unset values from another source's row."""
    for name in _FILLED:
        if offer.get(name) is None and stated.get(name) is not None:
            offer[name] = stated[name]


def _unmeasured(offer: Row) -> bool:
    return all(offer.get(name) is None for name in MEASUREMENTS)


def _fill_free(offer: Row, stated: Row, *, overrules: bool) -> None:
    """Set whether an offer is free, and until when: the router overrules, otherwise the first source that states it."""
    if stated.get("is_free") is None:
        return
    until = offer.get("free_until") if offer.get("is_free") and stated["is_free"] else None
    if overrules or offer.get("is_free") is None:
        offer |= {"is_free": stated["is_free"], "free_until": stated["free_until"] or until}
    elif offer["is_free"] and stated["is_free"]:
        offer["free_until"] = until or stated["free_until"]


def _keep_open(offer: Row, old: Row) -> None:
    """Fill unset values with the last run's; a speed keeps its date."""
    unmeasured = _unmeasured(offer)
    if unmeasured:
        offer |= {name: old[name] for name in ("measured_at", "measured_source")}
    _fill_open(offer, {name: old[name] for name in _FILLED if unmeasured or name not in MEASUREMENTS})
