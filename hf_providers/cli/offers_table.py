"""Offers as a table: chat offers with price, speed and capabilities, others with what they are measured by."""

from __future__ import annotations

from hf_providers.cli import table
from hf_providers.cli.output import Field, Screen
from hf_providers.cli.table import Column
from hf_providers.tasks import CHAT_TASK
from hf_providers.text import clean, price, rounded, seconds, tick, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Row = dict[str, Any]

MARK = {"hot": "●", "warm": "◐", "cold": "○", "unavailable": "✗"}
COLOR = {"hot": "green", "warm": "yellow", "cold": "dim", "unavailable": "red"}


def _ready(offer: Row) -> str:
    """Return an offer's readiness; of one that is not live what the Hub says instead, which is why."""
    ready = offer["readiness"]
    return f"{MARK[ready]} {ready if offer['status'] == 'live' else offer['status']}"


_PROVIDER = Field("provider", Column("Provider", least=10))
_READY = Field("readiness", Column("Ready"))
_TASK = Field("task", Column("Task", least=10, spare=1))
_CHAT = (
    Field("input_usd_per_mtok", Column("In $/1M", right=True), price),
    Field("output_usd_per_mtok", Column("Out $/1M", right=True), price),
    Field("throughput_tps", Column("Tok/s", right=True), rounded),
    Field("ttft_ms", Column("TTFT", right=True, spare=2), seconds),
    Field("context_length", Column("Context", right=True, spare=3), tokens),
    Field("supports_tools", Column("Tools", spare=4), tick),
    Field("supports_structured_output", Column("JSON", spare=5), tick),
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


def fields(offers: Sequence[Row], *, several: bool = False) -> list[Field]:
    """Return the columns that suit these offers; a listing's JSON and CSV have all that an offer has.

    Args:
        offers: The offers to show.
        several: Whether they are one provider's of several models, so that the model is what tells them apart.
    """
    chats = sum(offer["task"] == CHAT_TASK for offer in offers)
    chat = chats > 0 and (not several or chats * 2 >= len(offers))
    tasks = len({offer["task"] for offer in offers}) > 1
    named = Field("model_id", Column("Model", least=26)) if several else _PROVIDER
    shown = [named, _READY, *([_TASK] if tasks or not chat else []), *(_CHAT if chat else _OTHER)]
    keys = {field.key for field in shown}
    every = ["model_id", "provider", "task", *(field.key for field in _CHAT), *_REST]
    return [*shown, *(Field(key) for key in every if key not in keys)]


def lines(screen: Screen, offers: Sequence[Row], *, several: bool = False, more: Sequence[Field] = ()) -> list[str]:
    """Return the table's lines, indented, with readiness in colour; `more` are further columns."""
    shown = [field for field in [*fields(offers, several=several), *more] if field.column is not None]
    columns = [field.column for field in shown if field.column is not None]
    rows = [
        [clean(_ready(offer) if field is _READY else field.show(offer[field.key])) for field in shown]
        for offer in offers
    ]
    heading, body = table.lines(columns, rows, screen.cells, indent=2)
    colored = [
        line.replace(_ready(o), screen.style(COLOR[o["readiness"]], _ready(o)), 1)
        for line, o in zip(body, offers, strict=True)
    ]
    stale = any(offer["stale"] for offer in offers)
    return [
        screen.style("dim", heading),
        *colored,
        *(["  (some are from an earlier run: --json says which)"] if stale else []),
    ]
