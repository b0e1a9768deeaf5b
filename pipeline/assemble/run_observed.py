"""What of a run was observed now, for its histories: from what failed, is held, is accepted, or ended before."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import ROUTE
from pipeline.assemble.jumps import Kind
from pipeline.assemble.prices import unanswered
from pipeline.assemble.run_state import RunState
from pipeline.history.observed import Observed
from pipeline.publish.dataset import Dataset


def observed_in(state: RunState, offers: pa.Table) -> Observed:
    """Return what of the run's offers was observed in it.

    Args:
        state: What the run knows.
        offers: Its offers.
    """
    return Observed(
        chat_silent=bool(unanswered(state.source_results)),
        held={"price": state.jumps.held_providers("prices"), "speed": state.jumps.held_providers("speeds")},
        jumped={"price": _accepted(state, "prices"), "speed": _accepted(state, "speeds")},
        surged=state.verdict.accepted_surge,
        gone=_gone(state.last, offers, state.verdict.good),
        ended=state.verdict.ended,
    )


def _accepted(state: RunState, kind: Kind) -> dict[str, datetime]:
    """Return the providers whose jump is taken for true now, and when it was first seen, if that was before."""
    return {
        provider: since
        for (provider, accepted), since in state.jumps.accepted.items()
        if accepted == kind and since < state.moment
    }


def _gone(last: Dataset | None, offers: pa.Table, good: set[str]) -> pl.DataFrame | None:
    """Return the routes that a second look lacks as well, and since when: they ended at the first."""
    if last is None:
        return None
    known = pl.DataFrame(last.table("offers").select([*ROUTE, "missing_since"]))
    missed = known.filter(pl.col("missing_since").is_not_null(), pl.col("provider").is_in(sorted(good)))
    still = pl.DataFrame(offers.select(list(ROUTE)))
    return missed.join(still, on=ROUTE, how="anti").unique(ROUTE).rename({"missing_since": "at"})
