"""What a run observed now, for the histories: what failed, is held, is accepted late, or ended earlier is set apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import ROUTE
from pipeline.assemble.jumps import Kind
from pipeline.assemble.prices import unanswered
from pipeline.assemble.routes import Route
from pipeline.assemble.run_state import RunState
from pipeline.history.observed import Observed
from pipeline.publish.dataset import Dataset

_ROUTE_AT: Final = {**dict.fromkeys(ROUTE, pl.String()), "at": pl.Datetime("us", "UTC")}


def observed_in(state: RunState, offers: pa.Table) -> Observed:
    """Return which of the run's offers were observed in it.

    Args:
        state: The state of the run.
        offers: Its offers.
    """
    return Observed(
        chat_silent=bool(unanswered(state.source_results)),
        held={"price": state.jumps.held_providers("prices"), "speed": state.jumps.held_providers("speeds")},
        jumped={"price": _accepted(state, "prices"), "speed": _accepted(state, "speeds")},
        surged=_dated(state, state.surges.dated, state.verdict.accepted_surge),
        gone=_gone(state.last, offers, state.verdict.good),
        ended=state.verdict.ended,
    )


def _accepted(state: RunState, kind: Kind) -> pl.DataFrame:
    """Return the routes of jumps accepted now that had the same values at the first sighting, and when that was."""
    routes = {
        provider: dated_routes for (provider, jumped), dated_routes in state.jumps.dated.items() if jumped == kind
    }
    times = {provider: since for (provider, jumped), since in state.jumps.accepted.items() if jumped == kind}
    return _dated(state, routes, times)


def _dated(state: RunState, routes: Mapping[str, Iterable[Route]], times: Mapping[str, datetime]) -> pl.DataFrame:
    rows = [
        (*route, times[provider])
        for provider, dated_routes in routes.items()
        for route in dated_routes
        if times[provider] < state.moment
    ]
    return pl.DataFrame(rows, _ROUTE_AT, orient="row")


def _gone(last: Dataset | None, offers: pa.Table, good: set[str]) -> pl.DataFrame | None:
    """Return the routes that a second listing lacks as well, and when the first lacked them: they ended then."""
    if last is None:
        return None
    known = pl.DataFrame(last.table("offers").select([*ROUTE, "missing_since"]))
    missed = known.filter(pl.col("missing_since").is_not_null(), pl.col("provider").is_in(sorted(good)))
    still = pl.DataFrame(offers.select(list(ROUTE)))
    return missed.join(still, on=ROUTE, how="anti").unique(ROUTE).rename({"missing_since": "at"})
