"""Query the published tables with DuckDB: every table, and every file of queries/, by its name.

A query without parameters is a view, which SHOW TABLES lists. One with parameters is called with them, as in: FROM
uptime(since := '2026-02-01', until := '2026-03-01'). What each is, and takes, stands in queries/README.md.

A statement reads the dataset and nothing else: it writes no file, uses no network and loads no extension. --read lets
it read a file of your own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hf_providers.cli import output
from hf_providers.cli.exits import NO_SNAPSHOT, OK, USAGE, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.cli.table import Column
from hf_providers.errors import NoTables, StatementRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    import duckdb

    from hf_providers.cli.option_types import OutputOptions

    class SqlOptions(OutputOptions):
        """`hfp sql`."""

        query: str | None
        file: str | None
        out: str | None
        read: list[str]
        unsafe: bool


TABLES = "see the tables: hfp sql 'SHOW TABLES', the columns: hfp sql 'DESCRIBE offers'"
EXAMPLE = "as in: hfp sql 'SELECT model_id, provider FROM offers LIMIT 5'"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "query", nargs="?", metavar="SELECT", help="the statement; without one, or with -, it is read from stdin"
    )
    parser.add_argument("--file", metavar="FILE", help="read the statement from this file")
    parser.add_argument("--out", metavar="FILE", help="write the rows into this file: .parquet (typed) or .csv")
    parser.add_argument(
        "--read", action="append", default=[], metavar="FILE", help="let it also read this file or folder (repeatable)"
    )
    parser.add_argument("--unsafe", action="store_true", help="let it do all that DuckDB can: write, fetch, extend")


def main(options: SqlOptions) -> int:
    """Run one statement and print its rows."""
    try:
        import duckdb  # noqa: F401 - only whether it is there
    except ImportError:
        from hf_providers.errors import install_hint

        raise Stop(USAGE, "hfp sql needs DuckDB, which is not installed", install_hint("sql")) from None
    from hf_providers.catalog import duckdb_tables

    query = _statement(options.query) if options.file is None else _statement_of(options.file, options.query)
    for path in options.read:
        if not Path(path).exists():
            raise Stop(USAGE, f"there is no file {path} to read", "check the spelling: --read FILE")
    if options.out is not None:
        return _write(options, query, Path(options.out))
    with open_catalog(options.snapshot) as catalog:
        columns, rows = _answer(options, query)
        keys = duckdb_tables.unique(columns)
        if renamed := [f"{name} → {key}" for name, key in zip(columns, keys, strict=True) if name != key]:
            print(
                f"columns with the same name were renamed: {', '.join(renamed)} (or name them with AS)", file=sys.stderr
            )
        fields = [
            output.Field(key, Column(key, least=12, right=_numeric(rows, index))) for index, key in enumerate(keys)
        ]
        for table, count in duckdb_tables.kept_elsewhere(options.snapshot, os.environ).items():
            if table in query:
                print(f"{table}: {count} files of closed months are archived elsewhere and not read", file=sys.stderr)
        output.listing(options, fields, [dict(zip(keys, row, strict=True)) for row in rows], catalog)
    return OK


def _write(options: SqlOptions, query: str, out: Path) -> int:
    """Write the statement's rows into a file, all or none, and say how many.

    Raises:
        Stop: the file is neither .parquet nor .csv, or it cannot be written.
    """
    from hf_providers.catalog import duckdb_tables

    if out.suffix not in duckdb_tables.FILE_FORMATS:
        raise Stop(USAGE, f"--out {out} is neither .parquet nor .csv", "as in: --out rows.parquet")
    if not out.parent.is_dir():
        raise Stop(USAGE, f"there is no folder {out.parent}", "make it first, or name another: --out FILE")
    made = out.with_name(f".{out.stem}-{os.getpid()}{out.suffix}")
    try:
        _, ((rows,),) = _answer(options, query, made)
        made.replace(out)
    finally:
        made.unlink(missing_ok=True)
    print(f"wrote {rows} row{'s' if rows != 1 else ''} into {out}", file=sys.stderr)
    return OK


def _answer(options: SqlOptions, query: str, out: Path | None = None) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return the columns and rows of the statement; or write the rows into a file, and return their number.

    Raises:
        Stop: it is wrong, does what it may not, or there is nothing to ask.
    """
    import duckdb

    from hf_providers.catalog import duckdb_tables

    try:
        if not duckdb.extract_statements(query):
            raise Stop(USAGE, "which statement?", EXAMPLE)
        return duckdb_tables.run(
            options.snapshot, os.environ, query, readable=options.read, unsafe=options.unsafe, out=out, raw=options.raw
        )
    except NoTables as error:
        raise Stop(NO_SNAPSHOT, str(error), error.hint) from None
    except StatementRefused as error:
        raise Stop(USAGE, str(error), error.hint) from None
    except duckdb.Error as error:
        line = next(line for line in str(error).splitlines() if line.strip())
        raise Stop(USAGE, line, _hint(error, line)) from None


def _statement_of(path: str, statement: str | None) -> str:
    """Return the statement in a file.

    Raises:
        Stop: the file cannot be read, is empty, or a statement is given beside it.
    """
    if statement is not None:
        raise Stop(USAGE, "a statement and --file are given", "give one of them")
    try:
        query = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(USAGE, f"{path} cannot be read: {getattr(error, 'strerror', None) or error}", EXAMPLE) from None
    if not query.strip():
        raise Stop(USAGE, f"{path} has no statement in it", EXAMPLE)
    return query


def _statement(statement: str | None) -> str:
    """Return the statement, from stdin where none is given.

    Raises:
        Stop: there is none.
    """
    if statement is None and sys.stdin.isatty():
        statement = ""
    query = sys.stdin.read() if statement in {None, "-"} else str(statement)
    if not query.strip():
        raise Stop(USAGE, "which statement?", EXAMPLE)
    return query


def _hint(error: duckdb.Error, line: str) -> str:
    """Return what to type where DuckDB refuses a statement."""
    import duckdb

    from hf_providers.catalog import duckdb_tables, sql_limits

    if isinstance(error, duckdb.PermissionException):
        return sql_limits.READ
    return duckdb_tables.how_to_ask(line) or TABLES


def _numeric(rows: list[tuple[object, ...]], index: int) -> bool:
    """Return whether a column holds numbers, including decimals, which come as text."""
    known = [row[index] for row in rows if row[index] is not None]
    return bool(known) and all(
        isinstance(value, int | float | str) and str(value).lstrip("-").replace(".", "", 1).isdecimal()
        for value in known
    )
