"""The tables of the current state, from this run's answers and from what was published before."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.schema import OFFERS, TABLES
from pipeline import registry
from pipeline.assemble import parameters, tables
from pipeline.assemble.offers import assemble
from pipeline.assemble.routes import Previous, key
from pipeline.assemble.run_state import RunState
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import hub_model
from pipeline.history import offer_dates
from pipeline.publish.dataset import Dataset
from pipeline.publish.run_record import known_names


def current_tables(state: RunState, architectures: list[Row]) -> dict[str, pa.Table]:
    """Return the tables of models, offers, providers, price conflicts and what could not be read.

    A function of its own so that the many rows are freed when it returns.

    Args:
        state: The state of the run.
        architectures: The rows of `architectures`: what config.json says of the models' parameters.
    """
    assembled = assemble(
        without_ended(state),
        registry.providers(),
        previous_rows(state.last, {model_id for result in state.source_results for model_id in result.models}),
        good=state.verdict.good,
        stale=set(state.verdict.stale),
        observed_at=state.moment,
        jumps=state.jumps,
        surges=state.surges,
        renamed=former_ids(state),
    )
    rows: dict[str, Iterable[Row]] = {**assembled, "quarantine": quarantine_rows(state)}
    rows["models"] = parameters.judge(assembled.pop("models"), architectures)
    assembled.clear()
    return {name: tables.from_rows(TABLES[name], rows.pop(name)) for name in list(rows)}


def without_ended(state: RunState) -> list[SourceResult]:
    """Return the results without offers of providers that the Hub no longer knows."""
    for result in state.source_results if state.verdict.ended else ():
        result.offers = [offer for offer in result.offers if offer["provider"] not in state.verdict.ended]
    return state.source_results


def former_ids(state: RunState) -> dict[str, str]:
    """Return the former ids of models: from this run's redirects, or the last run's for models not requested now."""
    sources = state.last.manifest.sources if state.last else ()
    before = next(
        (source.memory.renamed for source in sources if source.source == hub_model.NAME and source.memory), {}
    )
    now = next((result for result in state.source_results if result.source == hub_model.NAME), None)
    return {} if now is None else known_names(before, now)


def previous_rows(last: Dataset | None, met: set[str]) -> Previous:
    """Return the last published rows by key; of models only those not `met` again."""
    if last is None:
        return Previous()
    known = last.table("models")
    unmet = known.filter(pc.invert(pc.is_in(known["model_id"], pa.array(met, pa.string()))))
    models, providers = map(tables.to_rows, (unmet, last.table("providers")))
    offers = offer_dates.caught_up(tables.to_rows(last.table("offers")), last.manifest)
    return Previous(
        {row["model_id"]: row for row in models},
        {key(row): row for row in offers},
        {row["provider"]: row for row in providers},
        frozenset(name for path in last.paths(OFFERS.name) for name in tables.lacking_columns(path, OFFERS)),
    )


def quarantine_rows(state: RunState) -> list[Row]:
    """Return one row for each record or field that could not be read; the first of several with one key."""
    rows: dict[tuple[str, ...], Row] = {}
    for result in state.source_results:
        for problem in result.problems:
            row = {
                "source": result.source,
                "provider": result.provider,
                "record_id": problem.record_id,
                "field": problem.field,
                "reason": problem.reason,
                "sample": problem.sample,
                "observed_at": state.moment,
            }
            rows.setdefault((result.source, result.provider, problem.record_id, problem.field), row)
    return list(rows.values())
