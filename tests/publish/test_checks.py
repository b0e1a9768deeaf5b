"""Which rows the SQL checks select."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pipeline.publish.checks import CHECKS, sql_checks

NOW = datetime(2026, 2, 26, 12, tzinfo=UTC)


def interval(begin: int, end: int | None, seen: int, **values):
    """An interval of one route, in hours after NOW."""
    known = {"model_id": "o/m", "provider": "p", "task": "conversational", "source": "hub-list"}
    valid_to = None if end is None else NOW + timedelta(hours=end)
    times = {"valid_from": NOW + timedelta(hours=begin), "valid_to": valid_to}
    return known | times | {"last_observed_at": NOW + timedelta(hours=seen)} | values


GOOD = {
    "models": [{"model_id": "o/m", "last_seen_at": None}],
    "providers": [{"provider": "p", "models": 1, "live_offers": 1}],
    "offers": [
        {
            "model_id": "o/m",
            "provider": "p",
            "task": "conversational",
            "provider_model_id": "x",
            "status": "live",
            "readiness": "hot",
            "input_usd_per_mtok": 1,
            "output_usd_per_mtok": 2,
            "price_source": "hub-list",
            "is_free": False,
            "context_length": 1000,
            "throughput_tps": 1.0,
            "ttft_ms": 1.0,
            "request_latency_ms": 1.0,
            "first_seen_at": NOW,
            "changed_at": NOW,
            "observed_at": NOW,
        }
    ],
    "price_conflicts": [
        {"model_id": "o/m", "provider": "p", "task": "conversational", "source": source, "chosen": source == "router"}
        for source in ("router", "hub-list")
    ],
    "price_history": [
        interval(0, 2, 1, input_usd_per_mtok=1, output_usd_per_mtok=2, is_free=None),
        interval(2, 3, 2, input_usd_per_mtok=None, output_usd_per_mtok=None),
        interval(5, 9, 7, input_usd_per_mtok=0, output_usd_per_mtok=0),
    ],
    "status_history": [interval(0, 2, 1), interval(2, 3, 2), interval(5, 9, 7)],
    "measurements": [
        {
            "model_id": "o/m",
            "provider": "p",
            "task": "conversational",
            "observed_at": NOW,
            "throughput_tps": 1.0,
            "ttft_ms": 0.0,
            "request_latency_ms": 1.0,
        }
    ],
}

BREAKS = {
    "offer_without_model": ("models", {"model_id": "o/other"}),
    "model_without_offer": ("models", {"model_id": "o/other"}),
    "offer_without_provider": ("offers", {"provider": "q"}),
    "provider_counts": ("providers", {"live_offers": 2}),
    "implausible_price": ("offers", {"input_usd_per_mtok": 10001}),
    "price_without_source": ("offers", {"price_source": ""}),
    "ready_but_not_live": ("offers", {"status": "error"}),
    "implausible_measurement": ("offers", {"ttft_ms": -1.0}),
    "first_seen_after_history": ("offers", {"first_seen_at": NOW + timedelta(minutes=1)}),
    "changed_before_seen": ("offers", {"changed_at": NOW - timedelta(days=1)}),
    "conflict_without_choice": ("price_conflicts", {"chosen": False}),
}


HISTORY_BREAKS = [
    ("overlapping_{}", interval(1, 3, 1)),
    ("overlapping_{}", interval(6, None, 6)),
    ("{}_interval_backwards", interval(20, 19, 20)),
    ("{}_interval_backwards", interval(20, 20, 20)),
    ("{}_interval_backwards", interval(20, None, 19)),
    ("{}_interval_backwards", interval(20, 21, 21)),
    ("{}_history_without_source", interval(20, None, 20, source="")),
    ("{}_history_without_source", interval(20, None, 20, source=None)),
]
PRICE_BREAKS = [
    {"input_usd_per_mtok": -1, "output_usd_per_mtok": 1},
    {"input_usd_per_mtok": 1, "output_usd_per_mtok": 10001},
    {"input_usd_per_mtok": 1, "output_usd_per_mtok": None},
]
HISTORY_CHECKS = {name.format(table) for name, _ in HISTORY_BREAKS for table in ("price", "status")}
OTHER_CHECKS = {"repeated_price", "implausible_history_price", "implausible_measurement_history"}


def found_by(rows) -> set[str]:
    return {finding.partition(":")[0] for finding in sql_checks(arrow(rows))}


def arrow(rows):
    return {name: pa.Table.from_pylist(found) for name, found in rows.items()}


def test_good_rows_pass():
    assert sql_checks(arrow(GOOD)) == []


@pytest.mark.parametrize("check", sorted(BREAKS))
def test_each_check_selects_its_bad_row(check):
    table, change = BREAKS[check]
    change = {name: value or None for name, value in change.items()} if check == "price_without_source" else change
    broken = GOOD | {table: [row | change for row in GOOD[table]]}
    assert check in {finding.partition(":")[0] for finding in sql_checks(arrow(broken))}


@pytest.mark.parametrize("check", ["duplicate_offer", "duplicate_model"])
def test_duplicates_are_selected(check):
    table = "offers" if check == "duplicate_offer" else "models"
    doubled = GOOD | {table: GOOD[table] * 2}
    assert check in {finding.partition(":")[0] for finding in sql_checks(arrow(doubled))}


@pytest.mark.parametrize("table", ["price", "status"])
@pytest.mark.parametrize(("name", "bad"), HISTORY_BREAKS)
def test_histories_that_contradict_themselves_are_selected(table, name, bad):
    history = f"{table}_history"
    assert found_by(GOOD | {history: [*GOOD[history], bad]}) == {name.format(table)}


@pytest.mark.parametrize("prices", PRICE_BREAKS)
def test_historic_prices_that_nobody_asks_are_selected(prices):
    bad = interval(20, None, 20, **prices)
    assert found_by(GOOD | {"price_history": [*GOOD["price_history"], bad]}) == {"implausible_history_price"}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"input_usd_per_mtok": 3, "output_usd_per_mtok": 15}, {"repeated_price"}),
        ({"input_usd_per_mtok": 3, "output_usd_per_mtok": 15, "is_free": True}, set()),
        ({"input_usd_per_mtok": 3, "output_usd_per_mtok": 16}, set()),
        ({"input_usd_per_mtok": 3, "output_usd_per_mtok": 15, "valid_from": NOW + timedelta(hours=23)}, set()),
    ],
)
def test_a_price_that_follows_itself_is_selected(values, found):
    first = interval(20, 22, 21, input_usd_per_mtok=3, output_usd_per_mtok=15, is_free=None)
    again = interval(22, None, 30) | values
    assert found_by(GOOD | {"price_history": [*GOOD["price_history"], first, again]}) == found
    both = {"input_usd_per_mtok": None, "output_usd_per_mtok": None}
    nothing = [interval(20, 22, 21, **both), interval(22, None, 22, **both)]
    assert found_by(GOOD | {"price_history": [*GOOD["price_history"], *nothing]}) == {"repeated_price"}


@pytest.mark.parametrize("column", ["throughput_tps", "ttft_ms", "request_latency_ms"])
def test_measurements_below_nothing_are_selected(column):
    bad = GOOD["measurements"][0] | {column: -0.5}
    assert found_by(GOOD | {"measurements": [bad]}) == {"implausible_measurement_history"}


def test_every_check_has_a_test():
    tested = set(BREAKS) | {"duplicate_offer", "duplicate_model"} | HISTORY_CHECKS | OTHER_CHECKS
    assert tested >= {path.stem for path in CHECKS.glob("*.sql")}
