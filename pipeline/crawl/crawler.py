"""Ask every source once: which requests, in which order, how many at a time.

The listings run side by side, one chain of pages a provider; the client keeps them to four requests at a time. A
provider's registrations are asked for when its listing has come, and not where it lists nothing: then they would be of
no use. Large pages are read in processes of their own: reading holds the interpreter's lock, and requests that wait
for it kept their connections idle for a third of the time. Providers are discovered while crawling: one met in any
mapping is crawled in the next wave. This is the one place where an exception of a source stops at that source.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from threading import Lock
from typing import Protocol, Self

from hf_providers.errors import HubBadAnswer, HubError, HubNotFound, HubRefused
from hf_providers.hub import Hub, Tally
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import architectures, endpoints, hub_list, hub_model, inference_page, partner, router

CHAINS = 8
"""Listings under way at a time: some more than requests, so that a connection does not wait for a reader."""
READERS = 2
LARGE_PAGE_BYTES = 512 * 1024
"""From here on it pays to hand a page to another process."""
MAX_PROVIDERS = 200
MAX_SINGLE_MODELS = 100
MAX_CONFIGS = 300
"""Files read in one run: the first run of all would ask for thousands, so that it takes several to read them."""
CONFIGS_AT_ONCE = 4
PROVIDER_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Progress(Protocol):
    """Hears how the crawl goes: a terminal's bar, or a line a provider."""

    def started(self, source: str, provider: str) -> None:
        """A source has begun."""

    def advanced(self, source: str, provider: str, records: int) -> None:
        """Some more records of a source have been read."""

    def finished(self, source_result: SourceResult) -> None:
        """A source is done, well or not."""


def _guarded(source_result: SourceResult, progress: Progress, work: Callable[[], None]) -> SourceResult:
    """Run one source's work; whatever it raises fails this source alone."""
    progress.started(source_result.source, source_result.provider)
    try:
        work()
    except HubError as error:
        source_result.result, source_result.error, source_result.hint = "failed", str(error), error.hint
    except Exception as error:  # noqa: BLE001 one source's surprise must not hold back the others
        source_result.result, source_result.error = "failed", f"{type(error).__name__}: {error}"[:300]
    progress.finished(source_result)
    return source_result


def read_or_none(provider: str, body: bytes) -> SourceResult | None:
    """Return what a page of a listing says, None where it can't be read: an error may not survive the way back."""
    try:
        return hub_list.page(provider, body)
    except HubBadAnswer:
        return None


class Readers:
    """Reads the pages of listings: large ones in processes, which are started by the first of them."""

    def __init__(self) -> None:
        # An interrupt is the business of the process that waits for these.
        ignore = (signal.SIGINT, signal.SIG_IGN)
        self._processes = ProcessPoolExecutor(READERS, get_context("spawn"), signal.signal, ignore)
        self._lock = Lock()
        self._started: list[Future[SourceResult | None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.shutdown(cancel_futures=True)

    def read(self, provider: str, body: bytes) -> SourceResult:
        """Return what a page says.

        Raises:
            HubBadAnswer: the body is not a JSON list.
        """
        found = None
        # The system may end a process when memory is short: then the page is read here.
        with suppress(BrokenExecutor):
            if len(body) >= LARGE_PAGE_BYTES and self._ready():
                found = self._processes.submit(read_or_none, provider, body).result()
        return found or hub_list.page(provider, body)

    def _ready(self) -> bool:
        """Start the processes, and return whether they are up: nobody waits for that."""
        with self._lock:
            self._started = self._started or [self._processes.submit(read_or_none, "", b"[]") for _ in range(READERS)]
        return all(start.done() for start in self._started)


def crawl_listing(hub: Hub, provider: str, progress: Progress, readers: Readers) -> SourceResult:
    """Return a provider's whole listing; a failed one holds what was read before it failed."""
    source_result = SourceResult(hub_list.NAME, provider)

    def work() -> None:
        for page in hub_list.fetch(hub, provider, source_result.tally, partial(readers.read, provider)):
            source_result.add(page)
            progress.advanced(source_result.source, provider, source_result.records)

    return _guarded(source_result, progress, work)


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

    return _guarded(source_result, progress, work)


def crawl_provider(hub: Hub, provider: str, progress: Progress, readers: Readers) -> list[SourceResult]:
    """Return a provider's listing, and its registrations where it lists anything."""
    listing = crawl_listing(hub, provider, progress, readers)
    taken = listing.result == "ok" and listing.records
    return [listing, crawl_partner(hub, provider, progress)] if taken else [listing]


def crawl_router(hub: Hub, progress: Progress) -> SourceResult:
    """Return the router's offers."""
    source_result = SourceResult(router.NAME)

    def work() -> None:
        read = router.fetch(hub, source_result.tally)
        router.rows(source_result, read.records)
        source_result.note(read.problems, read.drift)

    return _guarded(source_result, progress, work)


def crawl_inference_page(hub: Hub, progress: Progress) -> SourceResult:
    """Return the inference page's offers; a page that is gone is drift, and the run goes on without it."""
    source_result = SourceResult(inference_page.NAME)

    def work() -> None:
        try:
            read = inference_page.fetch(hub, source_result.tally)
        except HubNotFound:
            source_result.result = "skipped"
            source_result.drift["the page is gone"] += 1
            return
        inference_page.rows(source_result, read.records)
        source_result.note(read.problems, read.drift)

    return _guarded(source_result, progress, work)


def crawl_models(hub: Hub, model_ids: Iterable[str], progress: Progress) -> SourceResult:
    """Return models that a list named without their mapping, one request each, bounded; a missing one is left out."""
    source_result = SourceResult(hub_model.NAME)

    def work() -> None:
        for model_id in sorted(model_ids)[:MAX_SINGLE_MODELS]:
            try:
                read = hub_model.fetch(hub, model_id, source_result.tally)
            except HubNotFound as error:
                source_result.drift[f"{model_id}: {error}"] += 1
                continue
            for model in read.records:
                hub_model.rows(source_result, model)
            source_result.note(read.problems, read.drift)

    return _guarded(source_result, progress, work)


def crawl_endpoints(hub: Hub, progress: Progress) -> SourceResult:
    """Return the instances that the documentation lists; a page that is gone is drift, and the run goes on."""
    source_result = SourceResult(endpoints.NAME)

    def work() -> None:
        try:
            read = endpoints.fetch(hub, source_result.tally)
        except HubNotFound:
            source_result.result = "skipped"
            source_result.drift["the page is gone"] += 1
            return
        source_result.rows, source_result.complete, source_result.observed_at = (
            read.records,
            read.complete,
            read.observed_at,
        )
        source_result.records = len(read.records)
        source_result.note(read.problems, read.drift)

    return _guarded(source_result, progress, work)


def crawl_architectures(hub: Hub, models: Sequence[Row], progress: Progress, *, with_token: bool) -> SourceResult:
    """Return what config.json says of models, one request each, bounded, the most used first.

    Gated ones are skipped and counted where there is no token, or where it is not let in.
    """
    source_result = SourceResult(architectures.NAME)
    closed = "gated: skipped"

    def work() -> None:
        open_ones = [row for row in models if with_token or row["gated"] in (None, "false")]
        if len(open_ones) < len(models):
            source_result.drift[closed] += len(models) - len(open_ones)
        wanted = sorted(open_ones, key=lambda row: (-(row["downloads"] or 0), row["model_id"]))[:MAX_CONFIGS]
        with ThreadPoolExecutor(max_workers=CONFIGS_AT_ONCE) as threads:
            read = threads.map(lambda row: _read_config(hub, row["model_id"], source_result.tally), wanted)
            for row, facts in zip(wanted, read, strict=True):
                if facts is None:
                    source_result.drift[closed] += 1
                    continue
                source_result.rows.append({"model_id": row["model_id"], "sha": row["sha"], **facts})
                source_result.records += 1

    return _guarded(source_result, progress, work)


def _read_config(hub: Hub, model_id: str, tally: Tally) -> Row | None:
    """Return what a model's config.json says; None where nobody is let in."""
    try:
        return architectures.fetch(hub, model_id, tally)
    except HubNotFound:
        return architectures.absent()
    except HubRefused:
        return None


def changed(source_results: Iterable[SourceResult], commits: Mapping[str, str | None]) -> list[Row]:
    """Return the listed chat models at another commit than the one whose config.json is known.

    A list that states no commit gives none: then nothing says that there is anything new to read.
    """
    rows: dict[str, Row] = {}
    for source_result in source_results:
        if source_result.source == hub_list.NAME:
            listed = {offer["model_id"] for offer in source_result.offers if offer["task"] == CHAT_TASK}
            rows.update(
                (model_id, source_result.models[model_id]) for model_id in listed if model_id in source_result.models
            )
    return [row for model_id, row in rows.items() if row["sha"] is not None and row["sha"] != commits.get(model_id)]


def lacking(source_results: Iterable[SourceResult]) -> set[str]:
    """Return the ids of models that were named but not mapped: unmapped in a list, or known to the router alone."""
    listed: set[tuple[str, str]] = set()
    asked: set[str] = set()
    routed: list[tuple[str, str]] = []
    crawled: set[str] = set()
    for source_result in source_results:
        if source_result.source == hub_list.NAME and source_result.result == "ok":
            crawled.add(source_result.provider)
            asked |= source_result.unmapped
            listed.update((o["model_id"], o["provider"]) for o in source_result.offers if o["task"] == CHAT_TASK)
        elif source_result.source in (router.NAME, inference_page.NAME):
            routed.extend((o["model_id"], o["provider"]) for o in source_result.offers)
    return asked | {model for model, provider in routed if provider in crawled and (model, provider) not in listed}


OVERALL = (crawl_router, crawl_inference_page, crawl_endpoints)
"""The sources of no single provider, one request each."""


def crawl(
    hub: Hub,
    providers: Iterable[str],
    progress: Progress,
    *,
    discover: bool = True,
    commits: Mapping[str, str | None] | None = None,
    with_token: bool = False,
) -> list[SourceResult]:
    """Ask every source and return what each said, in a fixed order.

    Args:
        hub: The client.
        providers: Provider ids to begin with, the largest first where sizes are known.
        progress: Hears how it goes.
        discover: Whether providers met in mappings are crawled too.
        commits: The commit at which each model's config.json was read last.
        with_token: Whether gated models may be asked for.
    """
    waiting = list(dict.fromkeys(providers))
    crawled: set[str] = set()
    source_results: list[SourceResult] = []
    with Readers() as readers, ThreadPoolExecutor(max_workers=CHAINS) as threads:
        overall = [threads.submit(source, hub, progress) for source in OVERALL]
        while waiting:
            crawled.update(waiting)
            wave = [threads.submit(crawl_provider, hub, provider, progress, readers) for provider in waiting]
            source_results += [source_result for future in wave for source_result in future.result()]
            source_results += [future.result() for future in overall]
            overall = []
            met = set().union(*(source_result.seen_providers for source_result in source_results)) - crawled
            room = max(0, MAX_PROVIDERS - len(crawled))
            waiting = sorted(filter(PROVIDER_ID.fullmatch, met))[:room] if discover else []
    if asked := lacking(source_results):
        source_results.append(crawl_models(hub, asked, progress))
    if moved := changed(source_results, commits or {}):
        source_results.append(crawl_architectures(hub, moved, progress, with_token=with_token))
    return sorted(source_results, key=lambda source_result: (source_result.source, source_result.provider))
