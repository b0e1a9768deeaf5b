"""Query the published tables and views with DuckDB: every table, and every file of queries/ as a view of its name."""

from __future__ import annotations

import os
import sys

from hf_providers.cli import AMBIGUOUS, NO_SNAPSHOT, OK, Stop, output
from hf_providers.cli.table import Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

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
        raise Stop(AMBIGUOUS, "hfp sql needs DuckDB, which is not installed", INSTALL) from None
    from hf_providers import sqldata

    query = sys.stdin.read() if args.query in (None, "-") else args.query
    try:
        columns, rows = sqldata.run(args.snapshot, os.environ, query)
    except sqldata.NoTables as error:
        raise Stop(NO_SNAPSHOT, str(error), error.hint) from None
    except duckdb.Error as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise Stop(
            AMBIGUOUS, lines[0], "see the tables: hfp sql 'SHOW TABLES', the columns: hfp sql 'DESCRIBE offers'"
        ) from None
    fields = [
        output.Field(name, Column(name, least=12, right=_numeric(rows, place))) for place, name in enumerate(columns)
    ]
    output.listing(args, fields, [dict(zip(columns, row, strict=True)) for row in rows])
    return OK


def _numeric(rows: list[tuple[object, ...]], place: int) -> bool:
    return all(isinstance(row[place], int | float) and not isinstance(row[place], bool) for row in rows[:50]) and bool(
        rows
    )
