"""The made-up year that the bench measures has the columns of the tables as they are now."""

from __future__ import annotations

import pytest

from hf_providers.catalog.schema import MEASUREMENTS, PRICE_HISTORY, STATUS_HISTORY
from pipeline.history.record import record
from tests.bench import bench_history


def test_a_small_year_takes_one_more_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("OFFERS_COUNT", 20), ("MEASURED", 5), ("DAYS", 3)):
        monkeypatch.setattr(bench_history, name, size)
    year = bench_history.synthetic_year()
    assert year[MEASUREMENTS.name].num_rows == 5 * 3 * 4
    assert {table.name for table in (PRICE_HISTORY, STATUS_HISTORY, MEASUREMENTS)} == year.keys()
    after = record(year, bench_history.one_run(year), {f"provider-{n}" for n in range(5)}, bench_history.END)
    assert after[MEASUREMENTS.name].num_rows == 5 * 3 * 4 + 5
