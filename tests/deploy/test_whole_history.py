"""A history shorter than the one that stands is not published: the table is named, and both counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hf_providers.catalog.schema import TABLES
from pipeline.assemble.tables import from_rows
from pipeline.errors import DatasetError
from pipeline.history.history_guard import refuse_shorter
from pipeline.publish.dataset import Dataset, Manifest, Provenance
from pipeline.publish.versions import publish
from tests.dataset_samples import START, loaded, outcome, run_row, sample, state

Rows = list[dict[str, Any]]
INTERVALS = ("price_history", "status_history", "endpoint_price_history")
PAST = Provenance(source="archive", description="Prices of a year")
OTHER = Provenance(source="other", description="Prices of another")


def with_rows(tables: dict[str, pa.Table], name: str, change: Callable[[Rows], Rows]) -> dict[str, pa.Table]:
    return tables | {name: from_rows(TABLES[name], change(tables[name].to_pylist()))}


def year(k: int) -> dict[str, pa.Table]:
    """Number `k` with two intervals in each history: one that ended after a day, and one since then."""
    tables, day = sample(k), START + timedelta(days=1)
    for name in INTERVALS:
        tables = with_rows(tables, name, lambda rows: [rows[0] | {"valid_to": day}, rows[0] | {"valid_from": day}])
    return tables


def refused(out: Path, tables: dict[str, pa.Table], says: str, **changes: Any) -> None:
    before = state(out)
    with pytest.raises(DatasetError, match=says) as error:
        publish(out, tables, outcome(9, **changes))
    assert "fetch" in error.value.hint
    assert state(out) == before


@pytest.mark.parametrize("name", INTERVALS)
def test_fewer_intervals_are_refused(tmp_path: Path, name: str) -> None:
    publish(tmp_path, year(0), outcome(0))
    refused(tmp_path, with_rows(year(1), name, lambda rows: rows[1:]), f"{name} would lack 1 of the 2 intervals")
    refused(tmp_path, with_rows(year(1), name, lambda rows: []), f"{name} would lack 2 of the 2 intervals")
    publish(tmp_path, year(1), outcome(1))


@pytest.mark.parametrize("name", INTERVALS)
def test_as_many_intervals_but_other_ones_are_refused(tmp_path: Path, name: str) -> None:
    publish(tmp_path, year(0), outcome(0))
    later = START + timedelta(days=2)
    other = with_rows(year(1), name, lambda rows: [rows[1], rows[1] | {"valid_from": later}])
    refused(tmp_path, other, rf"{name} would lack 1 of the 2 intervals .* since 2026-02-26T11:27:00Z")


@pytest.mark.parametrize("name", INTERVALS)
def test_another_route_does_not_stand_in(tmp_path: Path, name: str) -> None:
    publish(tmp_path, sample(0), outcome(0))
    who = TABLES[name].key[0]
    refused(tmp_path, with_rows(sample(1), name, lambda rows: [rows[0] | {who: "zz"}]), f"{name} would lack 1 of the 1")


def test_an_interval_that_a_late_observation_lengthened_backwards_is_not_lost(tmp_path: Path) -> None:
    publish(tmp_path, year(0), outcome(0))
    noon = START + timedelta(hours=12)
    longer = with_rows(
        year(1), "price_history", lambda rows: [rows[0] | {"valid_to": noon}, rows[1] | {"valid_from": noon}]
    )
    publish(tmp_path, longer, outcome(1))
    ended = with_rows(
        year(2),
        "price_history",
        lambda rows: [
            rows[0] | {"valid_to": noon - timedelta(hours=1)},
            rows[1] | {"valid_from": noon, "valid_to": noon},
        ],
    )
    publish(tmp_path, ended, outcome(2))
    early = START + timedelta(hours=1)
    broken = with_rows(
        year(3),
        "price_history",
        lambda rows: [rows[0] | {"valid_to": early}, rows[1] | {"valid_from": early, "valid_to": early}],
    )
    refused(tmp_path, broken, "price_history would lack 1 of the 2")


@pytest.mark.parametrize(("price", "whole"), [("1", True), (None, True), ("2", False)])
def test_two_intervals_may_become_one_where_they_say_the_same(tmp_path: Path, price: str | None, whole: bool) -> None:
    def dear(rows: Rows) -> Rows:
        values = dict.fromkeys(("input_usd_per_mtok", "output_usd_per_mtok"), Decimal(1))
        later = dict.fromkeys(values, None if price is None else Decimal(price))
        return [rows[0] | values | {"is_free": False}, rows[1] | later | {"is_free": None}]

    publish(tmp_path, with_rows(year(0), "price_history", dear), outcome(0))
    one = with_rows(year(1), "price_history", lambda rows: [dear(rows)[0] | {"valid_to": None}])
    if whole:
        publish(tmp_path, one, outcome(1))
    else:
        refused(tmp_path, one, "price_history would lack 1 of the 2 intervals")


def test_a_month_that_is_gone_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, sample(0), outcome(0))
    refused(tmp_path, with_rows(sample(1), "measurements", lambda rows: rows[1:]), "measurements would lack 2026-02")
    refused(tmp_path, with_rows(sample(1), "measurements", lambda rows: []), "would lack 2026-02, 2026-03")


def test_fewer_measurements_are_refused_in_all_and_in_a_month(tmp_path: Path) -> None:
    def later(rows: Rows, *hours: int) -> Rows:
        return [*rows, *(rows[-1] | {"observed_at": rows[-1]["observed_at"] + timedelta(hours=h)} for h in hours)]

    publish(tmp_path, with_rows(sample(0), "measurements", lambda rows: later(rows, 1, 2)), outcome(0))
    fewer = with_rows(sample(1), "measurements", lambda rows: later(rows, 1))
    refused(tmp_path, fewer, "measurements would have 3 rows, and 4 are")
    february = with_rows(
        sample(1),
        "measurements",
        lambda rows: [*(rows[0] | {"observed_at": START + timedelta(minutes=m)} for m in range(5)), rows[1]],
    )
    refused(tmp_path, february, "measurements of 2026-03 would have 1 rows, and 3 are")


def test_an_archived_month_counts_by_its_manifest_and_need_not_be_there(tmp_path: Path) -> None:
    publish(tmp_path, sample(0), outcome(0))
    manifest = Manifest.model_validate_json((tmp_path / "manifest.json").read_bytes())
    files = tuple(
        file.model_copy(update={"url": "https://example.org/m.parquet"}) if "month=2026-02" in file.path else file
        for file in manifest.files
    )
    (tmp_path / "manifest.json").write_bytes(manifest.model_copy(update={"files": files}).to_json())
    refused(tmp_path, with_rows(sample(1), "measurements", lambda rows: rows[:1]), "would lack 2026-03")
    publish(tmp_path, with_rows(sample(1), "measurements", lambda rows: rows[1:]), outcome(1))


def test_recordings_that_are_no_longer_named_are_refused(tmp_path: Path) -> None:
    publish(tmp_path, sample(0), outcome(0, provenance=[PAST]))
    refused(tmp_path, sample(1), "provenance would have 0 rows, and 1 are")
    refused(tmp_path, sample(1), "provenance would lack 1 of the 1 .* archive", provenance=[OTHER])
    refused(tmp_path, sample(0), "provenance would have 0 rows, and 1 are")
    publish(tmp_path, sample(1), outcome(1, provenance=[OTHER, PAST]))


def test_fewer_runs_are_refused(tmp_path: Path) -> None:
    publish(tmp_path, sample(0), outcome(0))
    publish(tmp_path, sample(0), outcome(1))
    last: Dataset = loaded(tmp_path)
    whole = sample(1) | {"runs": from_rows(TABLES["runs"], [run_row(1)])}
    with pytest.raises(DatasetError, match="runs would have 1 rows, and 2 are published"):
        refuse_shorter(last, whole, ())
    publish(tmp_path, sample(1), outcome(2))
    assert loaded(tmp_path).table("runs").num_rows == 3


def test_the_first_dataset_has_nothing_to_lose(tmp_path: Path) -> None:
    empty = {name: table.slice(0, 0) for name, table in sample(0).items()}
    publish(tmp_path, empty, outcome(0))
    assert loaded(tmp_path).table("price_history").num_rows == 0
