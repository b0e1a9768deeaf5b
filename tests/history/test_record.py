"""What one run adds to the histories, and what it must not: rows that nobody stated in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from hf_providers.catalog.schema import MEASUREMENTS, OFFERS
from pipeline.assemble import tables
from pipeline.history.intervals import frame_schema
from pipeline.history.record import added, caught_up, record

START = datetime(2026, 1, 1, tzinfo=UTC)


def offer(model="o/m", provider="p", **more):
    return (
        dict.fromkeys(OFFERS.column_names)
        | {
            "model_id": model,
            "provider": provider,
            "task": "conversational",
            "provider_model_id": model,
            "status": "live",
            "readiness": "hot",
            "type": "single-model",
            "input_usd_per_mtok": Decimal("0.5"),
            "output_usd_per_mtok": Decimal(1),
            "price_source": "hub-list",
            "throughput_tps": 20.0,
            "first_seen_at": START,
            "changed_at": START,
            "stale": False,
        }
        | more
    )


def after(*runs):
    """The histories after runs of (offers, good providers), an hour apart, as rows by table."""
    found = caught_up(None)
    for hour, (offers, good) in enumerate(runs):
        found = record(found, tables.from_rows(OFFERS, offers), good, START + timedelta(hours=hour))
    return {name: tables.to_rows(table) for name, table in found.items()}


def test_a_run_opens_extends_and_closes():
    found = after(([offer()], {"p"}), ([offer()], {"p"}), ([], {"p"}))
    assert [(r["valid_from"].hour, r["valid_to"].hour, r["last_observed_at"].hour) for r in found["price_history"]] == [
        (0, 2, 1)
    ]
    assert [(r["valid_to"].hour, r["source"]) for r in found["status_history"]] == [(2, "hub-list")]
    assert len(found["measurements"]) == 1


def test_a_provider_that_failed_closes_and_extends_nothing():
    found = after(([offer()], {"p"}), ([offer(stale=True)], set()))
    assert [(r["valid_to"], r["last_observed_at"].hour) for r in found["price_history"]] == [(None, 0)]
    assert [(r["valid_to"], r["last_observed_at"].hour) for r in found["status_history"]] == [(None, 0)]


def test_a_stale_row_of_a_good_provider_says_nothing_and_is_not_absent():
    kept = offer(stale=True, throughput_tps=99.0)
    found = after(([offer()], {"p"}), ([kept, offer("o/n")], {"p"}))
    old = {name: [r for r in rows if r["model_id"] == "o/m"] for name, rows in found.items()}
    assert [(r["valid_to"], r["last_observed_at"].hour) for r in old["price_history"]] == [(None, 0)]
    assert [(r["valid_to"], r["last_observed_at"].hour) for r in old["status_history"]] == [(None, 0)]
    assert [r["throughput_tps"] for r in old["measurements"]] == [20.0]


def test_the_models_own_offer_speaks_for_a_route_it_shares():
    adapter = offer(
        provider_model_id="a", type="tag-filter", output_usd_per_mtok=None, input_usd_per_mtok=None, price_source=None
    )
    found = after(([adapter, offer()], {"p"}))
    assert [row["output_usd_per_mtok"] for row in found["price_history"]] == [Decimal(1)]


@pytest.mark.parametrize("hour", [5, 0])
@pytest.mark.parametrize("models", [["o/a"], ["o/a", "o/b"], ["o/b", "o/new"], []])
def test_added_measurements_stand_in_the_order_of_the_key(hour, models):
    def rows(names, hours):
        values = {"provider": "p", "task": "t", "throughput_tps": 1.0, "ttft_ms": None, "request_latency_ms": None}
        found = [
            {"model_id": n, "observed_at": START + timedelta(hours=h, minutes=30)} | values
            for n in names
            for h in hours
        ]
        return pl.DataFrame(found, schema=frame_schema(MEASUREMENTS))

    known, new = rows(["o/a", "o/b", "o/c"], [1, 2]), rows(models, [hour])
    assert added(known, new).equals(pl.concat([known, new]).sort(MEASUREMENTS.key))
