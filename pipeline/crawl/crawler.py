"""Ask every source once: which requests, in which order, how many at a time.

The listings run in parallel, one chain of pages a provider; the client keeps them to four requests at a time. A
provider's registrations are requested after its listing, and only where it lists anything. Providers are discovered
while crawling: one met in any mapping is crawled in the next round. An error of one source fails that source alone
(`guard`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

from hf_providers.errors import HubNotFound, HubRefused
from hf_providers.hub import Hub, Read, Tally
from pipeline.crawl.guard import Progress, guarded
from pipeline.crawl.one_by_one import changed, crawl_architectures, crawl_models, lacking
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import endpoints, hub_list, inference_page, partner, router

__all__ = ["PROVIDER_ID", "Progress", "crawl"]

CHAINS = 5
"""Listings in progress at a time: one more than requests, so that no connection waits while a page is parsed. With more
of them, the longest listings, which start first, would have to share the connections and would end last."""
MAX_PROVIDERS = 200
PROVIDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
BAD_REQUEST = 400
EXAMPLES = 5
"""How many of the providers left out are named; all of them are counted."""


def crawl_listing(hub: Hub, provider: str, progress: Progress, known: dict[str, Row]) -> SourceResult:
    """Return a provider's whole listing; a failed one holds what was read before it failed.

    Args:
        hub: The client.
        provider: The provider.
        progress: Hears how it goes.
        known: Models of all listings so far: where several list the same, one row will do.
    """
    source_result = SourceResult(hub_list.NAME, provider)

    def read(*, ordered: bool) -> None:
        pages = hub_list.fetch(hub, provider, source_result.tally, partial(hub_list.page, provider), ordered=ordered)
        for page in pages:
            for model_id, row in page.models.items():
                if known.setdefault(model_id, row) == row:
                    page.models[model_id] = known[model_id]
            source_result.add(page)
            progress.advanced(source_result.source, provider, source_result.records)
            refuse_unfiltered(source_result)

    def work() -> None:
        try:
            read(ordered=True)
        except HubRefused as error:
            if error.status != BAD_REQUEST or source_result.pages:
                raise
            read(ordered=False)
            # Noted only now: had this been refused as well, the order would not be the reason.
            source_result.drift["sort=createdAt is refused beside inference_provider"] += 1

    return guarded(source_result, progress, work)


def refuse_unfiltered(listing: SourceResult) -> None:
    """Raise where the first page has only other providers' models: the Hub does not know this one, and lists all.

    Models that all lack the key of mappings are requested one by one, at most one page of them. Where the mappings
    cannot be read, nobody knows whose models these are.
    """
    if listing.offers or not listing.records:
        return
    own = f"[{listing.provider}]"
    unreadable = any(own in problem.field for problem in listing.problems)
    if not unreadable and (listing.pages > 1 or len(listing.unmapped) < listing.records):
        for what in (listing.seen_providers, listing.models, listing.unmapped, listing.problems, listing.drift):
            what.clear()
        raise HubRefused(
            f"the list of {listing.provider} has {listing.records} models on its first page, none of them its own",
            "nothing to do: the Hub does not know this provider (any more)",
            status=BAD_REQUEST,
        )


def crawl_partner(hub: Hub, provider: str, progress: Progress) -> SourceResult:
    """Return what a provider has registered; a provider without such a page has registered nothing."""
    source_result = SourceResult(partner.NAME, provider)

    def work() -> None:
        for status in partner.STATUSES:
            try:
                read = partner.fetch(hub, provider, status, source_result.tally)
            except HubNotFound:
                source_result.result = "skipped"
                return
            partner.rows(source_result, read.records)
            source_result.note(read.problems, read.drift)

    return guarded(source_result, progress, work)


def crawl_provider(hub: Hub, provider: str, progress: Progress, known: dict[str, Row]) -> list[SourceResult]:
    """Return a provider's listing, and its registrations where it lists anything."""
    listing = crawl_listing(hub, provider, progress, known)
    has_models = listing.result == "ok" and listing.records
    return [listing, crawl_partner(hub, provider, progress)] if has_models else [listing]


class Overall(Protocol):
    """A source of all providers, as its module: one request, whose answer it turns into rows."""

    @property
    def NAME(self) -> str:  # noqa: N802 a module's constant
        """The source's name."""

    @property
    def MAY_BE_GONE(self) -> bool:  # noqa: N802
        """Whether the run goes on without it, as drift, where the Hub no longer has it."""

    def fetch(self, hub: Hub, tally: Tally, /) -> Read[Any]:
        """Return the answer."""

    def rows(self, source_result: SourceResult, read: Any, /) -> None:
        """Add the answer's rows to the source_result."""


def crawl_overall(source: Overall, hub: Hub, progress: Progress) -> SourceResult:
    """Return the answer of a source of all providers."""
    source_result = SourceResult(source.NAME)

    def work() -> None:
        try:
            read = source.fetch(hub, source_result.tally)
        except HubNotFound:
            if not source.MAY_BE_GONE:
                raise
            source_result.result = "skipped"
            source_result.drift["the page is gone"] += 1
            return
        source.rows(source_result, read)
        source_result.note(read.problems, read.drift)

    return guarded(source_result, progress, work)


OVERALL: tuple[Overall, ...] = (router, inference_page, endpoints)
"""The sources of all providers, one request each."""


def crawl(
    hub: Hub,
    providers: Iterable[str],
    progress: Progress,
    *,
    discover: bool = True,
    commits: Mapping[str, str | None] | None = None,
    with_token: bool = False,
    asked_to: str | None = None,
    waiting_files: Collection[str] = (),
    refused_files: Collection[str] = (),
) -> list[SourceResult]:
    """Ask every source and return the answers, in a fixed order.

    Args:
        hub: The client.
        providers: Provider ids to start with, the largest first where sizes are known.
        progress: Hears how it goes.
        discover: Whether providers met in mappings are crawled too.
        commits: The commit at which each model's config.json was last read.
        with_token: Whether gated models may be asked for.
        asked_to: The last model that the previous run asked for among those that no list has.
        waiting_files: Models whose config.json the server refused recently: not requested.
        refused_files: Models whose config.json it refused some time ago: requested last.
    """
    waiting = list(dict.fromkeys(providers))
    crawled: set[str] = set()
    source_results: list[SourceResult] = []
    met: set[str] = set()
    known: dict[str, Row] = {}
    with ThreadPoolExecutor(max_workers=CHAINS) as threads:
        overall = [threads.submit(crawl_overall, source, hub, progress) for source in OVERALL]
        while waiting:
            crawled.update(waiting)
            wave = [threads.submit(crawl_provider, hub, provider, progress, known) for provider in waiting]
            source_results += [source_result for future in wave for source_result in future.result()]
            source_results += [future.result() for future in overall]
            overall = []
            met = set().union(*(source_result.seen_providers for source_result in source_results)) - crawled
            room = max(0, MAX_PROVIDERS - len(crawled))
            waiting = sorted(filter(PROVIDER_ID.fullmatch, met))[:room] if discover else []
    if discover:
        report_left_out(source_results, met)
    if asked := lacking(source_results):
        source_results.append(crawl_models(hub, asked, progress, after=asked_to))
    if moved := [row for row in changed(source_results, commits or {}) if row["model_id"] not in waiting_files]:
        source_results.append(crawl_architectures(hub, moved, progress, with_token=with_token, refused=refused_files))
    return sorted(source_results, key=lambda source_result: (source_result.source, source_result.provider))


def report_left_out(source_results: Iterable[SourceResult], met: set[str]) -> None:
    """Count the providers that are not crawled (no valid ids, or too many), with each source that named them."""
    for source_result in source_results:
        left = sorted(source_result.seen_providers & met)
        source_result.seen_providers -= met
        if left:
            source_result.drift["providers not asked for"] += len(left)
            for provider in left[:EXAMPLES]:
                source_result.drift[f"provider not asked for: {provider}"] += 1
