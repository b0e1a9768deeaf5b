"""Make rows of the tables from the sources' answers: which offers there are, and what is kept of the last run.

Pure: from the answers and the last published rows to new rows. The rules:

- An offer is what its own provider's listing says. A route that no listing has can come from the model's own page, or
  from the provider's registration: a registration alone is not served, so its status is staging.
- A price is the router's, else the listing's, else the model's page's, else the inference page's (`prices`).
- A provider whose listing failed or dropped keeps its last rows, marked stale. Where any other source does not answer,
  the values that it stated last are kept, with their old dates.
- A route missing once from a listing of several pages is kept for one run: models may move between pages while these
  are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from hf_providers.catalog.columns import DATED
from hf_providers.catalog.schema import OFFERS
from hf_providers.rules.readiness import MEASUREMENTS, readiness
from hf_providers.rules.recency import is_recent, recent_since
from pipeline.assemble.jumps import Jumps
from pipeline.assemble.match_offers import match_offers
from pipeline.assemble.model_rows import model_rows
from pipeline.assemble.prices import conflicts, fill, price_observations, unanswered
from pipeline.assemble.provider_rows import provider_rows
from pipeline.assemble.routes import OfferKey, Previous, Route, key, route
from pipeline.assemble.surges import Surges
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import hub_list, hub_model, partner

_BOOKKEEPING: Final = (
    "first_seen_at",
    "changed_at",
    "stale",
    "source",
    "measured_source",
    "validated_at",
    "missing_since",
    "throughput_tps",
    "ttft_ms",
    "request_latency_ms",
    *(column.name for column in DATED),
)
_COMPARED: Final = tuple(name for name in OFFERS.column_names if name not in _BOOKKEEPING)
_NO_OFFER: Final[Row] = dict.fromkeys(OFFERS.column_names) | {"stale": False}
_ORDER: Final = (hub_list.NAME, hub_model.NAME, partner.NAME)
"""Sources that state offers: the first of them that has a route decides."""


def listed_offers(source_results: Iterable[SourceResult], good: set[str]) -> dict[OfferKey, Row]:
    """Return unfinished rows of the offers in the good providers' own listings, then of those in other sources."""
    offers: dict[OfferKey, Row] = {}
    routes: set[Route] = set()
    speaking = (result for result in source_results if result.source in _ORDER)
    for result in sorted(speaking, key=lambda result: _ORDER.index(result.source)):
        listing = result.source == hub_list.NAME
        fresh = [
            (offer_route, offer)
            for offer in result.offers
            if offer["provider"] in good and (offer_route := route(offer)) not in routes
        ]
        for _, offer in fresh:
            if (offer_key := key(offer)) not in offers:
                offers[offer_key] = _NO_OFFER | offer | {"listed": listing} | stated_by(offer, result.source)
        routes.update(offer_route for offer_route, _ in fresh)
    return offers


def stated_by(offer: Row, source: str) -> Row:
    """Return the source of an offer, and of its measurements where it has any."""
    measured = any(offer.get(name) is not None for name in MEASUREMENTS)
    return {"source": source, "measured_source": source if measured else None}


def unlisted(offer: Row) -> bool:
    """Return whether no listing stated an offer; one of a release before 0.2 then has no type either."""
    return offer["listed"] is False or (offer["listed"] is None and offer["type"] is None)


def unconfirmed(
    source_results: Iterable[SourceResult], previous: Previous, fresh: Mapping[OfferKey, Row], good: set[str]
) -> list[Row]:
    """Return the last offers that no listing had, where the source that stated them was not asked, or failed.

    Those of a failed source become stale; those whose model has to wait for another run stay as they were.
    """
    results = list(source_results)
    failed = {r.provider for r in results if r.source == partner.NAME and not r.answered}
    if unanswered(results) or any(r.source == hub_model.NAME and not r.answered for r in results):
        failed = good
    waiting: set[str] = set().union(*(r.waiting for r in results))
    routes = set(map(route, fresh.values()))
    kept = []
    for old in previous.offers.values():
        if unlisted(old) and old["provider"] in good and route(old) not in routes:
            if old["provider"] in failed:
                kept.append(old | {"stale": True})
            elif old["model_id"] in waiting:
                kept.append(old)
    return kept


def missed(
    source_results: Iterable[SourceResult],
    previous: Previous,
    fresh: Mapping[OfferKey, Row],
    good: set[str],
    at: datetime,
) -> list[Row]:
    """Return the last offers that a listing of several pages lacks for the first time: the next listing decides.

    Until then the model's own page does not count: it states neither price nor speed.
    """
    paged = {r.provider for r in source_results if r.source == hub_list.NAME and r.pages > 1} & good
    routes = {route(offer) for offer in fresh.values() if offer["listed"]}
    return [
        old | {"missing_since": at}
        for old in previous.offers.values()
        if old["provider"] in paged and not unlisted(old) and old["missing_since"] is None and route(old) not in routes
    ]


def finished_offer(
    row: Row, old: Row | None, inference: str | None, observed_at: datetime, unknown: frozenset[str] = frozenset()
) -> Row:
    """Return the row with what follows from it: readiness, dates, and since when it has had these values.

    Values stated in this run get its time; a date that is already set belongs to a value kept from an earlier run.
    Columns that the release of the old row did not have (`unknown`) do not count as changed.
    """
    measured = (row["throughput_tps"], row["ttft_ms"], row["request_latency_ms"])
    row["readiness"] = readiness(row["status"], row["task"], *measured, inference)
    row["observed_at"] = observed_at
    if row["price_source"] is not None:
        row["price_observed_at"] = row["price_observed_at"] or observed_at
    if any(value is not None for value in measured):
        row["measured_at"] = row["measured_at"] or observed_at
    unchanged = old is not None and all(row[name] == old[name] for name in _COMPARED if name not in unknown)
    row["first_seen_at"] = old["first_seen_at"] if old else observed_at
    row["changed_at"] = old["changed_at"] if old and unchanged else observed_at
    return row


def with_recent_readiness(offers: list[Row]) -> list[Row]:
    """Return the offers; a hot or warm one without a recent measurement becomes cold, as it may no longer be ready."""
    since = recent_since(offers)
    for offer in offers:
        if offer["readiness"] in ("hot", "warm") and not is_recent(offer["measured_at"], since):
            offer["readiness"] = "cold"
    return offers


def assemble(
    source_results: list[SourceResult],
    curated: Mapping[str, Row],
    previous: Previous,
    *,
    good: set[str],
    stale: set[str],
    observed_at: datetime,
    jumps: Jumps | None = None,
    surges: Surges | None = None,
    renamed: Mapping[str, str] | None = None,
) -> dict[str, list[Row]]:
    """Return the rows of models, offers, providers and price_conflicts.

    Args:
        source_results: The answer of every source.
        curated: The registry of providers.
        previous: The last published rows.
        good: Providers with a complete and healthy listing: it replaces their rows.
        stale: Providers whose listing failed or dropped: they keep their rows, marked stale. A provider in neither set
            was not asked and keeps its rows as they were.
        observed_at: The time of this run.
        jumps: Holds back implausible prices and speeds.
        surges: Holds back the new offers of providers that list implausibly many.
        renamed: Former ids of models, and the ids they redirect to.
    """
    offers = listed_offers(source_results, good)
    unconfirmed_offers = missed(source_results, previous, offers, good, observed_at)
    kept_routes = set(map(route, unconfirmed_offers))
    offers = {k: offer for k, offer in offers.items() if route(offer) not in kept_routes}
    match_offers(source_results, kept_routes.union(map(route, offers.values())), good, renamed or {})
    observed = price_observations(offers, source_results, previous)
    disagreeing = conflicts(observed, observed_at)
    fill(offers, source_results, observed, previous)
    disagreeing = _after_holding(offers, disagreeing, previous, stale, jumps, surges)
    facts = {model_id: row for result in source_results for model_id, row in result.models.items()}
    sources = {model_id: result.source for result in source_results for model_id in result.models}
    fresh = [
        finished_offer(offer, previous.offers.get(k), _inference(facts, offer), observed_at, previous.lacking)
        for k, offer in offers.items()
    ]
    kept = _of_other_providers(previous, good, stale) + unconfirmed(source_results, previous, offers, good)
    finished = with_recent_readiness(fresh + kept + unconfirmed_offers)
    met = set().union(*(result.seen_providers for result in source_results))
    return {
        "offers": finished,
        "models": model_rows(facts, sources, finished, previous),
        "providers": provider_rows(curated, finished, previous, good, stale, met, observed_at),
        "price_conflicts": disagreeing,
    }


def _of_other_providers(previous: Previous, good: set[str], stale: set[str]) -> list[Row]:
    """Return the last offers of the providers that this run has no good listing of."""
    return [
        old | {"stale": old["stale"] or old["provider"] in stale}
        for old in previous.offers.values()
        if old["provider"] not in good
    ]


def _after_holding(
    offers: dict[OfferKey, Row],
    disagreeing: list[Row],
    previous: Previous,
    stale: set[str],
    jumps: Jumps | None,
    surges: Surges | None,
) -> list[Row]:
    """Hold back implausible values and offers; return the price conflicts that are left."""
    if surges is not None:
        surges.hold(offers, previous)
        disagreeing = [row for row in disagreeing if route(row) not in surges.routes]
    if jumps is not None:
        jumps.hold(offers, previous)
        jumps.keep_holding(stale)
        disagreeing = [row for row in disagreeing if not jumps.holds(row["provider"], "prices")]
    return disagreeing


def _inference(facts: Mapping[str, Row], offer: Row) -> str | None:
    inference: str | None = facts.get(offer["model_id"], {}).get("inference")
    return inference
