"""The histories against plain-Python models of what the module's docstring promises, and its rules one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_providers.schema import MEASUREMENTS, PRICE_HISTORY, ROUTE, STATUS_HISTORY
from pipeline.history import (
    HUB_LIST_STATES,
    Observations,
    by_month,
    empty,
    merge_measurements,
    merge_prices,
    merge_status,
    speaks_for_route,
)

START = datetime(2026, 1, 30, tzinfo=UTC)
PRICES = {"input_usd_per_mtok": pl.Decimal(18, 9), "output_usd_per_mtok": pl.Decimal(18, 9)}
STATED = frozenset(PRICES)
R1 = ("org/m1", "novita", "conversational")
R2 = ("org/m2", "novita", "conversational")
R3 = ("org/m1", "groq", "conversational")
ROUTES = (R1, R2, R3)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def prices(
    hour: int,
    said: dict[tuple[str, str, str], str | None],
    complete: Iterable[str] = (),
    states: frozenset[str] = STATED,
    source: str = "hub-list",
) -> Observations:
    """One observation in which input and output cost the same."""
    rows = [(*route, value and Decimal(value), value and Decimal(value)) for route, value in said.items()]
    schema: dict[str, Any] = {**dict.fromkeys(ROUTE, pl.String), **PRICES}
    return Observations(at(hour), source, pl.DataFrame(rows, schema, orient="row"), frozenset(complete), states)


def merge_all(log: Iterable[Observations]) -> tuple[pl.DataFrame, int]:
    history, conflicts = empty(PRICE_HISTORY), 0
    for obs in log:
        history, left_out = merge_prices(history, obs)
        conflicts += len(left_out)
    return history, conflicts


def spans(history: pl.DataFrame, route: tuple[str, str, str] = R1) -> list[tuple[Any, ...]]:
    """Return a route's intervals as (from hour, price, to hour, last hour)."""

    def hour(moment: datetime | None) -> int | None:
        return None if moment is None else round((moment - START) / timedelta(hours=1))

    return [
        (
            hour(row["valid_from"]),
            None if row["input_usd_per_mtok"] is None else str(row["input_usd_per_mtok"].normalize()),
            hour(row["valid_to"]),
            hour(row["last_observed_at"]),
        )
        for row in history.rows(named=True)
        if tuple(row[name] for name in ROUTE) == route
    ]


# A log for the models: (hour, what is listed, which providers' listings were complete)
Event = tuple[int, dict[tuple[str, str, str], str | None], list[str]]
events = st.tuples(
    st.integers(0, 12),
    st.dictionaries(st.sampled_from(ROUTES), st.sampled_from(["0.1", "0.2", None]), max_size=3),
    st.lists(st.sampled_from(["novita", "groq"]), unique=True, max_size=2),
)
logs = st.lists(events, max_size=9)


def observations(log: list[Event]) -> list[Observations]:
    return [prices(hour, said, complete) for hour, said, complete in log]


def in_order_model(log: list[Event], route: tuple[str, str, str]) -> list[tuple[Any, ...]]:
    """A plain loop over a log sorted by distinct hours."""
    found: list[list[Any]] = []
    for hour, said, complete in log:
        is_open = bool(found) and found[-1][2] is None
        if route in said:
            if is_open and found[-1][1] == said[route]:
                found[-1][3] = hour
            else:
                if is_open:
                    found[-1][2] = hour
                found.append([hour, said[route], None, hour])
        elif route[1] in complete and is_open:
            found[-1][2] = hour
    return [tuple(row) for row in found]


class AnyOrderModel:
    """What is known of one route as {hour: value}, where the word 'gone' is absence: runs keep first and last."""

    def __init__(self) -> None:
        self.known: dict[int, str | None] = {}
        self.conflicts = 0

    def runs(self) -> list[tuple[str | None, list[int]]]:
        grouped: list[tuple[str | None, list[int]]] = []
        for hour, value in sorted(self.known.items(), key=lambda item: item[0]):
            if grouped and grouped[-1][0] == value:
                grouped[-1][1].append(hour)
            else:
                grouped.append((value, [hour]))
        return grouped

    def add(self, hour: int, value: str | None) -> None:
        if hour in self.known:
            self.conflicts += self.known[hour] != value
            return
        earlier = [known for known in self.known if known < hour]
        if value == "gone" and (not earlier or self.known[max(earlier)] == "gone"):
            return
        self.known[hour] = value
        self.known = {
            hour: value
            for value, hours in self.runs()
            for hour in ((hours[0],) if value == "gone" else (hours[0], hours[-1]))
        }

    def spans(self) -> list[tuple[Any, ...]]:
        runs = self.runs()
        ends = [*(hours[0] for _, hours in runs[1:]), None][: len(runs)]
        return [
            (hours[0], value, end, hours[-1]) for (value, hours), end in zip(runs, ends, strict=True) if value != "gone"
        ]


@settings(deadline=None, max_examples=60)
@given(logs)
def test_any_order_gives_what_the_known_instants_say(log: list[Event]) -> None:
    history, conflicts = merge_all(observations(log))
    expected = 0
    for route in ROUTES:
        model = AnyOrderModel()
        for hour, said, complete in log:
            if route in said:
                model.add(hour, said[route])
            elif route[1] in complete:
                model.add(hour, "gone")
        assert spans(history, route) == model.spans()
        expected += model.conflicts
    assert conflicts == expected


@settings(deadline=None, max_examples=50)
@given(logs, st.integers(0, 9))
def test_in_order_replay_in_parts_and_again(log: list[Event], cut: int) -> None:
    ordered = sorted({hour: (hour, said, complete) for hour, said, complete in log}.values(), key=lambda e: e[0])
    whole, conflicts = merge_all(observations(ordered))
    assert conflicts == 0
    for route in ROUTES:
        assert spans(whole, route) == in_order_model(ordered, route)

    history, _ = merge_all(observations(ordered[:cut]))
    for obs in observations(ordered[cut:]):
        history = merge_prices(history, obs).rows
        assert merge_prices(history, obs).rows.equals(history), "the same run twice changes nothing"
    assert history.equals(whole)
    for obs in observations(ordered):
        history, again = merge_prices(history, obs)
        assert not again
    assert history.equals(whole), "replaying the whole log over its own result changes nothing"


@settings(deadline=None, max_examples=50)
@given(logs)
def test_intervals_never_overlap_and_cover_what_was_observed(log: list[Event]) -> None:
    history, _ = merge_all(observations(log))
    for route in ROUTES:
        found = spans(history, route)
        for (_, _, end, last), (following, *_) in pairwise(found):
            assert end is not None
            assert last < end <= following
        assert all(first <= last for first, _, _, last in found)
        hours = {hour for hour, said, _ in log if route in said}
        if hours and not any(route[1] in complete for *_, complete in log):
            assert (found[0][0], found[-1][2]) == (min(hours), None)
            assert [end for _, _, end, _ in found[:-1]] == [first for first, *_ in found[1:]], "no gap"


@settings(deadline=None, max_examples=40)
@given(st.permutations([(hour, f"0.{hour + 1}") for hour in range(5)]))
def test_where_every_observation_is_a_change_order_of_arrival_does_not_matter(log: list[tuple[int, str]]) -> None:
    history, _ = merge_all(prices(hour, {R1: value}) for hour, value in log)
    assert spans(history) == [(h, f"0.{h + 1}", h + 1 if h < 4 else None, h) for h in range(5)]


def test_only_a_complete_listing_closes_and_a_route_may_return() -> None:
    log = [prices(0, {R1: "1", R3: "5"}), prices(1, {}), prices(2, {R2: "3"}, ["groq"])]
    assert spans(merge_all(log)[0]) == [(0, "1", None, 0)]
    assert spans(merge_all(log)[0], R3) == [(0, "5", 2, 0)]
    log += [prices(3, {}, ["novita"]), prices(4, {}, ["novita"]), prices(6, {R1: "1"}, ["novita"])]
    assert spans(merge_all(log)[0]) == [(0, "1", 3, 0), (6, "1", None, 6)]


def test_late_observation_splits_at_known_instants() -> None:
    seen = [prices(0, {R1: "1"}), prices(8, {R1: "1"})]
    history, _ = merge_all([*seen, prices(5, {R1: "2"}, source="charmbracelet/catwalk")])
    assert spans(history) == [(0, "1", 5, 0), (5, "2", 8, 5), (8, "1", None, 8)]
    assert history["source"].to_list() == ["hub-list", "charmbracelet/catwalk", "hub-list"]


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ((1, "1"), [(1, "1", 4, 2), (7, "2", None, 7)]),
        ((1, "3"), [(1, "3", 2, 1), (2, "1", 4, 2), (7, "2", None, 7)]),
        ((3, "1"), [(2, "1", 4, 3), (7, "2", None, 7)]),
        ((3, "3"), [(2, "1", 3, 2), (3, "3", 4, 3), (7, "2", None, 7)]),
        ((5, "3"), [(2, "1", 4, 2), (5, "3", 7, 5), (7, "2", None, 7)]),
        ((5, "2"), [(2, "1", 4, 2), (5, "2", None, 7)]),
    ],
)
def test_late_observation_before_inside_and_in_a_gap(late: tuple[int, str], expected: list[tuple[Any, ...]]) -> None:
    log = [prices(2, {R1: "1"}), prices(4, {}, ["novita"]), prices(7, {R1: "2"})]
    assert spans(merge_all([*log, prices(late[0], {R1: late[1]})])[0]) == expected


@pytest.mark.parametrize("hour", [2, 4])
def test_at_one_instant_the_first_keeps_it_and_the_other_is_a_conflict(hour: int) -> None:
    history, _ = merge_all([prices(2, {R1: "1"}), prices(4, {R1: "1"})])
    after, conflicts = merge_prices(history, prices(hour, {R1: "9"}, source="charmbracelet/catwalk"))
    assert after.equals(history)
    [conflict] = conflicts
    assert (conflict.route, conflict.observed_at, conflict.source) == (R1, at(hour), "charmbracelet/catwalk")
    assert conflict.said is not None
    assert conflict.known is not None
    assert (conflict.said["input_usd_per_mtok"], conflict.known["input_usd_per_mtok"]) == (9, 1)
    after, conflicts = merge_prices(history, prices(hour, {}, ["novita"]))
    assert after.equals(history)
    assert [conflict.said for conflict in conflicts] == [None]


def test_absence_keeps_its_instant() -> None:
    history, _ = merge_all([prices(2, {R1: "1"}), prices(4, {}, ["novita"])])
    after, conflicts = merge_prices(history, prices(4, {R1: "1"}, source="charmbracelet/catwalk"))
    assert after.equals(history)
    assert [conflict.known for conflict in conflicts] == [None]


def test_null_is_a_price_where_the_source_states_prices_and_silence_elsewhere() -> None:
    stated = [prices(0, {R1: None}), prices(1, {R1: "0"}), prices(2, {R1: None}), prices(3, {R1: "2"})]
    assert [span[:3] for span in spans(merge_all(stated)[0])] == [
        (0, None, 1),
        (1, "0", 2),
        (2, None, 3),
        (3, "2", None),
    ]
    silent = [prices(hour, {R1: value}, states=frozenset()) for hour, value in [(0, None), (1, "2"), (2, None)]]
    assert spans(merge_all(silent)[0]) == [(1, "2", None, 1)]
    listed = prices(3, {R1: None}, ["novita"], frozenset())
    assert spans(merge_all([*silent, listed])[0]) == [(1, "2", None, 1)], "listed without a price is not absent"


def test_noise_below_a_nano_dollar_is_no_change_and_one_nano_dollar_is() -> None:
    noisy = prices(1, {R1: "0.06"})
    noise = pl.Series([Decimal("0.060000000000000005")], dtype=pl.Decimal(38, 18))
    noisy = Observations(noisy.observed_at, "hub-list", noisy.rows.with_columns(input_usd_per_mtok=noise))
    history, _ = merge_all([prices(0, {R1: "0.06"}), noisy])
    assert spans(history) == [(0, "0.06", None, 1)]
    history = merge_prices(history, prices(2, {R1: "0.060000001"})).rows
    assert [span[1] for span in spans(history)] == ["0.06", "0.060000001"]


def test_floats_are_no_prices() -> None:
    obs = prices(0, {R1: "1"})
    rows = obs.rows.with_columns(pl.col("input_usd_per_mtok").cast(pl.Float64))
    with pytest.raises(TypeError, match="float"):
        merge_prices(empty(PRICE_HISTORY), Observations(at(0), "hub-list", rows))


def free(
    hour: int, price: str, is_free: bool | None, states: frozenset[str], source: str | None = None
) -> Observations:
    rows = prices(hour, {R1: price}).rows.with_columns(
        is_free=pl.lit(is_free, dtype=pl.Boolean), price_source=pl.lit(source, dtype=pl.String)
    )
    return Observations(at(hour), "hub-list", rows, states=states)


def test_silence_about_free_changes_nothing_and_is_not_carried_to_another_price() -> None:
    router, listing = STATED | {"is_free"}, STATED
    history, _ = merge_all(
        [
            free(0, "1", None, listing),
            free(2, "1", True, router, "router"),
            free(3, "1", None, listing),
            free(1, "1", None, listing),
            free(4, "2", None, listing),
            free(5, "2", False, router, "router"),
            free(6, "2", None, router, "router"),
        ]
    )
    assert history["is_free"].to_list() == [None, True, None, False, None]
    assert [span[:3] for span in spans(history)] == [
        (0, "1", 2),
        (2, "1", 4),
        (4, "2", 5),
        (5, "2", 6),
        (6, "2", None),
    ]
    assert history["source"].to_list() == ["hub-list", "router", "hub-list", "router", "router"]


STATUS_SCHEMA: dict[str, Any] = {
    **dict.fromkeys((*ROUTE, "status"), pl.String),
    "context_length": pl.Int64,
    "supports_tools": pl.Boolean,
    "supports_structured_output": pl.Boolean,
}


def status(hour: int, *values: Any, states: frozenset[str] = frozenset()) -> Observations:
    rows = pl.DataFrame([(*R1, *values)], STATUS_SCHEMA, orient="row")
    return Observations(at(hour), "hub-list", rows, states=states)


def test_status_history_compares_what_is_stated() -> None:
    all_stated = frozenset(STATUS_SCHEMA).difference(ROUTE)
    history = empty(STATUS_HISTORY)
    for obs in (
        status(0, "live", 4096, True, False, states=all_stated),
        status(1, "live", 4096, None, None),
        status(2, None, 8192, None, None),
        status(3, "live", 4096, False, False, states=all_stated),
        status(4, "error", None, None, None, states=all_stated),
        status(5, "live", 8192, None, None),
    ):
        history = merge_status(history, obs).rows
    columns = ("valid_from", "status", "context_length", "supports_tools", "last_observed_at")
    assert history.select(columns).rows() == [
        (at(0), "live", 4096, True, at(1)),
        (at(3), "live", 4096, False, at(3)),
        (at(4), "error", None, None, at(4)),
        (at(5), "live", 8192, None, at(5)),
    ]


def test_the_models_own_offer_speaks_for_the_route() -> None:
    offers = pl.DataFrame(
        [
            (*R1, "lora", "live", "tag-filter"),
            (*R1, "own", "error", "single-model"),
            (*R2, "z", "live", "single-model"),
            (*R2, "b", "staging", "single-model"),
            (*R3, "y", "live", "single-model"),
            (*R3, "x", "live", "single-model"),
            (*R3, "a", "live", None),
        ],
        [*ROUTE, "provider_model_id", "status", "type"],
        orient="row",
    )
    for seed in range(5):
        speaking = speaks_for_route(offers.sample(fraction=1, shuffle=True, seed=seed))
        assert dict(zip(speaking.select(ROUTE).rows(), speaking["provider_model_id"], strict=True)) == {
            R1: "own",
            R2: "z",
            R3: "x",
        }


def test_observations_refuse_what_would_corrupt_a_history() -> None:
    rows = prices(0, {R1: "1"}).rows
    with pytest.raises(ValueError, match="time zone"):
        Observations(datetime(2026, 1, 1), "hub-list", rows)  # noqa: DTZ001
    with pytest.raises(ValueError, match="twice"):
        Observations(at(0), "hub-list", pl.concat([rows, rows]))
    with pytest.raises(ValueError, match="is_free"):
        Observations(at(0), "hub-list", rows, states=frozenset({"is_free"}))


MEASURED = {"throughput_tps": pl.Float64, "ttft_ms": pl.Float64, "request_latency_ms": pl.Float64}


def measured(hour: int, *values: float | None, states: frozenset[str] = frozenset(MEASURED)) -> Observations:
    schema: dict[str, Any] = {**dict.fromkeys(ROUTE, pl.String), **MEASURED}
    return Observations(at(hour), "hub-list", pl.DataFrame([(*R1, *values)], schema, orient="row"), states=states)


def points(rows: pl.DataFrame) -> list[tuple[int, float | None]]:
    return [
        (round((moment - START) / timedelta(hours=1)), value)
        for moment, value in rows.select("observed_at", "throughput_tps").rows()
    ]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([None, 1.5, 0.1]), max_size=8), st.integers(0, 8))
def test_a_measurement_is_a_row_only_when_it_changed(values: list[float | None], cut: int) -> None:
    table = empty(MEASUREMENTS)
    log = [measured(hour, value, 7.0, None) for hour, value in enumerate(values)]
    for obs in [*log[:cut], *log]:
        table = pl.concat([table, merge_measurements(table, obs).rows])
    expected = [(hour, value) for hour, value in enumerate(values) if hour == 0 or value != values[hour - 1]]
    assert points(table.sort("observed_at").cast({"throughput_tps": pl.Float64})) == [
        (hour, None if value is None else pytest.approx(value)) for hour, value in expected
    ]
    assert not table.select(MEASUREMENTS.key).is_duplicated().any()


def test_measurements_never_measured_silent_late_and_conflicting() -> None:
    nothing = empty(MEASUREMENTS)
    assert merge_measurements(nothing, measured(0, None, None, None)).rows.is_empty()
    table = merge_measurements(nothing, measured(1, 10.0, 5.0, None)).rows
    assert merge_measurements(table, measured(2, None, 5.0, None, states=frozenset())).rows.is_empty()
    assert points(merge_measurements(table, measured(2, None, None, None)).rows) == [(2, None)]
    table = pl.concat([table, merge_measurements(table, measured(6, 20.0, 5.0, None)).rows])
    assert points(merge_measurements(table, measured(4, 15.0, 5.0, None)).rows) == [(4, 15.0)]
    assert merge_measurements(table, measured(4, 10.0, 5.0, None)).rows.is_empty()
    rows, [conflict] = merge_measurements(table, measured(6, 21.0, 5.0, None))
    assert rows.is_empty()
    assert conflict.known is not None
    assert (conflict.route, conflict.known["throughput_tps"]) == (R1, 20.0)


def test_months_are_sorted_and_unique() -> None:
    rows = [merge_measurements(empty(MEASUREMENTS), measured(hour, hour + 1.0, 1.0, 1.0)).rows for hour in (0, 40, 60)]
    months = by_month(pl.concat([*reversed(rows), rows[1]]))
    assert {month: points(frame) for month, frame in months.items()} == {
        "2026-01": [(0, 1.0), (40, 41.0)],
        "2026-02": [(60, 61.0)],
    }
    assert all(frame.columns == list(MEASUREMENTS.column_names) for frame in months.values())


def synthetic_year(offers: int, measured_offers: int, rounds: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """A year in frames: three price intervals a route, and `rounds` measurements of some of them."""
    number = pl.int_range(offers, eager=True)
    routes = pl.DataFrame({"n": number}).select(
        model_id="org/model-" + pl.col("n").cast(pl.String),
        provider="provider-" + (pl.col("n") % 19).cast(pl.String),
        task=pl.lit("conversational"),
    )
    parts = []
    for part, (first, last) in enumerate([(0, 4000), (4000, 8000), (8000, None)]):
        price = pl.lit(Decimal(part + 1)).cast(pl.Decimal(18, 9))
        parts.append(
            routes.with_columns(
                valid_from=at(first),
                valid_to=pl.lit(last and at(last), dtype=pl.Datetime("us", "UTC")),
                input_usd_per_mtok=price,
                output_usd_per_mtok=price,
                is_free=pl.lit(None, dtype=pl.Boolean),
                last_observed_at=at((last or 8700) - 1),
                source=pl.lit("hub-list"),
            ).select(PRICE_HISTORY.column_names)
        )
    speeds = routes.head(measured_offers).join(pl.DataFrame({"hour": range(rounds)}), how="cross")
    value = (pl.col("hour") % 97).cast(pl.Float32)
    measurements = speeds.select(
        *ROUTE,
        observed_at=pl.lit(START) + pl.duration(hours="hour"),
        throughput_tps=value,
        ttft_ms=value,
        request_latency_ms=value,
    )
    price = pl.lit(Decimal(3)).cast(pl.Decimal(18, 9))
    run = routes.with_columns(input_usd_per_mtok=price, output_usd_per_mtok=price).with_columns(
        **{name: pl.lit(5.0) for name in MEASURED}
    )
    return pl.concat(parts), measurements, run


def test_a_run_merges_into_a_year_within_two_seconds() -> None:
    history, measurements, run = synthetic_year(20_000, 2_600, 400)
    assert (history.height, measurements.height) == (60_000, 1_040_000)
    obs = Observations(at(8700), "hub-list", run.slice(50), frozenset({"provider-3"}), STATED | set(MEASURED))
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        merged = merge_prices(history, obs)
        added = merge_measurements(measurements, obs)
        spent.append(time.perf_counter() - began)
    assert min(spent) <= 2
    assert merged.rows.filter(pl.col("valid_to") == at(8700)).height == len([n for n in range(50) if n % 19 == 3])
    assert merged.rows.filter(pl.col("last_observed_at") == at(8700)).height == 20_000 - 50
    assert added.rows.height == 20_000 - 50


def test_what_a_hub_listing_states_are_columns_of_the_tables() -> None:
    tables = (PRICE_HISTORY, STATUS_HISTORY, MEASUREMENTS)
    assert {name for table in tables for name in table.column_names} >= HUB_LIST_STATES
