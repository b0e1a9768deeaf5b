"""What is held as suspect and what becomes of it later: dated when it was first seen, if it was seen then."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.replay import Model, Offer, ReplayServer, serve
from pipeline.replay.wire import Entity, Reply, Request
from tests.run.outage_worlds import at, at_router, down, hour, intervals, listings, price, priced_by_list, world
from tests.run.runs import Pipe, entry, facts, ids, listing_of, many, model, overriding, priced

FACTOR = 1e-3


def run(pipe: Pipe, when: float, models: list[Model], *options: str, fault: Any = None) -> int:
    with serve(facts(*models, *many("groq", 3)), *([fault] if fault else [])) as server:
        return pipe.run(server, *at(when), *options)


def priced_since(pipe: Pipe, **where: Any) -> list[datetime]:
    return [begun for _, begun, _ in intervals(pipe, "price_history", "input_usd_per_mtok", **where)]


def held(pipe: Pipe) -> list[str]:
    sources = [source for source in pipe.manifest["sources"] if source["source"] == "hub-list"]
    return [kind for source in sources for kind in source.get("memory", {}).get("held", ())]


def test_an_offer_that_came_while_prices_are_held_has_none_from_before_it_was_there(pipe: Pipe) -> None:
    assert run(pipe, 0, priced_by_list()) == 0
    assert run(pipe, 1, priced_by_list(factor=FACTOR)) == 4
    assert run(pipe, 10, priced_by_list(count=13, factor=FACTOR)) == 4
    assert run(pipe, 25, priced_by_list(count=13, factor=FACTOR)) == 0
    new, old = ({"model_id": f"org-novita/m{n}"} for n in (12, 3))
    assert intervals(pipe, "status_history", "status", **new) == [("live", hour(10), None)]
    assert [begun for _, begun, _ in intervals(pipe, "price_history", "input_usd_per_mtok", **new)] == [hour(25)]
    assert pipe.row("offers", **new)["first_seen_at"] == hour(10)
    assert [begun for _, begun, _ in intervals(pipe, "price_history", "input_usd_per_mtok", **old)] == [
        hour(0),
        hour(1),
    ]


def test_a_price_that_moved_while_it_was_held_dates_from_when_it_is_taken(pipe: Pipe) -> None:
    assert run(pipe, 0, priced_by_list()) == 0
    assert run(pipe, 1, priced_by_list(factor=FACTOR)) == 4
    moved = priced_by_list(factor=FACTOR)
    moved[3].offers[0].entry["providerDetails"] = priced(0.0007, 0.002)
    assert run(pipe, 10, moved) == 4
    assert run(pipe, 25, moved) == 0
    told = intervals(pipe, "price_history", "input_usd_per_mtok", model_id="org-novita/m3")
    assert told == [(Decimal("0.35"), hour(0), hour(25)), (Decimal("0.0007"), hour(25), None)]
    assert priced_since(pipe, model_id="org-novita/m4") == [hour(0), hour(1)]


@pytest.mark.parametrize("when", [2, 25])
def test_another_jump_waits_a_day_of_its_own(pipe: Pipe, when: float) -> None:
    assert run(pipe, 0, priced_by_list()) == 0
    before = [price(row) for row in pipe.rows("offers")]
    assert run(pipe, 1, priced_by_list(factor=FACTOR)) == 4
    assert run(pipe, when, priced_by_list(factor=100)) == 4
    assert run(pipe, 25.5, priced_by_list(factor=100)) == 4
    assert [price(row) for row in pipe.rows("offers")] == before
    assert run(pipe, when + 24, priced_by_list(factor=100)) == 0
    assert priced_since(pipe, model_id="org-novita/m3") == [hour(0), hour(when)]


@pytest.mark.parametrize("what", ["listing", "router"])
def test_a_source_that_fails_meanwhile_does_not_restart_the_day(pipe: Pipe, what: str) -> None:
    by_router = what == "router"

    def models(factor: float) -> list[Model]:
        if not by_router:
            return priced_by_list(factor=factor)
        found = world()
        for each in found:
            pricing = each.offers[0].router["pricing"]
            each.offers[0].router["pricing"] = {side: usd * factor for side, usd in pricing.items()}
        return found

    fault = down("/v1/models") if by_router else down("/api/models", 500, "novita")
    assert run(pipe, 0, models(1)) == 0
    before = [price(row) for row in pipe.rows("offers")]
    assert run(pipe, 1, models(FACTOR)) == 4
    assert run(pipe, 12, models(FACTOR), fault=fault) == 4
    assert held(pipe) == ["prices"]
    assert [price(row) for row in pipe.rows("offers")] == before
    assert run(pipe, 25, models(FACTOR)) == 0
    assert priced_since(pipe, model_id="org-novita/m3") == [hour(0), hour(1)]


@pytest.mark.parametrize("side", ["input", "output"])
def test_one_side_of_all_prices_at_0_is_a_jump(pipe: Pipe, side: str) -> None:
    zeroed = priced_by_list()
    for each in zeroed:
        each.offers[0].entry["providerDetails"]["pricing"][side] = 0
    assert run(pipe, 0, priced_by_list()) == 0
    assert run(pipe, 1, zeroed) == 4


@pytest.mark.parametrize(("count", "jumped", "code"), [(5, 5, 4), (4, 4, 0), (12, 6, 4), (12, 5, 0)])
def test_a_jump_is_of_five_prices_and_half_of_all(pipe: Pipe, count: int, jumped: int, code: int) -> None:
    mixed = priced_by_list(jumped, factor=50) + priced_by_list(count)[jumped:]
    assert run(pipe, 0, priced_by_list(count)) == 0
    assert run(pipe, 1, mixed) == code


def test_a_promotion_beside_the_listed_prices_is_published_at_once_and_ends(pipe: Pipe) -> None:
    def free(*which: int) -> list[Model]:
        return [
            model(
                f"o/m{n}",
                Offer(entry(providerId=f"m{n}"), router=priced(1, 2) | {"is_free": n in which}),
            )
            for n in range(12)
        ]

    assert run(pipe, 0, free()) == 0
    assert run(pipe, 1, free(*range(12))) == 0
    assert {(row["is_free"], row["input_usd_per_mtok"]) for row in pipe.rows("offers", provider="novita")} == {
        (True, 1)
    }
    assert run(pipe, 2, free(3)) == 0
    assert [row["model_id"] for row in pipe.rows("offers") if row["is_free"]] == ["o/m3"]


# a surge


def surge(count: int, *more: Model) -> list[Model]:
    return [*many("novita", count), *more]


def test_only_what_was_in_the_first_listing_dates_from_it(pipe: Pipe) -> None:
    assert run(pipe, 0, surge(80)) == 0
    assert run(pipe, 1, surge(280)) == 4
    changed = surge(281)
    changed[200].offers[0].entry["status"] = "error"
    assert run(pipe, 2, changed) == 0
    begun = {row["model_id"]: row["valid_from"] for row in pipe.rows("status_history", provider="novita")}
    assert [begun[f"org-novita/m{n}"] for n in (0, 100, 200, 280)] == [hour(0), hour(1), hour(2), hour(2)]


def test_other_offers_confirm_no_surge(pipe: Pipe) -> None:
    def bogus(name: str) -> list[Model]:
        return [model(f"{name}/m{n}", entry(providerId=f"{name}{n}")) for n in range(200)]

    assert run(pipe, 0, surge(80)) == 0
    assert run(pipe, 1, surge(80, *bogus("one"))) == 4
    assert run(pipe, 2, surge(80, *bogus("two"))) == 4
    assert len(pipe.rows("offers", provider="novita")) == 80
    assert run(pipe, 3, surge(80)) == 0
    assert run(pipe, 4, surge(80, *bogus("two"))) == 4
    assert run(pipe, 5, surge(80, *bogus("two")[:150])) == 0
    assert len(pipe.rows("offers", provider="novita")) == 230


def test_one_answer_of_too_many_rows_has_no_honest_one_refused(pipe: Pipe) -> None:
    def padded(request: Request) -> object:
        rows = [{"id": f"bogus/m{n}", "providers": [at_router()]} for n in range(400)]
        return {"object": "list", "data": rows} if request.path == "/v1/models" else None

    assert run(pipe, 0, world(20)) == 0
    with serve(facts(*world(20), *many("groq", 3))) as server:
        overriding(server, padded)
        pipe.run(server, *at(1))
    assert run(pipe, 2, world(20)) == 0


def test_a_failure_between_does_not_make_a_surge_of_the_confirmation(pipe: Pipe) -> None:
    assert run(pipe, 0, surge(80)) == 0
    assert run(pipe, 1, surge(280)) == 4
    assert run(pipe, 2, surge(280), fault=down("/api/models", 500, "novita")) == 4
    assert run(pipe, 3, surge(280)) == 0
    begun = {row["model_id"]: row["valid_from"] for row in pipe.rows("status_history", provider="novita")}
    assert begun["org-novita/m100"] == hour(1)


# listings of others


def everything(count: int, mapped: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": f"o/m{n}", **mapped} for n in range(count)]


OTHERS = {"inferenceProviderMapping": [entry("novita", providerId="x")]}


@pytest.mark.parametrize("mapping", [OTHERS, {"inferenceProviderMapping": []}, {}])
def test_a_list_of_everything_is_not_read_on(pipe: Pipe, mapping: dict[str, Any]) -> None:
    page = [*everything(40, OTHERS), *({"id": f"p/m{n}", **mapping} for n in range(40))]

    def answer(request: Request) -> object:
        if not listing_of("together")(request):
            return None
        number = int(request.value("cursor") or 0) + 1
        link = f'<{request.origin}/api/models?inference_provider=together&cursor={number}>; rel="next"'
        return Reply(200, Entity(json.dumps(page).encode()), (("Link", link),))

    with serve(facts(*many("novita", 3))) as server:
        overriding(server, answer)
        assert pipe.run(server, *at(0)) == 0
        asked = asked_of("together", server)
    assert len(asked) <= 2, "the first page, and perhaps one that was asked for ahead"
    assert pipe.row("runs", source="hub-list", provider="together")["result"] == "skipped"
    assert pipe.rows("quarantine") == []


def asked_of(provider: str, server: ReplayServer) -> list[Any]:
    return [seen for seen in listings(server) if f"inference_provider={provider}" in seen.query]


def test_a_long_list_without_the_key_of_mappings_is_left_after_two_pages(pipe: Pipe) -> None:
    def answer(request: Request) -> object:
        if not listing_of("together")(request):
            return None
        number = int(request.value("cursor") or 0) + 1
        link = f'<{request.origin}/api/models?inference_provider=together&cursor={number}>; rel="next"'
        return Reply(200, Entity(json.dumps(everything(40, {})).encode()), (("Link", link),))

    with serve(facts(*many("novita", 3))) as server:
        overriding(server, answer)
        assert pipe.run(server, *at(0)) == 0
        assert len(asked_of("together", server)) <= 3
    assert ids(pipe.rows("offers")) == {f"org-novita/m{n}" for n in range(3)}


def test_own_mappings_that_cannot_be_read_do_not_make_a_provider_unknown(pipe: Pipe) -> None:
    odd = deepcopy(many("novita", 12))
    for each in odd:
        each.offers[0].entry["status"] = 7
    assert run(pipe, 0, many("novita", 12)) == 0
    assert run(pipe, 1, odd) == 4
    memory = next(s for s in pipe.manifest["sources"] if (s["source"], s["provider"]) == ("hub-list", "novita"))
    assert "refusals" not in memory.get("memory", {})
    assert len(pipe.rows("offers", provider="novita")) == 12


# what a page stated that is gone


def test_a_page_that_is_gone_takes_no_prices_along(pipe: Pipe) -> None:
    models = [
        model(f"o/m{n}", Offer(entry(providerId=f"m{n}"), page={"providerDetails": priced(1, 2)})) for n in range(12)
    ]
    with serve(facts(*models)) as server:
        assert pipe.run(server, *at(0)) == 0
        before = {row["price_source"] for row in pipe.rows("offers")}
        gone = Reply(404, Entity(b"Not found"))
        overriding(server, lambda request: gone if request.path == "/inference/models" else None)
        assert pipe.run(server, *at(1)) == 4
    assert before == {row["price_source"] for row in pipe.rows("offers")} == {"inference-page"}


# two runs at one instant


def test_a_second_run_at_one_instant_adds_what_the_first_could_not_have(pipe: Pipe) -> None:
    assert run(pipe, 0, priced_by_list(3), fault=down("/api/models", 500, "groq")) == 4
    other = priced_by_list(4, factor=2)
    other[0].offers[0].entry["status"] = "error"
    assert run(pipe, 0, other) == 0
    assert len(pipe.rows("offers", provider="groq")) == 3
    offered = pipe.rows("offers", provider="novita")
    for table, value in (("price_history", "input_usd_per_mtok"), ("status_history", "status")):
        standing = {row["model_id"]: row[value] for row in pipe.rows(table, provider="novita", valid_to=None)}
        assert standing == {row["model_id"]: row[value] for row in offered}
    assert {row["input_usd_per_mtok"] for row in offered} == {Decimal("0.05"), Decimal("0.15"), Decimal("0.25")}
    assert run(pipe, 1, other) == 0
    assert pipe.row("offers", model_id="org-novita/m0")["status"] == "error"
