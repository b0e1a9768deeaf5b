"""What the committed dataset says, asked of its Parquet by DuckDB alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import duckdb

from tests.site.conftest import DATA

CHAT = "conversational"
BLENDED = "(3 * input_usd_per_mtok + output_usd_per_mtok) / 4"
"""USD per million tokens at the mix that home starts with."""


@lru_cache(maxsize=1)
def connection() -> duckdb.DuckDBPyConnection:
    """DuckDB with every table, and `own`: the offers of models that have a page, with their provider's regions."""
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    for path in sorted((DATA / "latest").glob("*.parquet")):
        made.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
    made.execute(
        "CREATE VIEW own AS SELECT o.*, p.regions FROM offers AS o JOIN providers AS p USING (provider)"
        " WHERE o.model_id IN (SELECT model_id FROM offers WHERE type IS DISTINCT FROM 'tag-filter')"
    )
    return made


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    return connection().execute(query, values).fetchall()


def column(query: str, *values: Any) -> list[Any]:
    """The first column of a query."""
    return [row[0] for row in rows(query, *values)]


def passing(condition: str) -> set[str]:
    """The models one of whose offers passes a condition."""
    return set(column(f"SELECT DISTINCT model_id FROM own WHERE {condition}"))
