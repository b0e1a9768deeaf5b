"""One run: crawl, judge, assemble, check, publish. What the schedule calls, and `make run`.

Nothing is published unless all of it may be; what was published before stays as it was.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.database import FILE as CATALOG
from hf_providers.catalog.schema import CHANGES, TABLES
from hf_providers.hub import Hub, Settings, Tally
from pipeline import registry
from pipeline.assemble import hosting_tables, tables
from pipeline.assemble.offers import Previous, assemble, key
from pipeline.crawl.crawler import Progress, crawl
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import hub_list
from pipeline.deploy import state
from pipeline.history import offer_dates
from pipeline.history.record import caught_up, record
from pipeline.publish import catalog_build, dataset, derive, versions
from pipeline.publish.checks import Healthy, Verdict, judge, sql_checks
from pipeline.publish.freshness import unasked

RUN_DEADLINE_S = 45 * 60
CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far this machine's clock may be from the Hub's."""


class Exit(IntEnum):
    """How a run ended, as the process says it."""

    COMPLETE = 0
    NOTHING_PUBLISHED = 1
    USAGE = 2
    PARTIAL = 4


class RunError(Exception):
    """Why nothing was published, in one line, and in `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class OlderError(RunError):
    """What was observed is older than what stands published."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did: how it ended, what it published, and what a person should hear of it."""

    exit: Exit
    manifest: dataset.Manifest
    source_results: list[SourceResult]
    verdict: Verdict
    since: datetime | None
    """When the dataset was last checked before this run: what changed is what changed since then."""


def run(
    out: Path,
    settings: Settings,
    progress: Progress,
    *,
    observed_at: datetime | None = None,
    providers: Sequence[str] = (),
    accept_drop: bool = False,
    provenance: Sequence[dataset.Provenance] = (),
    require_state: bool = False,
) -> Result:
    """Crawl the Hub and publish what it says into the dataset folder `out`.

    Args:
        out: The dataset folder; made if it is not there.
        settings: The Hub's address and token.
        progress: Hears how the crawl goes.
        observed_at: The time of what is observed; by default what a replay says of its facts, else now.
        providers: Crawl only these; the others keep their rows as they are.
        accept_drop: Publish although listings dropped.
        provenance: Where the facts come from, if not from the live Hub.
        require_state: Refuse a folder without a dataset, unless `fetch-state` found that none was ever published.

    Raises:
        RunError, DatasetError, HubError: nothing was published; what was there stays.
    """
    with versions.lock(out), gc_paused():
        last = dataset.load(out)
        if require_state and last is None:
            state.refuse_unless_first(out)
        if last is not None:
            state.refuse_without_archive(last)
        before = healthy(last)
        order = providers or starting_order(before)
        with Hub(settings, deadline_s=RUN_DEADLINE_S) as hub:
            source_results = crawl(
                hub,
                order,
                progress,
                discover=not providers,
                commits=hosting_tables.commits(last),
                with_token=settings.token is not None,
            )
            origin, moment = hub.origin, observed_at or replayed_at(hub) or clock(hub)
        refuse_if_nothing(source_results, settings)
        refuse_if_older(last, moment)
        verdict = judge(listing_sizes(source_results), before, moment, accept_drop=accept_drop)
        if verdict.refused:
            raise RunError(
                f"nothing published: {verdict.refused}",
                "look at the errors above; if it is true, run again with --accept-drop",
            )
        content = assemble_tables(source_results, verdict, last, moment)
        if findings := sql_checks(content):
            raise RunError(f"nothing published: {'; '.join(findings)}", "mend the rows or the check, then run again")
        failed = bool(verdict.stale) or any(source_result.result == "failed" for source_result in source_results)
        sources = freshness(source_results, verdict, last, moment)
        outcome = versions.Outcome(
            result="partial" if failed or unasked(sources, moment) else "complete",
            checked_at=moment,
            origin=origin,
            accepted_drop=verdict.accepted_drop,
            sources=sources,
            runs=run_rows(source_results, verdict, moment, origin),
            provenance=dataset.unique(*(last.manifest.provenance if last else ()), *provenance),
        )
        checked = last.manifest.checked_at if last else None
        manifest = versions.publish(out, content, outcome, build=catalog_builder(outcome, checked))
        state.no_longer_first(out)
    return Result(Exit.PARTIAL if failed else Exit.COMPLETE, manifest, source_results, verdict, checked)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Switch the cycle collector off: a run makes millions of values and no cycles, and it would keep walking them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def catalog_builder(outcome: versions.Outcome, since: datetime | None = None) -> versions.Build:
    """Return what writes the catalog of a version and its derived files.

    Args:
        outcome: When the facts of the version were observed, and where they come from.
        since: When the version before it was last checked: what changed is what changed since then.
    """

    def build(content: dict[str, pa.Table], folder: Path) -> None:
        derived = derive.derive(content)
        derive.write(derived, folder, outcome.checked_at, since)
        meta = {
            "version": tables.content_hash(content),
            "checked_at": f"{outcome.checked_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "origin": outcome.origin,
            "result": outcome.result,
        }
        catalog_build.build(content | {CHANGES.name: derived[CHANGES.name]}, folder / CATALOG, meta)

    return build


def clock(hub: Hub) -> datetime:
    """Return what time it is, as this machine says and the Hub does not deny.

    A history can be added to at its end alone: a run whose clock is ahead would shut out all the runs until then.
    """
    now = datetime.now(UTC)
    if hub.date is not None and abs(now - hub.date) > CLOCK_TOLERANCE:
        raise RunError(
            f"nothing published: this machine's clock says {now:%Y-%m-%d %H:%M} UTC,"
            f" {hub.origin} says {hub.date:%Y-%m-%d %H:%M}",
            "set the clock, then run again",
        )
    return now


def replayed_at(hub: Hub) -> datetime | None:
    """Return when the facts of a replay were observed, as it says; a run against one never pretends to be fresh."""
    if not hub.replayed_at:
        return None
    try:
        moment = datetime.fromisoformat(hub.replayed_at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RunError(
            f"the replay says that it was observed at {hub.replayed_at!r}", "replay facts with a time in UTC"
        )
    return moment


def starting_order(before: dict[str, Healthy]) -> list[str]:
    """Return every known provider, the one with the longest listing first, so that its chain is not waited for last."""
    known = set(registry.providers()) | set(before)
    return sorted(known, key=lambda provider: (-before[provider].listed_offers if provider in before else 0, provider))


def healthy(last: dataset.Dataset | None) -> dict[str, Healthy]:
    """Return the last healthy listing of each provider, as the last manifest has it."""
    if last is None:
        return {}
    return {
        source.provider: Healthy(source.listed_offers, source.low_since)
        for source in last.manifest.sources
        if source.source == hub_list.NAME and source.listed_offers is not None
    }


def refuse_if_nothing(source_results: Iterable[SourceResult], settings: Settings) -> None:
    """Raise where every listing failed, with the first reason."""
    listings = [source_result for source_result in source_results if source_result.source == hub_list.NAME]
    if all(source_result.result == "failed" for source_result in listings):
        first = listings[0]
        hint = first.hint or f"check that {settings.endpoint} can be reached, then run again"
        raise RunError(f"nothing published: {first.error}", hint)


def refuse_if_older(last: dataset.Dataset | None, moment: datetime) -> None:
    """Raise where the dataset already holds a later observation: `latest` never goes back."""
    if last is not None and moment < last.manifest.checked_at:
        raise OlderError(
            f"nothing published: {last.root} was observed at {last.manifest.checked_at.isoformat()},"
            f" later than {moment.isoformat()}",
            "give a later --observed-at or another --out",
        )


def listing_sizes(source_results: Iterable[SourceResult]) -> dict[str, int | None]:
    """Return how many offers each asked provider listed; None where the listing failed."""
    return {
        source_result.provider: len({key(offer) for offer in source_result.offers})
        if source_result.result == "ok"
        else None
        for source_result in source_results
        if source_result.source == hub_list.NAME
    }


def assemble_tables(
    source_results: list[SourceResult], verdict: Verdict, last: dataset.Dataset | None, moment: datetime
) -> dict[str, pa.Table]:
    """Return every table of this run, from what was harvested and what was published last."""
    content = current_tables(source_results, verdict, last, moment)
    recorded = record(caught_up(last), content["offers"], verdict.good, moment)
    offers = offer_dates.first_seen(content["offers"], recorded)
    return content | recorded | {"offers": offers} | hosting_tables.tables_beside(source_results, last, moment)


def current_tables(
    source_results: list[SourceResult], verdict: Verdict, last: dataset.Dataset | None, moment: datetime
) -> dict[str, pa.Table]:
    """Return the tables that say what is now, all but the histories. The rows they were made of are many: gone then."""
    rows = assemble(
        source_results,
        registry.providers(),
        previous_rows(last, {model_id for source_result in source_results for model_id in source_result.models}),
        good=verdict.good,
        stale=set(verdict.stale),
        observed_at=moment,
    )
    rows["quarantine"] = quarantine_rows(source_results, moment)
    return {name: tables.from_rows(TABLES[name], found) for name, found in rows.items()}


def previous_rows(last: dataset.Dataset | None, met: set[str]) -> Previous:
    """Return the last published rows, keyed as the assembler wants them; of models only those not `met` again."""
    if last is None:
        return Previous()
    known = last.table("models")
    unmet = known.filter(pc.invert(pc.is_in(known["model_id"], pa.array(met, pa.string()))))
    models, offers, providers = map(tables.to_rows, (unmet, last.table("offers"), last.table("providers")))
    return Previous(
        {row["model_id"]: row for row in models},
        {key(row): row for row in offers},
        {row["provider"]: row for row in providers},
    )


def quarantine_rows(source_results: Iterable[SourceResult], moment: datetime) -> list[Row]:
    """Return one row a record or field that could not be read; the first where one stands twice."""
    rows: dict[tuple[str, ...], Row] = {}
    for source_result in source_results:
        for problem in source_result.problems:
            row = {
                "source": source_result.source,
                "provider": source_result.provider,
                "record_id": problem.record_id,
                "field": problem.field,
                "reason": problem.reason,
                "sample": problem.sample,
                "observed_at": moment,
            }
            rows.setdefault((source_result.source, source_result.provider, problem.record_id, problem.field), row)
    return list(rows.values())


def run_rows(source_results: Iterable[SourceResult], verdict: Verdict, moment: datetime, origin: str) -> list[Row]:
    """Return one row a source and provider: what was asked and how it went."""
    return [
        {
            "run_at": moment,
            "source": source_result.source,
            "provider": source_result.provider,
            "result": outcome(source_result, verdict),
            "requests": source_result.tally.requests,
            "bytes": source_result.tally.bytes,
            "records": source_result.records,
            "quarantined": len(source_result.problems),
            "duration_ms": duration_ms(source_result.tally),
            "error": source_result.error
            or (verdict.stale.get(source_result.provider) if source_result.source == hub_list.NAME else None),
            "drift": [f"{what} ×{count}" for what, count in sorted(source_result.drift.items())] or None,
            "origin": origin,
        }
        for source_result in source_results
    ]


def duration_ms(tally: Tally) -> int:
    """Return the milliseconds from the first request to the last answer; 0 where nothing was asked."""
    return 0 if tally.started is None or tally.ended is None else round((tally.ended - tally.started) * 1000)


def outcome(source_result: SourceResult, verdict: Verdict) -> str:
    """Return ok, failed, skipped, or stale for a listing that came but is not taken."""
    dropped = source_result.source == hub_list.NAME and source_result.provider in verdict.stale
    return "stale" if dropped and source_result.result == "ok" else source_result.result


def freshness(
    source_results: Iterable[SourceResult], verdict: Verdict, last: dataset.Dataset | None, moment: datetime
) -> tuple[dataset.Source, ...]:
    """Return how fresh each source is: of this run, and of the last one for what was not asked or failed."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    if last is not None:
        known = {(s.source, s.provider): s.model_dump() for s in last.manifest.sources}
    for source_result in source_results:
        result = outcome(source_result, verdict)
        place = source_result.source, source_result.provider
        was = known.get(place, {"observed_at": None})
        size = verdict.healthy.get(source_result.provider) if source_result.source == hub_list.NAME else None
        known[place] = {
            "source": source_result.source,
            "provider": source_result.provider,
            "result": result,
            "observed_at": (source_result.observed_at or moment) if result == "ok" else was["observed_at"],
            "listed_offers": size.listed_offers if size else None,
            "low_since": size.low_since if size else None,
        }
    return tuple(dataset.Source(**known[place]) for place in sorted(known))
