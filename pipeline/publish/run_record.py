"""What is published about a run itself: a row a source in `runs`, and in the manifest how fresh each source is."""

from __future__ import annotations

from typing import Any

from hf_providers.hub import Tally
from pipeline.assemble.run_state import RunState
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import hub_list
from pipeline.publish.dataset import Source


def run_rows(state: RunState) -> list[Row]:
    """Return one row a source and provider: what was asked and how it went."""
    return [_run_row(state, result) for result in state.source_results]


def _run_row(state: RunState, result: SourceResult) -> Row:
    reason = state.verdict.stale.get(result.provider) if result.source == hub_list.NAME else None
    return {
        "run_at": state.moment,
        "source": result.source,
        "provider": result.provider,
        "result": state.result_of(result),
        "requests": result.tally.requests,
        "bytes": result.tally.bytes,
        "records": result.records,
        "quarantined": len(result.problems),
        "duration_ms": duration_ms(result.tally),
        "error": result.error or reason,
        "drift": [f"{what} ×{count}" for what, count in sorted(result.drift.items())] or None,
        "origin": state.origin,
    }


def duration_ms(tally: Tally) -> int:
    """Return the milliseconds from the first request to the last answer; 0 where nothing was asked."""
    return 0 if tally.started is None or tally.ended is None else round((tally.ended - tally.started) * 1000)


def freshness(state: RunState) -> tuple[Source, ...]:
    """Return how fresh each source is: of this run, and of the last one for what was not asked or failed."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    if state.last is not None:
        known = {(s.source, s.provider): s.model_dump() for s in state.last.manifest.sources}
    for result in state.source_results:
        at = result.source, result.provider
        known[at] = _fresh(state, result, known.get(at, {"observed_at": None}))
    return tuple(Source(**known[at]) for at in sorted(known))


def _fresh(state: RunState, result: SourceResult, before: dict[str, Any]) -> dict[str, Any]:
    size = state.verdict.healthy.get(result.provider) if result.source == hub_list.NAME else None
    ended = state.result_of(result)
    return {
        "source": result.source,
        "provider": result.provider,
        "result": ended,
        "observed_at": (result.observed_at or state.moment) if ended == "ok" else before["observed_at"],
        "listed_offers": size.listed_offers if size else None,
        "low_since": size.low_since if size else None,
    }
