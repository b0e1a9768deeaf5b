"""Many observations at once: held against a plain replay of the log that shares no code with them."""

from __future__ import annotations

from hypothesis import given, settings

from hf_providers.catalog.schema import PRICE_HISTORY
from pipeline.history.batch import merge_all
from pipeline.history.intervals import PRICE_VALUES
from tests.history.logs import (
    PRICES,
    ROUTES,
    at,
    intervals_of,
    listing,
    logs,
    observations_of,
    plain_replay,
    replayed,
)


@settings(max_examples=60, deadline=None)
@given(logs)
def test_all_at_once_it_equals_the_plain_replay_though_the_newest_was_known_first(log):
    observations = observations_of(log)
    newest_first = replayed(observations[-1:])
    found = merge_all(newest_first, observations, PRICE_HISTORY, PRICE_VALUES)
    assert intervals_of(found.rows) == plain_replay(log)
    assert found.conflicts == []


def test_all_at_once_no_instant_before_a_split_is_lost():
    """The run knew today's price; of the older listings two agree with it, and one after them does not."""
    today = replayed([listing(30, {ROUTES[0]: PRICES[2]})])
    older = [listing(hour, {ROUTES[0]: PRICES[2]}) for hour in (0, 10)] + [listing(20, {ROUTES[0]: PRICES[3]})]
    found = merge_all(today, older, PRICE_HISTORY, PRICE_VALUES).rows
    assert intervals_of(found)[ROUTES[0]] == [
        (at(0), at(20), at(10), PRICES[2]),
        (at(20), at(30), at(20), PRICES[3]),
        (at(30), None, at(30), PRICES[2]),
    ]


def test_all_at_once_what_contradicts_a_known_instant_is_left_out():
    known = replayed([listing(5, {ROUTES[0]: PRICES[2]})])
    found = merge_all(known, [listing(5, {ROUTES[0]: PRICES[3]})], PRICE_HISTORY, PRICE_VALUES)
    assert found.rows.equals(known)
    assert [conflict.route for conflict in found.conflicts] == [ROUTES[0]]
