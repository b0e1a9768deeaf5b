"""When a promotion counts: only while the newest run saw it, and until it ends."""

from __future__ import annotations

from typing import Any

import pytest

from hf_providers.documents.cost import Job, cheapest, priced
from hf_providers.rules import recency
from hf_providers.rules.recency import is_free_now

NEWEST, BEFORE, NOW = "2026-08-01T12:00:00Z", "2026-08-01T11:00:00Z", "2026-08-01T12:30:00Z"


def offer(**changes: Any) -> dict[str, Any]:
    return {
        "provider": "novita", "provider_model_id": "x", "task": "conversational", "status": "live", "readiness": "cold",
        "is_free": True, "free_until": None, "stale": False, "observed_at": NEWEST, "price_observed_at": NEWEST,
        "input_usd_per_mtok": "1", "output_usd_per_mtok": "2", "throughput_tps": None, "ttft_ms": None,
        "request_latency_ms": None, "measured_at": None,
    } | changes  # fmt: skip


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recency, "_now", lambda: NOW)


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({}, True),
        ({"price_observed_at": None}, True),
        ({"free_until": "2026-08-01T12:30:01Z"}, True),
        ({"free_until": "2026-08-01T12:30:00Z"}, False),
        ({"is_free": False}, False),
        ({"is_free": None}, False),
        ({"is_free": False, "input_usd_per_mtok": "0", "output_usd_per_mtok": "0"}, False),
        ({"stale": True}, False),
        ({"observed_at": BEFORE}, False),
        ({"price_observed_at": BEFORE}, False),
    ],
)
def test_free_now(changes: dict[str, Any], free: bool) -> None:
    assert is_free_now(offer(**changes), NEWEST) is free


class Offers:
    """A catalog of these offers, and of nothing else."""

    def __init__(self, *offers: dict[str, Any]) -> None:
        self._offers = offers

    def offers(self, _model_id: str) -> list[dict[str, Any]]:
        return list(self._offers)

    def recent_since(self) -> None:
        return None

    def meta(self) -> dict[str, str]:
        return {"checked_at": NEWEST}


def test_a_job_costs_nothing_while_it_is_free_and_the_listed_price_stands_beside() -> None:
    catalog: Any = Offers(offer(), offer(provider="dear", is_free=None), offer(provider="over", observed_at=BEFORE))
    rows = {row["provider"]: row for row in priced(catalog, "o/m", Job(10**6, 10**6))}
    costs = {name: (row["total_nano_usd"], row["input_usd_per_mtok"]) for name, row in rows.items()}
    assert costs == {"novita": (0, "1"), "dear": (3 * 10**9, "1"), "over": (3 * 10**9, "1")}
    assert (cheapest(list(rows.values())) or {})["provider"] == "novita"
