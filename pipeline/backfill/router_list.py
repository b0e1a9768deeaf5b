"""A recorded answer of the router (JSON): its list of models, complete or cut, or one model."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

import polars as pl

from hf_providers.catalog.schema import OFFERS
from hf_providers.errors import HubBadAnswer
from hf_providers.hub import read_router
from hf_providers.hub.reader import read_router_model
from pipeline.backfill import Recording
from pipeline.crawl.source_result import SourceResult
from pipeline.crawl.sources import router
from pipeline.errors import BackfillError
from pipeline.history.intervals import DTYPES, Observations

_STATED: Final = (
    "model_id", "provider", "task", "status", "is_model_author", "input_usd_per_mtok", "output_usd_per_mtok", "is_free",
    "free_until", "context_length", "supports_tools", "supports_structured_output", "throughput_tps", "ttft_ms",
    "request_latency_ms",
)  # fmt: skip
_SCHEMA: Final = {column.name: DTYPES[column.type] for column in OFFERS.columns if column.name in _STATED}


def is_answer(body: bytes) -> bool:
    """Return whether this JSON is an answer of the router: an object with `data`, or a model with its `providers`."""
    document = _parsed(body)
    return isinstance(document, dict) and (
        isinstance(document.get("data"), list) or isinstance(document.get("providers"), list)
    )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def read(body: bytes, observed_at: datetime | None) -> Recording:
    """Return the content of the answer; as it may be cut, absence means nothing.

    Args:
        body: The answer.
        observed_at: When the router answered.

    Raises:
        BackfillError: it is no answer of the router, or its time is unknown.
    """
    if observed_at is None:
        raise BackfillError("the recording has no time", "give --observed-at")
    try:
        models = read_router(body) if "data" in _parsed(body) else read_router_model(body)
    except HubBadAnswer as error:
        raise BackfillError(f"not a recorded answer of the router: {error}", "give the JSON of /v1/models") from None
    result = SourceResult(router.NAME)
    router.rows(result, models)
    rows = pl.DataFrame([{name: offer[name] for name in _SCHEMA} for offer in result.offers], schema=_SCHEMA)
    served = dict.fromkeys((model.id for model in models.records if model.mappings), observed_at)
    observations = [Observations(observed_at, router.NAME, rows)]
    return Recording(observations, [*models.problems, *result.problems], served=served)
