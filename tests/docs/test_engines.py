"""docs/engines.md: every block runs, and the answers of all engines are the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.publish.derive import refresh

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ANSWERS = ("cheapest", "as_of", "trend", "uptime", "variants", "dtypes")
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


def answers(block: str) -> dict[str, list[tuple[Any, ...]]]:
    names: dict[str, Any] = {}
    exec(compile(block, "docs/engines.md", "exec"), names)
    found = {}
    for name in ANSWERS:
        rows = names[name]
        rows = [tuple(row.values()) for row in rows.toArrow().to_pylist()] if hasattr(rows, "toArrow") else rows
        found[name] = [tuple(map(plain, row)) for row in rows]
    return found


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return answers(BLOCKS[0])


def test_the_answers_are_not_empty(expected: dict[str, list[tuple[Any, ...]]]) -> None:
    assert all(expected.values())
    assert len(expected["dtypes"]) == 3


@pytest.mark.filterwarnings("ignore")  # of pyspark's own
@pytest.mark.parametrize("place", range(1, len(ENGINES)), ids=ENGINES[1:])
def test_an_engine_gives_the_same(
    place: int, folder: Path, expected: dict[str, list[tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ENGINES[place].split()[0]
    pytest.importorskip(name, reason=f"{name} is not installed: make spark")
    if name == "pyspark" and shutil.which("java") is None:
        pytest.skip("java is not there, without which Spark does not run")
    monkeypatch.chdir(folder)
    block = BLOCKS[place]
    if name == "pyspark":  # its Java may have been started in another folder; so the page's file:/// is read too
        assert block.count('root = "data"') == 1
        block = block.replace('root = "data"', f'root = "{folder.as_uri()}/data"')
    found = answers(block)
    assert {key: rows[:3] for key, rows in found.items()} == {key: rows[:3] for key, rows in expected.items()}
    assert found == expected


def test_the_recipe_of_superseded_versions_runs(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKS[-1]], cwd=folder, capture_output=True, text=True, check=True)
    assert "stands now" in done.stdout


def test_duckdb_s_recipe_is_in_utc() -> None:
    assert "SET TimeZone = 'UTC'" in BLOCKS[0]
