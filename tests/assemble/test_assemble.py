"""From source_results to rows: the rules one by one, without HTTP and without files."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hf_providers.catalog.schema import MODELS, OFFERS, PROVIDERS
from pipeline.assemble.offers import assemble
from pipeline.assemble.routes import Previous, key
from pipeline.crawl.source_result import Row, SourceResult

T0 = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)
T1 = T0 + timedelta(hours=1)


def offer(model_id: str = "org/a", provider: str = "novita", **values: Any) -> Row:
    """An offer as a source states it: every column that sources fill, NULL where not given."""
    stated = dict.fromkeys(OFFERS.column_names) | {
        "model_id": model_id,
        "provider": provider,
        "task": "conversational",
        "provider_model_id": "own",
        "status": "live",
        "type": "single-model",
    }
    bookkeeping = ("readiness", "first_seen_at", "changed_at", "stale")
    return {name: value for name, value in (stated | values).items() if name not in bookkeeping}


def price(source: str, input_usd: str, output_usd: str) -> Row:
    return {
        "input_usd_per_mtok": Decimal(input_usd),
        "output_usd_per_mtok": Decimal(output_usd),
        "price_source": source,
    }


def source_result(source: str, provider: str, *offers: Row, **more: Any) -> SourceResult:
    return SourceResult(source, provider, offers=list(offers), seen_providers={o["provider"] for o in offers}, **more)


def listing(provider: str, *offers: Row, **more: Any) -> SourceResult:
    return source_result("hub-list", provider, *offers, **more)


def assembled(
    *source_results: SourceResult, before: dict[str, list[Row]] | None = None, **options: Any
) -> dict[str, list[Row]]:
    listings = {h.provider for h in source_results if h.source == "hub-list"}
    previous = before or {"models": [], "offers": [], "providers": []}
    arguments: dict[str, Any] = {"good": listings, "stale": set(), "observed_at": T0} | options
    return assemble(
        list(source_results),
        {},
        Previous(
            {row["model_id"]: row for row in previous["models"]},
            {key(row): row for row in previous["offers"]},
            {row["provider"]: row for row in previous["providers"]},
        ),
        **arguments,
    )


def only(rows: list[Row], **where: Any) -> Row:
    (row,) = [row for row in rows if all(row[name] == value for name, value in where.items())]
    return row


def test_a_row_has_every_column_and_times_of_the_run() -> None:
    tables = assembled(listing("novita", offer()))
    row = only(tables["offers"])
    assert row.keys() == set(OFFERS.column_names)
    assert only(tables["models"]).keys() == set(MODELS.column_names)
    assert only(tables["providers"]).keys() == set(PROVIDERS.column_names)
    assert (row["first_seen_at"], row["changed_at"], row["stale"], row["readiness"]) == (T0, T0, False, "cold")


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({}, False),
        ({"throughput_tps": 5.0, "ttft_ms": 9.0}, True),
        ({"request_latency_ms": 5.0, "status": "error"}, True),
        ({"validated_at": T1}, False),
        ({"context_length": 4096}, True),
        (price("hub-list", "1", "2"), True),
        ({"supports_tools": True}, True),
    ],
)
def test_changed_at_moves_with_values_and_not_with_measurements(change: Row, changed: bool) -> None:
    before = assembled(listing("novita", offer()))
    row = only(assembled(listing("novita", offer(**change)), before=before, observed_at=T1)["offers"])
    # The two measurements make the offer hot, and readiness is a value.
    assert (row["first_seen_at"], row["changed_at"]) == (T0, T1 if changed else T0)


def test_another_measurement_of_a_hot_offer_changes_nothing() -> None:
    before = assembled(listing("novita", offer(throughput_tps=5.0, ttft_ms=9.0)))
    after = assembled(listing("novita", offer(throughput_tps=6.0, ttft_ms=8.0)), before=before, observed_at=T1)
    assert (only(after["offers"])["changed_at"], only(after["offers"])["throughput_tps"]) == (T0, 6.0)


def test_every_order_of_sources_gives_the_same_price_and_conflicts() -> None:
    sources = [
        listing("novita", offer(**price("hub-list", "1", "2"))),
        source_result("router", "", offer(provider_model_id=None, type=None, **price("router", "0.5", "2"))),
        source_result(
            "inference-page", "", offer(provider_model_id=None, type=None, **price("inference-page", "3", "4"))
        ),
    ]
    for seed in range(6):
        shuffled = [
            SourceResult(h.source, h.provider, offers=[dict(o) for o in h.offers], seen_providers=h.seen_providers)
            for h in random.Random(seed).sample(sources, 3)
        ]
        tables = assembled(*shuffled)
        row = only(tables["offers"])
        assert (row["input_usd_per_mtok"], row["price_source"]) == (Decimal("0.5"), "router")
        stated = {(c["source"], c["input_usd_per_mtok"], c["chosen"]) for c in tables["price_conflicts"]}
        assert stated == {("router", Decimal("0.5"), True), ("hub-list", 1, False), ("inference-page", 3, False)}


def test_prices_that_agree_are_no_conflict_however_they_are_written() -> None:
    tables = assembled(
        listing("novita", offer(**price("hub-list", "0.50", "2.0"))),
        source_result("router", "", offer(**price("router", "0.5", "2"))),
    )
    assert tables["price_conflicts"] == []


def test_where_two_offers_share_a_route_the_router_speaks_of_the_model_of_its_own() -> None:
    own = offer(provider_model_id="own", **price("hub-list", "1", "2"))
    by_tag = offer(provider_model_id="a-lora", type="tag-filter")
    routed = offer(provider_model_id=None, **price("router", "5", "6"))
    tables = assembled(listing("novita", by_tag, own), source_result("router", "", routed))
    rows = {row["provider_model_id"]: row["input_usd_per_mtok"] for row in tables["offers"]}
    assert rows == {"own": 5, "a-lora": None}


def test_what_the_listing_leaves_open_is_filled_and_what_it_says_stays() -> None:
    routed = offer(context_length=8192, supports_tools=False, ttft_ms=7.0, is_free=True)
    paged = offer(context_length=1, supports_structured_output=True, validated_at=T0, is_free=None)
    tables = assembled(
        listing("novita", offer(supports_tools=True)),
        source_result("router", "", routed),
        source_result("inference-page", "", paged),
    )
    row = only(tables["offers"])
    names = ("supports_tools", "context_length", "ttft_ms", "supports_structured_output", "validated_at", "is_free")
    assert tuple(row[name] for name in names) == (True, 8192, 7.0, True, T0, True)


def test_a_router_offer_that_nobody_lists_is_no_offer() -> None:
    tables = assembled(
        listing("novita", offer()), source_result("router", "", offer("org/ghost", **price("router", "1", "1")))
    )
    assert [row["model_id"] for row in tables["offers"]] == ["org/a"]
    assert tables["price_conflicts"] == []


def test_a_provider_without_a_good_listing_keeps_its_rows_and_models_as_they_were() -> None:
    facts = {"org/a": {"model_id": "org/a", "author": "org", "name": "a", "likes": 7, "pipeline_tag": "text-to-image"}}
    before = assembled(listing("novita", offer(), models=facts), listing("groq", offer("org/b", "groq")))
    failed = listing("novita", result="failed")
    after = assembled(
        failed, listing("groq", offer("org/b", "groq")), before=before, good={"groq"}, stale={"novita"}, observed_at=T1
    )
    assert only(after["offers"], provider="novita") == only(before["offers"], provider="novita") | {"stale": True}
    assert only(after["models"], model_id="org/a") == only(before["models"], model_id="org/a")
    providers = {row["provider"]: (row["stale"], row["active"], row["last_seen"]) for row in after["providers"]}
    assert providers == {"novita": (True, True, T0), "groq": (False, True, T1)}


def test_what_was_not_asked_stays_stale_or_fresh_as_it_was() -> None:
    first = assembled(listing("novita", offer()), listing("groq", offer(provider="groq")))
    second = assembled(listing("novita", result="failed"), before=first, good=set(), stale={"novita"}, observed_at=T1)
    third = assembled(listing("groq", offer(provider="groq")), before=second, good={"groq"}, observed_at=T1)
    assert {row["provider"]: row["stale"] for row in third["offers"]} == {"novita": True, "groq": False}
    assert {row["provider"]: row["stale"] for row in third["providers"]} == {"novita": True, "groq": False}


def test_a_provider_that_lists_nothing_any_more_stays_with_its_last_day() -> None:
    before = assembled(listing("novita", offer()))
    after = assembled(listing("novita"), before=before, observed_at=T1)
    assert after["offers"] == []
    assert after["models"] == []
    gone = only(after["providers"])
    assert (gone["active"], gone["models"], gone["first_seen"], gone["last_seen"]) == (False, 0, T0, T0)


def test_the_largest_context_is_of_live_offers_and_chat_follows_from_an_offer() -> None:
    tables = assembled(
        listing("novita", offer(context_length=10), offer(provider_model_id="x", context_length=99, status="error"))
    )
    model = only(tables["models"])
    assert (model["context_length"], model["conversational"], model["modality"]) == (10, True, "text")


def test_an_inference_state_that_is_not_warm_caps_readiness() -> None:
    facts = {"org/a": {"model_id": "org/a", "author": "org", "name": "a", "pipeline_tag": None, "inference": "cold"}}
    measured = offer(throughput_tps=5.0, ttft_ms=9.0)
    assert only(assembled(listing("novita", measured))["offers"])["readiness"] == "hot"
    assert only(assembled(listing("novita", measured, models=facts))["offers"])["readiness"] == "warm"


def test_harvests_are_left_as_they_are() -> None:
    stated = offer()
    assembled(
        listing("novita", stated), source_result("router", "", offer(context_length=5, **price("router", "1", "1")))
    )
    assert stated == offer()


@pytest.mark.parametrize(("days", "readiness"), [(45, "hot"), (46, "cold")])
def test_what_was_measured_long_ago_is_not_hot_now(days: int, readiness: str) -> None:
    before = assembled(listing("groq", offer(provider="groq", throughput_tps=5.0, ttft_ms=9.0)))
    later = T0 + timedelta(days=days)
    found = assembled(listing("novita", offer()), before=before, stale={"groq"}, observed_at=later)["offers"]
    row = only(found, provider="groq")
    assert (row["readiness"], row["throughput_tps"], row["measured_at"]) == (readiness, 5.0, T0)


def test_a_model_that_nobody_known_serves_keeps_its_row_and_one_whose_offers_ended_does_not() -> None:
    before = assembled(listing("novita", offer()))
    unknown = only(before["models"]) | {"model_id": "org/by-somebody"}
    before["models"].append(unknown)
    found = assembled(listing("novita", offer("org/b")), before=before, observed_at=T1)["models"]
    assert {row["model_id"]: row["last_seen_at"] for row in found} == {"org/by-somebody": T0, "org/b": T1}
