"""A dataset that another release wrote: what it lacks is NULL, what is not known here is left out, nothing stops."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hf_providers.catalog import duckdb_tables
from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.errors import DatasetError
from pipeline.publish.dataset import load
from pipeline.publish.versions import publish
from tests.dataset_samples import ROOT, loaded, manifest_of, outcome, run_row, sample

NEW = "cached_input_usd_per_mtok"
FIRST_RELEASE = "a9c9c5d003ff3f8f25c81facc89d2a4b1a344a89"
"""The last commit whose `data/` has no column of a later release."""


def rewritten(root: Path, table: str, change: Callable[[pa.Table], pa.Table], month: str = "") -> None:
    """Write a table's files again as another release would have, and its manifest to match."""
    document = manifest_of(root)
    for file in document["files"]:
        if file["table"] == table and month in file["path"]:
            path = root / file["path"]
            with pq.ParquetFile(path) as parquet:
                data = parquet.read()
            pq.write_table(change(data), path)
            content = path.read_bytes()
            file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (root / "manifest.json").write_text(json.dumps(document))


def newer(data: pa.Table) -> pa.Table:
    """Return the table with a column that this release does not know, in the middle."""
    return data.add_column(1, NEW, pa.array([1] * data.num_rows, pa.decimal128(18, 9)))


def test_a_column_that_an_older_release_lacks_is_null(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome())
    rewritten(tmp_path, "offers", lambda data: data.drop_columns(["is_free", "context_length"]))
    rewritten(tmp_path, "measurements", lambda data: data.drop_columns(["request_latency_ms"]), "2026-02")
    found = loaded(tmp_path)
    for name in ("offers", "measurements"):
        assert found.table(name).equals(sample(1)[name]), "the sample has NULL in these columns"
    assert publish(tmp_path, sample(1), outcome(60)).version == found.manifest.version


def test_a_column_of_a_newer_release_is_named_and_left_out(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome())
    rewritten(tmp_path, "offers", newer)
    rewritten(tmp_path, "measurements", newer, "2026-02")
    found = loaded(tmp_path)
    assert found.table("offers").equals(sample(1)["offers"])
    assert found.unknown_columns() == {"offers": [NEW], "measurements": [NEW]}
    manifest = publish(tmp_path, sample(2), outcome(60))
    assert [file.rows for file in manifest.files if file.table == "measurements"] == [1, 1]
    assert loaded(tmp_path).table("measurements").equals(sample(2)["measurements"])
    assert loaded(tmp_path).unknown_columns() == {"measurements": [NEW]}, "a standing month stays as it is"


def test_a_column_that_may_not_be_null_cannot_be_lacking(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome())
    rewritten(tmp_path, "offers", lambda data: data.drop_columns(["status"]))
    with pytest.raises(DatasetError, match="status"):
        loaded(tmp_path).table("offers")


def test_a_run_of_an_older_manifest_is_read(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome())
    publish(tmp_path, sample(1), outcome(60, runs=[run_row(60)]))
    document = manifest_of(tmp_path)
    assert document["runs"][0].pop("error") is None
    document["runs"][0]["of_a_newer_release"] = 1
    (tmp_path / "manifest.json").write_text(json.dumps(document))
    assert loaded(tmp_path).runs().num_rows == 2


def test_sql_reads_months_of_several_releases(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome())
    rewritten(tmp_path, "measurements", newer, "2026-02")
    rewritten(tmp_path, "measurements", lambda data: data.drop_columns(["ttft_ms"]), "2026-02")
    rewritten(tmp_path, "offers", lambda data: data.drop_columns(["is_free"]))
    with duckdb_tables.connect(tmp_path) as connection:
        rows = connection.execute("SELECT ttft_ms, cached_input_usd_per_mtok FROM measurements ORDER BY observed_at")
        assert [tuple(map(duckdb_tables.plain, row)) for row in rows.fetchall()] == [(None, "1"), (1.0, None)]
        assert connection.execute("SELECT DISTINCT is_free, typeof(is_free) FROM offers").fetchall() == [
            (None, "BOOLEAN")
        ]


def test_the_first_release_is_read_whole(tmp_path: Path) -> None:
    archive = subprocess.run(["git", "archive", FIRST_RELEASE, "data"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("this checkout has no history of the first release")
    subprocess.run(["tar", "-x", "-C", tmp_path], input=archive.stdout, check=True)
    found = load(tmp_path / "data")
    assert found is not None
    rows = {file.table: file.rows for file in found.manifest.files if file.table and file.table != "measurements"}
    assert {name: found.table(name).num_rows for name in TABLES if name in rows} == {
        name: count for name, count in rows.items() if name in TABLES
    }
    assert found.table("offers").schema == tables.arrow_schema(TABLES["offers"])
