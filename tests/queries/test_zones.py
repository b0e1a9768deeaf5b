"""Every query gives the same rows whatever the session's time zone, and a moment without an offset is UTC."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hf_providers.catalog import duckdb_tables
from pipeline.publish import queries
from tests.queries.query_rows import HOUR, T0, USAGE, ask, connected, interval, made, usd

DATA = Path(__file__).resolve().parents[2] / "data"
ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin")
QUERIES = {query.name: query for query in queries.read_all()}
PRICED_ON = {"2026-02-01": T0, "2026-02-01 00:00": T0, "2026-02-01T01:00:00+01:00": T0, "2026-02-01T00:00:00Z": T0}


def in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def rows(connection: duckdb.DuckDBPyConnection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(map(in_utc, row)) for row in connection.execute(statement).fetchall()]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb_tables.connect(DATA)
    connection.execute(USAGE)
    connection.execute(
        "INSERT INTO usage SELECT row_number() OVER (), valid_from, model_id, provider, task, 1000, 0, 10"
        " FROM price_history ORDER BY model_id, provider, task, valid_from"
    )
    connection.execute(f"CREATE OR REPLACE VIEW bill AS {QUERIES['bill'].sql}")
    return connection


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_the_zone_of_the_session_changes_nothing(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    found = []
    for zone in ZONES:
        connection.execute(f"SET TimeZone = '{zone}'")
        found.append(rows(connection, f"FROM {QUERIES[name].example or name}"))
    assert found[0] or name == "variants"  # of which a release may have none
    assert found[1:] == [found[0]] * (len(ZONES) - 1)


IN_A_PROCESS = """
import json, sys, duckdb
from hf_providers.catalog import duckdb_tables
rows = {"zone": duckdb.connect().execute("SELECT current_setting('TimeZone')").fetchone()[0]}
for statement in sys.argv[2:]:
    rows[statement] = duckdb_tables.run(sys.argv[1], {}, statement)[1]
print(json.dumps(rows))
"""


def test_the_zone_of_the_machine_changes_nothing() -> None:
    """As `hfp sql` asks: in two processes that DuckDB takes to be in two zones."""
    statements = [f"FROM {query.example or name}" for name, query in sorted(QUERIES.items()) if name != "bill"]
    command = [sys.executable, "-c", IN_A_PROCESS, str(DATA), *statements]
    found = []
    for zone in ("UTC", "Asia/Tokyo"):
        done = subprocess.run(command, env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    assert [rows.pop("zone") for rows in found] == ["UTC", "Asia/Tokyo"]
    assert len(found[0]) == len(statements) > 25
    assert found[0] == found[1]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", PRICED_ON)
def test_a_moment_is_read_in_utc_unless_it_says_otherwise(zone: str, text: str) -> None:
    before = interval("price_history", -48, 0, -1, **usd("1", "1"))
    since = interval("price_history", 0, None, 1, **usd("2", "2"))
    with connected(made(price_history=[before, since])) as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        (found,) = ask(connection, f"FROM price_as_of('{text}')")
        assert found["valid_from"] == PRICED_ON[text]
        (found,) = ask(connection, f"FROM price_as_of(TIMESTAMPTZ '{PRICED_ON[text] - HOUR}')")
        assert found["valid_from"] == T0 - 48 * HOUR


def test_a_moment_that_is_none_is_refused() -> None:
    with connected(made()) as connection, pytest.raises(duckdb.ConversionException):
        connection.execute("FROM price_as_of('yesterday')").fetchall()
