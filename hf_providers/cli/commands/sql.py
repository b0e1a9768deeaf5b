"""Query the published tables with DuckDB: every table, and every file of queries/, by its name.

A query without parameters is a view, which SHOW TABLES lists. One with parameters is called with them, as in: FROM
uptime(since := '2026-02-01', until := '2026-03-01'). What each is, and takes, stands in queries/README.md.
"""

from __future__ import annotations

import os
import sys
from math import isfinite

from hf_providers.cli import output, resolve_model
from hf_providers.cli.exits import NO_SNAPSHOT, OK, USAGE, Stop
from hf_providers.cli.table import Column
from hf_providers.errors import NoTables

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

TABLES = "see the tables: hfp sql 'SHOW TABLES', the columns: hfp sql 'DESCRIBE offers'"
EXAMPLE = "as in: hfp sql 'SELECT model_id, provider FROM offers LIMIT 5'"
INSTALL = "install it: pip install 'hf-providers[sql]'"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "query", nargs="?", metavar="SELECT", help="the statement; without one, or with -, it is read from stdin"
    )


def main(args: argparse.Namespace) -> int:
    """Run one statement and print its rows."""
    try:
        import duckdb
    except ImportError:
        raise Stop(USAGE, "hfp sql needs DuckDB, which is not installed", INSTALL) from None
    from hf_providers.catalog import duckdb_tables

    query = _statement(args.query)
    with resolve_model.catalog(args) as catalog:
        try:
            if not duckdb.extract_statements(query):
                raise Stop(USAGE, "which statement?", EXAMPLE)
            columns, rows = duckdb_tables.run(args.snapshot, os.environ, query)
        except NoTables as error:
            raise Stop(NO_SNAPSHOT, str(error), error.hint) from None
        except duckdb.Error as error:
            lines = [line for line in str(error).splitlines() if line.strip()]
            called = duckdb_tables.call(lines[0])
            raise Stop(USAGE, lines[0], f"call it with its arguments: {called}" if called else TABLES) from None
        fields = [
            output.Field(name, Column(name, least=12, right=_numeric(rows, place)))
            for place, name in enumerate(columns)
        ]
        for table, count in duckdb_tables.kept_elsewhere(args.snapshot, os.environ).items():
            if table in query:
                print(f"{table}: {count} files of closed months are archived elsewhere and not read", file=sys.stderr)
        output.listing(args, fields, [dict(zip(columns, map(_finite, row), strict=True)) for row in rows], catalog)
    return OK


def _statement(given: str | None) -> str:
    """Return the statement, from stdin where none is given.

    Raises:
        Stop: there is none.
    """
    if given is None and sys.stdin.isatty():
        given = ""
    query = sys.stdin.read() if given in {None, "-"} else str(given)
    if not query.strip():
        raise Stop(USAGE, "which statement?", EXAMPLE)
    return query


def _finite(value: object) -> object:
    """Return a value that JSON can hold: what is not a number, or infinite, as text."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _numeric(rows: list[tuple[object, ...]], place: int) -> bool:
    """Return whether a column holds numbers, decimals among them, which come as text."""
    known = [row[place] for row in rows if row[place] is not None]
    return bool(known) and all(
        isinstance(value, int | float | str) and str(value).lstrip("-").replace(".", "", 1).isdecimal()
        for value in known
    )
