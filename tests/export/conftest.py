"""The committed snapshot, and what it has for chat, read from its table without the code under test."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
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
    """Every live chat offer by `ID:PROVIDER`."""
    connection = sqlite3.connect(DATA)
    connection.row_factory = sqlite3.Row
    rows = connection.execute("SELECT * FROM offers WHERE status = 'live' AND task = 'conversational'").fetchall()
    connection.close()
    return {f"{row['model_id']}:{row['provider']}": dict(row) for row in rows}


@pytest.fixture(scope="module")
def priced(live: dict[str, Row]) -> dict[str, tuple[Decimal, Decimal]]:
    """Both prices of every live chat offer that has them."""
    sides = ("input_usd_per_mtok", "output_usd_per_mtok")
    known = {name: [row[side] for side in sides] for name, row in live.items()}
    return {name: (Decimal(a), Decimal(b)) for name, (a, b) in known.items() if a is not None and b is not None}
