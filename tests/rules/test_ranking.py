"""Which offer is picked, held against a plain reading of the rules in fractions."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.rules import ranking

DATES = ("observed_at", "price_observed_at", "measured_at")
PRICES = st.sampled_from([None, "0", "0.000000001", "0.1", "0.3", "0.30", "2", "999999999.999999999"])
SPEEDS = st.sampled_from([None, 0.5, 30.0, 200.0])


def offer(provider: str, **values: Any) -> dict[str, Any]:
    """A live, hot chat offer without prices and measurements."""
    names = ("input_usd_per_mtok", "output_usd_per_mtok", "throughput_tps", "ttft_ms", "request_latency_ms", *DATES)
    key = {"provider": provider, "provider_model_id": "m", "task": "conversational", "status": "live"}
    return dict.fromkeys(names) | key | {"readiness": "hot"} | values


def priced(provider: str, given_usd: str | None, taken_usd: str | None, **values: Any) -> dict[str, Any]:
    return offer(provider, input_usd_per_mtok=given_usd, output_usd_per_mtok=taken_usd, **values)


OFFERS = st.lists(
    st.builds(
        priced,
        st.sampled_from("abcd"),
        PRICES,
        PRICES,
        status=st.sampled_from(["live", "live", "error", "staging"]),
        task=st.sampled_from(["conversational", "conversational", "text-to-image"]),
        throughput_tps=SPEEDS,
        ttft_ms=SPEEDS,
        request_latency_ms=SPEEDS,
        provider_model_id=st.sampled_from("xy"),
    ),
    max_size=8,
    unique_by=lambda offer: (offer["provider"], offer["provider_model_id"]),
)
"""Of one model, in which a provider and its name of the model stand once a task."""
MIXES = st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(any)


def name(found: dict[str, Any] | None) -> str | None:
    return found and found["provider"]


@given(OFFERS, MIXES)
def test_none_is_cheaper_than_the_cheapest(offers: list[dict[str, Any]], mix: tuple[int, int]) -> None:
    def cost(one: dict[str, Any]) -> Fraction:
        given_usd, taken_usd = Fraction(one["input_usd_per_mtok"]), Fraction(one["output_usd_per_mtok"])
        return given_usd * mix[0] + taken_usd * mix[1]

    known = [
        o
        for o in offers
        if o["status"] == "live" and o["input_usd_per_mtok"] is not None and o["output_usd_per_mtok"] is not None
    ]
    picked = ranking.cheapest(offers, None, mix)
    if picked is None:
        assert known == []
    else:
        assert picked in known
        assert cost(picked) == min(map(cost, known))


@given(OFFERS)
def test_none_is_faster_than_the_fastest(offers: list[dict[str, Any]]) -> None:
    for task, figure, best in (("conversational", "throughput_tps", max), ("text-to-image", "request_latency_ms", min)):
        live = [o for o in offers if o["status"] == "live" and o["task"] == task]
        known = [o[figure] for o in live if o[figure] is not None]
        picked = ranking.fastest(live, None)
        assert (picked and picked[figure]) == (best(known) if known else None)


@given(OFFERS, st.randoms(use_true_random=False))
def test_the_order_of_the_offers_decides_nothing(offers: list[dict[str, Any]], rng: random.Random) -> None:
    shuffled = rng.sample(offers, len(offers))
    assert ranking.cheapest(offers, None) == ranking.cheapest(shuffled, None)
    assert ranking.fastest(offers, None) == ranking.fastest(shuffled, None)
    assert ranking.router_choice(offers, None) == ranking.router_choice(shuffled, None)
    assert ranking.main_task(offers) == ranking.main_task(shuffled)


def test_the_router_takes_the_lowest_output_price_whatever_the_mix() -> None:
    offers = [priced("low-in", "0.1", "3"), priced("low-out", "9", "2"), priced("dead", "0", "0", status="error")]
    routes = ranking.router_choice(offers, None)
    assert routes is not None
    assert name(routes["cheapest"]) == "low-out"
    assert name(ranking.cheapest(offers, None, (10, 1))) == "low-in"
    assert routes["fastest"] is None


def test_the_router_serves_live_chat_only() -> None:
    assert ranking.router_choice([offer("a", task="text-to-image"), offer("b", status="error")], None) is None
    assert ranking.router_choice([], None) is None


def test_one_known_side_is_no_price() -> None:
    offers = [priced("half", "0", None), priced("other-half", None, "0"), priced("whole", "5", "5")]
    assert name(ranking.cheapest(offers, None)) == "whole"
    assert ranking.blended(offers[0]) is None
    assert ranking.cheapest(offers[:2], None) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (priced("b", "1", "5"), priced("a", "2", "2")),  # equal at 3:1: the lower input price
        (priced("b", "2", "2", throughput_tps=9.0), priced("a", "2", "2", throughput_tps=8.0)),  # the faster
        (priced("b", "2", "2", throughput_tps=9.0), priced("a", "2", "2")),  # a known speed before an unknown one
        (priced("a", "2", "2"), priced("b", "2", "2")),  # the name
    ],
)
def test_ties_of_price_end_by_rule(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert ranking.cheapest([other, one], None) is one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (offer("b", throughput_tps=9.0, ttft_ms=1.0), offer("a", throughput_tps=9.0, ttft_ms=2.0)),
        (offer("b", throughput_tps=9.0, ttft_ms=1.0), offer("a", throughput_tps=9.0)),
        (offer("a", throughput_tps=9.0), offer("b", throughput_tps=9.0)),
    ],
)
def test_ties_of_speed_end_by_rule(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert ranking.fastest([other, one], None) is one


def test_chat_speaks_for_a_model_where_it_is_offered() -> None:
    images = [offer("a", task="text-to-image"), offer("b", task="text-to-image")]
    assert ranking.main_task([*images, offer("c", status="error")]) == "conversational"
    assert ranking.main_task([*images, offer("c", task="image-to-image")]) == "text-to-image"
    assert ranking.main_task([]) is None


def test_ready_ones_are_read_first() -> None:
    offers = [
        offer("dead", readiness="unavailable", status="error", throughput_tps=900.0),
        offer("cold", readiness="cold"),
        offer("slow", throughput_tps=1.0),
        offer("fast", throughput_tps=2.0),
        offer("warm", readiness="warm"),
    ]
    assert [o["provider"] for o in ranking.ordered(offers, None)] == ["fast", "slow", "warm", "cold", "dead"]
