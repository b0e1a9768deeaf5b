"""The committed snapshot, and what it has for chat, read from its table without the code under test."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog.database import Catalog

DATA = Path(__file__).resolve().parents[2] / "data" / "latest" / "catalog.sqlite"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    with Catalog(str(DATA)) as opened:
        yield opened


@pytest.fixture(scope="module")
def live() -> dict[str, Row]:
    """Every live chat offer by `ID:PROVIDER` that was seen in the 45 days before the newest observation."""
    connection = sqlite3.connect(DATA)
    connection.row_factory = sqlite3.Row
    recent = "datetime(observed_at) >= (SELECT datetime(max(observed_at), '-45 days') FROM offers)"
    rows = connection.execute(
        f"SELECT * FROM offers WHERE status = 'live' AND task = 'conversational' AND {recent}"
    ).fetchall()
    connection.close()
    return {f"{row['model_id']}:{row['provider']}": dict(row) for row in rows}


@pytest.fixture(scope="module")
def priced(live: dict[str, Row]) -> dict[str, tuple[Decimal, Decimal]]:
    """Both prices of every live chat offer that has them, and had them lately."""
    sides = ("input_usd_per_mtok", "output_usd_per_mtok")
    since = datetime.fromisoformat(max(row["observed_at"] for row in live.values())) - timedelta(days=45)
    known = {
        name: [row[side] for side in sides]
        for name, row in live.items()
        if row["price_observed_at"] and datetime.fromisoformat(row["price_observed_at"]) >= since
    }
    return {name: (Decimal(a), Decimal(b)) for name, (a, b) in known.items() if a is not None and b is not None}
