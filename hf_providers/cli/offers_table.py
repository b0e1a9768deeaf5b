"""Offers as a table: chat offers with price, speed and capabilities, others with what they are measured by."""

from __future__ import annotations

from hf_providers.cli import table
from hf_providers.cli.output import Field, Screen
from hf_providers.cli.table import Column
from hf_providers.cli.text import UNKNOWN, clean, rounded, seconds, tick, tokens
from hf_providers.money import display
from hf_providers.tasks import CHAT_TASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Row = dict[str, Any]

MARK = {"hot": "●", "warm": "◐", "cold": "○", "unavailable": "✗"}
COLOR = {"hot": "green", "warm": "yellow", "cold": "dim", "unavailable": "red"}


def _price(value: str | None) -> str:
    return UNKNOWN if value is None else display(value).removeprefix("$")


def _ready(readiness: str) -> str:
    return f"{MARK[readiness]} {readiness}"


_PROVIDER = Field("provider", Column("Provider", least=8))
_READY = Field("readiness", Column("Ready"), _ready)
_TASK = Field("task", Column("Task", least=10, spare=1))
_CHAT = (
    Field("input_usd_per_mtok", Column("In $/1M", right=True), _price),
    Field("output_usd_per_mtok", Column("Out $/1M", right=True), _price),
    Field("throughput_tps", Column("Tok/s", right=True), rounded),
    Field("ttft_ms", Column("TTFT", right=True), seconds),
    Field("context_length", Column("Context", right=True), tokens),
    Field("supports_tools", Column("Tools"), tick),
    Field("supports_structured_output", Column("JSON"), tick),
)
_OTHER = (
    Field("request_latency_ms", Column("Latency", right=True), seconds),
    Field("type", Column("Mapping", spare=2)),
    Field("provider_model_id", Column("Provider's model", least=12, spare=3)),
)
_REST = (
    "provider_model_id", "status", "previous_status", "type", "adapter", "is_model_author", "is_free", "price_source",
    "request_latency_ms", "validated_at", "first_seen_at", "changed_at", "stale",
)  # fmt: skip


def fields(offers: Sequence[Row], *, model: bool = False) -> list[Field]:
    """Return the columns that suit these offers; a listing's JSON and CSV have all that an offer has.

    Args:
        offers: The offers to show.
        model: Whether they are of several models, so that the model needs a column.
    """
    chat = any(offer["task"] == CHAT_TASK for offer in offers)
    several = len({offer["task"] for offer in offers}) > 1
    shown = [Field("model_id", Column("Model", least=20))] if model else []
    shown += [_PROVIDER, _READY, *([_TASK] if several or not chat else []), *(_CHAT if chat else _OTHER)]
    keys = {field.key for field in shown}
    every = ["model_id", "task", *(field.key for field in _CHAT), *_REST]
    return [*shown, *(Field(key) for key in every if key not in keys)]


def lines(screen: Screen, offers: Sequence[Row]) -> list[str]:
    """Return the table's lines, indented, with readiness in colour."""
    shown = [field for field in fields(offers) if field.column is not None]
    columns = [field.column for field in shown if field.column is not None]
    rows = [[clean(field.show(offer[field.key])) for field in shown] for offer in offers]
    heading, body = table.lines(columns, rows, screen.cells, indent=2)
    colored = [
        line.replace(_ready(o["readiness"]), screen.style(COLOR[o["readiness"]], _ready(o["readiness"])), 1)
        for line, o in zip(body, offers, strict=True)
    ]
    stale = any(offer["stale"] for offer in offers)
    return [
        screen.style("dim", heading),
        *colored,
        *(["  (some are from an earlier run: --json says which)"] if stale else []),
    ]
