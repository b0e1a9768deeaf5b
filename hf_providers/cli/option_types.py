"""The options of each command, as types: for type checkers, which refuse to change one. At run time all are `Options`.

Held equal to the parsers by a test. Imported by no command: names stand in annotations alone.
"""

from __future__ import annotations

from typing import dataclass_transform

from hf_providers.cli.options import Options


@dataclass_transform(frozen_default=True)
class Frozen(Options):
    """Options whose values no type checker lets anybody change."""


class OutputOptions(Frozen):
    """What every command has."""

    format: str
    raw: bool
    color: str
    snapshot: str | None


class MatchOptions(OutputOptions):
    """What to do where several models fit."""

    first: bool


class ModelOptions(MatchOptions):
    """The words that name a model."""

    model: list[str]


class FilterOptions(OutputOptions):
    """What narrows and orders offers."""

    cheapest: bool
    fastest: bool
    mix: tuple[int, int]
    hot: bool
    tools: bool
    structured: bool
    provider: list[str] | None
    task: str | None
    max_price: int | None
    min_throughput: float | None
    min_context: int | None
    region: str | None
    include_old: bool


class AnswerOptions(ModelOptions, FilterOptions):
    """`hfp MODEL`."""

    live: bool


class RunOptions(ModelOptions):
    """`hfp run`."""

    rule: str | None
    provider: str | None
    task: str | None
    include_old: bool
    lang: str
    client: str | None
    stream: bool
    bill_to: str | None
    tools: bool
    json_schema: bool


class StatusOptions(ModelOptions):
    """`hfp status`."""

    provider: str | None
    watch: float | None
    probe: bool
    yes: bool
    max_cost: int | None
    time_limit: float


class ModelsOptions(FilterOptions):
    """`hfp models`."""

    words: list[str]
    sort: str | None
    limit: int


class ProvidersOptions(MatchOptions, FilterOptions):
    """`hfp providers`."""

    name: str | None
    compare: list[str] | None
    limit: int


class CostOptions(ModelOptions):
    """`hfp cost`."""

    input_tokens: int
    output_tokens: int
    cached: int
    cached_price: str | None
    requests: int | None
    per_day: int | None
    monthly: bool
    provider: list[str] | None
    as_of: str | None
    credit_usd: str | None
    markup: str


class BillOptions(OutputOptions):
    """`hfp bill`."""

    usage: str
    assume: str | None
    cached_price: str | None
    group_by: str | None
    against: str | None


class NeedOptions(ModelOptions):
    """`hfp need`."""

    context: int | None
    batch: int
    weights: str | None
    kv_bits: int
    params: int | None
    active: int | None
    config: str | None
    machine: str | None
    mix: tuple[int, int]
    tokens_per_request: int | None
    tps: int | None
    busy_hours: float | None
    bursts: int


class HistoryOptions(ModelOptions):
    """`hfp history`."""

    provider: list[str] | None
    since: str | None


class ChangesOptions(MatchOptions):
    """`hfp changes`."""

    since: str | None
    model: str | None
    provider: list[str] | None
    kind: str | None
    limit: int
    exit_code: bool


class SqlOptions(OutputOptions):
    """`hfp sql`."""

    query: str | None
    file: str | None
    out: str | None
    read: list[str]
    unsafe: bool


class ExportOptions(FilterOptions):
    """`hfp export`."""

    form: str


class McpOptions(OutputOptions):
    """`hfp mcp`."""


class SyncOptions(OutputOptions):
    """`hfp sync`."""

    url: str | None
    check: bool
    force: bool


class InfoOptions(OutputOptions):
    """`hfp info`."""

    verify: bool


class CompletionOptions(OutputOptions):
    """`hfp completion`."""

    shell: str


class HelpOptions(OutputOptions):
    """`hfp help`."""

    command: str | None
