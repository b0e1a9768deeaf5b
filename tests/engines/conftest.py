"""One local Spark session for the tests of Spark, in UTC, and the tables of a dataset by its manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",  # so little data is read sooner than its code is compiled
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "3g",
    "spark.driver.extraJavaOptions": "-Duser.timezone=Asia/Tokyo",  # no zone of the machine changes anything
}


def tables_of(root: Path) -> dict[str, list[str]]:
    """Return the Parquet files of each table that the manifest names."""
    found: dict[str, list[str]] = {}
    for file in json.loads((root / "manifest.json").read_text(encoding="utf-8"))["files"]:
        if file["table"] and not file.get("url"):
            found.setdefault(file["table"], []).append(str(root / file["path"]))
    return found


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'hf-providers[spark]'")
    if shutil.which("java") is None:
        pytest.skip("java is not there, without which Spark does not run")
    builder = pyspark.sql.SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    if tuple(map(int, session.version.split(".")[:2])) < (4, 3):  # docs/engines.md says why
        session.conf.set("spark.sql.parquet.enableVectorizedReader", "false")
    yield session
    session.stop()
