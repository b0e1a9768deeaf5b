"""Old offers, prices and speeds win nothing: the rule written out on a handful of offers."""

from __future__ import annotations

from typing import Any

import pytest

from hf_providers.rules import ranking
from tests.rules.test_ranking import name, offer

SINCE = "2026-07-08T03:19:00Z"
OLD, NEW = "2026-02-26T11:27:29Z", "2026-08-01T00:00:00Z"


def seen(provider: str, usd: str | None, tps: float | None, **dates: str) -> dict[str, Any]:
    at = {"observed_at": NEW, "price_observed_at": NEW, "measured_at": NEW} | dates
    return offer(provider, input_usd_per_mtok=usd, output_usd_per_mtok=usd, throughput_tps=tps, **at)


def test_an_old_price_is_not_the_cheapest_and_an_old_speed_not_the_fastest() -> None:
    offers = [
        seen("gone", "0.1", 900.0, observed_at=OLD, price_observed_at=OLD, measured_at=OLD),
        seen("old-price", "0.2", 50.0, price_observed_at=OLD),
        seen("old-speed", "0.3", 800.0, measured_at=OLD),
        seen("sound", "0.4", 40.0),
    ]
    assert name(ranking.cheapest(offers, SINCE)) == "old-speed"
    assert name(ranking.fastest(offers, SINCE)) == "old-price"
    routes = ranking.router_choice(offers, SINCE) or {}
    assert {policy: name(picked) for policy, picked in routes.items()} == {
        "fastest": "old-price",
        "cheapest": "old-speed",
    }
    everything = ranking.router_choice(offers, None) or {}
    assert {policy: name(picked) for policy, picked in everything.items()} == {"fastest": "gone", "cheapest": "gone"}


def test_old_offers_stand_below_the_one_seen_last_first() -> None:
    offers = [
        seen("older", None, 900.0, observed_at="2026-01-01T00:00:00Z"),
        seen("undated", None, 950.0) | {"observed_at": None},
        seen("old", None, 999.0, observed_at=OLD),
        seen("slow", None, 1.0),
        seen("quick", None, 2.0),
    ]
    assert [one["provider"] for one in ranking.ordered(offers, SINCE)] == ["quick", "slow", "old", "older", "undated"]
    assert name(ranking.last_seen([one for one in offers if one["observed_at"] != NEW])) == "old"


@pytest.mark.parametrize("pick", [ranking.cheapest, ranking.fastest, ranking.router_choice])
def test_where_nothing_is_recent_nothing_is_picked(pick: Any) -> None:
    offers = [seen("gone", "0.1", 900.0, observed_at=OLD, price_observed_at=OLD, measured_at=OLD)]
    assert pick(offers, SINCE) is None
    assert pick(offers, None) is not None
