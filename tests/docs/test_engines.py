"""docs/engines.md: every block runs, and the answers of all engines are the same."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.publish import dialects, queries
from pipeline.publish.derive import refresh
from pipeline.publish.versions import publish
from tests.dataset_samples import manifest_of, outcome, sample
from tests.queries.query_rows import USAGE

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ANSWERS = ("cheapest", "as_of", "trend", "uptime", "variants", "dtypes")
RECIPES = [block for block in BLOCKS if "dtypes = " in block]
ENGINES = ("duckdb", "polars", "pandas", "pandas with Arrow dtypes", "datafusion", "pyspark")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the repository's dataset, its derived tables up to date."""
    folder = tmp_path_factory.mktemp("engines")
    shutil.copytree(ROOT / "data", folder / "data")
    refresh(folder / "data")
    path = folder / "data" / "latest" / "models.parquet"
    models = pq.read_table(path)
    models = with_column(models, "base_models", [{"model_id": "o/base", "relation": "finetune"}], [])
    pq.write_table(with_column(models, "dtype_parameters", [("BF16", 7), ("F32", 1)], [("I8", 2)]), path)
    return folder


def with_column(models: pa.Table, name: str, *values: Any) -> pa.Table:
    """The models with these values in the first rows of a column of which a release may have none."""
    place = models.schema.get_field_index(name)
    column = [*values, *[None] * (models.num_rows - len(values))]
    return models.set_column(place, models.schema.field(place), pa.array(column, models.schema.field(place).type))


def plain(value: Any) -> Any:
    """A value that is the same for every engine: decimals as such, times in UTC, floats to 9 digits."""
    if value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, float):
        return float(f"{value:.9g}")
    return value.normalize() if isinstance(value, Decimal) else value


def run(block: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(block, "docs/engines.md", "exec"), names)
    return names


def block_with(text: str) -> str:
    """The one block that is no engine's recipe and has this text."""
    (block,) = (block for block in BLOCKS if block not in RECIPES and text in block)
    return str(block)


def answers(block: str) -> dict[str, list[tuple[Any, ...]]]:
    names, found = run(block), {}
    for name in ANSWERS:
        rows = names[name]
        rows = [tuple(row.values()) for row in rows.toArrow().to_pylist()] if hasattr(rows, "toArrow") else rows
        found[name] = [tuple(map(plain, row)) for row in rows]
    return found


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return answers(RECIPES[0])


def test_the_answers_are_not_empty(expected: dict[str, list[tuple[Any, ...]]]) -> None:
    assert all(expected.values())
    assert len(expected["dtypes"]) == 3


def installed(engine: str) -> str:
    """The engine's package; the test is skipped where that, or what it needs, is not there."""
    name = engine.split(maxsplit=1)[0]
    pytest.importorskip(name, reason=f"{name} is not installed: make spark")
    if name == "pyspark" and shutil.which("java") is None:
        pytest.skip("java is not there, without which Spark does not run")
    return name


@pytest.mark.filterwarnings("ignore")  # of pyspark's own
@pytest.mark.parametrize("place", range(1, len(ENGINES)), ids=ENGINES[1:])
def test_an_engine_gives_the_same(
    place: int, folder: Path, expected: dict[str, list[tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = installed(ENGINES[place])
    monkeypatch.chdir(folder)
    block = RECIPES[place]
    if name == "pyspark":  # its Java may have been started in another folder; so the page's file:/// is read too
        assert block.count('root = "data"') == 1
        block = block.replace('root = "data"', f'root = "{folder.as_uri()}/data"')
    found = answers(block)
    assert {key: rows[:3] for key, rows in found.items()} == {key: rows[:3] for key, rows in expected.items()}
    assert found == expected


@pytest.fixture(scope="module")
def archived(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same dataset as it is deployed when its first month is kept elsewhere."""
    root = tmp_path_factory.mktemp("archived")
    shutil.copytree(folder / "data", root / "data")
    path = root / "data" / "manifest.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    oldest = min((file for file in document["files"] if file["table"] == "measurements"), key=lambda file: file["path"])
    (root / "data" / oldest["path"]).unlink()
    oldest["url"] = "https://archive.example/oldest.parquet"
    path.write_text(json.dumps(document), encoding="utf-8")
    return root


COUNTS = {
    "duckdb": "db.sql('SELECT count(*) FROM measurements').fetchall()[0][0]",
    "polars": "len(table('measurements'))",
    "pandas": "len(table('measurements'))",
    "datafusion": "rows('SELECT count(*) FROM measurements')[0][0]",
}


@pytest.mark.parametrize("place", range(len(ENGINES) - 1), ids=ENGINES[:-1])
def test_a_recipe_reads_the_months_that_are_not_archived(
    place: int, archived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = installed(ENGINES[place])
    monkeypatch.chdir(archived)
    names = run(RECIPES[place])
    months = (archived / "data" / "measurements").glob("*/*.parquet")
    assert eval(COUNTS[name], names) == sum(pq.read_metadata(path).num_rows for path in months) > 0


def test_every_query_is_there_in_python_as_the_page_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    names = run(block_with("duckdb_tables"))
    assert names["prices"]
    assert names["reliable"]
    for query in queries.read_all():
        if query.name != "bill":  # it reads a table of one's own
            names["db"].sql(f"FROM {query.example or query.name} LIMIT 1").fetchall()
    names["db"].execute(USAGE)
    assert names["db"].sql((ROOT / "queries" / "bill.sql").read_text(encoding="utf-8")).fetchall() == []


@pytest.mark.filterwarnings("ignore")  # of pyspark's own
def test_the_translated_queries_run_as_the_page_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("pyspark")
    monkeypatch.chdir(folder)
    made = folder / "build" / "spark"
    made.mkdir(parents=True)
    translated = dialects.translate("spark")
    (made / "views.sql").write_text(translated.script(), encoding="utf-8")
    (made / "price_as_of.sql").write_text(translated.others["price_as_of"], encoding="utf-8")
    recipe = RECIPES[-1].replace('root = "data"', f'root = "{folder.as_uri()}/data"')
    names = run(recipe + block_with("build/spark"))
    assert names["prices"].count() > 0
    assert names["spark"].table("switches").count() > 0


def test_the_repository_s_models_have_neither_bases_nor_dtypes() -> None:
    models = pq.read_table(ROOT / "data" / "latest" / "models.parquet", columns=["base_models", "dtype_parameters"])
    assert "In `data/` no model has either" in PAGE.replace("\n", " ")
    assert [column.null_count for column in models.columns] == [models.num_rows, models.num_rows]


def test_the_recipe_of_superseded_versions_reads_what_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = []
    for k in range(4):
        publish(tmp_path / "data", sample(k), outcome(k))
        document = manifest_of(tmp_path / "data")
        (path,) = (file["path"] for file in document["files"] if file["table"] == "offers")
        live = pq.read_table(tmp_path / "data" / path)["status"].to_pylist().count("live")
        expected.append((document["version"], document["checked_at"], live))
    assert run(block_with("superseded"))["seen"] == expected[:0:-1]


@pytest.mark.parametrize("place", range(len(ENGINES) - 1), ids=ENGINES[:-1])
def test_a_recipe_reads_a_published_folder(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = installed(ENGINES[place])
    monkeypatch.chdir(tmp_path)
    for k in range(2):
        publish(tmp_path / "data", sample(k), outcome(k))
    refresh(tmp_path / "data")  # makes the derived tables
    files = manifest_of(tmp_path / "data")["files"]
    names = run(RECIPES[place])
    assert eval(COUNTS[name], names) == sum(file["rows"] for file in files if file["table"] == "measurements") > 0


def test_duckdb_s_recipe_is_in_utc() -> None:
    assert "SET TimeZone = 'UTC'" in RECIPES[0]
