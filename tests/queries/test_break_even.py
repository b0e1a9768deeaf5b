"""The queries about endpoints, against the library's own arithmetic and a history written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hf_providers import open_snapshot
from hf_providers.catalog import duckdb_tables, query_views
from hf_providers.catalog.schema import TABLES
from hf_providers.hosting import endpoints
from hf_providers.hosting.weights import bytes_at
from pipeline.assemble import tables
from pipeline.publish import queries
from tests.cli.hfp import row
from tests.hosting.made import DATA

pytestmark = pytest.mark.usefixtures("wide")

Rows = list[dict[str, Any]]
committed = pytest.mark.skipif(not (DATA / "manifest.json").is_file(), reason="the repository's data/ holds no dataset")


def ask(connection: duckdb.DuckDBPyConnection, statement: str, values: list[Any]) -> Rows:
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]


@pytest.fixture
def views() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb_tables.connect(DATA) as connection:
        yield connection


@committed
def test_break_even_is_what_the_library_says(views: duckdb.DuckDBPyConnection) -> None:
    catalog = open_snapshot(DATA).catalog
    instances = [i for i in catalog.rows("endpoint_instances") if not i["deprecated"]]
    compared = 0
    for best in ask(views, "FROM cheapest WHERE task = 'conversational' AND blended_usd_per_mtok > 0", []):
        model = catalog.model(best["model_id"])
        assert model is not None
        found = ask(views, "FROM break_even(model := ?, bits_per_weight := 16)", [best["model_id"]])
        if model["parameters"] is None:
            assert found == []
            continue
        fitting = endpoints.fitting(instances, bytes_at(model["parameters"], 16), 0)
        prices = (f"{best[name]:f}" for name in ("input_usd_per_mtok", "output_usd_per_mtok"))
        given, taken = prices
        expected = {
            (i["cloud"], i["instance_type"], i["size"]): even["tokens_per_hour"]
            for i in fitting
            if (even := endpoints.break_even(i["usd_per_hour"], given, taken, (3, 1)))
        }
        assert {(f["cloud"], f["instance_type"], f["size"]): f["tokens_per_hour"] for f in found} == expected
        compared += len(found)
    assert compared > 100


def test_the_trend_of_an_instance(tmp_path: Path) -> None:
    def interval(year: int, until: int | None, price: str, size: str = "x1") -> dict[str, Any]:
        at = {"valid_from": datetime(year, 1, 1, tzinfo=UTC), "valid_to": until and datetime(until, 1, 1, tzinfo=UTC)}
        last = datetime(until or 2026, 1, 1, tzinfo=UTC)
        said = {"cloud": "aws", "instance_type": "nvidia-t4", "size": size, "kind": "gpu", "deprecated": False}
        values = said | at | {"usd_per_hour": Decimal(price), "last_observed_at": last, "source": "s"}
        return row("endpoint_price_history", **values)

    rows = [interval(2022, 2023, "0.6"), interval(2023, None, "0.5"), interval(2022, 2023, "4.5", "x4")]
    with duckdb.connect() as connection:
        content = {"endpoint_price_history": rows}
        made = {name: tables.from_rows(table, content.get(name, [])) for name, table in TABLES.items()}
        duckdb_tables.register(connection, made)
        query_views.add_views(connection, queries.QUERIES)
        statement = "FROM endpoint_price_trend(instance_type := ?, since := ?)"
        found = ask(connection, statement, ["nvidia-t4", "2024-01-01"])
        assert [f["percent_since_first"] for f in found] == [pytest.approx(-100 / 6)]
        assert len(ask(connection, statement, ["nvidia-t4", "2022-06-01"])) == 3
        assert ask(connection, statement, ["nvidia-l4", "2020-01-01"]) == []
