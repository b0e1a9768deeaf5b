"""The rows that the pipeline makes itself, as types: their times are datetimes. Held equal to `schema.py` by a test.

Rows of sources are plain dicts (`crawl.source_result.Row`): a source states some columns of a table and not others.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias, TypedDict

from hf_providers.catalog.row_types import ChangeKind

RunResult: TypeAlias = Literal["ok", "failed", "stale", "skipped"]


class ChangeRow(TypedDict):
    """A change between two observations."""

    changed_at: datetime
    kind: ChangeKind
    provider: str
    model_id: str | None
    task: str | None
    before: str | None
    after: str | None
    percent: float | None
    times: int
    source_before: str | None
    source: str | None


class DayChangeRow(ChangeRow):
    """The same, with its day."""

    day: date


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


class QuarantineRow(TypedDict):
    """What a run could not read."""

    source: str
    provider: str
    record_id: str
    field: str
    reason: str
    sample: str | None
    observed_at: datetime
