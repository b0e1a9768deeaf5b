"""`hfp sql`: every table of the dataset, every file of queries/, and values that are exact."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.cli.hfp import ROOT, Hfp, catalog, model

FILES = [path for path in (ROOT / "queries").glob("*.sql") if path.stem != "bill"]  # it reads a table of one's own
PLAIN = sorted(path.stem for path in FILES if "$" not in path.read_text(encoding="utf-8"))
ASKING = sorted(path.stem for path in FILES if path.stem not in PLAIN)


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))


def test_every_table_has_the_rows_that_the_manifest_says(hfp: Hfp, data: Path) -> None:
    rows: dict[str, int] = {}
    for file in json.loads((data / "manifest.json").read_text())["files"]:
        if file["table"]:
            rows[file["table"]] = rows.get(file["table"], 0) + file["rows"]
    assert len(rows) >= 9
    for table, count in rows.items():
        assert hfp("sql", f"SELECT count(*) AS n FROM {table}", "--json").rows == [{"n": count}]


def test_every_query_is_there_by_its_name(hfp: Hfp) -> None:
    listed = "SELECT view_name AS name FROM duckdb_views() UNION SELECT function_name FROM duckdb_functions()"
    there = {row["name"] for row in hfp("sql", listed, "--json").rows}
    missing = (set(PLAIN) | set(ASKING)) - there
    assert missing <= needing_tables_not_published(missing)


def needing_tables_not_published(names: set[str]) -> set[str]:
    """Queries over tables that the committed dataset is too old to have."""
    held = {file["table"] for file in json.loads((ROOT / "data" / "manifest.json").read_text())["files"]}
    newer = {"endpoint_instances", "endpoint_price_history", "architectures", "changes"} - held
    return {name for name in names if any(t in (ROOT / "queries" / f"{name}.sql").read_text() for t in newer)}


@pytest.mark.parametrize("name", PLAIN)
def test_every_view_can_be_read(hfp: Hfp, name: str) -> None:
    if name in needing_tables_not_published({name}):
        pytest.skip("the committed dataset lacks a table that this query reads")
    result = hfp("sql", f"SELECT * FROM {name} LIMIT 3", "--json")
    assert result.code == 0, result.err
    assert result.json["columns"]


def test_prices_are_exact_and_times_are_iso(hfp: Hfp) -> None:
    query = (
        "SELECT 0.1::DECIMAL(18,9) + 0.2::DECIMAL(18,9) AS sum, TIMESTAMPTZ '2026-02-26 12:27:29+01' AS at, NULL AS x"
    )
    assert hfp("sql", query, "--json").rows == [{"sum": "0.3", "at": "2026-02-26T11:27:29Z", "x": None}]


def test_a_statement_can_come_through_a_pipe(hfp: Hfp, monkeypatch: pytest.MonkeyPatch) -> None:
    for argv in (["sql"], ["sql", "-"]):
        monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT 7 AS n"))
        assert hfp(*argv, "--json").rows == [{"n": 7}]


def test_numbers_are_aligned_right_and_unknown_is_a_dash(hfp: Hfp) -> None:
    lines = hfp("sql", "SELECT * FROM (VALUES ('a', 1.50), ('bb', NULL), ('c', 12.25)) t(name, price)").out.splitlines()
    assert lines[:4] == ["name  price", "a       1.5", "bb        —", "c     12.25"]


def test_no_id_and_no_price_is_cut_in_a_pipe(data: Path) -> None:
    """A table of its own width, in a real pipe: every row has its whole ids and prices."""
    query = (
        "SELECT model_id, provider_model_id, input_usd_per_mtok, repeat('x', 300) || '!' AS long FROM offers"
        " WHERE input_usd_per_mtok > 0 AND provider_model_id <> '' ORDER BY ALL"
    )
    offers = str(data / "latest" / "offers.parquet")
    with duckdb.connect() as plain:
        rows = plain.execute(query.replace("offers", f"'{offers}'")).fetchall()
    command = [sys.executable, "-m", "hf_providers", "sql", query, "--snapshot", str(data)]
    environ = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    wanted = [[model, own, f"{price:f}".rstrip("0").rstrip("."), long] for model, own, price, long in rows]
    assert len(wanted) > 100
    assert [re.split(" {2,}", line.strip()) for line in lines[1 : len(wanted) + 1]] == wanted


def test_without_duckdb_it_says_how_to_get_it(hfp: Hfp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = hfp("sql", "FROM offers")
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[1] == "install it: pip install 'hf-providers[sql]'"


def test_a_catalog_alone_has_no_tables(hfp: Hfp, tmp_path: Path) -> None:
    path = catalog(tmp_path / "alone" / "catalog.sqlite", {"models": [model("a/B-1")]})
    result = hfp("sql", "FROM offers", "--snapshot", str(path))
    assert result.code == 3
    assert "has no published tables" in result.err


@pytest.mark.parametrize("how", ["missing", "cut", "overwritten"])
def test_a_damaged_table_is_the_snapshots_fault(hfp: Hfp, data: Path, tmp_path: Path, how: str) -> None:
    copied = tmp_path / "data"
    shutil.copytree(data, copied)
    file = copied / "latest" / "models.parquet"
    file.chmod(0o600)
    whole = file.read_bytes()
    if how == "missing":
        file.unlink()
    else:
        # Cut it has no footer; with its footer alone it opens, and only reading rows fails.
        file.write_bytes(
            whole[: len(whole) // 2] if how == "cut" else whole[:4] + bytes(len(whole) - 5000) + whole[-4996:]
        )
    result = hfp("sql", "SELECT * FROM models", "--snapshot", str(copied))
    assert (result.code, result.out) == (3, "")
    assert "damaged: latest/models.parquet" in result.err
    assert result.err.splitlines()[1] == "fetch it again: hfp sync"


def test_an_error_of_the_statement_is_not_the_snapshots(hfp: Hfp) -> None:
    for query in ("SELECT CAST('a' AS INTEGER)", "FROM '/no/such/file.parquet'", "SELECT nothing FROM models"):
        assert hfp("sql", query).code == 2


@pytest.mark.parametrize(
    "query", ["FROM uptime", "SELECT model_id FROM uptime WHERE true", "FROM uptime('2026-01-01')"]
)
def test_a_query_with_parameters_says_how_it_is_called(hfp: Hfp, query: str) -> None:
    result = hfp("sql", query)
    assert result.code == 2
    hint = result.err.splitlines()[1]
    assert hint == "call it with its arguments: FROM uptime(since := …, until := …)"
    called = hint.partition(": ")[2].replace("…", "'2026-02-01'", 1).replace("…", "'2026-03-01'", 1)
    assert hfp("sql", f"{called} LIMIT 1", "--json").rows


PAIR = (
    "SELECT a.output_usd_per_mtok, b.output_usd_per_mtok, a.provider, b.provider FROM offers a JOIN offers b"
    " ON a.model_id = b.model_id AND a.task = b.task AND a.output_usd_per_mtok < b.output_usd_per_mtok"
    " ORDER BY ALL LIMIT 5"
)


def test_a_query_over_a_table_of_ones_own_says_so(hfp: Hfp) -> None:
    result = hfp("sql", "FROM bill")
    assert result.code == 2
    hint = result.err.splitlines()[1]
    assert hint == "it reads a table that is not in the dataset: see queries/bill.sql, or price your use with hfp bill"


def test_columns_of_one_name_keep_their_own_values(hfp: Hfp, data: Path) -> None:
    offers = str(data / "latest" / "offers.parquet")
    with duckdb.connect() as plain:
        expected = plain.execute(PAIR.replace("offers", f"'{offers}'")).fetchall()
    assert len(expected) == 5
    numbers = [f"{n:f}".rstrip("0").rstrip(".") for row in expected for n in row[:2]]
    listed = hfp("sql", PAIR, "--json")
    keys = ["output_usd_per_mtok", "output_usd_per_mtok_1", "provider", "provider_1"]
    assert listed.json["columns"] == keys
    assert [row[key] for row in listed.rows for key in keys[:2]] == numbers
    told = "columns with the same name were renamed: output_usd_per_mtok → output_usd_per_mtok_1"
    assert listed.err.startswith(told)
    written = list(csv.reader(io.StringIO(hfp("sql", PAIR, "--format", "csv").out)))
    assert written == [keys, *([*numbers[2 * n : 2 * n + 2], *row[2:]] for n, row in enumerate(expected))]
    table = hfp("sql", PAIR).out.splitlines()[1:6]
    assert [line.split()[:2] for line in table] == [numbers[2 * n : 2 * n + 2] for n in range(5)]


def test_a_name_told_apart_is_no_other_column(hfp: Hfp) -> None:
    result = hfp("sql", "SELECT 1 AS x, 2 AS x, 3 AS x_1, 4 AS x", "--json")
    assert result.rows == [{"x": 1, "x_2": 2, "x_1": 3, "x_3": 4}]


def test_values_in_values_are_json_too(hfp: Hfp) -> None:
    query = (
        "SELECT [0.50::DECIMAL(9,2), NULL] AS l, {'at': TIMESTAMP '2026-01-02', 'n': 'nan'::DOUBLE} AS s,"
        " MAP {1: 'inf'::DOUBLE} AS m, 'a\\x00'::BLOB AS b"
    )
    result = hfp("sql", query, "--json")
    assert result.rows == [
        {"l": ["0.5", None], "s": {"at": "2026-01-02T00:00:00", "n": "nan"}, "m": {"1": "inf"}, "b": r"\x61\x00"}
    ]


def test_a_statement_from_a_file_and_its_rows_into_one(hfp: Hfp, tmp_path: Path) -> None:
    statement = tmp_path / "ask.sql"
    statement.write_text("SELECT model_id, output_usd_per_mtok, observed_at FROM offers ORDER BY ALL -- all of them\n")
    made = tmp_path / "it's.parquet"
    assert hfp("sql", "--file", str(statement), "--out", str(made)).code == 0
    rows = duckdb.read_parquet(str(made))
    assert [str(kind) for kind in rows.types] == ["VARCHAR", "DECIMAL(18,9)", "TIMESTAMP WITH TIME ZONE"]
    said = hfp("sql", "--file", str(statement), "--json").rows
    assert [row[0] for row in rows.fetchall()] == [row["model_id"] for row in said]
    made = tmp_path / "rows.csv"
    assert hfp("sql", statement.read_text(), "--out", str(made)).code == 0
    with made.open(newline="") as lines:
        assert [row["model_id"] for row in csv.DictReader(lines)] == [row["model_id"] for row in said]
    assert {path.name for path in tmp_path.iterdir()} == {"ask.sql", "it's.parquet", "rows.csv"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("FROM offers", "--out", "x.xlsx"), "neither .parquet nor .csv"),
        (("FROM offers", "--out", "nowhere/x.csv"), "there is no folder"),
        (("FROM offers; FROM models", "--out", "x.csv"), "one SELECT"),
        (("FROM offerz", "--out", "x.csv"), "offerz"),
        (("FROM offers", "--file", "x.sql"), "a statement and --file"),
        (("--file", "x.sql"), "x.sql cannot be read"),
    ],
)
def test_what_cannot_be_written_or_read_is_said(
    hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = hfp("sql", *words)
    assert done.code == 2
    assert message in done.err
    assert list(tmp_path.iterdir()) == []
