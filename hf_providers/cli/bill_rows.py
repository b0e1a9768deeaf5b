"""Print each request of a log with its cost: as CSV, JSON Lines or Parquet."""

from __future__ import annotations

import sys

from hf_providers.billing.duckdb_log import connect
from hf_providers.cli.exits import USAGE, Stop
from hf_providers.text import clean, for_spreadsheet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TextIO

    from hf_providers.billing.bill import Each

COLUMNS = {
    "line": "BIGINT",
    "time": "TIMESTAMPTZ",
    "model": "VARCHAR",
    "provider": "VARCHAR",
    "task": "VARCHAR",
    "requests": "BIGINT",
    "input_tokens": "BIGINT",
    "cached_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "reasoning_tokens": "BIGINT",
    "cost_nano_usd": "DECIMAL(38,0)",
    "known_part_nano_usd": "DECIMAL(38,0)",
    "low_nano_usd": "DECIMAL(38,0)",
    "high_nano_usd": "DECIMAL(38,0)",
    "assumed": "VARCHAR",
    "reason": "VARCHAR",
}
"""The columns of a priced request, with their types in Parquet."""


def write(form: str, priced: Iterable[Each], *, raw: bool = False) -> None:
    """Print requests in a format: JSON Lines, Parquet, or CSV for the others.

    Raises:
        Stop: Parquet would go to a terminal.
    """
    if form == "json":
        _write_json(priced)
    elif form == "parquet":
        _write_parquet(priced)
    else:
        values = map(_values, priced)
        _write_csv(sys.stdout, values if raw else (tuple(map(_for_spreadsheet, row)) for row in values))


def _values(each: Each) -> tuple[Any, ...]:
    request, priced = each.request, each.priced
    return (
        each.line,
        request.at.isoformat().replace("+00:00", "Z"),
        clean(priced.model),
        priced.provider and clean(priced.provider),
        clean(request.task),
        request.requests,
        request.input_tokens,
        request.cached_tokens,
        request.output_tokens,
        request.reasoning_tokens,
        priced.cost_nano,
        priced.known_nano,
        priced.low_nano,
        priced.high_nano,
        priced.assumed,
        priced.reason and clean(priced.reason),
    )


def _for_spreadsheet(value: Any) -> Any:
    return for_spreadsheet(value) if isinstance(value, str) else value


def _write_csv(file: TextIO, priced: Iterator[tuple[Any, ...]]) -> None:
    import csv

    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(priced)


def _write_json(priced: Iterable[Each]) -> None:
    import json

    for each in priced:
        print(json.dumps(dict(zip(COLUMNS, _values(each), strict=True))))


def _write_parquet(priced: Iterable[Each]) -> None:
    check_not_terminal()
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.csv"
        with rows.open("w", encoding="utf-8") as file:
            _write_csv(file, map(_values, priced))
        sql = f"SELECT * FROM read_csv($path, header = true, columns = {COLUMNS!r})"  # noqa: S608 - its own names
        print_parquet(sql, str(rows), Path(folder) / "out")


def check_not_terminal() -> None:
    """Refuse to print Parquet on a terminal.

    Raises:
        Stop: stdout is one.
    """
    if sys.stdout.isatty():
        raise Stop(USAGE, "Parquet cannot be shown on a terminal", "write it to a file: hfp bill … > bill.parquet")


def print_parquet(sql: str, path: str, out: Any) -> None:
    """Query the file at `path`, write the answer into the file `out`, and print it as Parquet.

    Raises:
        LogError: DuckDB is not installed.
    """
    import shutil

    with connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({sql}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)", {"path": path})
    with out.open("rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
