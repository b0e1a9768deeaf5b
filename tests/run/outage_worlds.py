"""Worlds for runs in which something goes wrong, and what was published of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.replay import Fault, Faults, Model, Offer, ReplayServer
from tests.run.runs import Pipe, entry, model, priced

START = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)
Row = dict[str, Any]
Captured = pytest.CaptureFixture[str]


def hour(count: float) -> datetime:
    return START + timedelta(hours=count)


def at(count: float) -> tuple[str, str]:
    return "--observed-at", hour(count).isoformat()


def down(path: str, status: int = 500, provider: str | None = None) -> Faults:
    return Faults(faults=(Fault("status", path, times=None, status=status, provider=provider),))


def world(count: int = 12, provider: str = "novita", **changes: Any) -> list[Model]:
    """Chat models of a provider, each with its price by the router alone, and its speed by the list."""
    speed = {"tokensPerSecond": 10.5, "firstTokenLatencyMs": 100}
    return [
        model(
            f"org-{provider}/m{n}",
            Offer(
                entry(provider, providerId=f"m{n}", **({"performance": speed} | changes)),
                router=priced(round(0.1 * n + 0.05, 3), round(0.3 * n + 0.1, 3)),
            ),
        )
        for n in range(count)
    ]


def priced_by_list(count: int = 12, factor: float = 1.0, provider: str = "novita", **more: Any) -> list[Model]:
    return [
        model(
            f"org-{provider}/m{n}",
            entry(
                provider,
                providerId=f"m{n}",
                providerDetails=priced((0.1 * n + 0.05) * factor, (0.3 * n + 0.1) * factor),
                **more,
            ),
        )
        for n in range(count)
    ]


def intervals(pipe: Pipe, table: str, value: str, **where: Any) -> list[tuple[Any, ...]]:
    rows = sorted(pipe.rows(table, **where), key=lambda row: row["valid_from"])
    return [(row[value], row["valid_from"], row["valid_to"]) for row in rows]


def sorted_measurements(pipe: Pipe, **where: Any) -> list[Row]:
    paths = [pipe.out / file["path"] for file in pipe.manifest["files"] if file["table"] == "measurements"]
    import pyarrow.parquet as pq

    rows = [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]
    found = [row for row in rows if all(row[name] == value for name, value in where.items())]
    return sorted(found, key=lambda row: row["observed_at"])


def price(row: Row) -> tuple[Any, ...]:
    return row["model_id"], row["input_usd_per_mtok"], row["output_usd_per_mtok"], row["price_source"]


def listings(server: ReplayServer) -> list[Any]:
    return [seen for seen in server.requests if seen.path == "/api/models"]


def routed(*models: tuple[str, Row]) -> Row:
    return {"object": "list", "data": [{"id": model_id, "providers": [provider]} for model_id, provider in models]}


def at_router(**more: Any) -> Row:
    return {"provider": "novita", "status": "live", **priced(1, 2), **more}
