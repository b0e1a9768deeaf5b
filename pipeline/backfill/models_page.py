"""The recorded props of the Hub's models page of 2025: chat offers with status, features and speed, without prices."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape

import polars as pl

from hf_providers.catalog.schema import ROUTE
from hf_providers.hub import read_inference_page
from pipeline.backfill import Recording
from pipeline.errors import BackfillError
from pipeline.history.intervals import Observations

SOURCE = "models-page"
_SCHEMA = {
    **dict.fromkeys(ROUTE, pl.String()),
    "status": pl.String(),
    "supports_tools": pl.Boolean(),
    "supports_structured_output": pl.Boolean(),
    "throughput_tps": pl.Float32(),
    "ttft_ms": pl.Float32(),
    "request_latency_ms": pl.Float32(),
}


def read(body: bytes, observed_at: datetime | None) -> Recording:
    """Return the content of the recorded props. The page has no prices, and a missing offer means nothing.

    Args:
        body: The JSON of the props.
        observed_at: When it was recorded; by default the last validation that it mentions.

    Raises:
        BackfillError: the props are others, or have no time.
    """
    entries = read_inference_page(f'<div data-props="{escape(body.decode("utf-8", "replace"))}">'.encode())
    if not entries.records:
        raise BackfillError("not a recorded models page: no mappings in it", "give the JSON of the page's data-props")
    times = [entry.mapping.validated_at for entry in entries.records if entry.mapping.validated_at]
    moment = observed_at or max(times, default=None)
    if moment is None:
        raise BackfillError("the recording has no time", "give --observed-at")
    rows: dict[tuple[str, ...], dict[str, object]] = {}
    for entry in entries.records:
        mapping = entry.mapping
        values = {name: getattr(mapping, name) for name in _SCHEMA if name != "model_id"}
        rows.setdefault((entry.model_id, mapping.provider, mapping.task), {"model_id": entry.model_id} | values)
    frame = pl.DataFrame(list(rows.values()), schema=_SCHEMA)
    return Recording([Observations(moment, SOURCE, frame)], entries.problems)


def is_page(body: bytes) -> bool:
    """Return whether this JSON is the page's props rather than a list of models."""
    try:
        return "mappings" in json.loads(body)
    except (ValueError, TypeError):
        return False
