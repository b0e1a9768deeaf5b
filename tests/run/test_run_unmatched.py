"""What a run makes of gaps in the lists, and of router rows whose model no list has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.replay import Model, Offer, serve
from pipeline.replay.wire import Entity, Reply, Request
from tests.run.outage_worlds import (
    Row,
    at,
    at_router,
    price,
    routed,
)
from tests.run.runs import Pipe, entry, facts, ids, many, model, overriding, priced


def single(request: Request, own: Callable[[str], object]) -> object:
    prefix = "/api/models/"
    return own(request.path.removeprefix(prefix)) if request.path.startswith(prefix) else None


def mapped(model_id: str, provider: str = "novita") -> Row:
    offer = {"status": "live", "providerId": model_id, "task": "conversational"}
    return {"id": model_id, "inferenceProviderMapping": {provider: offer}}


def test_gaps_are_filled_in_turn_and_what_waits_is_counted(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.crawl.one_by_one.MAX_SINGLE_MODELS", 4)
    late = [f"z/r{n}" for n in range(6)]
    table = routed(*((name, at_router()) for name in late))
    with serve(facts(*many("novita", 3))) as server:
        overriding(server, lambda r: table if r.path == "/v1/models" else single(r, mapped))
        assert pipe.run(server) == 0
        assert ids(pipe.rows("offers", listed=False)) == set(late[:4])
        assert pipe.row("runs", source="hub-model")["drift"] == ["models left for the next run ×2"]
        assert pipe.run(server, *at(1)) == 0
        assert ids(pipe.rows("offers", listed=False)) == set(late)
        asked = [
            seen.path.removeprefix("/api/models/") for seen in server.requests if seen.path.startswith("/api/models/")
        ]
    assert asked == [*late[:4], *late[4:], *late[:2]]


def test_only_what_lacks_is_asked_for(pipe: Pipe) -> None:
    image = [model(f"img/a{n}", Offer(entry(task="text-to-image", providerId=f"f{n}"), page={})) for n in range(5)]
    with serve(facts(*image)) as server:
        assert pipe.run(server) == 0
        assert not [seen for seen in server.requests if seen.path.startswith("/api/models/")]


def test_one_model_that_is_refused_costs_itself_alone(pipe: Pipe) -> None:
    table = routed(("z/closed", at_router()), ("z/open", at_router()))

    def answer(request: Request) -> object:
        if request.path == "/v1/models":
            return table
        closed = request.path == "/api/models/z/closed"
        return Reply(451, Entity(b'{"error": "Unavailable"}')) if closed else single(request, mapped)

    with serve(facts(*many("novita", 3))) as server:
        overriding(server, answer)
        assert pipe.run(server) == 0
    assert ids(pipe.rows("offers", listed=False)) == {"z/open"}
    row = pipe.row("quarantine", source="hub-model")
    assert (row["record_id"], "451" in row["reason"]) == ("z/closed", True)


def test_what_the_router_says_of_a_former_id_goes_to_the_id_of_today(pipe: Pipe) -> None:
    moved = Reply(307, Entity(b"Temporary Redirect"), (("Location", "/api/models/org/new"),))

    def answer(request: Request) -> object:
        if request.path == "/v1/models":
            return routed(("org/old", at_router()))
        return moved if request.path == "/api/models/org/old" else None

    with serve(facts(model("org/new", entry()), *many("novita", 3))) as server:
        overriding(server, answer)
        assert pipe.run(server) == 0
    assert price(pipe.row("offers", model_id="org/new"))[1:] == (1, 2, "router")
    assert "former id: org/old is org/new ×1" in pipe.row("runs", source="router")["drift"]


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (model("Org/A", entry()), "listed in another letter case: org/a at novita: Org/A"),
        (
            model("org/a", entry(task="text-generation")),
            "listed for another task: org/a at novita: text-generation, not conversational",
        ),
        (model("org/b", entry()), "not listed: org/a at novita"),
    ],
)
def test_a_row_without_a_home_is_counted_and_prices_nothing(pipe: Pipe, listed: Model, said: str) -> None:
    missing = Reply(401, Entity(b'{"error": "Invalid username or password."}'))
    table = {"/v1/models": routed(("org/a", at_router())), "/api/models/org/a": missing}
    with serve(facts(listed, *many("novita", 3))) as server:
        overriding(server, lambda request: table.get(request.path))
        assert pipe.run(server) == 0
    assert f"{said} ×1" in pipe.row("runs", source="router")["drift"]
    assert {row["price_source"] for row in pipe.rows("offers")} == {None}


def test_a_provider_that_the_router_names_twice_with_two_prices_has_neither(pipe: Pipe) -> None:
    twice = {"id": "org/a", "providers": [at_router(), at_router(**priced(9, 9))]}
    same = {"id": "org/b", "providers": [at_router(), at_router()]}
    with serve(facts(model("org/a", entry()), model("org/b", entry()))) as server:
        overriding(server, lambda r: {"object": "list", "data": [twice, same]} if r.path == "/v1/models" else None)
        assert pipe.run(server) == 0
    assert price(pipe.row("offers", model_id="org/a"))[1:] == (None, None, None)
    assert price(pipe.row("offers", model_id="org/b"))[1:] == (1, 2, "router")
    row = pipe.row("quarantine", source="router")
    assert (row["record_id"], row["field"], row["sample"]) == (
        "org/a",
        "providers[novita]",
        "1.000000000 / 2.000000000, 9.000000000 / 9.000000000",
    )


def test_a_provider_with_capitals_is_crawled(pipe: Pipe) -> None:
    with serve(facts(model("org/a", entry(), entry("Acme")))) as server:
        assert pipe.run(server) == 0
    assert pipe.row("offers", provider="Acme")["listed"] is True


def test_a_provider_whose_id_cannot_be_asked_for_is_reported(pipe: Pipe) -> None:
    name = "a" * 90
    with serve(facts(model("org/a", entry(), entry(name)))) as server:
        assert pipe.run(server) == 0
    assert f"provider not asked for: {name} ×1" in pipe.row("runs", source="hub-list", provider="novita")["drift"]
    assert pipe.rows("providers", provider=name) == []
