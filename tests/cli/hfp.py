"""Running `hfp` in this process, and small made-up catalogs to run it on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.publish.catalog_build import build

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
AT = datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC)
META = {"version": "0123456789abcdef", "checked_at": "2026-02-26T11:27:29Z", "origin": "made up"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """What one run of `hfp` printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[Row]:
        rows: list[Row] = self.json["rows"]
        return rows


Hfp = Callable[..., Result]


def row(table: str, **values: Any) -> Row:
    """A row of `table`: the values given, and NULL for all other columns."""
    return dict.fromkeys(TABLES[table].column_names) | values


def model(model_id: str, **values: Any) -> Row:
    author, _, name = model_id.rpartition("/")
    return row("models", **({"model_id": model_id, "author": author, "name": name, "modality": "text"} | values))


def offer(model_id: str, provider: str, **values: Any) -> Row:
    """A live, hot chat offer; `values` say what else it is."""
    key = {"model_id": model_id, "provider": provider, "task": "conversational", "provider_model_id": "m"}
    state = {"status": "live", "readiness": "hot", "first_seen_at": AT, "changed_at": AT, "stale": False}
    return row("offers", **(key | state | values))


def provider(provider_id: str, **values: Any) -> Row:
    counts = {"kind": "serverless", "models": 1, "live_offers": 1, "active": True, "stale": False}
    return row("providers", **({"provider": provider_id} | counts | values))


def priced(model_id: str, provider: str, begin: str, end: str | None, **values: Any) -> Row:
    """A price that held from one day to another; None is no end."""
    times = {"valid_from": day(begin), "valid_to": end and day(end), "last_observed_at": day(end or begin)}
    return row(
        "price_history", model_id=model_id, provider=provider, task="conversational", source="s", **times, **values
    )


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def catalog(path: Path, rows: dict[str, list[Row]], changes: list[tuple[Any, ...]] = ()) -> Path:  # type: ignore[assignment]
    """Write a catalog of these rows, and of `changes`: when, kind, provider, model, before, after, percent."""
    sized = {name: rows.get(name, []) for name in ("models", "offers", "providers", "price_history", "status_history")}
    made = {name: sorted(found, key=lambda r, k=TABLES[name].key: [r[c] for c in k]) for name, found in sized.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    build({name: tables.from_rows(TABLES[name], found) for name, found in made.items()}, path, META)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE IF EXISTS changes")
        connection.execute(
            "CREATE TABLE changes (changed_at, kind, provider, model_id, before, after, percent REAL,"
            " task, source_before, source)"
        )
        marks = ",".join("?" * 10)
        connection.executemany(
            f"INSERT INTO changes VALUES ({marks})", [(*c, "conversational", "a", "b") for c in changes]
        )
    connection.close()
    return path
