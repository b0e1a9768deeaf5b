"""The queries about what is: against `choice`, another engine and plain Python, and the facts of the recording."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot

from hf_providers.catalog import query_views
from hf_providers.catalog.schema import TABLES
from hf_providers.files import sha256
from hf_providers.rules import ranking, recency
from pipeline.__main__ import main
from pipeline.assemble import tables
from pipeline.publish import queries
from pipeline.publish.checks import CHECKS
from pipeline.publish.derive import VIEWS, derive
from pipeline.replay import read_capture, serve
from tests.dataset_samples import alias_is_the_version, loaded, manifest_of, row
from tests.queries.query_rows import HOUR, T0, Rows, ask, connected, in_nano, in_sqlite, made, offer, usd
from tests.run.runs import AT, Pipe, entry, facts, model, priced

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURE = CAPTURES / "hub-list-2026-02" / "models-2026-02-26T1227-8f91cbd.json"
FILES = sorted(queries.QUERIES.glob("*.sql"))
PRICES = ("input_usd_per_mtok", "output_usd_per_mtok")


# --- every file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_gives_the_columns_it_describes_and_money_is_never_a_float(path: Path) -> None:
    query = queries.read(path)
    with connected(made()) as connection:
        arguments = ", ".join(f"{parameter.name} := NULL" for parameter in query.parameters)
        found = ask(connection, f"DESCRIBE FROM {query.name}{f'({arguments})' if arguments else ''}")
    assert [column["column_name"] for column in found] == [column.name for column in query.columns]
    used = re.findall(r"\$(\w+)", query.sql)
    assert [parameter.name for parameter in query.parameters] == list(dict.fromkeys(used))
    money = [column["column_type"] for column in found if "usd" in column["column_name"]]
    assert all(kind.startswith("DECIMAL") for kind in money)


@pytest.mark.parametrize("path", [*FILES, *CHECKS.glob("*.sql")], ids=lambda path: path.stem)
def test_every_query_can_be_carried_to_spark(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    (carried,) = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert sqlglot.parse_one(carried, read="spark").find(sqlglot.exp.Select)
    assert not re.search(r"\b(asof|quantile_cont|qualify)\b", sql, re.IGNORECASE)


def test_a_query_whose_table_is_not_there_is_left_out_and_the_others_are_not() -> None:
    offers = {"offers": made(offers=[offer(**usd("1", "2"))])["offers"]}
    with connected(offers) as connection:
        assert ask(connection, "SELECT provider FROM cheapest") == [{"provider": "p"}]
        with pytest.raises(duckdb.CatalogException, match="provider_summary"):
            connection.execute("FROM provider_summary")


def test_a_query_that_is_no_sql_is_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "odd.sql").write_text("SELECT FROM WHERE")
    with duckdb.connect() as connection, pytest.raises(duckdb.ParserException):
        query_views.add_views(connection, tmp_path)


@pytest.mark.parametrize(
    "comment", ["", "-- What?\n-- Columns:\n--   a: b.\n", "-- What?\n-- Grain: x\n-- Columns:\n--   a b\n"]
)
def test_a_query_without_a_description_is_refused(comment: str, tmp_path: Path) -> None:
    (tmp_path / "odd.sql").write_text(f"{comment}SELECT 1 AS a")
    with pytest.raises(queries.QueryError, match=r"odd\.sql"):
        queries.read_all(tmp_path)


# --- the recording --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    """The tables that a run makes of the recording."""
    if not CAPTURE.is_file():
        pytest.skip("the folder of recordings is not beside the repository")
    with pytest.MonkeyPatch.context() as patch:
        pipe = Pipe(patch, tmp_path_factory.mktemp("queries"))
        with serve(read_capture(CAPTURE, AT)) as server:
            assert pipe.run(server) == 0
    return {name: loaded(pipe.out).table(name) for name in TABLES}


@pytest.fixture(scope="module")
def views(recorded: dict[str, pa.Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    with connected(recorded) as connection:
        yield connection


DAYS = [None, *(T0 - 24 * days * HOUR for days in (0, 0, 0, 1, 45, 46, 100))]
"""Dates around the border of what is recent."""


def as_the_catalog_has_them(offers: pa.Table) -> dict[str, Rows]:
    """The offers of each model, prices as exact text."""
    found: dict[str, Rows] = {}
    for given in tables.to_rows(offers):
        prices = {name: None if given[name] is None else f"{given[name]:f}" for name in PRICES}
        found.setdefault(given["model_id"], []).append(given | prices)
    return found


def name_of(picked: dict[str, Any] | None) -> tuple[str, str] | None:
    return None if picked is None else (picked["provider"], picked["provider_model_id"])


def per_task(offers: Rows) -> dict[str, Rows]:
    return {task: [o for o in offers if o["task"] == task] for task in {o["task"] for o in offers}}


def agrees_with_choice(connection: duckdb.DuckDBPyConnection, offers: pa.Table) -> int:
    """Compare what the views pick with what `choice` does, for every model; return how many there are."""
    models = as_the_catalog_has_them(offers)
    since = recency.recent_since(tables.to_rows(offers))
    for view, pick in (("cheapest", ranking.cheapest), ("fastest", ranking.fastest)):
        said = {(r["model_id"], r["task"]): name_of(r) for r in ask(connection, f"FROM {view}")}
        picked = {
            (m, task): pick(found, since) for m, every in models.items() for task, found in per_task(every).items()
        }
        assert said == {place: name_of(best) for place, best in picked.items() if best is not None}
    router = {(r["model_id"], r["policy"]): r for r in ask(connection, "FROM router_choice")}
    expected = {
        (m, policy): best for m, o in models.items() for policy, best in (ranking.router_choice(o, since) or {}).items()
    }
    assert router.keys() == expected.keys()
    for place, best in expected.items():
        said_row = router[place]
        assert name_of(said_row if said_row["provider"] else None) == name_of(best)
        for mix, end in (((3, 1), "3_1"), ((10, 1), "10_1")):
            cheapest = ranking.cheapest(per_task(models[place[0]])["conversational"], since, mix)
            assert said_row[f"cheapest_provider_{end}"] == (cheapest["provider"] if cheapest else None)
            differs = None if best is None or cheapest is None else name_of(best) != name_of(cheapest)
            assert said_row[f"differs_{end}"] is differs
    summary = {r["model_id"]: r["task"] for r in ask(connection, "FROM model_summary")}
    assert summary == {model_id: ranking.main_task(found) for model_id, found in models.items()}
    return len(models)


def test_the_views_pick_what_the_library_picks_for_every_model_of_the_recording(
    recorded: dict[str, pa.Table], views: duckdb.DuckDBPyConnection
) -> None:
    assert agrees_with_choice(views, recorded["offers"]) == 836


def test_the_views_pick_what_the_library_picks_among_made_offers_full_of_ties() -> None:
    randomly = random.Random(7)
    prices = [None, usd("0", "0"), usd("1", "1"), usd("1", "2"), usd("0.5", "3.5"), usd("0.000000001", "2")]
    offers = [
        offer(
            f"o/m{randomly.randrange(40)}",
            randomly.choice("abc"),
            provider_model_id=f"x{number}",
            task=randomly.choice(["conversational", "conversational", "text-to-image"]),
            status=randomly.choice(["live", "live", "live", "error"]),
            throughput_tps=randomly.choice([None, 10.0, 20.0]),
            ttft_ms=randomly.choice([None, 5.0, 7.0]),
            request_latency_ms=randomly.choice([None, 100.0, 200.0]),
            **{name: randomly.choice(DAYS) for name in ("observed_at", "price_observed_at", "measured_at")},
            **(randomly.choice(prices) or {}),
        )
        for number in range(600)
    ]
    ids = {given["model_id"] for given in offers}
    models = [row("models", model_id=i, author="o", name=i[2:], modality="text") for i in ids]
    content = made(offers=offers, models=models)
    with connected(content) as connection:
        assert agrees_with_choice(connection, content["offers"]) == len(ids)


def test_what_the_recording_says_of_deepseek_r1(views: duckdb.DuckDBPyConnection) -> None:
    def one(statement: str) -> dict[str, Any]:
        (found,) = ask(views, f"{statement} WHERE model_id = 'deepseek-ai/DeepSeek-R1'")
        return found

    at_10_1 = one("FROM cheapest_at(input_mtok := 10, output_mtok := 1)")
    assert (at_10_1["provider"], at_10_1["cost_usd"]) == ("novita", Decimal("9.5")), "10 x 0.70 + 2.50 USD"
    said = listed("deepseek-ai/DeepSeek-R1")
    lowest = min(
        (o for o in said if o["status"] == "live" and "pricing" in o.get("providerDetails", {})),
        key=lambda o: o["providerDetails"]["pricing"]["output"],
    )
    assert lowest["provider"] == "hyperbolic"
    fastest = one("FROM fastest")
    assert (fastest["provider"], fastest["input_usd_per_mtok"]) == ("sambanova", None)
    router = {r["policy"]: r for r in ask(views, "FROM router_choice WHERE model_id = 'deepseek-ai/DeepSeek-R1'")}
    assert router["cheapest"]["provider"] == "hyperbolic"
    assert router["cheapest"]["differs_10_1"] is True
    assert router["fastest"]["provider"] == "sambanova"
    assert "fireworks-ai" in {o["provider"] for o in said if o["status"] == "error"}
    for view in ("cheapest", "fastest", "pareto", "router_choice"):
        chosen = ask(views, f"SELECT provider FROM {view} WHERE model_id = 'deepseek-ai/DeepSeek-R1'")
        assert "fireworks-ai" not in {c["provider"] for c in chosen}


def listed(model_id: str) -> Rows:
    """The mapping of a model as plain JSON has it."""
    models = json.loads(CAPTURE.read_text(), parse_float=Decimal)
    found: Rows = next(m["inferenceProviderMapping"] for m in models if m["id"] == model_id)
    return found


def test_prices_that_are_not_stated_are_null_everywhere_and_never_0(
    recorded: dict[str, pa.Table], views: duckdb.DuckDBPyConnection
) -> None:
    stated: dict[tuple[str, ...], tuple[Decimal, ...]] = {}
    for listed_model in json.loads(CAPTURE.read_text(), parse_float=Decimal):
        for said in listed_model.get("inferenceProviderMapping", []):
            pricing = (said.get("providerDetails") or {}).get("pricing") or {}
            if said["status"] == "live" and None not in (pricing.get("input"), pricing.get("output")):
                nano = tuple(Decimal(pricing[side]).quantize(Decimal("1e-9")) for side in ("input", "output"))
                stated[listed_model["id"], said["provider"], said["task"], said["providerId"]] = nano
    for view in ("cheapest", "pareto", "fastest", "router_choice"):
        for found in ask(views, f"FROM {view} WHERE provider IS NOT NULL"):
            place = (
                found["model_id"],
                found["provider"],
                found.get("task", "conversational"),
                found["provider_model_id"],
            )
            assert (found["input_usd_per_mtok"], found["output_usd_per_mtok"]) == stated.get(place, (None, None))
    priced = ask(views, "SELECT sum(priced_live_offers) AS n FROM coverage")[0]["n"]
    assert priced == len(stated) == ask(views, "SELECT sum(priced_live_offers) AS n FROM provider_summary")[0]["n"]


def test_the_frontier_is_what_comparing_every_pair_leaves(
    recorded: dict[str, pa.Table], views: duckdb.DuckDBPyConnection
) -> None:
    points: dict[str, list[tuple[Decimal, float, str, str]]] = {}
    for given in tables.to_rows(recorded["offers"]):
        known = None not in (given["input_usd_per_mtok"], given["output_usd_per_mtok"], given["throughput_tps"])
        if known and given["status"] == "live" and given["task"] == "conversational":
            blended = 3 * given["input_usd_per_mtok"] + given["output_usd_per_mtok"]
            point = (blended, given["throughput_tps"], given["provider"], given["provider_model_id"])
            points.setdefault(given["model_id"], []).append(point)
    frontier = {
        (model_id, a[2], a[3])
        for model_id, every in points.items()
        for a in every
        if not any(b[0] <= a[0] and b[1] >= a[1] and b[:2] != a[:2] for b in every)
    }
    found = ask(views, "SELECT model_id, provider, provider_model_id FROM pareto")
    assert len(found) == len(frontier) < sum(map(len, points.values()))
    assert {tuple(f.values()) for f in found} == frontier


# --- another engine -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cheapest", "fastest", "router_choice", "coverage"])
def test_sqlite_gives_the_same_rows(name: str, recorded: dict[str, pa.Table], views: duckdb.DuckDBPyConnection) -> None:
    duck = [{column: in_nano(value) for column, value in found.items()} for found in ask(views, f"FROM {name}")]
    lite = in_sqlite(recorded, name)
    for found in lite:
        if "blended_usd_per_mtok" in found:
            assert found["blended_usd_per_mtok"] * 4 % 1 == 0
            found["blended_usd_per_mtok"] = int(found["blended_usd_per_mtok"])
    assert lite == duck
    assert len(duck) > 20


# --- derived files --------------------------------------------------------------------------------------------------


def test_derived_tables_say_of_each_column_what_it_means(recorded: dict[str, pa.Table]) -> None:
    derived = derive(recorded)
    assert derived.keys() == {*VIEWS, "changes", "models_plain", "architectures_plain"}
    for name, data in derived.items():
        assert all(field.metadata[b"description"] for field in data.schema), name
    cheapest = derived["cheapest"].schema.field("blended_usd_per_mtok")
    assert (cheapest.type, cheapest.metadata[b"unit"]) == (pa.decimal128(22, 11), b"USD per million tokens")
    assert derived["changes"].num_rows == 0, "the first observation changes nothing"


def test_derived_files_are_published_and_made_again_where_they_are_not_current(
    pipe_dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = manifest_of(pipe_dataset)
    assert main(["derive", "--out", str(pipe_dataset)]) == 0
    assert capsys.readouterr().out.endswith("is current\n")
    spoilt = next(pipe_dataset / f["path"] for f in before["files"] if f["path"].endswith("/coverage.parquet"))
    right = spoilt.read_bytes()
    older = pa.table({"task": ["other"]})
    tables.write(older, spoilt)
    tables.write(older, pipe_dataset / "latest" / "coverage.parquet")
    for file in before["files"]:
        if file["path"].endswith("/coverage.parquet"):
            file |= {"sha256": sha256(spoilt), "bytes": spoilt.stat().st_size, "rows": 1}
    (pipe_dataset / "manifest.json").write_text(json.dumps(before))
    assert main(["derive", "--out", str(pipe_dataset)]) == 0
    assert "coverage.parquet" in capsys.readouterr().out
    assert spoilt.read_bytes() == right
    assert loaded(pipe_dataset).manifest.version == before["version"]
    assert alias_is_the_version(pipe_dataset)


@pytest.fixture
def pipe_dataset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A dataset that a run published of made-up facts."""
    pipe = Pipe(monkeypatch, tmp_path)
    with serve(facts(model("o/m", entry(providerDetails=priced(1, 2))))) as server:
        assert pipe.run(server) == 0
    return pipe.out
