"""Five made-up years of hourly runs: what the queries take beside the bare statement over the files that they need.

The bare statement is the query's own SELECT over these files by their paths, in a new connection: no manifest, no view,
no folder of sixty months. Where pyspark and Java are there, Spark's figures stand beside DuckDB's.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from hf_providers.catalog import duckdb_tables
from hf_providers.catalog.query_views import queries_folder
from tests.bench import five_years, spark_years

LIMIT = 1.5
MONTHS = ("2023-10", "2023-09")
"""The month that is asked for, and the one before, whose last values hold into it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its arguments, the tables that it reads, and of the measurements which months."""

    name: str
    of: str
    arguments: Mapping[str, str]
    tables: tuple[str, ...]
    months: tuple[str, ...] = ()
    times: int = 7

    @property
    def statement(self) -> str:
        """The call."""
        return f"FROM {self.name}({', '.join(f'{name} := {value}' for name, value in self.arguments.items())})"

    def files(self, root: Path) -> dict[str, list[str]]:
        """Return the files that it needs, by table."""
        needed = {name: [str(root / "latest" / f"{name}.parquet")] for name in self.tables}
        months = [str(root / "measurements" / f"month={month}" / "made.parquet") for month in sorted(self.months)]
        return needed | ({"measurements": months} if months else {})


def questions(months: tuple[str, ...] = MONTHS) -> list[Question]:
    """Return what is asked: a model's prices, every route's uptime, and a month's latencies."""
    looked = ("runs", "status_history")
    month = {"month": f"'{months[0]}'"}
    return [
        Question(
            "price_trend", "a model", {"model_id": f"'{five_years.model_id(7)}'", "since": "'2021-01-01'"},
            ("price_history",), times=25,
        ),
        Question("uptime", "every route", {"since": "NULL", "until": "NULL"}, looked),
        Question("latency_percentiles", "a month", month, looked, months, times=3),
    ]  # fmt: skip


def bare(question: Question, root: Path) -> str:
    """Return the query's SELECT with its views written out, over the files themselves."""
    needed = question.files(root)
    views = {path.stem: path.read_text(encoding="utf-8") for path in queries_folder().glob("*.sql")}

    def written_out(found: re.Match[str]) -> str:
        begins, name, alias = found[1], found[2], found[3] or f" AS {found[2]}"
        if name in needed:
            return f"{begins} read_parquet({needed[name]}){alias}"
        return f"{begins} ({bare_text(views[name])}){alias}" if name in views else found[0]

    def bare_text(sql: str) -> str:
        sql = re.sub(r"--[^\n]*", "", sql)
        return re.sub(r"\b(FROM|JOIN) (\w+)( AS \w+)?", written_out, sql)

    sql = bare_text(views[question.name])
    for name, value in question.arguments.items():
        sql = sql.replace(f"${name}", value)
    return sql


def connections(question: Question, root: Path) -> tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]:
    """Return what `hfp sql` asks, and a new connection that knows nothing."""
    ours, alone = duckdb_tables.connect(root, question.statement), duckdb.connect()
    alone.execute("SET TimeZone = 'UTC'")
    return ours, alone


def files_read(statement: str, root: Path) -> set[str]:
    """Return the files of which the statement's plan, once it has run, says that they were read.

    Raises:
        ValueError: it read more files than its plan names.
    """
    with duckdb_tables.connect(root, statement) as connection:
        ((_, text),) = connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {statement}").fetchall()
    found = set[str]()
    waiting: list[dict[str, Any]] = list(json.loads(text)["operator"])
    while waiting:
        part = waiting.pop()
        waiting += part.get("children", [])
        if count := int(part["extra_info"].get("Total Files Read", 0)):
            names = part["extra_info"]["Filename(s)"].split(", ")
            if len(names) != count or "..." in names:
                raise ValueError(f"it reads {count} files of a table: {names}")
            found.update(names)
    return found


def quickest_ms(works: list[Callable[[], object]], times: int) -> list[float]:
    """Return the shortest time of each piece of work: they take turns, so that all meet the same load."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, own in zip(works, spent, strict=True):
            begin = time.perf_counter()
            work()
            own.append((time.perf_counter() - begin) * 1000)
    return list(map(min, spent))


def figures(question: Question, root: Path) -> list[float]:
    """Return the milliseconds of the query and of the bare statement, which give the same rows from the same files.

    Raises:
        AssertionError: they do not, or the query opens another file.
    """
    sql = bare(question, root)
    needed = {path for paths in question.files(root).values() for path in paths}
    assert files_read(question.statement, root) == needed, f"{question.name} reads other files than it needs"
    ours, alone = connections(question, root)
    with ours, alone:
        rows = ours.sql(question.statement).to_arrow_table()
        assert rows.num_rows, question.name
        assert rows.equals(alone.sql(sql).to_arrow_table()), f"{question.name} is not what the bare statement gives"
        works = [lambda: ours.sql(question.statement).to_arrow_table(), lambda: alone.sql(sql).to_arrow_table()]
        return quickest_ms(works, question.times)


def main() -> int:
    """Print the table, and return 1 where a query takes longer than its limit."""
    size = five_years.Size()
    with tempfile.TemporaryDirectory() as name:
        root = five_years.write(Path(name) / "dataset", size)
        print(f"Five made-up years: {size.routes:,} routes, {size.measured:,} of them measured every hour\n")
        return compare(root)


def compare(root: Path) -> int:
    """Print the table of a dataset that is there, and return 1 where a query takes longer than its limit."""
    measured = {question.name: figures(question, root) for question in questions()}
    spark = spark_years.figures(root, questions()) if find_spec("pyspark") else {}
    print("| query | files read | bare | query | limit | measured | Spark |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for question in questions():
        ours, alone = measured[question.name]
        files = sum(map(len, question.files(root).values()))
        beside = f"{spark[question.name]:,.0f} ms" if question.name in spark else "—"
        print(
            f"| `{question.name}` of {question.of} | {files} | {alone:,.1f} ms | {ours:,.1f} ms"
            f" | {LIMIT:g} × | {ours / alone:.2f} × | {beside} |"
        )
    return int(any(ours > LIMIT * alone for ours, alone in measured.values()))


if __name__ == "__main__":
    sys.exit(main())
