"""Refuse to publish less history than is already published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import RUNS, TABLES
from pipeline.errors import DatasetError
from pipeline.publish.dataset import Dataset, File, Provenance

INTERVALS: Final = tuple(table for table in TABLES.values() if "valid_from" in table.key)
PARTITIONED: Final = tuple(table for table in TABLES.values() if table.partitioned)
_TIMES: Final = frozenset(("valid_to", "last_observed_at", "source"))
_HINT: Final = "part of the history is missing here: fetch the last published state again, and run on that"


def refuse_shorter(last: Dataset, whole: Mapping[str, pa.Table], provenance: Iterable[Provenance]) -> None:
    """Compare the tables to publish with the published ones.

    Args:
        last: The published dataset; its archived months are compared by their manifest entries, and carried over.
        whole: Every table to publish, with the rows that are in the folder.
        provenance: The sources of its facts.

    Raises:
        DatasetError: a published interval, month, row of a month, or recording is missing.
    """
    for table in INTERVALS:
        _keys(table, last.table(table.name), whole[table.name])
    for table in PARTITIONED:
        _months(table.name, last.manifest.files, by_month(whole[table.name]))
    _count(RUNS.name, last.runs().num_rows, whole[RUNS.name].num_rows)
    _recordings(last.manifest.provenance, tuple(provenance))


def month_of(file: File) -> str:
    """Return the month, YYYY-MM, of a partitioned table's file."""
    return file.path.rpartition("/")[0].rpartition("month=")[2]


def by_month(data: pa.Table) -> dict[str, pa.Table]:
    """Return the rows of a partitioned table under their month, YYYY-MM."""
    # Without its zone (UTC): with one, Arrow needs the system's zone database.
    months = pc.strftime(data["observed_at"].cast(pa.timestamp("us")), format="%Y-%m")
    return {month: data.filter(pc.equal(months, month)) for month in sorted(pc.unique(months).to_pylist())}


def _count(what: str, before: int, now: int) -> None:
    if now < before:
        raise DatasetError(f"nothing published: {what} would have {now} rows, and {before} are published", _HINT)


def _months(name: str, files: Iterable[File], months: Mapping[str, pa.Table]) -> None:
    """Refuse a month of the folder that lost rows; archived months stay as they are."""
    before: dict[str, int] = {}
    archived = 0
    for file in files:
        if file.table == name and file.url is None:
            before[month_of(file)] = before.get(month_of(file), 0) + (file.rows or 0)
        elif file.table == name:
            archived += file.rows or 0
    if lacking := sorted(before.keys() - months.keys()):
        raise DatasetError(f"nothing published: {name} would lack {', '.join(lacking)}, which is published", _HINT)
    _count(name, archived + sum(before.values()), archived + sum(rows.num_rows for rows in months.values()))
    for month, rows in before.items():
        _count(f"{name} of {month}", rows, months[month].num_rows)


def _keys(table: Table, before: pa.Table, now: pa.Table) -> None:
    """Refuse tables that lack an interval, unless it lies in one with the same values that begins earlier.

    A late observation makes an interval begin earlier, and merges two of the same price.
    """
    who = [name for name in table.key if name != "valid_from"]
    values = [name for name in table.column_names if name not in {*table.key, *_TIMES}]
    old, new = (pl.DataFrame(data.select(list(table.column_names))) for data in (before, now))
    gone = old.join(new, on=list(table.key), how="anti")
    if gone.is_empty():
        return
    spans = gone.join(new, on=who, how="inner", suffix="_now")
    holds = pl.col("valid_to_now").is_null() | (pl.col("valid_to_now") > pl.col("valid_from"))
    same = [pl.col(name).is_null() | pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in values]
    covered = spans.filter(pl.col("valid_from_now") <= pl.col("valid_from"), holds, *same)
    lost = gone.join(covered, on=list(table.key), how="anti")
    if not lost.is_empty():
        first = lost.sort(table.key).row(0, named=True)
        example = f"{' '.join(str(first[name]) for name in who)} since {first['valid_from']:%Y-%m-%dT%H:%M:%SZ}"
        raise DatasetError(
            f"nothing published: {table.name} would lack {lost.height} of the {old.height} intervals that are"
            f" published, such as {example}",
            _HINT,
        )


def _recordings(before: tuple[Provenance, ...], now: tuple[Provenance, ...]) -> None:
    _count("provenance", len(before), len(now))
    lacking = [entry for entry in before if entry not in now]
    if lacking:
        raise DatasetError(
            f"nothing published: provenance would lack {len(lacking)} of the {len(before)} entries that are published,"
            f" such as {lacking[0].source}",
            _HINT,
        )
