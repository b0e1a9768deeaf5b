"""How many parameters the models have, from the listings, the architectures and the names together.

Pure, but for the rows it changes. Models of the last run are judged again: their config.json may have been read since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hf_providers.hosting.parameters import resolve
from pipeline.crawl.source_result import Row


def counted(row: Row) -> int | None:
    """Return the Hub's own count for a model; in rows from before this column, that is `parameters`."""
    if row["counted_parameters"] is not None or row["parameters_source"] is not None:
        count: int | None = row["counted_parameters"]
        return count
    stated: int | None = row["parameters"]
    return stated


def judge(models: Iterable[Row], architectures: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows of `models` with their parameters, the source of these, or why they are unknown.

    Args:
        models: Rows of `models`.
        architectures: Rows of `architectures`.
    """
    known = {row["model_id"]: row for row in architectures}
    return (row | _judged(row, known) for row in models)


def _judged(row: Row, architectures: Mapping[str, Any]) -> Row:
    count, architecture = counted(row), architectures.get(row["model_id"])
    return {"counted_parameters": count, **resolve(row["model_id"], count, row["dtype_parameters"], architecture)}
