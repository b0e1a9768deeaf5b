"""Change-only histories: held against a plain replay of the observation log that shares no code with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_providers.catalog.schema import MEASUREMENTS, PRICE_HISTORY, ROUTE, STATUS_HISTORY
from pipeline.assemble.representative import representative_offers
from pipeline.backfill import hub_list
from pipeline.history import intervals
from pipeline.history.batch import merge_all
from pipeline.history.intervals import (
    HUB_LIST_STATES,
    PRICE_VALUES,
    STATUS_VALUES,
    Observations,
    merge_measurements,
    merge_prices,
    merge_status,
)
from tests.history.logs import (
    PRICES,
    ROUTES,
    at,
    entries,
    intervals_of,
    listing,
    logs,
    observations_of,
    plain_replay,
    replayed,
)


@settings(max_examples=60, deadline=None)
@given(logs)
def test_in_order_it_equals_the_plain_replay(log):
    assert intervals_of(replayed(observations_of(log))) == plain_replay(log)


@settings(max_examples=40, deadline=None)
@given(logs, st.integers(0, 7))
def test_a_prefix_and_then_the_rest_equals_all_and_repeats_change_nothing(log, cut):
    observations = observations_of(log)
    whole = replayed(observations)
    prefix = replayed(observations[:cut])
    again = replayed(observations[max(0, cut - 1) : cut], prefix)
    assert again.equals(prefix)
    assert replayed(observations[cut:], again).equals(whole)
    assert replayed(observations[-1:], whole).equals(whole)


@settings(max_examples=60, deadline=None)
@given(logs, st.randoms(use_true_random=False))
def test_in_any_order_what_was_just_said_stands_and_nothing_overlaps(log, random):
    shuffled = list(log)
    random.shuffle(shuffled)
    found = intervals.empty(PRICE_HISTORY)
    for hour, prices, complete in shuffled:
        found = merge_prices(found, listing(hour, prices, complete)).rows
        known_by_route = intervals_of(found)
        for route in ROUTES:
            known = known_by_route.get(route, [])
            assert all(begun <= last and (ended is None or last < ended) for begun, ended, last, _ in known)
            assert all(first[1] is not None and first[1] <= then[0] for first, then in pairwise(known))
            holding = [p for begun, ended, _, p in known if begun <= at(hour) and (ended is None or at(hour) < ended)]
            if route in prices:
                assert holding == [prices[route]]
            elif route[1] in complete:
                assert holding == []


@settings(max_examples=40, deadline=None)
@given(logs, st.integers(0, 6))
def test_one_late_listing_of_full_logs_is_placed_where_it_belongs(log, place):
    """Where every other listing named every route, nothing is lost to compression but repeated values."""
    full = [(hour, {route: PRICES[(hour + i) % 4] for i, route in enumerate(ROUTES)}, ("p", "q")) for hour, _, _ in log]
    late = full.pop(place % len(full))
    found = replayed(observations_of([*full, late]))
    assert intervals_of(found) == plain_replay([*full, late])


def test_a_late_value_splits_an_interval_at_the_instants_that_are_known():
    early = [listing(0, {ROUTES[0]: PRICES[2]}), listing(10, {ROUTES[0]: PRICES[2]})]
    found = intervals_of(replayed([*early, listing(4, {ROUTES[0]: PRICES[3]})]))[ROUTES[0]]
    assert found == [
        (at(0), at(4), at(0), PRICES[2]),
        (at(4), at(10), at(4), PRICES[3]),
        (at(10), None, at(10), PRICES[2]),
    ]


def test_a_late_value_that_agrees_changes_nothing():
    early = replayed([listing(0, {ROUTES[0]: PRICES[2]}), listing(10, {ROUTES[0]: PRICES[2]})])
    assert replayed([listing(4, {ROUTES[0]: PRICES[2]})], early).equals(early)


def test_only_a_complete_listing_closes():
    first = listing(0, {ROUTES[0]: PRICES[2]})
    failed = replayed([first, listing(1, {}, complete=())])
    assert intervals_of(failed)[ROUTES[0]] == [(at(0), None, at(0), PRICES[2])]
    gone = replayed([first, listing(1, {}, complete=("p",))])
    assert intervals_of(gone)[ROUTES[0]] == [(at(0), at(1), at(0), PRICES[2])]
    back = replayed([listing(2, {ROUTES[0]: PRICES[2]})], gone)
    assert intervals_of(back)[ROUTES[0]] == [(at(0), at(1), at(0), PRICES[2]), (at(2), None, at(2), PRICES[2])]


def test_null_and_zero_and_a_price_are_three_values():
    found = intervals_of(
        replayed([listing(hour, {ROUTES[0]: PRICES[place]}) for hour, place in enumerate((0, 1, 2, 0))])
    )
    assert [price for *_, price in found[ROUTES[0]]] == [None, Decimal(0), Decimal("0.06"), None]


def test_a_price_not_stated_is_silence_where_the_source_lists_only_prices():
    silent = listing(1, {ROUTES[0]: None}, complete=(), source="catwalk", states=frozenset())
    stated = replayed([listing(0, {ROUTES[0]: PRICES[2]})])
    assert replayed([silent], stated).equals(stated)
    assert replayed([silent]).is_empty()


def test_float_noise_is_no_change():
    def body(price: float) -> bytes:
        mapping = {
            "provider": "p", "providerId": "x", "status": "live", "task": "conversational", "type": "single-model",
            "providerDetails": {"context_length": 1000, "pricing": {"input": price, "output": price}},
        }  # fmt: skip
        return json.dumps([{"id": "o/a", "inferenceProviderMapping": [mapping]}]).encode()

    noisy = [
        hub_list.read(body(price), at(hour), ()).observations[0]
        for hour, price in enumerate((0.06, 0.060000000000000005))
    ]
    assert intervals_of(replayed(noisy))[ROUTES[0]] == [(at(0), None, at(1), Decimal("0.060000000"))]


def test_a_float_is_no_money():
    rows = pl.DataFrame(
        [dict(zip(ROUTE, ROUTES[0], strict=True)) | {"input_usd_per_mtok": 0.1, "output_usd_per_mtok": 0.1}]
    )
    with pytest.raises(TypeError, match="decimal"):
        merge_prices(intervals.empty(PRICE_HISTORY), Observations(at(0), "x", rows))


def test_at_one_instant_the_first_keeps_it_and_the_other_is_said():
    first = replayed([listing(0, {ROUTES[0]: PRICES[2]})])
    merged = merge_prices(first, listing(0, {ROUTES[0]: PRICES[3]}, source="catwalk"))
    assert merged.rows.equals(first)
    assert [(c.route, c.source) for c in merged.conflicts] == [(ROUTES[0], "catwalk")]


def test_status_context_and_flags_make_intervals_too():
    found = intervals.empty(STATUS_HISTORY)
    for hour, more in enumerate(
        ({}, {"context_length": 9}, {"context_length": 9}, {"context_length": 9, "status": "error"})
    ):
        found = merge_status(found, listing(hour, {ROUTES[0]: None}, **more)).rows
    assert found.select("valid_from", "valid_to", "status", "context_length").rows() == [
        (at(0), at(1), "live", None),
        (at(1), at(3), "live", 9),
        (at(3), None, "error", 9),
    ]


def test_measurements_are_added_only_when_a_value_changes():
    found = intervals.empty(MEASUREMENTS)
    for hour, tps in enumerate((None, 1.5, 1.5, 1.75, None)):
        new = merge_measurements(found, listing(hour, {ROUTES[0]: None}, throughput_tps=tps)).rows
        found = pl.concat([found, new])
    assert found.select("observed_at", "throughput_tps").rows() == [(at(1), 1.5), (at(3), 1.75), (at(4), None)]


def test_months_are_split_sorted_and_without_doubles():
    rows = [
        dict(zip(ROUTE, ROUTES[0], strict=True))
        | {"observed_at": moment, "throughput_tps": 1.0, "ttft_ms": None, "request_latency_ms": None}
        for moment in (
            datetime(2026, 2, 1, tzinfo=UTC),
            datetime(2026, 1, 31, 23, tzinfo=UTC),
            datetime(2026, 2, 1, tzinfo=UTC),
        )
    ]
    months = intervals.by_month(pl.DataFrame(rows, schema=intervals.frame_schema(MEASUREMENTS)))
    assert {month: rows.height for month, rows in months.items()} == {"2026-01": 1, "2026-02": 1}


class KnownInstants:
    """What is known of one route, as {hour: price, or "gone" for absent}: of a run, its first and its last hour."""

    def __init__(self):
        self.known, self.conflicts = {}, 0

    def runs(self):
        grouped = []
        for hour, value in sorted(self.known.items(), key=lambda item: item[0]):
            if grouped and grouped[-1][0] == value:
                grouped[-1][1].append(hour)
            else:
                grouped.append((value, [hour]))
        return grouped

    def add(self, hour, value):
        earlier = [known for known in self.known if known < hour]
        if hour in self.known:
            self.conflicts += self.known[hour] != value
        elif value != "gone" or (earlier and self.known[max(earlier)] != "gone"):
            self.known[hour] = value
            ends = {hour for value, hours in self.runs() for hour in (hours[0], hours[0 if value == "gone" else -1])}
            self.known = {hour: value for hour, value in self.known.items() if hour in ends}

    def intervals(self):
        runs = self.runs()
        ends = [*(at(hours[0]) for _, hours in runs[1:]), None][: len(runs)]
        found = zip(runs, ends, strict=True)
        return [(at(hours[0]), end, at(hours[-1]), value) for (value, hours), end in found if value != "gone"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), entries), max_size=9))
def test_any_order_and_equal_times_give_what_the_known_instants_say(log):
    found, conflicts, expected = intervals.empty(PRICE_HISTORY), 0, 0
    for hour, (prices, complete) in log:
        found, left_out = merge_prices(found, listing(hour, prices, complete))
        conflicts += len(left_out)
    for route in ROUTES:
        model = KnownInstants()
        for hour, (prices, complete) in log:
            if route in prices:
                model.add(hour, prices[route])
            elif route[1] in complete:
                model.add(hour, "gone")
        assert intervals_of(found).get(route, []) == model.intervals()
        expected += model.conflicts
    assert conflicts == expected


@pytest.mark.parametrize(
    ("hour", "price", "expected"),
    [
        (1, 2, [(1, 4, 2, 2), (7, None, 7, 3)]),
        (1, 1, [(1, 2, 1, 1), (2, 4, 2, 2), (7, None, 7, 3)]),
        (3, 2, [(2, 4, 3, 2), (7, None, 7, 3)]),
        (3, 1, [(2, 3, 2, 2), (3, 4, 3, 1), (7, None, 7, 3)]),
        (5, 1, [(2, 4, 2, 2), (5, 7, 5, 1), (7, None, 7, 3)]),
        (5, 3, [(2, 4, 2, 2), (5, None, 7, 3)]),
    ],
)
def test_a_late_value_before_the_first_after_the_last_seen_and_in_a_gap(hour, price, expected):
    log = [listing(2, {ROUTES[0]: PRICES[2]}), listing(4, {}), listing(7, {ROUTES[0]: PRICES[3]})]
    found = intervals_of(replayed([*log, listing(hour, {ROUTES[0]: PRICES[price]}, complete=())]))[ROUTES[0]]
    assert found == [(at(a), None if b is None else at(b), at(c), PRICES[p]) for a, b, c, p in expected]


def test_absence_keeps_its_instant_too():
    gone = replayed([listing(2, {ROUTES[0]: PRICES[2]}), listing(4, {})])
    merged = merge_prices(gone, listing(4, {ROUTES[0]: PRICES[2]}, source="catwalk"))
    assert merged.rows.equals(gone)
    assert [conflict.known for conflict in merged.conflicts] == [None]


def test_silence_about_free_changes_nothing_and_is_not_carried_to_another_price():
    found = intervals.empty(PRICE_HISTORY)
    for hour, price, is_free in (
        (0, 2, None), (2, 2, True), (5, 2, None), (1, 2, None), (6, 3, None), (7, 3, False), (8, 3, None), (4, 2, None)
    ):  # fmt: skip
        found = merge_prices(found, free_or_not(hour, price, is_free)).rows
    assert found.select("valid_from", "is_free", "source").rows() == [
        (at(0), None, "hub-list"),
        (at(2), True, "router"),
        (at(6), False, "hub-list"),
    ]


def free_or_not(hour, price, is_free):
    """A listing, and what the router says of being free in it."""
    stated = listing(hour, {ROUTES[0]: PRICES[price]})
    source = None if is_free is None else "router"
    rows = stated.rows.with_columns(
        is_free=pl.lit(is_free, dtype=pl.Boolean), price_source=pl.lit(source, dtype=pl.String)
    )
    return Observations(at(hour), "hub-list", rows, states=HUB_LIST_STATES)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([2, 3]), st.sampled_from([None, False, True])), min_size=1, max_size=7))
def test_a_price_stands_in_one_row_until_it_or_being_free_is_news(said):
    log = [free_or_not(hour, *one) for hour, one in enumerate(said)]
    begins, free = [], []
    for hour, (price, is_free) in enumerate(said):
        if hour and price == said[hour - 1][0] and is_free in (None, free[-1]):
            continue
        if hour and price == said[hour - 1][0] and free[-1] is None and is_free is False:
            free[-1] = False
            continue
        begins.append(at(hour))
        free.append(is_free)
    states = [intervals.empty(PRICE_HISTORY)]
    for observation in log:
        states.append(merge_prices(states[-1], observation).rows)
    one_by_one = states.pop()
    assert one_by_one.select("valid_from", "is_free").rows() == list(zip(begins, free, strict=True))
    for before, rest in zip(states, (log[cut:] for cut in range(len(log))), strict=True):
        assert merge_all(before, rest, PRICE_HISTORY, PRICE_VALUES).rows.equals(one_by_one)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_at_one_instant_that_agree_the_second_adds_what_the_first_does_not_speak_of(order):
    """One project keeps status and price alone, another the context too; the router says of free offers."""
    rows = listing(0, {ROUTES[0]: PRICES[2]}).rows
    less = rows.select(*ROUTE, "status", "input_usd_per_mtok", "output_usd_per_mtok")
    more = less.with_columns(context_length=pl.lit(8192), is_free=pl.lit(False))
    both = [Observations(at(0), f"source {place}", (less, more)[place]) for place in order]
    for table, values, column, expected in (
        (PRICE_HISTORY, PRICE_VALUES, "is_free", False),
        (STATUS_HISTORY, STATUS_VALUES, "context_length", 8192),
    ):
        found = merge_all(intervals.empty(table), both, table, values)
        assert (found.rows[column].to_list(), found.conflicts) == ([expected], [])


def test_the_models_own_offer_speaks_then_the_live_one_then_the_first_by_name():
    first, second, third = ROUTES
    offers = pl.DataFrame(
        [
            (*first, "lora", "live", "tag-filter"), (*first, "own", "error", "single-model"),
            (*second, "z", "live", "single-model"), (*second, "b", "staging", "single-model"),
            (*third, "y", "live", "single-model"), (*third, "x", "live", "single-model"), (*third, "a", "live", None),
        ],
        [*ROUTE, "provider_model_id", "status", "type"],
        orient="row",
    )  # fmt: skip
    for seed in range(5):
        chosen = representative_offers(offers.sample(fraction=1, shuffle=True, seed=seed))
        assert dict(zip(chosen.select(ROUTE).rows(), chosen["provider_model_id"], strict=True)) == {
            first: "own", second: "z", third: "x",
        }  # fmt: skip


def test_late_and_contradicting_measurements():
    found = intervals.empty(MEASUREMENTS)
    for hour, tps in ((1, 10.0), (6, 20.0)):
        found = pl.concat([found, merge_measurements(found, listing(hour, {ROUTES[0]: None}, throughput_tps=tps)).rows])
    late = merge_measurements(found, listing(4, {ROUTES[0]: None}, throughput_tps=15.0)).rows
    assert late.select("observed_at", "throughput_tps").rows() == [(at(4), 15.0)]
    assert merge_measurements(found, listing(4, {ROUTES[0]: None}, throughput_tps=10.0)).rows.is_empty()
    rows, conflicts = merge_measurements(found, listing(6, {ROUTES[0]: None}, throughput_tps=21.0))
    assert rows.is_empty()
    assert [(conflict.route, conflict.known["throughput_tps"]) for conflict in conflicts] == [(ROUTES[0], 20.0)]


def test_observations_refuse_what_would_corrupt_a_history():
    rows = listing(0, {ROUTES[0]: PRICES[2]}).rows
    with pytest.raises(ValueError, match="time zone"):
        Observations(datetime(2026, 1, 1), "x", rows)  # noqa: DTZ001
    with pytest.raises(ValueError, match="twice"):
        Observations(at(0), "x", pl.concat([rows, rows]))
    with pytest.raises(ValueError, match="is_free"):
        Observations(at(0), "x", rows, states=frozenset({"is_free"}))
