"""queries/bill.sql against `hfp bill --group-by row`, row by row, on 100,000 requests: in DuckDB and in Spark."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from hf_providers.billing.bill import Bill
from hf_providers.billing.pricing import Pricer
from hf_providers.catalog.database import Catalog
from pipeline.publish.queries import QUERIES
from tests.cli.hfp import day, priced
from tests.hosting.made import catalog

ROWS = 100_000
ROUTES = 120
pytestmark = pytest.mark.slow
SQL = (QUERIES / "bill.sql").read_text(encoding="utf-8")
USAGE = pa.schema(
    [
        ("request_id", pa.int64()),
        ("requested_at", pa.timestamp("us", tz="UTC")),
        ("model_id", pa.string()),
        ("provider", pa.string()),
        ("task", pa.string()),
        ("input_tokens", pa.int64()),
        ("cached_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
    ]
)
HISTORY = pa.schema(
    [
        ("model_id", pa.string()),
        ("provider", pa.string()),
        ("task", pa.string()),
        ("valid_from", pa.timestamp("us", tz="UTC")),
        ("valid_to", pa.timestamp("us", tz="UTC")),
        ("last_observed_at", pa.timestamp("us", tz="UTC")),
        ("input_usd_per_mtok", pa.decimal128(18, 9)),
        ("output_usd_per_mtok", pa.decimal128(18, 9)),
    ]
)
Row = dict[str, Any]


def some_price(chance: random.Random) -> Decimal | None:
    """A price down to the last nano-USD, one of 0, none, or one that is absurd."""
    kinds = (chance.randrange(1, 10**4), chance.randrange(1, 10**10), 0, None, 10**17 + chance.randrange(10**9))
    nano = kinds[chance.choices(range(5), (40, 50, 4, 4, 2))[0]]
    return None if nano is None else Decimal(nano).scaleb(-9)


def history(chance: random.Random) -> list[Row]:
    """Routes with some prices each, mostly end to end, sometimes with a gap, sometimes ended."""
    rows = []
    for route in range(ROUTES):
        begin = day("2026-01-01") + timedelta(minutes=chance.randrange(10**5))
        for number in range(chance.randint(1, 5)):
            until = begin + timedelta(minutes=chance.randrange(1, 5 * 10**4))
            last = number == 4 or chance.random() < 0.2
            end = None if last and chance.random() < 0.7 else until
            prices = {"input_usd_per_mtok": some_price(chance), "output_usd_per_mtok": some_price(chance)}
            row = priced(f"o/Model-{route // 3}", f"p{route % 3}", "2026-01-01", None, **prices)
            rows.append(row | {"valid_from": begin, "valid_to": end, "last_observed_at": until - timedelta(minutes=1)})
            if last:
                break
            begin = until + (timedelta(hours=5) if chance.random() < 0.1 else timedelta())
    return rows


def usage(chance: random.Random, prices: list[Row]) -> list[Row]:
    """Requests at any time, often just when a price begins or ends, sometimes of routes that are not there."""
    rows = []
    for number in range(ROWS):
        near = chance.choice(prices)
        at: datetime = chance.choice((near["valid_from"], near["valid_to"] or near["valid_from"]))
        at += timedelta(microseconds=chance.choice((-1, 0, 0, 1, chance.randrange(-(10**12), 10**12))))
        tokens = chance.choice((10, 10**4, 10**6, 10**15))
        given = chance.randint(0, tokens)
        values = (
            number, at, near["model_id"], chance.choice(("p0", "p1", "p2", near["provider"], "nobody")),
            chance.choice((None, None, None, "conversational", "text-to-image")), given,
            chance.choice((None, 0, 0, 0, min(given, 7))), chance.choice((0, chance.randint(0, tokens))),
        )  # fmt: skip
        rows.append(dict(zip(USAGE.names, values, strict=True)))
    return rows


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with usage.parquet and price_history.parquet, and a catalog of the same history."""
    chance = random.Random(20)
    folder = tmp_path_factory.mktemp("bill_sql")
    prices = history(chance)
    known = [{name: row[name] for name in HISTORY.names} for row in prices]
    pq.write_table(pa.Table.from_pylist(known, HISTORY), folder / "price_history.parquet")
    pq.write_table(pa.Table.from_pylist(usage(chance, prices), USAGE), folder / "usage.parquet")
    catalog(folder / "catalog.sqlite", {"price_history": prices})
    return folder


@pytest.fixture(scope="module")
def billed(tables: Path) -> list[int | None]:
    """What `hfp bill` says that each request cost."""
    names = {"request_id": "id", "requested_at": "time", "model_id": "model"}
    rows = pq.read_table(tables / "usage.parquet").to_pylist()
    with Catalog(str(tables / "catalog.sqlite")) as opened:
        log = ((row["request_id"], {names.get(key, key): value for key, value in row.items()}) for row in rows)
        bill = Bill(Pricer(opened))
        costs = [each.priced.cost_nano for each in bill.each(log)]
    assert not bill.broken
    assert len(costs) == ROWS
    priced_ones = sum(cost is not None for cost in costs)
    assert ROWS // 10 < priced_ones < ROWS * 9 // 10
    return costs


def test_duckdb_prices_each_row_like_hfp_bill(tables: Path, billed: list[int | None]) -> None:
    with duckdb.connect() as connection:
        for name in ("usage", "price_history"):
            connection.execute(f"CREATE VIEW {name} AS FROM '{tables / name}.parquet'")
        found = connection.execute(f"SELECT request_id, cost_nano_usd FROM ({SQL}) ORDER BY 1").fetchall()
        kinds = connection.execute(f"SELECT DISTINCT typeof(cost_nano_usd) FROM ({SQL})").fetchall()
    assert kinds == [("DECIMAL(38,0)",)]
    assert [None if cost is None else int(cost) for _, cost in found] == billed


def test_an_absurd_count_costs_its_row_alone(tables: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW price_history AS FROM '{tables}/price_history.parquet'")
        connection.execute(
            f"CREATE VIEW usage AS SELECT * REPLACE (CASE request_id % 3 WHEN 0 THEN -1 WHEN 1 THEN 5 * 10**17"
            f" ELSE input_tokens END::BIGINT AS input_tokens) FROM '{tables}/usage.parquet'"
        )
        counts = connection.execute(
            f"SELECT request_id % 3, count(cost_nano_usd) FROM ({SQL}) GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert [number > 0 for _, number in counts] == [False, False, True]


def test_the_query_has_what_both_engines_have() -> None:
    assert not {"ASOF", "HUGEINT", "DOUBLE", "FLOAT"} & set(SQL.upper().replace("(", " ").split())
    tree = sqlglot.parse_one(SQL, read="duckdb")
    assert not list(tree.find_all(sqlglot.exp.Div, sqlglot.exp.IntDiv))


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'hf-providers[spark]'")
    if shutil.which("java") is None:
        pytest.skip("java is not there, without which Spark does not run")
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "4",
    }
    builder = pyspark.sql.SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")  # of pyspark's own
def test_spark_prices_each_row_like_hfp_bill(spark: Any, tables: Path, billed: list[int | None]) -> None:
    for name in ("usage", "price_history"):
        spark.read.parquet(str(tables / f"{name}.parquet")).createOrReplaceTempView(name)
    (carried,) = sqlglot.transpile(SQL, read="duckdb", write="spark")
    priced_rows = spark.sql(carried)
    assert dict(priced_rows.dtypes)["cost_nano_usd"] == "decimal(38,0)"
    costs = {
        row["request_id"]: row["cost_nano_usd"] for row in priced_rows.select("request_id", "cost_nano_usd").collect()
    }
    assert [None if costs[number] is None else int(costs[number]) for number in range(ROWS)] == billed
