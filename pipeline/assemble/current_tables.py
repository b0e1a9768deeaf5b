"""The tables that say what is now: of this run's answers, and of what was published before."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.schema import TABLES
from pipeline import registry
from pipeline.assemble import parameters, tables
from pipeline.assemble.offers import Previous, assemble, key
from pipeline.assemble.run_state import RunState
from pipeline.crawl.source_result import Row
from pipeline.history import offer_dates
from pipeline.publish.dataset import Dataset


def current_tables(state: RunState, architectures: list[Row]) -> dict[str, pa.Table]:
    """Return the tables of models, offers, providers, price conflicts and what could not be read.

    The rows that they are made of are many; they are gone when this returns.

    Args:
        state: What the run knows.
        architectures: The rows of `architectures`: what config.json says of the models' parameters.
    """
    rows = assemble(
        state.source_results,
        registry.providers(),
        previous_rows(state.last, {model_id for result in state.source_results for model_id in result.models}),
        good=state.verdict.good,
        stale=set(state.verdict.stale),
        observed_at=state.moment,
    )
    rows["models"] = parameters.judge(rows["models"], architectures)
    rows["quarantine"] = quarantine_rows(state)
    return {name: tables.from_rows(TABLES[name], found) for name, found in rows.items()}


def previous_rows(last: Dataset | None, met: set[str]) -> Previous:
    """Return the last published rows, keyed as the assembler wants them; of models only those not `met` again."""
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
    )


def quarantine_rows(state: RunState) -> list[Row]:
    """Return one row a record or field that could not be read; the first where one stands twice."""
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
