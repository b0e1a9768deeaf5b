"""What recordings newer than the crawl make of the offers: by hand, each rule with a case that breaks without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from hf_providers.catalog.schema import OFFERS, PRICE_SCALE
from pipeline.backfill.current_offers import UNKNOWN_ID, CurrentOffers
from pipeline.backfill.current_prices import Stated, conflicts, of_one_time
from pipeline.backfill.ended import without_ended
from pipeline.history.intervals import Observations

CRAWL = datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC)
JULY = datetime(2026, 7, 22, 6, 18, 55, tzinfo=UTC)
TYPES = {
    **dict.fromkeys(("model_id", "provider", "task", "provider_model_id", "status"), pl.String()),
    "input_usd_per_mtok": pl.Decimal(18, PRICE_SCALE),
    "output_usd_per_mtok": pl.Decimal(18, PRICE_SCALE),
    "context_length": pl.Int64(),
    "throughput_tps": pl.Float32(),
    "ttft_ms": pl.Float32(),
}


def offer(model: str = "o/m", provider: str = "groq", **values: Any) -> dict[str, Any]:
    """Return an offer as the crawl made it."""
    row = dict.fromkeys(OFFERS.column_names) | {
        "model_id": model,
        "provider": provider,
        "task": "conversational",
        "provider_model_id": "own",
        "status": "live",
        "readiness": "cold",
        "type": "single-model",
        "observed_at": CRAWL,
        "first_seen_at": CRAWL,
        "changed_at": CRAWL,
        "stale": False,
    }
    return row | values


def priced(price: str, at: datetime = CRAWL, source: str = "hub-list") -> dict[str, Any]:
    return {
        "input_usd_per_mtok": Decimal(price),
        "output_usd_per_mtok": Decimal(price),
        "price_source": source,
        "price_observed_at": at,
    }


def said(at: datetime, source: str = "router", complete: frozenset[str] = frozenset(), **values: Any) -> Observations:
    """Return an observation of one offer; of none where there are no values."""
    price = values.pop("price", None)
    if price is not None:
        values |= {name: Decimal(price) for name in ("input_usd_per_mtok", "output_usd_per_mtok")}
    where = {"model_id": "o/m", "provider": "groq", "task": "conversational"}
    rows = [where | values] if values else []
    names = [*where, *(name for name in TYPES if name in values and name not in where)]
    return Observations(at, source, pl.DataFrame(rows, schema={name: TYPES[name] for name in names}), complete)


def after(offers: list[dict[str, Any]], *observations: Observations) -> dict[tuple[str, ...], dict[str, Any]]:
    current = CurrentOffers(offers, CRAWL)
    current.apply(observations)
    return current.offers


KEY = ("o/m", "groq", "conversational", "own")


def test_a_newer_sighting_dates_the_offer_and_leaves_what_it_does_not_speak_of() -> None:
    before = offer(context_length=4096, throughput_tps=50.0, ttft_ms=100.0, measured_at=CRAWL, **priced("1"))
    row = after([before], said(JULY, "huggingface/hub-docs@1", status="live", provider_model_id="own"))[KEY]
    assert row["observed_at"] == JULY
    assert (row["context_length"], row["throughput_tps"], row["measured_at"]) == (4096, 50.0, CRAWL)
    assert (row["price_source"], row["price_observed_at"]) == ("hub-list", CRAWL)
    assert row["readiness"] == "cold", "what was measured in February says nothing of July"


def test_an_older_sighting_changes_nothing_and_makes_nothing() -> None:
    earlier = CRAWL - timedelta(days=1)
    before = offer()
    assert after([before], said(earlier, status="error", price="5")) == {KEY: before}
    assert after([], said(earlier, status="live")) == {}


def test_a_newer_sighting_makes_an_offer_with_the_provider_s_id_where_it_is_known() -> None:
    ((key, row),) = after([], said(JULY, "huggingface/hub-docs@1", status="live", provider_model_id="own")).items()
    assert key == KEY
    assert (row["observed_at"], row["first_seen_at"], row["type"]) == (JULY, JULY, None)
    assert (row["input_usd_per_mtok"], row["price_source"], row["price_observed_at"]) == (None, None, None)


def test_the_router_invents_no_id_and_a_later_sighting_names_it() -> None:
    router = said(JULY, status="live", price="0.5")
    assert set(after([], router)) == {(*KEY[:3], UNKNOWN_ID)}
    named = said(JULY + timedelta(days=9), "huggingface/hub-docs@1", status="live", provider_model_id="own")
    rows = after([], router, named)
    assert set(rows) == {KEY}
    assert rows[KEY]["first_seen_at"] == JULY
    assert rows[KEY]["price_observed_at"] == JULY


def test_the_router_speaks_of_the_offer_of_its_route_that_was_seen_last() -> None:
    renamed = said(JULY - timedelta(days=9), "huggingface/hub-docs@1", status="live", provider_model_id="new")
    rows = after([offer(**priced("1"))], renamed, said(JULY, status="live", price="0.5"))
    assert {key[3]: (row["observed_at"], row["price_source"]) for key, row in rows.items()} == {
        "own": (CRAWL, "hub-list"),
        "new": (JULY, "router"),
    }


def test_a_price_without_a_status_is_a_price_and_no_sighting() -> None:
    rows = after([offer(**priced("1"))], said(JULY, "pydantic/genai-prices@1", price="2"))
    assert (rows[KEY]["observed_at"], rows[KEY]["price_observed_at"]) == (CRAWL, JULY)
    assert rows[KEY]["price_source"] == "pydantic/genai-prices@1"
    assert after([], said(JULY, "pydantic/genai-prices@1", price="2")) == {}


def test_a_price_from_before_a_listing_without_one_does_not_come_back() -> None:
    rows = after([offer()], said(CRAWL - timedelta(days=1), "pydantic/genai-prices@1", price="2"))
    assert rows[KEY]["price_source"] is None


def test_a_speed_brings_its_date_and_readiness() -> None:
    rows = after([offer()], said(JULY, status="live", throughput_tps=98.0, ttft_ms=446.0))
    assert (rows[KEY]["measured_at"], rows[KEY]["readiness"]) == (JULY, "hot")
    rows = after([offer()], said(JULY, status="error", throughput_tps=98.0, ttft_ms=446.0))
    assert rows[KEY]["readiness"] == "unavailable"


def test_a_dropped_provider_s_offers_end_and_a_later_sighting_begins_anew() -> None:
    dropped = said(JULY, "huggingface/huggingface.js@1", frozenset({"groq"}))
    other = offer(provider="cohere")
    assert set(after([offer(), other], dropped)) == {("o/m", "cohere", *KEY[2:])}
    later = said(JULY + timedelta(days=1), "huggingface/hub-docs@1", status="live", provider_model_id="own")
    rows = after([offer(**priced("1"))], dropped, later)
    assert rows[KEY]["first_seen_at"] == JULY + timedelta(days=1)
    assert rows[KEY]["price_source"] is None, "the price ended with the offer"


def test_a_disagreement_ends_with_the_offer_that_it_is_about() -> None:
    """A later sighting states no price: no side of what was stated before the end is the price that it carries."""
    known = CurrentOffers([offer(**priced("1"))], CRAWL)
    known.apply([said(CRAWL + timedelta(days=1), "pydantic/genai-prices@1", price="2")])
    assert [len(sides) for sides in known.price_conflicts.values()] == [2]
    again = CurrentOffers(known.offers.values(), CRAWL)
    later = said(JULY + timedelta(days=1), "huggingface/hub-docs@1", status="live", provider_model_id="own")
    again.apply([said(JULY, "huggingface/huggingface.js@1", frozenset({"groq"})), later])
    assert again.price_conflicts == {KEY[:3]: []}


def test_a_complete_listing_ends_only_what_it_lacks() -> None:
    listing = said(JULY, "hub-list", frozenset({"groq"}), status="live", provider_model_id="own")
    assert {key[0] for key in after([offer(), offer("o/gone")], listing)} == {"o/m"}


def stated(days: float, source: str, price: str = "1") -> Stated:
    return Stated(JULY + timedelta(days=days), source, Decimal(price), Decimal(price))


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ([stated(0, "hub-list"), stated(7, "charmbracelet/catwalk@1")], "hub-list"),
        ([stated(0, "hub-list"), stated(7.1, "charmbracelet/catwalk@1")], "charmbracelet/catwalk@1"),
        ([stated(0, "hub-list"), stated(0, "router")], "router"),
        ([stated(0, "inference-page"), stated(0, "hub-list")], "hub-list"),
        ([stated(0, "inference-page"), stated(6, "pydantic/genai-prices@1")], "inference-page"),
        ([stated(0, "charmbracelet/catwalk@1"), stated(6, "pydantic/genai-prices@1")], "charmbracelet/catwalk@1"),
        ([stated(0, "charmbracelet/catwalk@1"), stated(6, "charmbracelet/catwalk@2")], "charmbracelet/catwalk@2"),
        ([stated(0, "router"), stated(5, "hub-list"), stated(12, "hub-list")], "hub-list"),
    ],
)
def test_within_a_week_the_better_source_decides_and_after_it_the_newer(words: list[Stated], taken: str) -> None:
    for order in (words, words[::-1]):
        assert of_one_time(order)[0].source == taken


def test_sources_that_disagree_within_a_week_both_stand() -> None:
    route = ("o/m", "groq", "conversational")
    judged = of_one_time([stated(0, "router", "1"), stated(5, "charmbracelet/catwalk@1", "2")])
    rows = {row["source"]: (row["input_usd_per_mtok"], row["chosen"]) for row in conflicts(route, judged)}
    assert rows == {"router": (1, True), "charmbracelet/catwalk@1": (2, False)}
    agreeing = of_one_time([stated(0, "router", "1"), stated(5, "charmbracelet/catwalk@1", "1.000")])
    assert conflicts(route, agreeing) == []
    apart = of_one_time([stated(0, "router", "1"), stated(8, "charmbracelet/catwalk@1", "2")])
    assert conflicts(route, apart) == []


def test_the_offer_carries_the_price_that_is_chosen() -> None:
    rows = after(
        [offer(**priced("1"))],
        said(JULY, status="live", price="0.5"),
        said(JULY + timedelta(days=5), "charmbracelet/catwalk@1", status="live", price="0.7"),
    )
    row = rows[KEY]
    assert (row["input_usd_per_mtok"], row["price_source"], row["price_observed_at"]) == (
        Decimal("0.5"),
        "router",
        JULY,
    )
    assert row["observed_at"] == JULY + timedelta(days=5)


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        (("charmbracelet/catwalk@1", "0.5", 5), ("charmbracelet/catwalk@1", 5)),
        (("charmbracelet/catwalk@1", "0.500", -1), ("router", 0)),
        (("charmbracelet/catwalk@1", "0.7", 5), ("router", 0)),
        (("charmbracelet/catwalk@1", "0.5", 8), ("charmbracelet/catwalk@1", 8)),
    ],
)
def test_a_price_is_as_old_as_the_last_look_that_saw_it(newer: tuple[str, str, int], expected: tuple[str, int]) -> None:
    source, price, days = newer
    looks = [
        said(JULY, status="live", price="0.5"),
        said(JULY + timedelta(days=days), source, status="live", price=price),
    ]
    row = after([offer(**priced("1"))], *looks)[KEY]
    assert row["output_usd_per_mtok"] == Decimal("0.5")
    assert (row["price_source"], row["price_observed_at"]) == (expected[0], JULY + timedelta(days=expected[1]))


def test_an_offer_names_what_saw_it_last_and_what_measured_it() -> None:
    measured = said(JULY, status="live", throughput_tps=9.0, ttft_ms=90.0)
    seen = said(JULY + timedelta(days=1), "huggingface/hub-docs@1", status="live", provider_model_id="own")
    row = after([offer(source="hub-list")], measured, seen)[KEY]
    assert (row["source"], row["measured_source"]) == ("huggingface/hub-docs@1", "router")
    old = after([offer(source="hub-list")], said(CRAWL - timedelta(days=1), status="live"))[KEY]
    assert (old["source"], old["measured_source"]) == ("hub-list", None)


def test_a_price_of_a_provider_that_had_ended_is_left_out() -> None:
    gone = said(CRAWL, "hub-list", frozenset({"groq"}))
    price = said(JULY, "pydantic/genai-prices@1", price="2")
    seen = said(JULY - timedelta(days=1), "huggingface/hub-docs@1", status="live", provider_model_id="own")
    kept, left_out = without_ended([price, gone])
    assert [o.rows.height for o in kept] == [0, 0]
    assert [(c.route, c.observed_at, c.known) for c in left_out] == [(KEY[:3], JULY, None)]
    kept, left_out = without_ended([price, seen, gone])
    assert ([o.rows.height for o in kept], left_out) == ([0, 1, 1], [])
