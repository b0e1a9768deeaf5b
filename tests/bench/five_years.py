"""A made-up dataset of years of hourly runs, in the layout that is published; no figure in it was ever observed.

Each measured route has three new values every hour, which is the most rows that a run can add. Prices change for 3 % of
the routes a month; a route fails and comes back about five times; a fiftieth of the runs did not take place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import MEASUREMENTS, PRICE_HISTORY, RUNS, STATUS_HISTORY
from pipeline.assemble import tables

START = datetime(2021, 6, 1, tzinfo=UTC)
PROVIDERS = 20
SERVED_BY = 5
HOUR_US = 3_600_000_000
US = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Size:
    """How many routes there are, how many of them are measured, and for how many months."""

    routes: int = 20_000
    measured: int = 2_600
    months: int = 60

    def month_starts(self) -> list[datetime]:
        """Return the first moment of each month, and the end of the last one."""
        numbers = range(START.month - 1, START.month + self.months)
        return [datetime(START.year + n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in numbers]

    @property
    def hours(self) -> int:
        """Hours from the beginning to the end."""
        return (self.month_starts()[-1] - START) // timedelta(hours=1)


def model_id(number: int) -> str:
    """Return the id of a made-up model; its five routes follow each other."""
    return f"synthetic/model-{number:05d}"


def write(root: Path, size: Size) -> Path:
    """Write the dataset and return its folder. The same call writes the same rows."""
    (root / "latest").mkdir(parents=True)
    named = [
        (PRICE_HISTORY, "latest/price_history.parquet", prices(size)),
        (STATUS_HISTORY, "latest/status_history.parquet", statuses(size)),
        (RUNS, "latest/runs.parquet", runs(size)),
    ]
    files = [_file(root, table, path, rows) for table, path, rows in named]
    del named
    for month, rows in measurements(size):
        files.append(_file(root, MEASUREMENTS, f"measurements/month={month}/made.parquet", rows))
    stamp = size.month_starts()[-1].strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "schema_version": 1, "version": "0" * 16, "result": "complete", "origin": "made", "checked_at": stamp,
        "changed_at": stamp, "files": files,
    }  # fmt: skip
    (root / "manifest.json").write_text(json.dumps(document))
    return root


def _file(root: Path, table: Table, path: str, rows: pa.Table) -> dict[str, Any]:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    tables.write(rows, root / path)
    return {"path": path, "table": table.name, "sha256": "0" * 64, "bytes": 1, "rows": rows.num_rows}


def _table(table: Table, columns: dict[str, Any]) -> pa.Table:
    """Return columns as the table's own; those that are not there are NULL."""
    schema = tables.empty(table).schema
    rows = len(next(iter(columns.values())))
    made = [pa.array(columns[f.name]).cast(f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    return pa.Table.from_arrays(made, schema=schema)


def _named(names: list[str], numbers: np.ndarray) -> pa.Array:
    return pa.array(names).take(pa.array(numbers))


def _one(text: str, count: int) -> pa.Array:
    return _named([text], np.zeros(count, "int32"))


def _route(number: np.ndarray) -> dict[str, pa.Array]:
    """Return the keys of routes by their place among all: five providers a model, in the order of their names."""
    last = int(number.max()) // SERVED_BY + 1
    providers = np.array([sorted((model * 7 + n * 3) % PROVIDERS for n in range(SERVED_BY)) for model in range(last)])
    return {
        "model_id": _named([model_id(n) for n in range(last)], number // SERVED_BY),
        "provider": _named([f"provider-{n:02d}" for n in range(PROVIDERS)], providers.reshape(-1)[number]),
        "task": _one("conversational", len(number)),
    }


def _times(hours: np.ndarray, known: np.ndarray | None = None) -> pa.Array:
    values = hours.astype("int64") * HOUR_US + int(START.timestamp()) * 1_000_000
    return pa.array(values, pa.int64(), mask=None if known is None else ~known).cast(US)


def _intervals(rng: np.random.Generator, size: Size, changes: float) -> tuple[np.ndarray, dict[str, pa.Array]]:
    """Return the place of each interval within its route, and the keys and times of all, sorted."""
    later = rng.poisson(changes * size.routes)
    number = np.concatenate([np.arange(size.routes), rng.integers(0, size.routes, later)])
    hour = np.concatenate([np.zeros(size.routes, "int64"), rng.integers(1, size.hours, later)])
    number, hour = np.unique(np.stack([number, hour]), axis=1)
    follows = np.append(number[1:] == number[:-1], [False])
    ends = np.append(hour[1:], [0])
    begins = np.append([True], number[1:] != number[:-1])
    place = np.arange(len(number)) - np.maximum.accumulate(np.where(begins, np.arange(len(number)), 0))
    columns = _route(number) | {
        "valid_from": _times(hour),
        "valid_to": _times(ends, follows),
        "last_observed_at": _times(np.where(follows, ends, size.hours) - 1),
        "source": _one("hub-list", len(number)),
    }
    return place, columns


def prices(size: Size) -> pa.Table:
    """Return price_history: 3 % of the prices change a month, an eighth of them into an unknown one."""
    rng = np.random.default_rng(1)
    place, columns = _intervals(rng, size, 0.03 * size.months)
    cents = pa.array(rng.integers(1, 1000, len(place)), mask=(rng.random(len(place)) < 0.125) & (place > 0))
    for name, factor in (("input_usd_per_mtok", "0.01"), ("output_usd_per_mtok", "0.04")):
        exact = pc.multiply(cents.cast(pa.decimal128(19, 0)), pa.scalar(Decimal(factor)))
        columns[name] = exact.cast(pa.decimal128(18, 9))
    return _table(PRICE_HISTORY, columns)


def statuses(size: Size) -> pa.Table:
    """Return status_history: live, then an error, and live again."""
    place, columns = _intervals(np.random.default_rng(2), size, size.months / 12)
    columns["status"] = _named(["live", "error"], place % 2)
    return _table(STATUS_HISTORY, columns)


def runs(size: Size) -> pa.Table:
    """Return runs: every hour but a fiftieth of them, each provider's list."""
    hours = np.arange(size.hours)[np.random.default_rng(3).random(size.hours) >= 0.02]
    count = len(hours) * PROVIDERS
    ones = {name: np.ones(count, "int64") for name in ("requests", "bytes", "records", "quarantined", "duration_ms")}
    said = {name: _one(text, count) for name, text in (("source", "hub-list"), ("result", "ok"), ("origin", "made"))}
    provider = _named([f"provider-{n:02d}" for n in range(PROVIDERS)], np.tile(np.arange(PROVIDERS), len(hours)))
    return _table(RUNS, {"run_at": _times(np.repeat(hours, PROVIDERS)), "provider": provider} | said | ones)


def measurements(size: Size) -> Iterator[tuple[str, pa.Table]]:
    """Yield each month and its rows, which are in memory one month at a time."""
    starts = size.month_starts()
    for number, (begin, end) in enumerate(pairwise(starts)):
        rng = np.random.default_rng(100 + number)
        hours = np.arange((begin - START) // timedelta(hours=1), (end - START) // timedelta(hours=1))
        count = size.measured * len(hours)

        def values(median: float, step: float, rng: np.random.Generator = rng, count: int = count) -> np.ndarray:
            spread = np.exp(rng.standard_normal(count, "float32") * np.float32(0.2))
            return np.round(spread * np.float32(median / step)) * np.float32(step)

        columns = _route(np.repeat(np.arange(size.measured), len(hours))) | {
            "observed_at": _times(np.tile(hours, size.measured)),
            "status": _one("live", count),
            "throughput_tps": values(60, 1e-4),
            "ttft_ms": values(700, 0.2),
            "request_latency_ms": values(9000, 1),
        }
        yield f"{begin:%Y-%m}", _table(MEASUREMENTS, columns)
