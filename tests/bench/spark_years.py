"""What a local Spark takes for the same questions, over the same files and from the translated queries."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.publish import dialects

if TYPE_CHECKING:
    from tests.bench.bench_years import Question

TIMES = 3
VIEWS = ("looks", "status_known")
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "3g",
}


def figures(root: Path, questions: Sequence[Question]) -> dict[str, float]:
    """Return the milliseconds of each query by its name, the shortest of several; none where there is no Java."""
    if shutil.which("java") is None:
        return {}
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        register(session, root)
        return {question.name: _quickest_ms(session, question) for question in questions}
    finally:
        session.stop()


def register(session: Any, root: Path) -> None:
    """Make the tables of the dataset, and the views that the questions build on, known by name."""
    read = session.read.option("mergeSchema", "true")
    for path in sorted((root / "latest").glob("*.parquet")):
        read.parquet(str(path)).createOrReplaceTempView(path.stem)
    read.parquet(str(root / "measurements")).createOrReplaceTempView("measurements")
    translated = dialects.translate("spark")
    for name in VIEWS:
        session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {translated.views[name]}")


def ask(session: Any, question: Question) -> Any:
    """Return a question's rows, as Arrow has them."""
    arguments = {name: None if value == "NULL" else value.strip("'") for name, value in question.arguments.items()}
    return session.sql(dialects.translate("spark").others[question.name], args=arguments).toArrow()


def _quickest_ms(session: Any, question: Question) -> float:
    spent = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        ask(session, question)
        spent.append((time.perf_counter() - begin) * 1000)
    return min(spent)
