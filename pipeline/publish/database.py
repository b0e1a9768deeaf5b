"""The pipeline's DuckDB: one database in memory a process. Making one takes as long as ten checks of a small run."""

from __future__ import annotations

from functools import cache

import duckdb


def connect() -> duckdb.DuckDBPyConnection:
    """Return a new connection to the process's database: what it registers, and what is TEMP, ends with it."""
    return _database().cursor()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
