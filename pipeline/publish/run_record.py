"""What is published about a run itself: a row a source in `runs`, and its freshness in the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict

from hf_providers.catalog.row_types import JsonObject
from hf_providers.hub import Tally
from pipeline.assemble.known_sizes import KEYS, OFFERS
from pipeline.assemble.run_state import RunState
from pipeline.crawl.source_result import RunResult, SourceResult
from pipeline.crawl.sources import architectures, hub_list, hub_model
from pipeline.publish.dataset import Memory, Source
from pipeline.publish.judge import Healthy

REFUSED_FOR: Final = timedelta(days=1)
"""For how long a file that the server refused is not requested again."""
REMEMBERED: Final = timedelta(days=30)
"""For how long it is then requested last."""
_SIZES: Final = ("looks", "low_looks", "refused_since", "refusals", "surged_since")


class RunRow(TypedDict):
    """What a run asked of a source and provider, and how it ended."""

    run_at: datetime
    source: str
    provider: str
    result: RunResult
    requests: int
    bytes: int
    unchanged: int | None
    records: int
    quarantined: int
    duration_ms: int
    error: str | None
    drift: list[str] | None
    origin: str


def run_rows(state: RunState) -> list[RunRow]:
    """Return one row for each source and provider: the requests and the result."""
    return [_run_row(state, result) for result in state.source_results]


def _run_row(state: RunState, result: SourceResult) -> RunRow:
    reason = state.verdict.stale.get(result.provider) if result.source == hub_list.NAME else None
    held = state.verdict.surged.get(result.provider) if result.source == hub_list.NAME else None
    return {
        "run_at": state.moment,
        "source": result.source,
        "provider": result.provider,
        "result": state.result_of(result),
        "requests": result.tally.requests,
        "bytes": result.tally.bytes,
        "unchanged": result.tally.unchanged,
        "records": result.records,
        "quarantined": len(result.problems),
        "duration_ms": duration_ms(result.tally),
        "error": result.error or reason or held,
        "drift": [f"{what} ×{count}" for what, count in sorted(result.drift.items())] or None,
        "origin": state.origin,
    }


def duration_ms(tally: Tally) -> int:
    """Return the milliseconds from the first request to the last answer; 0 without requests."""
    return 0 if tally.started is None or tally.ended is None else round((tally.ended - tally.started) * 1000)


def freshness(state: RunState) -> tuple[Source, ...]:
    """Return how fresh each source is: from this run, or the last one where it was not asked or failed."""
    known: dict[tuple[str, str], JsonObject] = {}
    if state.last is not None:
        known = {(s.source, s.provider): s.model_dump() for s in state.last.manifest.sources}
    for result in state.source_results:
        at = result.source, result.provider
        known[at] = _fresh(state, result, known.get(at, {"observed_at": None}))
    return tuple(Source(**known[at]) for at in sorted(known))


def _fresh(state: RunState, result: SourceResult, before: JsonObject) -> JsonObject:
    listing = result.source == hub_list.NAME
    size = state.verdict.healthy.get(result.provider) if listing else None
    ended = state.result_of(result)
    return {
        "source": result.source,
        "provider": result.provider,
        "result": ended,
        "observed_at": (result.observed_at or state.moment) if ended == "ok" else before["observed_at"],
        "listed_offers": size.listed_offers if size else None,
        "low_since": size.low_since if size else None,
        "memory": _memory(state, result, size, before.get("memory") or {}),
    }


def _memory(state: RunState, result: SourceResult, size: Healthy | None, before: JsonObject) -> Memory:
    """Return what the next run has to know of a source."""
    size = size or state.verdict.sizes.get((result.source, result.provider))
    sizes: JsonObject = {}
    if size is not None:
        sizes = {name: getattr(size, name) for name in _SIZES}
    if result.source == hub_list.NAME:
        sizes["held"] = {kind: since for (who, kind), since in state.jumps.held.items() if who == result.provider}
        sizes["sighted"] = _sighted(state, result.provider, before)
    elif size is not None:
        sizes["low_since"] = size.low_since
        sizes["healthy"] = size.listed_offers
    if result.source == hub_model.NAME:
        sizes["asked_to"] = result.asked_to or before.get("asked_to")
        sizes["renamed"] = known_names(before.get("renamed") or {}, result)
    if result.source == architectures.NAME:
        read = {row["model_id"] for row in result.rows}
        known = refused_lately(before.get("refused_files") or {}, state.moment, REMEMBERED)
        kept = {model_id: at for model_id, at in known.items() if model_id not in read}
        sizes["refused_files"] = kept | dict.fromkeys(sorted(result.refused_files), state.moment)
    return Memory(**sizes)


def _sighted(state: RunState, provider: str, before: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the digests of a provider's held values: from this run, or the last one where it was not listed now."""
    digests: dict[str, frozenset[str]] = {
        kind: seen for (who, kind), seen in state.jumps.sighted.items() if who == provider
    }
    size = state.verdict.healthy.get(provider)
    if size is not None and size.surged_since is not None:
        known = before.get("sighted") or {}
        for what, now in ((OFFERS, state.surges.sighted), (KEYS, state.surges.keys)):
            digests[what] = now.get(provider, frozenset(known.get(what, ())))
    return {what: tuple(sorted(seen)) for what, seen in digests.items()}


def known_names(before: Mapping[str, str], result: SourceResult) -> dict[str, str]:
    """Return the former ids: those redirected now, and the known ones of models that were not requested."""
    return {old: new for old, new in before.items() if old in result.waiting} | result.renamed


def refused_lately(refused: Mapping[str, datetime], moment: datetime, within: timedelta) -> dict[str, datetime]:
    """Return the files that the server refused within that time."""
    return {model_id: at for model_id, at in refused.items() if moment - at < within}
