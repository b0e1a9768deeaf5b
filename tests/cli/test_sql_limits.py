"""`hfp sql` reads the dataset and nothing else, and answers during a sync."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from hf_providers.catalog import duckdb_tables
from tests.cli.hfp import Hfp


@pytest.fixture
def dataset(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied = tmp_path / "dataset"
    shutil.copytree(data, copied)
    monkeypatch.setenv("HFP_SNAPSHOT", str(copied))
    return copied


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "mine.csv").write_text("x,y\n1,2\n")
    return folder


def everything(*folders: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


READS = {
    "by name": "FROM '{own}/mine.csv'",
    "by function": "SELECT * FROM read_text('/etc/passwd')",
    "the names of files": "SELECT * FROM glob('{own}/*')",
    "past the folder": "FROM '{dataset}/../own/mine.csv'",
    "through a link": "FROM '{dataset}/link.csv'",
    "over the network": "FROM 'http://127.0.0.1:9/a.csv'",
    "another database": "ATTACH '{own}/other.db'",
    "a nested query": "SELECT * FROM query('SELECT * FROM ''{own}/mine.csv''')",
    "a query by name": "FROM query_table('{own}/mine.csv')",
    "a variable of the program": "FROM rows",
}
WRITES = {
    "a file": "COPY (SELECT 1) TO '{own}/new.csv'",
    "a file of the dataset": "COPY (SELECT 1) TO '{dataset}/manifest.json' (FORMAT csv)",
    "explained": "EXPLAIN ANALYZE COPY (SELECT 1) TO '{dataset}/new.csv'",
    "explained, and hidden": "EXPLAIN /* a */ ANALYZE /* b */ COPY (SELECT 1) TO '{dataset}/new.csv'",
    "explained in a form": "EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1) TO '{dataset}/new.csv'",
    "prepared": "PREPARE p AS COPY (SELECT 1) TO '{dataset}/new.csv'; EXECUTE p",
    "in second place": "SELECT 1; COPY (SELECT 1) TO '{dataset}/new.csv'",
    "in a table expression": "WITH t AS (COPY (SELECT 1) TO '{dataset}/new.csv') SELECT * FROM t",
    "behind another space": "WITH t AS (\u00a0COPY\u00a0(SELECT 1) TO '{dataset}/new.csv') SELECT 'é' FROM t",
    "in a text": "SELECT * FROM query('WITH t AS (CO' || 'PY (SELECT 1) TO ''{dataset}/new.csv'') SELECT * FROM t')",
    "in a serialized text": (
        'FROM system."json_execute_serialized_sql" /* */ (json_serialize_sql('
        "'WITH t AS (COPY (SELECT 1) TO ''{dataset}/new.csv'') FROM t'))"
    ),
    "in a pivot": "PIVOT (WITH t AS (COPY (SELECT 1 AS a) TO '{dataset}/new.csv') FROM t) ON \"Count\" USING count(*)",
    "in a macro": "CREATE MACRO m() AS TABLE WITH t AS (COPY (SELECT 1) TO '{dataset}/new.csv') FROM t; FROM m()",
    "in a table": "CREATE TABLE n AS WITH t AS (COPY (SELECT 1) TO '{dataset}/new.csv') FROM t",
    "a log, selected": "FROM enable_logging(storage = 'file', storage_path = '{own}')",
    "the whole database": "EXPORT DATABASE '{dataset}/exported'",
    "a database": "ATTACH '{dataset}/new.db'",
    "a secret": "CREATE PERSISTENT SECRET s (TYPE http)",
    "a profile": "PRAGMA profiling_output = '{own}/profile'",
    "an extension's newer version": "UPDATE EXTENSIONS",
    "a log": "CALL enable_logging(storage = 'file', storage_path = '{own}')",
}
OPENS = ("SET enable_external_access = true", "RESET lock_configuration", "INSTALL httpfs", "LOAD httpfs", "LOAD json")


@pytest.fixture(scope="module")
def shared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy that no test changes: what they try is refused."""
    return Path(shutil.copytree(data, tmp_path_factory.mktemp("shared") / "dataset"))


@pytest.fixture
def guarded(shared: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HFP_SNAPSHOT", str(shared))
    (shared / "link.csv").unlink(missing_ok=True)
    (shared / "link.csv").symlink_to(own / "mine.csv")
    return shared


@pytest.mark.parametrize("how", READS | WRITES)
def test_a_statement_reads_the_dataset_and_nothing_else(hfp: Hfp, guarded: Path, own: Path, how: str) -> None:
    dataset = guarded
    before = everything(dataset, own)
    result = hfp("sql", (READS | WRITES)[how].format(own=own, dataset=dataset))
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 2
    assert everything(dataset, own) == before


@pytest.mark.parametrize("statement", OPENS)
def test_a_statement_cannot_open_what_is_closed(hfp: Hfp, guarded: Path, own: Path, statement: str) -> None:
    assert hfp("sql", f"{statement}; FROM '{own}/mine.csv'").code == 2


def test_reading_still_works(hfp: Hfp, dataset: Path) -> None:
    for query in (
        "EXPLAIN SELECT * FROM offers",
        "EXPLAIN ANALYZE SELECT count(*) FROM offers",
        "PIVOT (SELECT provider, status FROM offers) ON status USING count(*)",
        "CREATE TABLE t AS SELECT model_id FROM models; FROM t LIMIT 1",
        "SET VARIABLE day = DATE '2026-02-01'; SELECT getvariable('day') AS day",
        f"SELECT count(*) FROM read_parquet('{dataset}/latest/*.parquet', union_by_name = true)",
        "SUMMARIZE offers",
        "SELECT 'copy' AS \"copy\", * FROM range(2) -- COPY",
    ):
        result = hfp("sql", query, "--json")
        assert result.code == 0, result.err
        assert result.rows


def test_a_file_of_ones_own_is_let_in_by_name(hfp: Hfp, dataset: Path, own: Path) -> None:
    query = f"SELECT x + y AS sum FROM '{own}/mine.csv'"
    refused = hfp("sql", query)
    assert (refused.code, refused.err.splitlines()[1]) == (
        2,
        "let a file of your own be read: hfp sql --read FILE …; --unsafe lifts every limit",
    )
    assert hfp("sql", "--read", str(own / "mine.csv"), query, "--json").rows == [{"sum": 3}]
    assert hfp("sql", "--read", str(own), query, "--json").rows == [{"sum": 3}]
    (own.parent / "other.csv").write_text("z\n1\n")
    assert hfp("sql", "--read", str(own / "mine.csv"), f"FROM '{own.parent}/other.csv'").code == 2
    missing = hfp("sql", "--read", str(own / "none.csv"), query)
    assert (missing.code, missing.err.splitlines()[0]) == (2, f"hfp: there is no file {own}/none.csv to read")


def test_a_relative_name_is_let_in(hfp: Hfp, dataset: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own)
    assert hfp("sql", "--read", "mine.csv", "FROM 'mine.csv'", "--json").rows == [{"x": 1, "y": 2}]


def test_unsafe_opens(hfp: Hfp, dataset: Path, own: Path) -> None:
    assert hfp("sql", "--unsafe", f"COPY (SELECT 1 AS n) TO '{own}/new.csv'").code == 0
    assert (own / "new.csv").read_text() == "n\n1\n"


def test_a_manifest_that_names_files_outside_is_refused(hfp: Hfp, dataset: Path, own: Path) -> None:
    path = dataset / "manifest.json"
    document = json.loads(path.read_text())
    offers = next(file for file in document["files"] if file["table"] == "offers")
    offers["path"] = "../own/mine.parquet"
    path.write_text(json.dumps(document))
    result = hfp("sql", "FROM offers")
    assert (result.code, result.out) == (3, "")


def test_a_sync_meanwhile_is_no_error(hfp: Hfp, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the reading of the manifest and of the files another version takes their place."""
    expected = hfp("sql", "SELECT count(*) AS n FROM offers", "--json").rows
    confine = duckdb_tables.confine
    syncs = []

    def then_synced(*args: object) -> None:
        confine(*args)  # type: ignore[arg-type]
        if not syncs:
            syncs.append(1)
            document = json.loads((dataset / "manifest.json").read_text())
            (dataset / "latest").rename(dataset / "newer")
            for file in document["files"]:
                file["path"] = file["path"].replace("latest/", "newer/")
            (dataset / "manifest.json").write_text(json.dumps(document))

    monkeypatch.setattr(duckdb_tables, "confine", then_synced)
    result = hfp("sql", "SELECT count(*) AS n FROM offers", "--json")
    assert (result.code, result.err, syncs) == (0, "", [1])
    assert result.rows == expected


def test_what_unsafe_wrote_before_an_error_is_written_once(hfp: Hfp, dataset: Path, own: Path) -> None:
    mine = own / "mine.duckdb"
    wanted = f"ATTACH '{mine}' AS mine; CREATE TABLE IF NOT EXISTS mine.t (n INT); INSERT INTO mine.t VALUES (1);"
    assert hfp("sql", "--unsafe", f"{wanted} FROM nowhere").code == 2
    with duckdb.connect(str(mine)) as connection:
        assert connection.execute("FROM t").fetchall() == [(1,)]
