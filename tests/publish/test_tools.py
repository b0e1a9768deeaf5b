"""The published folder in the tools that people have: each file is read, and has the rows that it says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import datasets
import duckdb
import frictionless
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.publish import derive
from pipeline.publish.versions import publish
from pipeline.site import assets
from pipeline.site.render import FOLDER
from tests.dataset_samples import START, outcome, sample

HYPARQUET = """
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { decompress } from "fzstd";
const counts = {};
for (const file of process.argv.slice(1)) {
    const rows = await parquetReadObjects({
        file: await asyncBufferFromFile(file),
        compressors: { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) },
    });
    counts[file] = rows.length;
}
console.log(JSON.stringify(counts));
"""

DUCKDB_WASM = """
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { toArrow } from "./scripts/lib/parquet.js";
const require = createRequire(`${process.cwd()}/`);
const dist = "@duckdb/duckdb-wasm/dist/";
const duckdb = require(`${dist}duckdb-node-blocking.cjs`);
const module = (name) => ({ mainModule: require.resolve(`${dist}duckdb-${name}.wasm`) });
const bundles = { mvp: module("mvp"), eh: module("eh") };
const database = await duckdb.createDuckDB(bundles, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
await database.instantiate();
const connection = database.connect();
const found = {};
for (const file of process.argv.slice(1)) {
    const { stream, select } = await toArrow(new Uint8Array(readFileSync(file)).buffer);
    connection.insertArrowFromIPCStream(stream, { name: "entering", create: true });
    connection.query(`CREATE TABLE entered AS SELECT ${select} FROM entering`);
    const table = connection.query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM entered");
    const names = table.schema.fields.map(({ name }) => name);
    found[file] = table.toArray().map((row) => names.map((name) => row[name]));
    for (const name of ["entering", "entered"]) connection.query(`DROP TABLE ${name}`);
}
console.log(JSON.stringify(found));
"""
TEXTS = {"TIMESTAMP WITH TIME ZONE": "{} AT TIME ZONE 'UTC'", "MAP": "to_json({})"}
"""What is written otherwise in the browser, by DuckDB's type."""


def with_views(tables: dict[str, pa.Table], folder: Path) -> None:
    derive.write(derive.derive(tables), folder, START, None)


@pytest.fixture(scope="module", params=["committed", "sample", "empty"])
def latest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`latest/` of the repository's dataset, of one in which every table has a row, and of one without any."""
    if request.param == "committed":
        return Path(__file__).parents[2] / "data" / "latest"
    out = tmp_path_factory.mktemp("dataset")
    given = sample(1)
    if request.param == "empty":
        given = {name: table.slice(0, 0) for name, table in given.items()}
    publish(out, given, outcome(), build=with_views)
    return out / "latest"


def rows(latest: Path) -> dict[Path, int]:
    """Each file, those of the measurements too, with the rows that its footer says."""
    paths = [*latest.glob("*.parquet"), *latest.parent.glob("**/measurements/month=*/*.parquet")]
    found = {path: pq.read_metadata(path).num_rows for path in paths}
    assert len(found) > 20
    return found


def test_data_frames_and_duckdb_read_every_file(latest: Path) -> None:
    for path, count in rows(latest).items():
        assert pl.read_parquet(path).height == count
        assert len(pd.read_parquet(path)) == count
        assert len(pd.read_parquet(path, dtype_backend="pyarrow")) == count
        assert duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(count,)]


@pytest.mark.filterwarnings("default")
def test_load_dataset_reads_every_file_without_a_map(
    latest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    mapped = []
    for path, count in rows(latest).items():
        if any(pa.types.is_map(field.type) for field in pq.read_schema(path)):
            mapped.append(path.stem)
            continue
        options = {"data_files": str(path), "split": "train", "cache_dir": str(tmp_path)}
        if count:
            assert datasets.load_dataset("parquet", **options).num_rows == count
        else:  # `datasets` itself knows a split without rows only where it streams
            assert list(datasets.load_dataset("parquet", **options, streaming=True)) == []
    for name in mapped:  # the same rows without the map
        assert rows(latest)[latest / f"{name}_plain.parquet"] == rows(latest)[latest / f"{name}.parquet"]
    assert sorted(mapped) == ["architectures", "models"]


@pytest.mark.filterwarnings("default")
def test_frictionless_validates_the_package_as_it_is(latest: Path) -> None:
    report = frictionless.validate(str(latest / "datapackage.json"))
    assert report.valid, report.flatten(["name", "type", "message"])[:5]
    assert report.stats["tasks"] == len(json.loads((latest / "datapackage.json").read_bytes())["resources"]) > 10


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("latest", ["sample"], indirect=True)
def test_frictionless_refuses_a_value_that_the_package_does_not_allow(latest: Path, tmp_path: Path) -> None:
    shutil.copytree(latest, tmp_path / "latest")
    providers = tmp_path / "latest" / "providers.parquet"
    table = pq.read_table(providers)
    place = table.schema.get_field_index("kind")
    pq.write_table(table.set_column(place, "kind", pa.array(["nonsense"] * table.num_rows)), providers)
    report = frictionless.validate(str(tmp_path / "latest" / "datapackage.json"))
    assert [task.name for task in report.tasks if not task.valid] == ["providers"]


def in_node(script: str, paths: Iterable[Path]) -> dict[str, Any]:
    """What a script with the site's packages says of the files."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    assets.install()
    command = [node, "--input-type=module", "--eval", script, *map(str, paths)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_hyparquet_reads_every_file(latest: Path) -> None:
    wanted = {str(path): count for path, count in rows(latest).items()}
    assert in_node(HYPARQUET, rows(latest)) == wanted


def test_duckdb_wasm_has_every_value_of_every_file(latest: Path) -> None:
    """As the site enters them: its Parquet extension would come from another host."""
    found = in_node(DUCKDB_WASM, rows(latest))
    for path, count in rows(latest).items():
        assert len(found[str(path)]) == count
        assert found[str(path)] == native_texts(path), path.name


def native_texts(path: Path) -> list[list[str | None]]:
    """The values of a file as the texts that DuckDB makes of them; a map as JSON, which the site makes of it."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE VIEW file AS FROM read_parquet('{path}', hive_partitioning = false)")
        kinds = connection.execute("SELECT column_name, column_type FROM (DESCRIBE file)").fetchall()
        texts = [TEXTS.get(str(kind).split("(")[0], "{}").format(f'"{name}"') for name, kind in kinds]
        columns = ", ".join(f"CAST({text} AS VARCHAR)" for text in texts)
        return list(map(list, connection.execute(f"SELECT {columns} FROM file").fetchall()))
