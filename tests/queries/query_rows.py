"""Asking the queries: rows to ask of, in DuckDB and in SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot

from hf_providers.catalog import duckdb_tables, query_views
from hf_providers.catalog.schema import OFFERS, TABLES
from pipeline.assemble import tables
from pipeline.publish import queries
from tests.dataset_samples import row

T0 = datetime(2026, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
Rows = list[dict[str, Any]]
USAGE = (
    "CREATE TABLE usage (request_id BIGINT, requested_at TIMESTAMPTZ, model_id VARCHAR, provider VARCHAR,"
    " task VARCHAR, input_tokens BIGINT, cached_tokens BIGINT, output_tokens BIGINT)"
)
"""The table of one's own that bill.sql reads."""


def connected(content: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    duckdb_tables.register(connection, content)
    connection.execute(USAGE)
    query_views.add_views(connection, queries.QUERIES)
    return connection


def ask(connection: duckdb.DuckDBPyConnection, statement: str, **values: Any) -> Rows:
    cursor = connection.execute(statement, values) if values else connection.execute(statement)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]


def made(**rows: Rows) -> dict[str, pa.Table]:
    """Tables of these rows, all others empty."""
    return {name: tables.from_rows(table, rows.get(name, [])) for name, table in TABLES.items()}


def offer(model_id: str = "o/m", provider: str = "p", **values: Any) -> dict[str, Any]:
    known = {
        "model_id": model_id,
        "provider": provider,
        "task": "conversational",
        "provider_model_id": "x",
        "status": "live",
        "readiness": "hot",
        "first_seen_at": T0,
        "changed_at": T0,
        "stale": False,
    }
    return row("offers", **(known | values))


def usd(given: str, taken: str) -> dict[str, Decimal]:
    return {"input_usd_per_mtok": Decimal(given), "output_usd_per_mtok": Decimal(taken)}


def interval(table: str, begin: int, end: int | None, seen: int, **values: Any) -> dict[str, Any]:
    """An interval of one route, in hours after T0."""
    known = {"model_id": "o/m", "provider": "p", "task": "conversational", "source": "hub-list"}
    times = {
        "valid_from": T0 + begin * HOUR,
        "valid_to": None if end is None else T0 + end * HOUR,
        "last_observed_at": T0 + seen * HOUR,
    }
    return row(table, **(known | times | values))


def recent_offers(offers: Rows) -> Rows:
    """What recent_offers.sql says, in plain Python: live offers seen in the 45 days before the newest observation."""
    newest = max((one["observed_at"] for one in offers if one["observed_at"]), default=None)

    def recent(at: datetime | None) -> bool:
        return newest is None or (at is not None and newest - at <= timedelta(days=45))

    return [
        one | {"price_is_recent": recent(one["price_observed_at"]), "speed_is_recent": recent(one["measured_at"])}
        for one in offers
        if one["status"] == "live" and recent(one["observed_at"])
    ]


def in_sqlite(content: dict[str, pa.Table], name: str) -> Rows:
    """What SQLite answers to the query, its prices as whole nano-USD: integers, as exact there as decimals here."""
    sql = (queries.QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    (carried,) = sqlglot.transpile(sql, read="duckdb", write="sqlite")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("split_part", 3, lambda text, mark, n: text and text.split(mark)[n - 1])
        rows = {table: tables.to_rows(content[table]) for table in ("offers", "price_history")}
        for table, found in (rows | {"recent_offers": recent_offers(rows["offers"])}).items():
            names = list(found[0]) if found else TABLES.get(table, OFFERS).column_names
            connection.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            values = [[in_nano(given[n]) for n in names] for given in found]
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", values)
        cursor = connection.execute(carried)
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, found, strict=True)) for found in cursor.fetchall()]


def in_nano(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value.scaleb(9))
    return value.isoformat() if isinstance(value, datetime) else value
