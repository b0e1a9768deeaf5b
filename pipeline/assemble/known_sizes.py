"""The sizes of the sources' answers, and what the last manifest remembers of healthy sizes and jumps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hf_providers.rules.tasks import CHAT_TASK
from pipeline.assemble.jumps import COMPARABLE, KINDS, Kind
from pipeline.assemble.routes import key, route
from pipeline.assemble.sightings import digests
from pipeline.crawl.source_result import SourceResult
from pipeline.crawl.sources import endpoints, hub_list, inference_page, partner, router
from pipeline.publish.dataset import Dataset, Memory, Source
from pipeline.publish.judge import Healthy

OFFERS = "offers"
"""The key of a listing's memory for the digests of offers that are held because they are too many."""
KEYS = "keys"
"""The same for the keys of these offers, without their values: the next listing must have them to confirm them."""
_COUNTED = (router.NAME, inference_page.NAME, partner.NAME, endpoints.NAME)
"""Sources other than the listings that state all they have, and not only what they are asked for."""
_MAY_GO = (inference_page.NAME, partner.NAME)
"""Those of them that are pages: where a page is gone, nothing states its values any more."""


def listing_sizes(source_results: Iterable[SourceResult]) -> dict[str, int | None]:
    """Return how many offers each asked provider listed; None where the listing failed."""
    return {
        result.provider: len({key(offer) for offer in result.offers}) if result.result == "ok" else None
        for result in source_results
        if result.source == hub_list.NAME
    }


def other_sizes(source_results: list[SourceResult]) -> dict[tuple[str, str], int]:
    """Return how much every other source that answered states: instances, or routes with an offer.

    The router leaves out what is not live: a chat offer whose listing says that it is down still counts, so that an
    outage is no drop. Registrations count only where no list has the model: only these make offers.
    """
    listed = {
        route(offer): offer["status"]
        for result in source_results
        if result.source == hub_list.NAME and result.result == "ok"
        for offer in result.offers
    }
    down = {r for r, status in listed.items() if r[2] == CHAT_TASK and status != "live"}
    sizes = {}
    for result in source_results:
        gone = result.source in _MAY_GO and result.result == "skipped"
        if result.source in _COUNTED and (result.result == "ok" or gone):
            routes = {route(offer) for offer in result.offers}
            counted = routes - listed.keys() if result.source == partner.NAME else routes | down
            sizes[result.source, result.provider] = len(result.rows) or len(counted)
    return sizes


def memories(last: Dataset | None) -> dict[tuple[str, str], Memory]:
    """Return what the last manifest remembers of each source."""
    sources = last.manifest.sources if last else ()
    return {(source.source, source.provider): source.memory for source in sources if source.memory}


def healthy(last: Dataset | None) -> dict[str, Healthy]:
    """Return what the last manifest knows of each provider's healthy listings."""
    sources = last.manifest.sources if last else ()
    return {
        source.provider: _healthy(source, source.listed_offers, source.low_since)
        for source in sources
        if source.source == hub_list.NAME and source.listed_offers is not None
    }


def healthy_others(last: Dataset | None) -> dict[tuple[str, str], Healthy]:
    """Return the same for every other source, by source and provider."""
    sources = last.manifest.sources if last else ()
    return {
        (source.source, source.provider): _healthy(source, source.memory.healthy, source.memory.low_since)
        for source in sources
        if source.memory and source.memory.healthy is not None
    }


def _healthy(source: Source, size: int, low_since: datetime | None) -> Healthy:
    memory = source.memory or Memory()
    return Healthy(
        size,
        low_since,
        memory.low_looks,
        memory.looks,
        memory.refused_since,
        memory.refusals,
        memory.surged_since,
    )


def comparable(last: Dataset | None, moment: datetime) -> frozenset[str]:
    """Return the providers whose last good listing is recent enough to say how far a value may have moved."""
    sources = last.manifest.sources if last else ()
    return frozenset(
        source.provider
        for source in sources
        if source.source == hub_list.NAME and source.observed_at and moment - source.observed_at <= COMPARABLE
    )


def observed_at_once(last: Dataset | None, moment: datetime) -> set[str]:
    """Return the providers whose listing the last run accepted at this very moment."""
    sources = last.manifest.sources if last else ()
    return {source.provider for source in sources if source.source == hub_list.NAME and source.observed_at == moment}


def held_before(last: Dataset | None) -> dict[tuple[str, Kind], datetime]:
    """Return the jumps that were held at the last run, and since when."""
    return {
        (provider, kind): memory.held[kind]
        for provider, memory in _listing_memories(last)
        for kind in KINDS
        if kind in memory.held
    }


def sighted_before(last: Dataset | None) -> dict[tuple[str, Kind], frozenset[str]]:
    """Return the values at the first sighting of each of these, as digests."""
    return {
        (provider, kind): frozenset(memory.sighted.get(kind, ()))
        for provider, memory in _listing_memories(last)
        for kind in KINDS
        if kind in memory.held
    }


def surging_before(last: Dataset | None) -> dict[str, frozenset[str]]:
    """Return the offers that were held at the last run because they were too many, as digests."""
    return {provider: frozenset(memory.sighted.get(OFFERS, ())) for provider, memory in _listing_memories(last)}


def other_surges(source_results: Iterable[SourceResult], last: Dataset | None) -> set[str]:
    """Return the providers whose listing lacks most of the offers that were held because they were too many."""
    seen = {provider: frozenset(memory.sighted.get(KEYS, ())) for provider, memory in _listing_memories(last)}
    return {
        result.provider
        for result in source_results
        if result.source == hub_list.NAME and result.result == "ok"
        for held in [seen.get(result.provider, frozenset())]
        if held and 2 * len(digests(result.offers, ()) & held) < len(held)
    }


def _listing_memories(last: Dataset | None) -> list[tuple[str, Memory]]:
    return [(provider, memory) for (source, provider), memory in memories(last).items() if source == hub_list.NAME]
