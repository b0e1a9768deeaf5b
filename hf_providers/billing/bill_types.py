"""Types of a bill, for type checkers and the JSON Schema. The keys of a log's own lines are not known.

Imported at run time by the documentation alone, like `catalog.row_types`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12, and brings it along

from hf_providers.catalog.row_types import Count, Price, SnapshotMeta

LogRow: TypeAlias = dict[str, Any]
"""A line of a usage log, as its client wrote it."""

Month: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]
NanoUsd: TypeAlias = Annotated[int | None, Field(description="nano-USD; null: not known.")]


class Sums(TypedDict):
    """The sums of a group's requests; an amount is null if no request has one."""

    group: str
    """total, or the column that the row is a group of."""
    name: str | None
    requests: Count
    priced: Count
    partly_priced: Count
    unpriced: Count
    with_range: Count
    input_tokens: Count
    cached_tokens: Count
    output_tokens: Count
    reasoning_tokens: Count
    cost_nano_usd: Count | None
    known_part_nano_usd: Count | None
    low_nano_usd: Count | None
    high_nano_usd: Count | None


class BillRow(Sums):
    """The same, with the cost in USD."""

    cost_usd: Price | None


class ComparedRow(TypedDict):
    """The costs that the client logged, compared with ours."""

    model: str
    provider: str
    day: str
    requests: Count
    cost_nano_usd: NanoUsd
    logged_nano_usd: int
    difference_nano_usd: NanoUsd
    likely_reason: str


class BilledRow(TypedDict):
    """What was billed of a month or a session, and what the log has of it."""

    month: Month
    session: str | None
    billed_requests: Count | None
    log_requests: Count | None
    unpriced_requests: Count | None
    billed_nano_usd: NanoUsd
    cost_nano_usd: NanoUsd
    difference_nano_usd: NanoUsd


class BrokenLine(TypedDict):
    """A line that could not be read."""

    line: Annotated[int, Field(ge=1)]
    reason: str


class BillTotals(TypedDict):
    """What a usage log cost."""

    schema_version: Literal[1]
    columns: list[str]
    rows: list[BillRow]
    requests: Count
    total_cost_nano_usd: Count | None
    """Of the requests that are priced; null: none is."""
    unknown: Count
    partly_priced: Count
    unknown_reasons: dict[str, Count]
    assume: str | None
    assumed: Count
    past_last_seen: Count
    broken_lines: Count
    broken: list[BrokenLine]
    """The first lines that could not be read."""
    compared: list[ComparedRow]
    against: list[BilledRow] | None


class BillDocument(BillTotals):
    """What a usage log cost, of hfp bill --json."""

    snapshot: SnapshotMeta
