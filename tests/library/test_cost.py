"""What requests cost: exact, the cheapest where none is named, and what is not known is not 0."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hf_providers import calculate_cost, open_snapshot
from hf_providers.snapshot import Snapshot
from tests.cli.hfp import catalog, model, offer

TALK = "acme/Talk-7B"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    def priced(provider: str, given_usd: str, taken_usd: str, **values: Any) -> dict[str, Any]:
        prices = {"input_usd_per_mtok": Decimal(given_usd), "output_usd_per_mtok": Decimal(taken_usd)}
        return offer(TALK, provider, **prices, **values)

    offers = [
        priced("low-in", "0.1", "3"),
        priced("low-out", "2", "0.000000001"),
        priced("dead", "0", "0", status="error", readiness="unavailable"),
        offer(TALK, "silent"),
        offer("acme/Silent-1", "silent"),
        offer("acme/Twin-1", "x"),
        offer("other/Twin-1", "x"),
    ]
    models = [model(name) for name in (TALK, "acme/Silent-1", "acme/Twin-1", "other/Twin-1")]
    folder: Path = tmp_path_factory.mktemp("cost")
    return open_snapshot(catalog(folder / "catalog.sqlite", {"models": models, "offers": offers}))


def request(model_id: str = TALK, given_tokens: int = 0, taken_tokens: int = 0, **more: Any) -> dict[str, Any]:
    return {"model": model_id, "input_tokens": given_tokens, "output_tokens": taken_tokens} | more


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_the_cheapest_live_offer_for_just_these_counts(made: Snapshot, given_tokens: int, taken_tokens: int) -> None:
    (cost,) = calculate_cost([request(TALK, given_tokens, taken_tokens)], made)["costs"]
    prices = {"low-in": ("0.1", "3"), "low-out": ("2", "0.000000001")}
    exact = {
        name: (Decimal(given_tokens) * Decimal(one) + Decimal(taken_tokens) * Decimal(other)) * 1000
        for name, (one, other) in prices.items()
    }
    billed = {name: int(nano.to_integral_value(ROUND_CEILING)) for name, nano in exact.items()}
    assert cost["cost_nano_usd"] == min(billed.values())
    assert billed[cost["provider"]] == cost["cost_nano_usd"]


def test_the_total_is_the_sum_of_what_is_known(made: Snapshot) -> None:
    answer = calculate_cost(
        [
            request(TALK, 1_000_000, 0),
            request(TALK, 1_000_000, 0, provider="low-out"),
            request(TALK, 1, 1, provider="silent"),
            request("acme/Silent-1", 1, 1),
            request("no-such-qzxvkj", 1, 1),
            request("twin-1", 1, 1),
        ],
        made,
    )
    assert [cost["cost_nano_usd"] for cost in answer["costs"]] == [10**8, 2 * 10**9, None, None, None, None]
    assert (answer["total_cost_nano_usd"], answer["unknown"]) == (21 * 10**8, 4)
    assert [bool(cost.get("reason")) for cost in answer["costs"]] == [False, False, True, True, True, True]


def test_a_request_keeps_its_names_and_gets_those_that_were_meant(made: Snapshot) -> None:
    (cost,) = calculate_cost([request("talk-7b", 1_000_000, 0)], made)["costs"]
    assert cost == {"model": TALK, "provider": "low-in", "task": "conversational", "cost_nano_usd": 10**8}


def test_no_requests_cost_nothing(made: Snapshot) -> None:
    assert calculate_cost([], made) == {"total_cost_nano_usd": 0, "unknown": 0, "costs": []}


def test_broken_requests_are_refused(made: Snapshot) -> None:
    with pytest.raises(KeyError, match="output_tokens"):
        calculate_cost([{"model": TALK, "input_tokens": 1}], made)
    with pytest.raises(ValueError, match="negative"):
        calculate_cost([request(TALK, -1, 1)], made)
