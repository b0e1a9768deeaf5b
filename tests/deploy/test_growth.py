"""A year in small: what would be uploaded grows with what changed, and not with how often somebody looked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hf_providers.catalog.schema import TABLES
from pipeline.assemble.tables import from_rows
from pipeline.deploy.artifact import deploy
from pipeline.publish.versions import publish
from tests.dataset_samples import ROUTE, START, outcome, row, sample
from tests.deploy.served import files_in

DAYS = 360


def on_day(day: int, every: int) -> dict[str, pa.Table]:
    """The dataset on a day when prices and speeds have changed every so many days."""
    times = [START + timedelta(days=n) for n in range(0, day + 1, every)]
    prices: list[dict[str, Any]] = [
        row("price_history", **ROUTE, valid_from=at, last_observed_at=at, source="hub-list") for at in times
    ]
    speeds = [row("measurements", **ROUTE, observed_at=at, throughput_tps=float(n)) for n, at in enumerate(times)]
    given = {"price_history": prices, "measurements": speeds}
    return sample(0) | {name: from_rows(TABLES[name], rows) for name, rows in given.items()}


def after(folder: Path, every: int, looked: int) -> tuple[int, set[str]]:
    """Bytes and files to upload after the days, with a change every so many, looked at every so many."""
    for day in range(0, DAYS, looked):
        publish(folder / "data", on_day(day, every), outcome(day * 24 * 60, runs=()))
    made = deploy(folder / "data", folder / "up")
    there = files_in(folder / "data")
    named = {file.path for entry in (made.manifest, *made.manifest.superseded) for file in entry.files}
    assert {path for path in there if path.startswith("v1/")} == named
    return made.bytes, files_in(folder / "up")


def test_it_grows_with_changes_and_not_with_runs(tmp_path: Path) -> None:
    once, files = after(tmp_path / "monthly", every=60, looked=60)
    often, more_files = after(tmp_path / "weekly", every=60, looked=10)
    assert often == pytest.approx(once, rel=0.02), "looking six times as often"
    assert len(more_files) <= len(files)
    assert len({path.split("/")[2] for path in more_files if path.startswith("data/v1/")}) <= 4


def test_many_changes_cost_less_than_in_proportion(tmp_path: Path) -> None:
    sizes = [after(tmp_path / str(every), every=every, looked=60)[0] for every in (60, 12, 3)]
    base, five, twenty = sizes
    assert base < five < twenty
    assert (twenty - base) / (five - base) < 120 / 24, "bytes for 120 changes against those for 24"
