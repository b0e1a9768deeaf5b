"""Runs over made-up facts: what each source gives, which of them is believed, and that no page is missed."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.replay import Fault, Faults, Offer, serve
from pipeline.replay.wire import Request
from tests.bench import synthetic
from tests.run.runs import Pipe, entry, facts, ids, many, model, overriding, pages_asked, priced

THREE_PRICES = Offer(
    entry("novita", providerDetails=priced(1, 2)),
    router={**priced(0.5, 1.5), "is_free": False},
    page={"providerDetails": priced(7, 8)},
)


def hour(at: int) -> datetime:
    return datetime(2026, 2, 26, at, 27, tzinfo=UTC)


def price_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["input_usd_per_mtok"], row["output_usd_per_mtok"], row["price_source"]


@pytest.mark.parametrize("max_page", [200, 1000])
def test_a_listing_of_many_pages_is_complete(pipe: Pipe, max_page: int) -> None:
    with serve(facts(*many("novita", 2345)), max_page=max_page) as server:
        assert pipe.run(server) == 0
        assert pages_asked(server).count("novita") == math.ceil(2345 / max_page) > 2
    assert ids(pipe.rows("offers")) == {f"org-novita/m{n}" for n in range(2345)}


def test_what_is_asked_is_the_pages_and_two_a_provider_and_five(pipe: Pipe) -> None:
    made = synthetic.facts(3000, 4700)
    listed = Counter(p for m in made.models for p in {offer.provider for offer in m.offers or ()})
    with serve(made, max_page=100) as server:
        assert pipe.run(server) == 0
        # A chat model's config.json counts against another quota, and is asked for once a commit.
        everything = sum("/resolve/" not in seen.path for seen in server.requests)
        pages = Counter(pages_asked(server))
        for_one_model = [seen.path for seen in server.requests if seen.path.startswith("/api/models/")]
    assert {p: pages[p] for p in listed} == {p: math.ceil(count / 100) for p, count in listed.items()}
    assert all(pages[p] == 1 for p in pages.keys() - listed.keys())
    assert everything - pages.total() <= 2 * len(pages) + 5
    assert for_one_model == []
    assert len(pipe.rows("offers")) == listed.total() == 4700


def test_a_provider_met_in_a_mapping_is_crawled_and_published_under_its_id(pipe: Pipe) -> None:
    shared = model("org/both", entry("novita"), entry("acme-cloud"))
    alone = model("org/alone", entry("acme-cloud"))
    with serve(facts(shared, alone)) as server:
        assert pipe.run(server) == 0
        assert pages_asked(server).count("acme-cloud") == 1
    assert ids(pipe.rows("offers", provider="acme-cloud")) == {"org/both", "org/alone"}
    found = pipe.row("providers", provider="acme-cloud")
    assert (found["models"], found["live_offers"], found["active"], found["kind"]) == (2, 2, True, "serverless")
    assert (found["name"], found["homepage"], found["regions"]) == (None, None, None)


def test_a_provider_name_that_is_no_id_is_never_asked_for(pipe: Pipe) -> None:
    with serve(facts(model("org/a", entry("novita"), entry("-odd"), entry("../up")))) as server:
        assert pipe.run(server) == 0
        assert {"-odd", "../up"}.isdisjoint(pages_asked(server))
        assert not any(".." in seen.path for seen in server.requests)
    reasons = {(row["provider"], row["field"]) for row in pipe.rows("quarantine", source="hub-list")}
    assert reasons == {("novita", "inferenceProviderMapping[-odd]"), ("novita", "inferenceProviderMapping[../up]")}


def test_each_listing_speaks_for_its_own_provider_alone(pipe: Pipe) -> None:
    def answer(request: Request) -> object:
        if request.path == "/api/models" and request.value("inference_provider") == "groq":
            return [{"id": "org/a", "inferenceProviderMapping": [entry("novita", status="error"), entry("groq")]}]
        return None

    with serve(facts(model("org/a", entry("novita")))) as server:
        overriding(server, answer)
        assert pipe.run(server) == 0
    assert pipe.row("offers", provider="novita")["status"] == "live"
    assert pipe.row("offers", provider="groq")["status"] == "live"


def test_the_price_is_the_routers_then_the_listings_then_the_pages(pipe: Pipe) -> None:
    page_only = Offer(entry("groq"), page={"providerDetails": priced(3, 4)})
    page_and_list = Offer(entry("nscale", providerDetails=priced(5, 6)), page={"providerDetails": priced(9, 9)})
    nowhere = entry("cohere")
    with serve(facts(model("org/a", THREE_PRICES, page_only, page_and_list, nowhere))) as server:
        assert pipe.run(server) == 0
    assert {row["provider"]: price_of(row) for row in pipe.rows("offers")} == {
        "novita": (Decimal("0.5"), Decimal("1.5"), "router"),
        "groq": (3, 4, "inference-page"),
        "nscale": (5, 6, "hub-list"),
        "cohere": (None, None, None),
    }


def test_a_conflict_carries_each_sources_own_price(pipe: Pipe) -> None:
    agreed = Offer(entry("groq", providerDetails=priced(0.1, 0.2)), router=priced(0.1, 0.2))
    with serve(facts(model("org/a", THREE_PRICES, agreed))) as server:
        assert pipe.run(server) == 0
    conflicts = pipe.rows("price_conflicts")
    assert {
        (row["provider"], row["source"], row["chosen"], *price_of(row | {"price_source": None})) for row in conflicts
    } == {
        ("novita", "router", True, Decimal("0.5"), Decimal("1.5"), None),
        ("novita", "hub-list", False, 1, 2, None),
        ("novita", "inference-page", False, 7, 8, None),
    }


def test_zero_is_a_price_and_free_is_what_the_router_calls_free(pipe: Pipe) -> None:
    zero = Offer(entry("novita", providerDetails=priced(0, 0)), router={"is_free": False})
    free = Offer(entry("groq"), router={**priced(0, 0), "is_free": True})
    one_side = entry("nscale", providerDetails={"pricing": {"input": 1}})
    with serve(facts(model("org/a", zero, free, one_side))) as server:
        assert pipe.run(server) == 0
    found = {row["provider"]: (*price_of(row), row["is_free"]) for row in pipe.rows("offers")}
    assert found == {
        "novita": (0, 0, "hub-list", False),
        "groq": (0, 0, "router", True),
        "nscale": (None, None, None, None),
    }


def test_a_price_beside_is_free_is_published_with_it(pipe: Pipe) -> None:
    # hub-docs: is_free is "currently free of charge on this provider (temporary promo)"; the listed price stays.
    promoted = Offer(entry("novita", providerDetails=priced(1, 2)), router={**priced(1, 2), "is_free": True})
    with serve(facts(model("org/a", promoted), model("org/b", entry("novita")))) as server:
        assert pipe.run(server) == 0
    row = pipe.row("offers", model_id="org/a")
    assert (*price_of(row), row["is_free"]) == (1, 2, "router", True)
    assert pipe.row("price_history", model_id="org/a")["is_free"] is True


def test_a_failing_router_leaves_its_last_prices_with_their_date(pipe: Pipe) -> None:
    listed = entry("groq", providerDetails=priced(3, 4))
    with serve(facts(model("org/a", THREE_PRICES, listed))) as server:
        assert pipe.run(server) == 0
        server.inject(Faults(faults=(Fault("status", "/v1/models", times=None, status=500),)))
        assert pipe.run(server, "--observed-at", "2026-02-26T12:27:00Z") == 4
        stale = pipe.row("offers", provider="novita")
        assert (*price_of(stale), stale["stale"]) == (Decimal("0.5"), Decimal("1.5"), "router", False)
        assert stale["price_observed_at"] == hour(11)
        fresh = pipe.row("offers", provider="groq")
        assert (*price_of(fresh), fresh["stale"]) == (3, 4, "hub-list", False)
        server.inject(Faults())
        assert pipe.run(server, "--observed-at", "2026-02-26T13:27:00Z") == 0
    mended = pipe.row("offers", provider="novita")
    assert price_of(mended) == (Decimal("0.5"), Decimal("1.5"), "router")


def registered(request: Request) -> object:
    """groq has registered a model that no listing has, a staging one, and a tag filter."""
    if request.path != "/api/partners/groq/models":
        return None
    if request.value("status") == "staging":
        return {"conversational": {"org/soon": {"_id": "2", "providerId": "soon", "status": "staging"}}}
    return {
        "conversational": {"org/unlisted": {"_id": "1", "providerId": "unlisted", "status": "live"}},
        "text-to-image": {
            "tag-filter=base_model:adapter:org/x,lora": {"providerId": "x", "status": "live", "adapterType": "lora"}
        },
    }


def test_a_registration_that_no_listing_has_is_an_offer_of_what_it_states(pipe: Pipe) -> None:
    with serve(facts(*many("groq", 1))) as server:
        overriding(server, registered)
        assert pipe.run(server) == 0
    assert ids(pipe.rows("offers")) == {"org-groq/m0", "org/unlisted", "org/soon"}
    row = pipe.row("offers", model_id="org/unlisted")
    assert (row["status"], row["provider_model_id"], row["readiness"], row["type"], row["listed"]) == (
        "staging",
        "unlisted",
        "unavailable",
        None,
        False,
    )
    assert pipe.row("offers", model_id="org-groq/m0")["listed"] is True
    assert pipe.row("offers", model_id="org/soon")["readiness"] == "unavailable"
    unlisted = pipe.row("models", model_id="org/unlisted")
    assert (unlisted["author"], unlisted["name"], unlisted["likes"], unlisted["modality"]) == (
        "org",
        "unlisted",
        None,
        "text",
    )


def test_registrations_that_cannot_be_had_leave_their_last_offers_stale(pipe: Pipe) -> None:
    with serve(facts(*many("groq", 1), *many("novita", 1))) as server:
        overriding(server, registered)
        assert pipe.run(server) == 0
        server.inject(Faults(faults=(Fault("status", "/api/partners/groq", times=None, status=500),)))
        assert pipe.run(server, "--observed-at", "2026-02-26T12:27:00Z") == 4
    assert {row["model_id"]: row["stale"] for row in pipe.rows("offers")} == {
        "org-groq/m0": False,
        "org-novita/m0": False,
        "org/unlisted": True,
        "org/soon": True,
    }


def routed(request: Request) -> object:
    """The router serves a model that groq's listing lacks; the single-model endpoint knows it, object-shaped."""
    if request.path == "/v1/models":
        said = {"provider": "groq", "status": "live", **priced(1, 2), "context_length": 4096}
        return {"object": "list", "data": [{"id": "org/routed", "providers": [said]}]}
    if request.path == "/api/models/org/routed":
        mapping = {"groq": {"status": "live", "providerId": "its-name", "task": "conversational"}}
        return {"id": "org/routed", "likes": 5, "inferenceProviderMapping": mapping}
    return None


def test_a_model_that_only_the_router_has_is_looked_up(pipe: Pipe) -> None:
    with serve(facts(*many("groq", 1))) as server:
        overriding(server, routed)
        assert pipe.run(server) == 0
        assert [seen.path for seen in server.requests].count("/api/models/org/routed") == 1
        row = pipe.row("offers", model_id="org/routed")
        assert (row["provider_model_id"], *price_of(row), row["context_length"]) == ("its-name", 1, 2, "router", 4096)
        assert pipe.row("models", model_id="org/routed")["likes"] == 5
        server.inject(Faults(faults=(Fault("status", "/v1/models", times=None, status=500),)))
        assert pipe.run(server, "--observed-at", "2026-02-26T12:27:00Z") == 4
    kept = pipe.row("offers", model_id="org/routed")
    assert (*price_of(kept), kept["stale"]) == (1, 2, "router", True)


def test_the_page_says_when_a_mapping_was_last_validated(pipe: Pipe) -> None:
    tested = Offer(entry("novita"), page={"lastValidationTimestamp": "2026-02-26T09:00:00.000Z"})
    with serve(facts(model("org/a", tested, entry("groq")))) as server:
        assert pipe.run(server) == 0
    times = {row["provider"]: row["validated_at"] and row["validated_at"].isoformat() for row in pipe.rows("offers")}
    assert times == {"novita": "2026-02-26T09:00:00+00:00", "groq": None}


def test_a_page_that_has_become_another_is_drift_and_no_failure(pipe: Pipe) -> None:
    with serve(facts(*many("groq", 1))) as server:
        overriding(server, lambda request: {"no": "table"} if request.path == "/inference/models" else None)
        assert pipe.run(server) == 0
    (row,) = [row for row in pipe.rows("runs") if row["source"] == "inference-page"]
    assert row["drift"]
