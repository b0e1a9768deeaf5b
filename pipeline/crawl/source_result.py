"""The answer of one source in one run: rows with the column names of `schema.py`, and how the requests went.

A source turns records into three kinds of plain rows: models and offers (keys are column names; a missing key was not
stated) and price observations (a route, a source and the two prices). `pipeline.assemble` makes tables of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from hf_providers.hub import Mapping, Problem, Tally

RunResult: TypeAlias = Literal["ok", "failed", "stale", "skipped"]
Row = dict[str, Any]
"""A row of a table in the words of `schema.py`, as far as a source states it: which columns it has is the source's."""


@dataclass(slots=True, eq=False)
class SourceResult:
    """One source's answer, of one provider or (provider empty) of all.

    `offers` are the provider's own; `routes` are other providers' routes in its listing, used only to discover
    providers. `rows` belong to a table that only this source fills, and `complete` lists the kinds of which it has
    all rows. `observed_at` is set where a replay dates these facts differently from the rest. `refused`: the Hub does
    not know what was requested (400, 404). `pages` counts the pages of a listing. `waiting` are models left for
    another run, `asked_to` is the last one requested, `renamed` maps ids to the ones they redirect to, and
    `refused_files` are models whose file the server refused.
    """

    source: str
    provider: str = ""
    result: RunResult = "ok"
    error: str | None = None
    hint: str | None = None
    models: dict[str, Row] = field(default_factory=dict)
    offers: list[Row] = field(default_factory=list)
    seen_providers: set[str] = field(default_factory=set)
    unmapped: set[str] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    complete: frozenset[str] = frozenset()
    observed_at: datetime | None = None
    refused: bool = False
    pages: int = 0
    waiting: set[str] = field(default_factory=set)
    asked_to: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    refused_files: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    drift: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    records: int = 0

    @property
    def answered(self) -> bool:
        """Whether it answered credibly; if not, the values that it stated last time are kept."""
        return self.result not in ("failed", "stale")

    def note(self, problems: Iterable[Problem], drift: Counter[str]) -> None:
        """Record what could not be read and what was new."""
        self.problems.extend(problems)
        self.drift.update(drift)

    def add(self, page: SourceResult) -> None:
        """Add one more page of the same listing."""
        self.models.update(page.models)
        self.offers.extend(page.offers)
        self.seen_providers |= page.seen_providers
        self.unmapped |= page.unmapped
        self.note(page.problems, page.drift)
        self.records += page.records
        self.pages += 1


def offer_row(model_id: str, mapping: Mapping, source: str) -> Row:
    """Return a mapping's facts as an offer row; `price_source` is set where it states a price."""
    priced = mapping.input_usd_per_mtok is not None and mapping.output_usd_per_mtok is not None
    return {
        "model_id": model_id,
        "provider": mapping.provider,
        "task": mapping.task,
        "provider_model_id": mapping.provider_model_id,
        "status": mapping.status,
        "previous_status": mapping.previous_status,
        "type": mapping.type,
        "adapter": mapping.adapter,
        "is_model_author": mapping.is_model_author,
        "input_usd_per_mtok": mapping.input_usd_per_mtok,
        "output_usd_per_mtok": mapping.output_usd_per_mtok,
        "is_free": mapping.is_free,
        "free_until": mapping.free_until,
        "price_source": source if priced else None,
        "context_length": mapping.context_length,
        "supports_tools": mapping.supports_tools,
        "supports_structured_output": mapping.supports_structured_output,
        "throughput_tps": mapping.throughput_tps,
        "ttft_ms": mapping.ttft_ms,
        "request_latency_ms": mapping.request_latency_ms,
        "validated_at": mapping.validated_at,
    }
