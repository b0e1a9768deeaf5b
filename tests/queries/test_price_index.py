"""The price index beside a plain reckoning: month by month, route by route, in Python."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hf_providers.catalog import duckdb_tables
from tests.queries.query_rows import Rows, ask, connected, interval, made, usd

DATA = Path(__file__).resolve().parents[2] / "data"
Month = tuple[int, int]


def month_of(moment: datetime) -> Month:
    return moment.astimezone(UTC).year, moment.astimezone(UTC).month


def after(month: Month) -> Month:
    return (month[0] + month[1] // 12, month[1] % 12 + 1)


def reckoned(history: Rows) -> dict[str, tuple[int, int, int, int, float | None]]:
    """Return observed, compared, cheaper and dearer routes and the index by month, one route after the other."""
    routes: dict[tuple[str, ...], list[tuple[Month, Month, Decimal]]] = defaultdict(list)
    for row in sorted(history, key=lambda row: row["valid_from"]):
        if row["input_usd_per_mtok"] is None or row["output_usd_per_mtok"] is None:
            continue
        blended = 3 * row["input_usd_per_mtok"] + row["output_usd_per_mtok"]
        if blended:
            seen = (month_of(row["valid_from"]), month_of(row["last_observed_at"]), blended)
            routes[row["model_id"], row["provider"], row["task"]].append(seen)
    month = min(seen[0][0] for seen in routes.values())
    last = max(begin_end[1] for seen in routes.values() for begin_end in seen)
    found: dict[str, tuple[int, int, int, int, float | None]] = {}
    index, priced_before = 100.0, dict[tuple[str, ...], Decimal]()
    while month <= last:
        alive = {key: seen for key, seen in routes.items() if seen[0][0] <= month <= max(s[1] for s in seen)}
        priced = {key: [price for begin, _, price in seen if begin <= month][-1] for key, seen in alive.items()}
        ratios = [float(priced[key]) / float(priced_before[key]) for key in priced if key in priced_before]
        index = index * math.prod(ratios) ** (1 / len(ratios)) if ratios else 100.0
        observed = sum(any(begin <= month <= end for begin, end, _ in seen) for seen in alive.values())
        if alive:
            moves = sum(ratio < 1 for ratio in ratios), sum(ratio > 1 for ratio in ratios)
            value = round(index, 4) if observed else None
            found[f"{month[0]}-{month[1]:02d}"] = (observed, len(ratios), *moves, value)
        month, priced_before = after(month), priced
    return found


def asked(rows: Rows) -> dict[str, Any]:
    names = ("observed", "routes", "cheaper", "dearer")
    return {
        row["month"]: (
            *(row[name] for name in names),
            row["price_index"] and pytest.approx(row["price_index"], abs=1e-3),
        )
        for row in rows
    }


@pytest.fixture(scope="module")
def history() -> Rows:
    rows: Rows = pq.read_table(DATA / "latest" / "price_history.parquet").to_pylist()
    return rows


def test_the_index_of_all_routes(history: Rows) -> None:
    with duckdb_tables.connect(DATA) as connection:
        rows = ask(connection, "FROM price_index")
    assert reckoned(history) == asked(rows)
    assert max(row["price_index"] or 0 for row in rows) > 105  # it moves, as a median of months did not


def test_the_index_of_each_provider(history: Rows) -> None:
    with duckdb_tables.connect(DATA) as connection:
        rows = ask(connection, "FROM provider_price_index")
    providers = {row["provider"] for row in rows}
    assert len(providers) > 3
    for provider in providers:
        own = [row for row in history if row["provider"] == provider]
        assert reckoned(own) == asked([row for row in rows if row["provider"] == provider])


def days(begin: int, seen: int, price: str, **values: Any) -> dict[str, Any]:
    """Return an interval of one route, in days after the first of February."""
    return interval("price_history", 24 * begin, None, 24 * seen, **usd(price, price), **values)


FEBRUARY, MARCH, APRIL, JUNE = 0, 28, 59, 120


@pytest.mark.parametrize(
    ("rows", "indexes"),
    [
        # One of two routes doubles: the geometric mean is the root of two.
        (
            [days(0, 5, "1"), days(MARCH, MARCH, "2"), days(0, MARCH, "7", provider="q")],
            {"2026-02": 100.0, "2026-03": 141.421356},
        ),
        # Nobody looked in March: the change counts where it was seen, and March has no index.
        ([days(0, 5, "2"), days(APRIL, APRIL, "1")], {"2026-02": 100.0, "2026-03": None, "2026-04": 50.0}),
        # A month linked by nothing begins anew.
        (
            [days(0, 5, "2"), days(JUNE, JUNE + 1, "1", model_id="o/other")],
            {"2026-02": 100.0, "2026-06": 100.0},
        ),
        # Up and down within a month is no move; what is listed at 0 is left out.
        (
            [days(0, 1, "2"), days(MARCH, MARCH, "9"), days(MARCH + 1, MARCH + 2, "2"), days(0, 5, "0", provider="q")],
            {"2026-02": 100.0, "2026-03": 100.0},
        ),
    ],
)
def test_an_index_worked_out_by_hand(rows: Rows, indexes: dict[str, float | None]) -> None:
    with connected(made(price_history=rows)) as connection:
        assert {row["month"]: row["price_index"] for row in ask(connection, "FROM price_index")} == indexes


def test_the_base_month_is_where_the_index_is_100() -> None:
    rows = [days(0, MARCH, "2"), days(JUNE, JUNE + 1, "1", model_id="o/other")]
    with connected(made(price_history=rows)) as connection:
        found = ask(connection, "FROM price_index")
    assert [row["base_month"] for row in found] == ["2026-02", "2026-02", "2026-06"]
