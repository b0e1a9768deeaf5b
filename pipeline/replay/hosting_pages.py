"""The documentation's page of endpoint prices, and each model's config.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from pipeline.replay.catalogue import Catalogue
from pipeline.replay.wire import Entity, Reply, Request, reply_error, reply_json

Row = Mapping[str, Any]

_GB: Final = 10**9
_PLACE: Final = ("Provider", "Instance Type", "Instance Size", "Hourly rate")
_TABLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "cpu": ("CPU Instances", (*_PLACE, "vCPUs", "Memory", "Architecture")),
    "gpu": ("GPU Instances", (*_PLACE, "GPUs", "Memory", "Architecture")),
    "inf2": ("INF2 Instances", (*_PLACE, "Accelerators", "Accelerator Memory", "RAM", "Architecture")),
}
"""The title and the columns of each kind's table in the documentation."""


def pricing_page(catalogue: Catalogue, _request: Request) -> Reply:
    """Return the page in Markdown, dated by its own facts; 404 where no instance is known."""
    instances = catalogue.facts.instances
    if not instances:
        return reply_error(404, "Not Found")
    tables = [lines for kind in _TABLES if (lines := _table(kind, instances))]
    text = "\n\n".join(["# Pricing, from recorded facts", *tables, ""])
    observed_at = max(row["observed_at"] for row in instances)
    headers = (("X-Replay-Part-Observed-At", observed_at.isoformat()),)
    return Reply(200, Entity(text.encode(), "text/markdown; charset=utf-8"), headers)


def _table(kind: str, instances: Iterable[Row]) -> str:
    title, columns = _TABLES[kind]
    rows = [_cells(row) for row in instances if row["kind"] == kind]
    lines = [columns, ["---"] * len(columns), *rows]
    return f"## {title}\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) if rows else ""


def _cells(row: Row) -> list[str]:
    """Return one instance's cells, in italics where it is deprecated."""
    ram = [_memory(row["ram_bytes"])] if row["kind"] == "inf2" else []
    units = "" if row["units"] is None else str(row["units"])
    values = [row["cloud"], row["instance_type"], row["size"], f"${row['usd_per_hour'].normalize():f}"]
    cells = [*values, units, _memory(row["memory_bytes"]), *ram, row["architecture"] or ""]
    return [f"*{cell}*" if cell else "" for cell in cells] if row["deprecated"] else cells


def _memory(size: int | None) -> str:
    return "" if size is None else f"{(Decimal(size) / _GB).normalize():f} GB"


def config_json(catalogue: Catalogue, _request: Request, model_id: str) -> Reply:
    """Return a model's config.json as recorded; 404 where it was not recorded."""
    row = catalogue.configs.get(model_id)
    if row is None:
        return reply_error(404, "Entry not found", ("X-Error-Code", "EntryNotFound"))
    return reply_json(json.loads(row["config"]))
