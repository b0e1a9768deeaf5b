"""Every query and check on local Spark, beside DuckDB: decimals exactly, floats to 6 digits, and the order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hf_providers.catalog import duckdb_tables
from pipeline.publish import dialects, queries
from pipeline.publish.checks import CHECKS
from tests.engines.conftest import DATA, tables_of
from tests.engines.larger import larger
from tests.queries.query_rows import USAGE

pytestmark = pytest.mark.filterwarnings("ignore")  # of pyspark's own
QUERIES = {query.name: query for query in queries.read_all()}
USAGE_ROWS = (
    "INSERT INTO usage SELECT row_number() OVER (ORDER BY model_id, provider, task, valid_from), valid_from, model_id,"
    " provider, task, 1000, 0, 10 FROM price_history"
)


@cache
def translated() -> dialects.Translated:
    """Every query in Spark's dialect: a second of a processor, which a worker without Spark is spared."""
    return dialects.translate("spark")


@pytest.fixture(scope="module", params=["data", "larger", "data in Tokyo"])
def engines(request: Any, spark: Any, tmp_path_factory: Any) -> Iterator[tuple[duckdb.DuckDBPyConnection, Any]]:
    """DuckDB, in UTC, and Spark with the tables and views of one dataset, its session in one zone or another."""
    root = larger(tmp_path_factory.mktemp("larger")) if request.param == "larger" else DATA
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo" if request.param == "data in Tokyo" else "UTC")
    connection = duckdb_tables.connect(root)
    connection.execute(USAGE)
    connection.execute(USAGE_ROWS)
    connection.execute(f"CREATE OR REPLACE VIEW bill AS {QUERIES['bill'].sql}")
    usage = tmp_path_factory.mktemp("usage") / "usage.parquet"
    connection.execute(f"COPY usage TO '{usage}' (FORMAT parquet)")
    for name, paths in (tables_of(root) | {"usage": [str(usage)]}).items():
        read = spark.read.option("mergeSchema", "true")
        base = root / "measurements" if name == "measurements" else None
        read = read.option("basePath", str(base)) if base else read
        read.parquet(*paths).createOrReplaceTempView(name)
    for statement in translated().script().split(";\n"):
        if statement.strip():
            spark.sql(statement)
    yield connection, spark
    connection.close()
    spark.conf.set("spark.sql.session.timeZone", "UTC")


def rows_of(table: Any) -> list[tuple[Any, ...]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return [tuple(in_utc(value) for value in row.values()) for row in rows]


def in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-6, abs=1e-9, nan_ok=True)
    return bool(one == other)


def differing(duck: list[tuple[Any, ...]], found: list[tuple[Any, ...]]) -> list[Any]:
    pairs = zip(duck, found, strict=False)
    return [(a, b) for a, b in pairs if len(a) != len(b) or not all(map(same, a, b))][:3]


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_query_on_spark_is_that_of_duckdb(engines: tuple[duckdb.DuckDBPyConnection, Any], name: str) -> None:
    connection, spark = engines
    query = QUERIES[name]
    arguments = {key: literal(text) for key, text in query.arguments.items()}
    sql = translated().others.get(name) or f"SELECT * FROM {name}"
    order = " ORDER BY request_id" if name == "bill" else ""
    answer = spark.sql(sql, args=arguments) if arguments else spark.sql(sql + order)
    assert answer.columns == [column.name for column in query.columns]
    duck = rows_of(connection.sql(f"FROM {query.example or name}{order}").to_arrow_table())
    found = rows_of(answer.toArrow())
    assert differing(duck, found) == []
    assert len(duck) == len(found)


def literal(text: str) -> str | float:
    return text.strip("'") if text.startswith("'") else float(text)


@pytest.mark.parametrize("name", sorted(path.stem for path in CHECKS.glob("*.sql")))
def test_a_check_on_spark_is_that_of_duckdb(engines: tuple[duckdb.DuckDBPyConnection, Any], name: str) -> None:
    connection, spark = engines
    duck = rows_of(connection.sql((CHECKS / f"{name}.sql").read_text(encoding="utf-8")).to_arrow_table())
    found = rows_of(spark.sql(translated().checks[name]).toArrow())
    assert sorted(map(str, found)) == sorted(map(str, duck))


def test_every_file_is_translated(tmp_path: Path) -> None:
    names = {path.stem for path in queries.QUERIES.glob("*.sql")}
    assert translated().views.keys() | translated().others.keys() == names
    assert translated().checks.keys() == {path.stem for path in CHECKS.glob("*.sql")}
