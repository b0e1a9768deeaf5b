"""The queries: against `choice`, against another engine, against plain Python, and the facts of the recording."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot

from hf_providers import choice, sqldata
from hf_providers.schema import TABLES
from pipeline import queries, tables
from pipeline.__main__ import main
from pipeline.checks import CHECKS
from pipeline.dataset import sha256
from pipeline.derive import VIEWS, derive
from pipeline.replay import Facts, serve
from tests.dataset_samples import alias_is_the_version, loaded, manifest_of, row
from tests.replay.runs import AT, Pipe, entry, facts, model, priced

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURE = CAPTURES / "hub-list-2026-02" / "models-2026-02-26T1227-8f91cbd.json"
T0 = datetime(2026, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FILES = sorted(queries.QUERIES.glob("*.sql"))
PRICES = ("input_usd_per_mtok", "output_usd_per_mtok")
Rows = list[dict[str, Any]]


def connected(content: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, table in content.items():
        connection.register(name, table)
    sqldata.add_views(connection, queries.QUERIES)
    return connection


def ask(connection: duckdb.DuckDBPyConnection, statement: str, **values: Any) -> Rows:
    cursor = connection.execute(statement, values) if values else connection.execute(statement)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]


def made(**rows: Rows) -> dict[str, pa.Table]:
    """Tables of these rows, all others empty."""
    return {name: tables.from_rows(table, rows.get(name, [])) for name, table in TABLES.items()}


def offer(model_id: str = "o/m", provider: str = "p", **values: Any) -> dict[str, Any]:
    known = {
        "model_id": model_id,
        "provider": provider,
        "task": "conversational",
        "provider_model_id": "x",
        "status": "live",
        "readiness": "hot",
        "first_seen_at": T0,
        "changed_at": T0,
        "stale": False,
    }
    return row("offers", **(known | values))


def usd(given: str, taken: str) -> dict[str, Decimal]:
    return {"input_usd_per_mtok": Decimal(given), "output_usd_per_mtok": Decimal(taken)}


def interval(table: str, begin: int, end: int | None, seen: int, **values: Any) -> dict[str, Any]:
    """An interval of one route, in hours after T0."""
    known = {"model_id": "o/m", "provider": "p", "task": "conversational", "source": "hub-list"}
    times = {
        "valid_from": T0 + begin * HOUR,
        "valid_to": None if end is None else T0 + end * HOUR,
        "last_observed_at": T0 + seen * HOUR,
    }
    return row(table, **(known | times | values))


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
        sqldata.add_views(connection, tmp_path)


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
        with serve(Facts.from_capture(CAPTURE, AT)) as server:
            assert pipe.run(server) == 0
    return {name: loaded(pipe.out).table(name) for name in TABLES}


@pytest.fixture(scope="module")
def views(recorded: dict[str, pa.Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    with connected(recorded) as connection:
        yield connection


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
    for view, pick in (("cheapest", choice.cheapest), ("fastest", choice.fastest)):
        said = {(r["model_id"], r["task"]): name_of(r) for r in ask(connection, f"FROM {view}")}
        picked = {(m, task): pick(found) for m, every in models.items() for task, found in per_task(every).items()}
        assert said == {place: name_of(best) for place, best in picked.items() if best is not None}
    router = {(r["model_id"], r["policy"]): r for r in ask(connection, "FROM router_choice")}
    expected = {
        (m, policy): best for m, o in models.items() for policy, best in (choice.router_choice(o) or {}).items()
    }
    assert router.keys() == expected.keys()
    for place, best in expected.items():
        said_row = router[place]
        assert name_of(said_row if said_row["provider"] else None) == name_of(best)
        for mix, end in (((3, 1), "3_1"), ((10, 1), "10_1")):
            cheapest = choice.cheapest(per_task(models[place[0]])["conversational"], mix)
            assert said_row[f"cheapest_provider_{end}"] == (cheapest["provider"] if cheapest else None)
            differs = None if best is None or cheapest is None else name_of(best) != name_of(cheapest)
            assert said_row[f"differs_{end}"] is differs
    summary = {r["model_id"]: r["task"] for r in ask(connection, "FROM model_summary")}
    assert summary == {model_id: choice.main_task(found) for model_id, found in models.items()}
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


def in_sqlite(content: dict[str, pa.Table], name: str) -> Rows:
    """What SQLite answers to the query, its prices as whole nano-USD: integers, as exact there as decimals here."""
    sql = (queries.QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    (carried,) = sqlglot.transpile(sql, read="duckdb", write="sqlite")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("split_part", 3, lambda text, mark, n: text and text.split(mark)[n - 1])
        for table in ("offers", "price_history"):
            names = TABLES[table].column_names
            connection.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            values = [[in_nano(given[n]) for n in names] for given in tables.to_rows(content[table])]
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", values)
        cursor = connection.execute(carried)
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, found, strict=True)) for found in cursor.fetchall()]


def in_nano(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value.scaleb(9))
    return value.isoformat() if isinstance(value, datetime) else value


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


# --- prices over time -----------------------------------------------------------------------------------------------

PRICED = [
    interval("price_history", 0, 2, 1, source="a/b@1", **usd("1", "2")),
    interval("price_history", 2, 3, 2, source="a/b@2", **usd("1", "4")),
    interval("price_history", 3, 4, 3),
    interval("price_history", 5, 6, 5, **usd("1", "4")),
    interval("price_history", 6, 7, 6, **usd("0", "0")),
    interval("price_history", 8, None, 9, source="router", **usd("0.000000001", "0")),
    interval("price_history", 0, None, 9, provider="q", **usd("5", "5")),
]


def test_price_changes_are_between_stated_prices_with_both_sources() -> None:
    with connected(made(price_history=PRICED)) as connection:
        found = ask(connection, "FROM price_changes")
    names = ("changed_at", "last_seen_before", "input_percent", "output_percent", "blended_percent", "sources_differ")
    assert [tuple(f[n] for n in names) for f in found] == [
        (T0 + 2 * HOUR, T0 + 1 * HOUR, 0.0, 100.0, 40.0, False),
        (T0 + 6 * HOUR, T0 + 5 * HOUR, -100.0, -100.0, -100.0, False),
        (T0 + 8 * HOUR, T0 + 6 * HOUR, None, None, None, True),
    ]
    assert found[-1]["input_usd_per_mtok"] == Decimal("1e-9")
    assert [(f["source_before"], f["source"]) for f in found] == [
        ("a/b@1", "a/b@2"),
        ("hub-list", "hub-list"),
        ("hub-list", "router"),
    ]


def test_price_changes_in_sqlite() -> None:
    content = made(price_history=PRICED)
    with connected(content) as connection:
        duck = [{name: in_nano(value) for name, value in f.items()} for f in ask(connection, "FROM price_changes")]
    assert in_sqlite(content, "price_changes") == duck


@pytest.mark.parametrize(
    ("hours", "price", "observed"),
    [(-1, None, None), (0, "1", True), (1, "1", True), (1.5, "1", False), (2, "1", True), (3, None, None),
     (4.5, None, None), (7.5, None, None), (9, "1e-9", True), (10, "1e-9", False)],
)  # fmt: skip
def test_the_price_as_of_a_moment(hours: float, price: str | None, observed: bool | None) -> None:
    moment = T0 + hours * HOUR
    with connected(made(price_history=PRICED)) as connection:
        as_macro = ask(connection, f"FROM price_as_of(as_of := '{moment.isoformat()}') WHERE provider = 'p'")
        sql = queries.read(queries.QUERIES / "price_as_of.sql").sql
        as_parameter = ask(connection, f"SELECT * FROM ({sql}) WHERE provider = 'p'", as_of=moment)
    assert as_macro == as_parameter
    known = [(f["input_usd_per_mtok"], f["observed"]) for f in as_macro]
    assert known == ([] if price is None else [(Decimal(price), observed)])


def test_the_trend_of_one_model_since_a_day() -> None:
    other = interval("price_history", 0, None, 1, model_id="o/other", **usd("9", "9"))
    with connected(made(price_history=[*PRICED, other])) as connection:
        since = (T0 + 5 * HOUR).isoformat()
        found = ask(connection, f"FROM price_trend(model_id := 'o/m', since := '{since}')")
    assert [(f["provider"], f["percent_since_first"]) for f in found] == [
        ("p", 40.0),
        ("p", -100.0),
        ("p", pytest.approx(-100.0)),
        ("q", 0.0),
    ]
    assert {f["model_id"] for f in found} == {"o/m"}


def test_uptime_counts_what_was_listed_inside_the_window() -> None:
    history = [
        interval("status_history", 0, 4, 3, status="live"),
        interval("status_history", 4, 6, 5, status="error"),
        interval("status_history", 10, None, 12, status="live"),
        interval("status_history", 2, None, 2, provider="once", status="live"),
    ]
    since, until = (T0 + 2 * HOUR).isoformat(), (T0 + 11 * HOUR).isoformat()
    with connected(made(status_history=history)) as connection:
        found = ask(connection, f"FROM uptime(since := '{since}', until := '{until}')")
    assert [(f["provider"], f["listed_hours"], f["live_hours"], f["live_share"]) for f in found] == [("p", 5, 3, 0.6)]


def test_variants_are_the_declared_ones() -> None:
    declared = [{"model_id": "o/base", "relation": "quantized"}, {"model_id": "o/unlisted", "relation": "merge"}]
    models = [
        row("models", model_id="o/base", author="o", name="base", modality="text"),
        row("models", model_id="o/q", author="o", name="q", modality="text", base_models=[*declared, declared[0]]),
    ]
    offers = [offer("o/base"), offer("o/base", "q", status="error"), offer("o/q", status="staging")]
    with connected(made(models=models, offers=offers)) as connection:
        found = [tuple(f.values()) for f in ask(connection, "FROM variants")]
    assert found == [("o/q", "o/base", "quantized", 0, 1, True), ("o/q", "o/unlisted", "merge", 0, 0, False)]


# --- derived files --------------------------------------------------------------------------------------------------


def test_derived_tables_say_of_each_column_what_it_means(recorded: dict[str, pa.Table]) -> None:
    derived = derive(recorded)
    assert derived.keys() == {*VIEWS, "changes"}
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
