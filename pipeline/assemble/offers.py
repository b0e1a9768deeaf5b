"""From what the sources said to the rows of the tables: precedence, conflicts, and what is kept of the last run.

Pure: takes source_results and the last published rows, gives rows. The rules:

- An offer is what its own provider's listing says. A route that no listing has can come from the provider's own
  registration (partner mapping) or from the single-model endpoint.
- A price is the router's, else the listing's, else the inference page's. Other values that the listing leaves open are
  filled from the router, then the page. Where prices disagree, all of them are in `price_conflicts`.
- A provider whose listing failed or dropped keeps its last rows, stale. A router or page that failed leaves the prices
  that it stated last time in force, on rows marked stale.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hf_providers.catalog.columns import DATED
from hf_providers.catalog.schema import MODELS, OFFERS, ROUTE
from hf_providers.rules.readiness import readiness
from hf_providers.rules.recency import is_recent, recent_since
from hf_providers.rules.tasks import CHAT_TASK, modality
from pipeline.assemble.representative import representative_offer
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import hub_list, hub_model, inference_page, partner, router

PRICE_PRECEDENCE = (router.NAME, hub_list.NAME, inference_page.NAME)
_FILLED = (
    "context_length",
    "supports_tools",
    "supports_structured_output",
    "throughput_tps",
    "ttft_ms",
    "request_latency_ms",
    "validated_at",
    "is_model_author",
)
_PRICE = ("input_usd_per_mtok", "output_usd_per_mtok")
_BOOKKEEPING = (
    "first_seen_at",
    "changed_at",
    "stale",
    "validated_at",
    "throughput_tps",
    "ttft_ms",
    "request_latency_ms",
    *(column.name for column in DATED),
)
_COMPARED = tuple(name for name in OFFERS.column_names if name not in _BOOKKEEPING)
_NO_OFFER: Row = dict.fromkeys(OFFERS.column_names) | {"stale": False}
_NO_MODEL: Row = dict.fromkeys(MODELS.column_names)

Route = tuple[str, str, str]
OfferKey = tuple[str, str, str, str]


@dataclass(slots=True)
class Previous:
    """The rows of the last published dataset, empty for a first run."""

    models: dict[str, Row] = field(default_factory=dict)
    offers: dict[OfferKey, Row] = field(default_factory=dict)
    providers: dict[str, Row] = field(default_factory=dict)


def route(row: Mapping[str, Any]) -> Route:
    """Return the route of an offer: model, provider, task."""
    return row["model_id"], row["provider"], row["task"]


def key(row: Mapping[str, Any]) -> OfferKey:
    """Return the primary key of an offer."""
    return (*route(row), row["provider_model_id"])


def by_route(offers: Iterable[Row]) -> dict[Route, list[Row]]:
    """Group offers by route."""
    grouped: dict[Route, list[Row]] = defaultdict(list)
    for offer in offers:
        grouped[route(offer)].append(offer)
    return grouped


def listed_offers(source_results: Iterable[SourceResult], good: set[str]) -> dict[OfferKey, Row]:
    """Return rows, yet to be finished, of what the good providers' own listings say, and after them other sources."""
    offers: dict[OfferKey, Row] = {}
    routes: set[Route] = set()
    order = {hub_list.NAME: 0, partner.NAME: 1, hub_model.NAME: 2}
    for source_result in sorted((h for h in source_results if h.source in order), key=lambda h: order[h.source]):
        listing = source_result.source == hub_list.NAME
        fresh = [
            offer
            for offer in source_result.offers
            if offer["provider"] in good and (listing or route(offer) not in routes)
        ]
        for offer in fresh:
            offers.setdefault(key(offer), _NO_OFFER | offer)
            routes.add(route(offer))
    return offers


def unconfirmed(
    source_results: Iterable[SourceResult], previous: Previous, fresh: Mapping[OfferKey, Row], good: set[str]
) -> list[Row]:
    """Return the last offers, now stale, that came from beside the listings, where what stated them failed this time.

    Only listings state a type: an offer without one came from a registration or a single model.
    """
    failed = [
        source_result
        for source_result in source_results
        if source_result.result == "failed" and source_result.source != hub_list.NAME
    ]
    silent = {source_result.provider for source_result in failed if source_result.source == partner.NAME}
    if any(source_result.source != partner.NAME for source_result in failed):
        silent = good
    routes = set(map(route, fresh.values()))
    return [
        old | {"stale": True}
        for old in previous.offers.values()
        if old["type"] is None and old["provider"] in silent & good and route(old) not in routes
    ]


def price_observations(
    offers: Mapping[OfferKey, Row], source_results: Iterable[SourceResult], previous: Previous
) -> dict[Route, dict[str, Row]]:
    """Return every stated price of the offers' routes, by route and source, kept ones of failed sources included."""
    observed: dict[Route, dict[str, Row]] = {r: {} for r in map(route, offers.values())}
    for r, group in by_route(offers.values()).items():
        spoken = representative_offer(group)
        if spoken.get("price_source"):
            observed[r][spoken["price_source"]] = spoken
    failed: set[str] = set()
    for source_result in source_results:
        if source_result.source in (router.NAME, inference_page.NAME):
            if source_result.result == "failed":
                failed.add(source_result.source)
            for offer in source_result.offers:
                if route(offer) in observed and offer["price_source"]:
                    observed[route(offer)][source_result.source] = offer
    for old in previous.offers.values():
        if old["price_source"] in failed and route(old) in observed:
            observed[route(old)].setdefault(old["price_source"], old | {"stale": True})
    return observed


def conflicts(observed: Mapping[Route, Mapping[str, Row]], observed_at: datetime) -> list[Row]:
    """Return every observation of the routes on whose price two sources disagree."""
    rows = []
    for r, by_source in observed.items():
        if len({tuple(row[name] for name in _PRICE) for row in by_source.values()}) < 2:
            continue
        chosen = next(source for source in PRICE_PRECEDENCE if source in by_source)
        for source, row in by_source.items():
            rows.append(
                dict(zip(ROUTE, r, strict=True))
                | {name: row[name] for name in _PRICE}
                | {"source": source, "chosen": source == chosen, "observed_at": observed_at}
            )
    return rows


def fill(
    offers: Mapping[OfferKey, Row], source_results: Iterable[SourceResult], observed: Mapping[Route, Mapping[str, Row]]
) -> None:
    """Give each offer its price by precedence, and fill what its listing left open from the router, then the page."""
    grouped = by_route(offers.values())
    for r, by_source in observed.items():
        source = next((source for source in PRICE_PRECEDENCE if source in by_source), None)
        if source is None:
            continue
        spoken, stated = representative_offer(grouped[r]), by_source[source]
        spoken |= {name: stated[name] for name in _PRICE} | {"price_source": source}
        if stated.get("stale"):
            spoken |= {name: stated[name] for name in ("stale", "is_free", "price_observed_at")}
    for name in (router.NAME, inference_page.NAME):
        for source_result in source_results:
            if source_result.source != name:
                continue
            for stated in source_result.offers:
                if route(stated) in grouped:
                    _fill_open(representative_offer(grouped[route(stated)]), stated)


def _fill_open(offer: Row, stated: Row) -> None:
    """Fill an offer's open values from another source's row; only the router says whether it is free."""
    for name in _FILLED:
        if offer.get(name) is None and stated.get(name) is not None:
            offer[name] = stated[name]
    if stated.get("is_free") is not None:
        offer["is_free"] = stated["is_free"]


def finished_offer(row: Row, old: Row | None, inference: str | None, observed_at: datetime) -> Row:
    """Return the row with what follows from it: readiness, its dates, and since when its values have been seen.

    What this run stated is of this run's time; a date that is set already is that of a value kept from an earlier one.
    """
    measured = (row["throughput_tps"], row["ttft_ms"], row["request_latency_ms"])
    row["readiness"] = readiness(row["status"], row["task"], *measured, inference)
    row["observed_at"] = observed_at
    if row["price_source"] is not None:
        row["price_observed_at"] = row["price_observed_at"] or observed_at
    if any(value is not None for value in measured):
        row["measured_at"] = row["measured_at"] or observed_at
    unchanged = old is not None and all(row[name] == old[name] for name in _COMPARED)
    row["first_seen_at"] = old["first_seen_at"] if old else observed_at
    row["changed_at"] = old["changed_at"] if old and unchanged else observed_at
    return row


def with_recent_readiness(offers: list[Row]) -> list[Row]:
    """Return the offers, those cold of which no measurement is recent: what was measured long ago is not ready now."""
    since = recent_since(offers)
    for offer in offers:
        if offer["readiness"] in ("hot", "warm") and not is_recent(offer["measured_at"], since):
            offer["readiness"] = "cold"
    return offers


def model_rows(facts: Mapping[str, Row], offers: Iterable[Row], previous: Previous) -> list[Row]:
    """Return one complete row for every model that has an offer, or that nobody known was seen to serve."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for offer in offers:
        grouped[offer["model_id"]].append(offer)
    return [
        finished_model(facts.get(model_id) or previous.models.get(model_id) or bare_model(model_id), group)
        for model_id, group in grouped.items()
    ] + _without_offers(previous, grouped.keys())


def _without_offers(previous: Previous, offered: Collection[str]) -> list[Row]:
    """Return the models that had no offer and still have none; one whose offers ended is in the histories alone."""
    had = {model_id for model_id, *_ in previous.offers}
    return [row for model_id, row in previous.models.items() if model_id not in had and model_id not in offered]


def bare_model(model_id: str) -> Row:
    """Return a model of which nothing but its id is known."""
    author, _, name = model_id.rpartition("/")
    return {"model_id": model_id, "author": author, "name": name}


def finished_model(facts: Row, offers: list[Row]) -> Row:
    """Return a complete model row: its facts, and what follows from its offers."""
    tasks = [offer["task"] for offer in offers]
    contexts = [o["context_length"] for o in offers if o["status"] == "live" and o["context_length"] is not None]
    row = _NO_MODEL | facts
    if CHAT_TASK in tasks:
        row["conversational"] = True
    row["modality"] = modality(row["pipeline_tag"], tasks)
    row["context_length"] = max(contexts, default=None)
    row["last_seen_at"] = max((o["observed_at"] for o in offers if o["observed_at"] is not None), default=None)
    return row


def provider_rows(
    curated: Mapping[str, Row],
    offers: Iterable[Row],
    previous: Previous,
    good: set[str],
    stale: set[str],
    met: set[str],
    observed_at: datetime,
) -> list[Row]:
    """Return one row for every provider ever seen or curated.

    Args:
        curated: The registry.
        offers: The finished offers.
        previous: The last published rows.
        good: Providers whose listing of this run is taken.
        stale: Providers that keep older rows because their listing of this run is not.
        met: Providers seen in any mapping of this run.
        observed_at: The time of this run.
    """
    grouped: dict[str, list[Row]] = defaultdict(list)
    for offer in offers:
        grouped[offer["provider"]].append(offer)
    names = set(curated) | set(previous.providers) | set(grouped) | met | good
    return [
        _provider_row(
            name,
            curated.get(name, {}),
            grouped[name],
            previous.providers.get(name),
            name in good,
            name in stale,
            observed_at,
        )
        for name in sorted(names)
    ]


def _provider_row(
    name: str, curated: Row, offers: list[Row], old: Row | None, good: bool, stale: bool, observed_at: datetime
) -> Row:
    listed_now = bool(offers) and good
    kept = ("name", "hub_org", "homepage", "regions", "region_source")
    return {
        "provider": name,
        **{column: curated.get(column) for column in kept},
        "kind": curated.get("kind", "serverless"),
        "models": len({offer["model_id"] for offer in offers}),
        "live_offers": sum(offer["status"] == "live" for offer in offers),
        "first_seen": old["first_seen"] if old and old["first_seen"] else (observed_at if offers else None),
        "last_seen": observed_at if listed_now else (old["last_seen"] if old else None),
        "active": bool(offers),
        "stale": stale or bool(old and old["stale"] and not good),
    }


def assemble(
    source_results: list[SourceResult],
    curated: Mapping[str, Row],
    previous: Previous,
    *,
    good: set[str],
    stale: set[str],
    observed_at: datetime,
) -> dict[str, list[Row]]:
    """Return the rows of models, offers, providers and price_conflicts.

    Args:
        source_results: What every source said.
        curated: The registry of providers.
        previous: The last published rows.
        good: Providers whose listing is complete and healthy: it replaces their rows.
        stale: Providers whose listing failed or dropped: they keep their rows, marked stale. A provider in neither was
            not asked and keeps its rows as they were.
        observed_at: The time of this run.
    """
    offers = listed_offers(source_results, good)
    observed = price_observations(offers, source_results, previous)
    disagreeing = conflicts(observed, observed_at)
    fill(offers, source_results, observed)
    facts = {model_id: row for source_result in source_results for model_id, row in source_result.models.items()}
    fresh = [
        finished_offer(offer, previous.offers.get(k), _inference(facts, offer), observed_at)
        for k, offer in offers.items()
    ]
    kept = [
        old | {"stale": old["stale"] or old["provider"] in stale}
        for old in previous.offers.values()
        if old["provider"] not in good
    ] + unconfirmed(source_results, previous, offers, good)
    finished = with_recent_readiness(fresh + kept)
    met = set().union(*(source_result.seen_providers for source_result in source_results))
    return {
        "offers": finished,
        "models": model_rows(facts, finished, previous),
        "providers": provider_rows(curated, finished, previous, good, stale, met, observed_at),
        "price_conflicts": disagreeing,
    }


def _inference(facts: Mapping[str, Row], offer: Row) -> str | None:
    inference: str | None = facts.get(offer["model_id"], {}).get("inference")
    return inference
