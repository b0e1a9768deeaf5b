"""One run: crawl, judge, assemble, check, publish. The schedule calls it, and so does `make run`.

A run publishes everything or nothing; where it publishes nothing, the last dataset stays as it is.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

import pyarrow as pa

from hf_providers.catalog.columns import Table
from hf_providers.catalog.hosting_schema import ARCHITECTURES
from hf_providers.catalog.schema import CHANGES
from hf_providers.hub import Hub, Settings
from hf_providers.hub.kept_answers import KeptAnswers
from pipeline import registry
from pipeline.assemble import hosting_tables, tables
from pipeline.assemble.current_tables import current_tables
from pipeline.assemble.jumps import Jumps
from pipeline.assemble.known_sizes import (
    comparable,
    healthy,
    healthy_others,
    held_before,
    listing_sizes,
    memories,
    observed_at_once,
    other_sizes,
    other_surges,
    sighted_before,
    surging_before,
)
from pipeline.assemble.run_observed import observed_in
from pipeline.assemble.run_state import RunState
from pipeline.assemble.run_time import observation_time, refuse_if_future, refuse_if_older
from pipeline.assemble.surges import Surges
from pipeline.crawl import kept_file
from pipeline.crawl.crawler import Progress, crawl
from pipeline.crawl.source_result import SourceResult
from pipeline.crawl.sources import architectures, hub_list, hub_model
from pipeline.deploy import state as deployed
from pipeline.errors import OlderError, RunError
from pipeline.history import offer_dates
from pipeline.history.provider_ends import with_ends
from pipeline.history.record import caught_up, record
from pipeline.publish import answers, dataset, versions
from pipeline.publish.checks import sql_checks
from pipeline.publish.derive import builders
from pipeline.publish.freshness import unasked
from pipeline.publish.judge import Healthy, Verdict, judge, judge_others
from pipeline.publish.run_record import REFUSED_FOR, freshness, refused_lately, run_rows

__all__ = ["Exit", "OlderError", "Result", "RunError", "run"]

RUN_DEADLINE_S = 25 * 60


class Exit(IntEnum):
    """How a run ended: the process's exit code."""

    COMPLETE = 0
    NOTHING_PUBLISHED = 1
    USAGE = 2
    PARTIAL = 4


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended, what it published, and what a person should know about it."""

    exit: Exit
    manifest: dataset.Manifest
    source_results: list[SourceResult]
    verdict: Verdict
    state: RunState
    changes_before: pa.Table | None
    """The changes that were published before this run."""
    checked_before: datetime | None
    """When the dataset was last checked before this run; None for a first run."""


def run(
    out: Path,
    settings: Settings,
    progress: Progress,
    *,
    observed_at: datetime | None = None,
    providers: Sequence[str] = (),
    accept_drop: bool = False,
    provenance: Sequence[dataset.Provenance] = (),
    accept_jump: bool = False,
    require_state: bool = False,
    force: bool = False,
) -> Result:
    """Crawl the Hub and publish what it says into the dataset folder `out`.

    Args:
        out: The dataset folder; made if it is not there.
        settings: The Hub's address and token.
        progress: Shows how the crawl goes.
        observed_at: When the facts were observed; by default what a replay says of its facts, else now.
        providers: Crawl only these; the others keep their rows as they are.
        accept_drop: Publish although listings dropped.
        accept_jump: Publish prices, speeds and surges although they moved implausibly far.
        provenance: The source of the facts, if not the live Hub.
        require_state: Refuse a folder without a dataset, unless `fetch-state` found that none was ever published.
        force: Accept dates later than this machine's clock, which is known to be slow.

    Raises:
        RunError, DatasetError, HubError: nothing was published; the last dataset stays.
    """
    share_one_allocator()
    with versions.lock(out), gc_paused():
        last = last_published(out, require_state=require_state, force=force)
        now = observed_at or datetime.now(UTC)
        with Hub(settings, deadline_s=RUN_DEADLINE_S, kept=KeptAnswers(answers.load(last, now))) as hub:
            source_results = ask_sources(hub, settings, progress, last, providers, now)
            moment = observation_time(hub, observed_at, force=force)
            origin, left = hub.origin, kept_file.dump(hub.kept.had)
        release_freed()
        refuse_if_nothing(source_results, settings)
        refuse_if_older(last, moment)
        verdict = judge_answers(source_results, last, moment, accept_drop=accept_drop, accept_jump=accept_jump)
        discard_small_answers(source_results, verdict)
        state = run_state(source_results, verdict, last, moment, origin, accept_jump=accept_jump)
        content = all_tables(state)
        release_freed()
        refuse_bad_rows(content)
        release_freed()
        outcome = outcome_of(state, provenance)
        changes_before = derived_table(last, CHANGES) if last else None
        checked_before = last.manifest.checked_at if last else None
        derived = builders(outcome, checked_before, changes_before)
        manifest = versions.publish(out, content, outcome, **derived, answers=left)
        deployed.no_longer_first(out)
    ended = Exit.PARTIAL if state.failed else Exit.COMPLETE
    return Result(ended, manifest, source_results, verdict, state, changes_before, checked_before)


def derived_table(last: dataset.Dataset, table: Table) -> pa.Table | None:
    """Return a derived table as it was last published; None where it was not."""
    paths = last.paths(table.name)
    return tables.read(paths[0], table) if paths else None


def unknown_column_warnings(last: dataset.Dataset | None) -> list[str]:
    """Return warnings about columns of the last dataset that a newer release added: this one leaves them out."""
    return [
        f"{table} has columns of a newer release, which are left out: {', '.join(columns)}"
        for table, columns in (last.unknown_columns() if last else {}).items()
    ]


def last_published(out: Path, *, require_state: bool, force: bool) -> dataset.Dataset | None:
    """Return the dataset that this run continues, or None where this may be the first run.

    Raises:
        RunError: it is dated later than this machine's clock, and `force` is not set.
    """
    last = dataset.load(out)
    if require_state and last is None:
        deployed.refuse_unless_first(out)
    if last is not None:
        deployed.refuse_without_archive(last)
        refuse_if_future(str(last.root), last.manifest.checked_at, force=force)
    return last


def ask_sources(
    hub: Hub,
    settings: Settings,
    progress: Progress,
    last: dataset.Dataset | None,
    providers: Sequence[str],
    now: datetime,
) -> list[SourceResult]:
    """Return the answer of every source; of `providers` alone where some are named."""
    memory = memories(last)
    refused = memory.get((architectures.NAME, ""), dataset.Memory()).refused_files
    return crawl(
        hub,
        providers or starting_order(healthy(last)),
        progress,
        discover=not providers,
        commits=hosting_tables.commits(last),
        with_token=settings.token is not None,
        asked_to=memory.get((hub_model.NAME, ""), dataset.Memory()).asked_to,
        waiting_files=refused_lately(refused, now, REFUSED_FOR),
        refused_files=refused,
    )


def judge_answers(
    source_results: list[SourceResult],
    last: dataset.Dataset | None,
    moment: datetime,
    *,
    accept_drop: bool,
    accept_jump: bool,
) -> Verdict:
    """Return which answers are accepted.

    Raises:
        RunError: too much is missing for anything to be published.
    """
    refusing = [r.provider for r in source_results if r.source == hub_list.NAME and r.refused]
    verdict = judge(
        listing_sizes(source_results),
        healthy(last),
        moment,
        accept_drop=accept_drop,
        accept_jump=accept_jump,
        refusing=refusing,
        other_surges=other_surges(source_results, last),
    )
    if verdict.refused:
        raise RunError(
            f"nothing published: {verdict.refused}",
            "look at the errors above; if the listings really shrank, run again with --accept-drop",
        )
    judge_others(verdict, other_sizes(source_results), healthy_others(last), moment, accept_drop=accept_drop)
    verdict.keep_first(observed_at_once(last, moment), healthy(last), moment)
    return verdict


def discard_small_answers(source_results: list[SourceResult], verdict: Verdict) -> None:
    """Empty the answers that are implausibly small, and mark them stale: the values that they stated last are kept."""
    for result in source_results:
        reason = verdict.small.get((result.source, result.provider))
        if reason is not None:
            result.result, result.error = "stale", reason
            result.offers, result.rows, result.complete = [], [], frozenset()


def run_state(
    source_results: list[SourceResult],
    verdict: Verdict,
    last: dataset.Dataset | None,
    moment: datetime,
    origin: str,
    *,
    accept_jump: bool,
) -> RunState:
    """Return the state that the rest of the run works on."""
    verdict.warnings += unknown_column_warnings(last)
    jumps = Jumps(moment, comparable(last, moment), held_before(last), sighted_before(last), accept_jump)
    surges = Surges(verdict.surged, verdict.accepted_surge, surging_before(last))
    return RunState(source_results, verdict, last, moment, origin, jumps, surges)


def all_tables(state: RunState) -> dict[str, pa.Table]:
    """Return every table of this run, from the answers and from what was published last."""
    hosting = hosting_tables.hosting_tables(state.source_results, state.last, state.moment)
    content = current_tables(state, tables.to_rows(hosting[ARCHITECTURES.name]))
    release_freed()
    observed = observed_in(state, content["offers"])
    recorded = record(caught_up(state.last), content["offers"], state.verdict.good, state.moment, observed)
    offers = offer_dates.first_seen(content["offers"], recorded)
    providers = with_ends(content["providers"], recorded["status_history"])
    return content | recorded | {"offers": offers, "providers": providers} | hosting


def refuse_bad_rows(content: Mapping[str, pa.Table]) -> None:
    """Raise where a check of `queries/checks` selects rows."""
    if findings := sql_checks(content):
        raise RunError(f"nothing published: {'; '.join(findings)}", "fix the rows or the check, then run again")


def outcome_of(state: RunState, provenance: Sequence[dataset.Provenance]) -> versions.Outcome:
    """Return what the manifest says about this run."""
    sources = freshness(state)
    return versions.Outcome(
        result="partial" if state.failed or unasked(sources, state.moment) else "complete",
        checked_at=state.moment,
        origin=state.origin,
        accepted_drop=state.verdict.accepted_drop,
        sources=sources,
        runs=run_rows(state),
        provenance=dataset.unique(*(state.last.manifest.provenance if state.last else ()), *provenance),
    )


@contextmanager
def gc_paused() -> Iterator[None]:
    """Switch the cycle collector off: a run makes millions of values and no cycles, and it would scan them all."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def starting_order(before: dict[str, Healthy]) -> list[str]:
    """Return every known provider, the longest listing first, so that the run does not end waiting for its pages.

    A provider that is neither registered nor lists anything is asked again only where an offer names it: otherwise
    made-up providers would be requested in every run.
    """
    listed = {provider: one.listed_offers for provider, one in before.items()}
    known = set(registry.providers()) | {provider for provider, count in listed.items() if count}
    return sorted(known, key=lambda provider: (-listed.get(provider, 0), provider))


def refuse_if_nothing(source_results: Iterable[SourceResult], settings: Settings) -> None:
    """Raise where every listing failed, with the first reason."""
    listings = [source_result for source_result in source_results if source_result.source == hub_list.NAME]
    if all(source_result.result == "failed" for source_result in listings):
        first = listings[0]
        hint = first.hint or f"check that {settings.endpoint} can be reached, then run again"
        raise RunError(f"nothing published: {first.error}", hint)


def share_one_allocator() -> None:
    """Let Arrow take its memory from the C library, so that `release_freed` returns what Arrow has freed, too."""
    pa.set_memory_pool(pa.system_memory_pool())


def release_freed() -> None:
    """Return freed memory to the system.

    The C library keeps what a thread of the crawl has freed for that thread alone: the stages after it would come on
    top. Where the C library is another one, nothing is done.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
