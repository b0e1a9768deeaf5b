"""The published tables and the queries in one DuckDB connection: what `hfp sql` asks.

Tables are the dataset's Parquet files, named by its manifest; every file of `queries/` is a view of its name,
or a table macro where it has parameters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

import duckdb

from hf_providers import files
from hf_providers.catalog import database, locate, manifest
from hf_providers.catalog.manifest import MANIFEST
from hf_providers.catalog.query_views import PARAMETER, add_views, queries_folder, read_by
from hf_providers.catalog.schema import DERIVED, MEASUREMENTS, PRICE_SCALE, TABLES
from hf_providers.catalog.sql_limits import check_reads_only, confine
from hf_providers.catalog.verification import verify
from hf_providers.errors import NoTables, StatementRefused
from hf_providers.rules.recency import utc_text
from hf_providers.text import for_spreadsheet

FILE_FORMATS = {".parquet": "parquet", ".csv": "csv"}
"""What rows can be written into, by the file's extension."""
NO_TABLE = re.compile(r"(?:Table with name|Macro) (\w+)")
"""What DuckDB says of a name that is no table, or a macro whose arguments do not fit."""
_SQL_TYPES = {
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "timestamp": "TIMESTAMPTZ",
    "price": f"DECIMAL(18, {PRICE_SCALE})",
    "list<string>": "VARCHAR[]",
    "map<string,int64>": "MAP(VARCHAR, BIGINT)",
    "list<base_model>": "STRUCT(model_id VARCHAR, relation VARCHAR)[]",
}
"""What DuckDB calls the logical types of the schema."""
_FORMULA = r"'^[=+\-@\t\r]'"
_NUMBER = r"'[+\-][0-9]+(\.[0-9]*)?'"
"""What `for_spreadsheet` goes by, for DuckDB."""
_SYNCS = 5
"""How many syncs in a row a statement is asked again after: each may take away what it was reading."""


def connect(root: Path, statement: str | None = None) -> duckdb.DuckDBPyConnection:
    """Return a connection in which the dataset's tables and the queries can be read by name.

    Args:
        root: The dataset's folder.
        statement: What will be asked, so that only what it names is made; all of it if None.

    Raises:
        NoTables: the folder has no manifest that names Parquet files.
        ManifestError: the manifest is damaged, or names what lies elsewhere.
    """
    root = root.resolve()
    if not (root / MANIFEST).is_file():
        raise NoTables(f"{root} has no published tables", "name a dataset folder: hfp sql --snapshot DIR …")
    by_table: dict[str, list[str]] = {}
    for file in manifest.read(root)[0]["files"]:
        if file.get("table") and not file.get("url"):  # an archived month is kept elsewhere
            by_table.setdefault(str(file["table"]), []).append(str(root / file["path"]))
    tables, views = (set(by_table), None) if statement is None else read_by(queries_folder(), statement, by_table)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in sorted(tables):
        _add_table(connection, table, by_table[table])
    add_views(connection, queries_folder(), views)
    return connection


def _add_table(connection: duckdb.DuckDBPyConnection, table: str, paths: list[str]) -> None:
    """Create the view of a table: files of several releases by column name, columns newer than all of them NULL."""
    name = _quoted(table)
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    parquet = f"read_parquet([{listed}], union_by_name = true)"
    connection.execute(f"CREATE VIEW {name} AS FROM {parquet}")
    declared = (TABLES | DERIVED)[table].columns if table in TABLES | DERIVED else ()
    known = connection.table(name).columns
    newer = [f'NULL::{_SQL_TYPES[column.type]} AS "{column.name}"' for column in declared if column.name not in known]
    if newer:
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT *, {', '.join(newer)} FROM {parquet}")  # noqa: S608


def register(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Any]) -> None:
    """Add Arrow tables by name; measurements with each row's `month`, which is in the names of their folders."""
    for name, table in tables.items():
        if name != MEASUREMENTS.name or "month" in table.column_names:
            connection.register(name, table)
            continue
        connection.register("measurements_without_month", table)
        month = "strftime(observed_at AT TIME ZONE 'UTC', '%Y-%m')"
        connection.execute(f"CREATE VIEW {name} AS SELECT *, {month} AS month FROM measurements_without_month")  # noqa: S608


def run(
    explicit: str | None,
    environ: Mapping[str, str],
    query: str,
    *,
    readable: Sequence[str] = (),
    unsafe: bool = False,
    out: Path | None = None,
    raw: bool = False,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows of a statement over the snapshot that `explicit` or the environment names.

    Args:
        explicit: The snapshot, if it is not the usual one.
        environ: The environment, which says where that is.
        query: The statement.
        readable: Files and folders that it may read, beside the dataset's.
        unsafe: Whether it may do whatever DuckDB can: write files, use the network, load extensions.
        out: A file that its rows are written into, by its extension one of FILE_FORMATS; what is returned is how many.
        raw: Whether CSV is written without ' before what spreadsheets take for a formula.

    Raises:
        NoTables, SnapshotError: there is nothing to query.
        StatementRefused: it does more than read.
        duckdb.Error: the statement is wrong, or reads what it may not.
    """
    for _ in range(_SYNCS):
        found, root = _dataset(explicit, environ)
        before = _manifest_bytes(root)
        try:
            try:
                return _ask(root, None if unsafe else query, query, readable, unsafe, out, raw=raw)
            except duckdb.CatalogException:  # it names a table in a way that is not seen, or none that is there
                if unsafe:  # what it wrote before it failed would be written twice
                    raise
                return _ask(root, None, query, readable, unsafe, out, raw=raw)
        except duckdb.Error:
            if _manifest_bytes(root) == before:  # else a sync has put another version in place, and removed this one
                _refuse_damage(found)
                raise
    raise NoTables(f"{root} changes faster than it can be read", "try again in a minute")


def _ask(
    root: Path,
    named_by: str | None,
    query: str,
    readable: Sequence[str],
    unsafe: bool,
    out: Path | None,
    *,
    raw: bool,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    with connect(root, named_by) as connection:
        if not unsafe:
            check_reads_only(connection, query)
            confine(connection, root, [*readable, *([str(out)] if out else [])])
        cursor = connection.execute(_copy(connection, query, out, raw=raw) if out else query)
        columns = [column[0] for column in cursor.description or ()]
        return columns, [tuple(map(plain, row)) for row in cursor.fetchall()]


def _copy(connection: duckdb.DuckDBPyConnection, query: str, out: Path, *, raw: bool) -> str:
    """Return the statement that writes a query's rows into a file.

    Raises:
        StatementRefused: it is not one query.
    """
    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type.name != "SELECT":
        raise StatementRefused("only the rows of one SELECT can be written into a file", "leave out --out")
    place = str(out).replace("'", "''")
    rows = f"({statements[0].query.rstrip().rstrip(';')}\n)"
    if out.suffix == ".csv" and not raw:
        rows = _for_spreadsheets(connection, rows)
    return f"COPY {rows} TO '{place}' (FORMAT {FILE_FORMATS[out.suffix]})"


def _for_spreadsheets(connection: duckdb.DuckDBPyConnection, rows: str) -> str:
    """Return the query of the same rows with ' before each text that a spreadsheet would take for a formula."""
    cells = []
    for name, kind, *_ in connection.execute(f"FROM {rows} LIMIT 0").description or ():
        cell = _quoted(name)
        if str(kind) == "VARCHAR" or str(kind).startswith("ENUM"):
            formula = f"regexp_matches({cell}, {_FORMULA}) AND NOT regexp_full_match({cell}, {_NUMBER})"
            cell = f"CASE WHEN {formula} THEN chr(39) || {cell} ELSE {cell} END"
        cells.append(f"{cell} AS {_quoted(for_spreadsheet(name))}")
    return f"(SELECT {', '.join(cells)} FROM {rows})"  # noqa: S608 - the statement itself, which was checked


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _dataset(explicit: str | None, environ: Mapping[str, str]) -> tuple[Path, Path]:
    """Return the snapshot's catalog, and the folder of the dataset that it is of."""
    found = Path(locate.find(explicit, environ))
    return found, manifest.root_of(found) or found.parent


def _manifest_bytes(root: Path) -> bytes:
    try:
        return files.read(root / MANIFEST, manifest.MOST_BYTES)
    except OSError:
        return b""


def unique(names: Sequence[str]) -> list[str]:
    """Return the names told apart: one that came before gets _1, _2 and so on, the first that is no name here."""
    taken, told_apart = set(names), list[str]()
    for name in names:
        number = 0
        shown = name
        while shown in told_apart or (number and shown in taken):
            number += 1
            shown = f"{name}_{number}"
        told_apart.append(shown)
    return told_apart


def _refuse_damage(found: Path) -> None:
    """Raise where a table's file is not what the manifest says, so that no error is the statement's own.

    Raises:
        NoTables: one is missing or has other bytes.
    """
    for name, wrong in verify(str(found)).wrong.items():
        raise NoTables(f"the snapshot is damaged: {name}: {wrong}", database.MEND)


def how_to_ask(error: str) -> str | None:
    """Return what to do where DuckDB says that a query is no table, or not called so; None for another error."""
    named = NO_TABLE.search(error)
    path = queries_folder() / f"{named[1]}.sql" if named else None
    if path is None or not path.is_file():
        return None
    arguments = dict.fromkeys(PARAMETER.findall(path.read_text(encoding="utf-8")))
    if not arguments:
        return f"it reads a table that is not in the dataset: see queries/{path.name}, or price your use with hfp bill"
    return f"call it with its arguments: FROM {path.stem}({', '.join(f'{name} := …' for name in arguments)})"


def kept_elsewhere(explicit: str | None, environ: Mapping[str, str]) -> dict[str, int]:
    """Return of which tables how many files are archived elsewhere, so that a query does not read them."""
    document = manifest.read(_dataset(explicit, environ)[1])[0]
    return dict(Counter(str(file.get("table")) for file in document["files"] if file.get("url")))


def plain(value: Any) -> Any:
    """Return a value as JSON has it: a decimal as exact text, a time as ISO in UTC, a number that is none as text.

    Values in lists, structs and maps too; a map's keys are text.
    """
    match value:
        case Decimal():
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        case datetime():
            return utc_text(value.astimezone(UTC)) if value.tzinfo else value.isoformat()
        case float() if not isfinite(value):
            return str(value)
        case list() | tuple():
            return [plain(part) for part in value]
        case dict():
            return {str(plain(key)): plain(part) for key, part in value.items()}
        case bytes():
            return "".join(f"\\x{byte:02X}" for byte in value)
    return value
