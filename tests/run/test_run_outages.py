"""What a run publishes while a source is down, shrinks or moves: what is true, with its date."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from pipeline.replay import ReplayServer, serve
from pipeline.replay.wire import Entity, Reply, Request
from tests.run.outage_worlds import (
    Captured,
    at,
    at_router,
    down,
    hour,
    intervals,
    listings,
    price,
    routed,
    sorted_measurements,
    world,
)
from tests.run.runs import Pipe, entry, facts, listing_of, many, model, overriding


def test_while_the_router_is_down_the_lists_are_recorded_and_its_prices_keep_their_date(pipe: Pipe) -> None:
    changed = world()
    changed[0].offers[0].entry.update(status="error", performance={"tokensPerSecond": 99, "firstTokenLatencyMs": 100})
    with serve(facts(*world())) as server:
        assert pipe.run(server) == 0
    with serve(facts(*changed), down("/v1/models")) as server:
        assert pipe.run(server, *at(1)) == 4
    row = pipe.row("offers", model_id="org-novita/m0")
    assert (row["status"], row["throughput_tps"], row["stale"]) == ("error", 99, False)
    assert (row["observed_at"], row["measured_at"], row["price_observed_at"]) == (hour(1), hour(1), hour(0))
    assert row["input_usd_per_mtok"] == Decimal("0.05")
    assert not any(row["stale"] for row in pipe.rows("offers"))
    with serve(facts(*world())) as server:
        assert pipe.run(server, *at(2)) == 0
    mine = {"model_id": "org-novita/m0"}
    assert intervals(pipe, "status_history", "status", **mine) == [
        ("live", hour(0), hour(1)), ("error", hour(1), hour(2)), ("live", hour(2), None),
    ]  # fmt: skip
    assert [row["throughput_tps"] for row in sorted_measurements(pipe, **mine)] == [10.5, 99, 10.5]
    assert intervals(pipe, "price_history", "input_usd_per_mtok", **mine) == [(Decimal("0.05"), hour(0), None)]
    assert {row["kind"] for row in pipe.rows("changes")} == {"status"}


def test_what_the_router_alone_states_stands_while_it_is_down(pipe: Pipe) -> None:
    capable = at_router(supports_tools=True, context_length=4096, throughput=7.5)
    failing = Reply(500, Entity(b""))
    with serve(facts(model("org/a", entry()))) as server:
        table: dict[str, object] = {"/v1/models": routed(("org/a", capable))}
        overriding(server, lambda request: table.get(request.path))
        assert pipe.run(server) == 0
        again, table["/v1/models"] = table["/v1/models"], failing
        assert pipe.run(server, *at(1)) == 4
        table["/v1/models"] = again
        assert pipe.run(server, *at(2)) == 0
    row = pipe.row("offers")
    assert (row["supports_tools"], row["context_length"], row["throughput_tps"]) == (True, 4096, 7.5)
    assert len(pipe.rows("status_history")) == len(pipe.rows("price_history")) == 1
    assert len(sorted_measurements(pipe)) == 1


@pytest.mark.parametrize("kept", [0, 4])
def test_a_router_that_shrinks_is_not_believed(pipe: Pipe, kept: int, capsys: Captured) -> None:
    with serve(facts(*world(24))) as server:
        assert pipe.run(server) == 0
        before = pipe.rows("offers")

        def shrunken(request: Request) -> object:
            if request.path != "/v1/models":
                return None
            return routed(*((f"org-novita/m{n}", {"provider": "novita", "status": "live"}) for n in range(kept)))

        overriding(server, shrunken)
        assert pipe.run(server, *at(1)) == 4
    assert [price(row) for row in pipe.rows("offers")] == [price(row) for row in before]
    assert f"router states {kept} offers, 24 before: dropped too far" in capsys.readouterr().err
    with serve(facts(*world(24))) as server:
        assert pipe.run(server, *at(2)) == 0
    assert pipe.rows("changes") == []
    assert {row["valid_to"] for row in pipe.rows("price_history")} == {None}


# pages that move


def moving(server: ReplayServer, lacks: set[str], pages: int = 2) -> None:
    """Answer novita's listing in pages that lack some models, as when they rise past the cursor meanwhile."""
    names = [f"org-novita/m{n}" for n in range(30)]

    def answer(request: Request) -> object:
        if not listing_of("novita")(request):
            return None
        rows = [
            {"id": name, "inferenceProviderMapping": [entry("novita", providerId=name)]}
            for name in names
            if name not in lacks
        ]
        page = int(request.value("cursor") or 0)
        size = -(-len(rows) // pages)
        link = f'<{request.origin}/api/models?inference_provider=novita&cursor={page + 1}>; rel="next"'
        more = page + 1 < pages
        body = json.dumps(rows[page * size : (page + 1) * size]).encode()
        return Reply(200, Entity(body), (("Link", link),) if more else ())

    overriding(server, answer)


def run_moving(pipe: Pipe, when: float, lacks: set[str], pages: int = 2) -> int:
    with serve(facts(*many("groq", 3))) as server:
        moving(server, lacks, pages)
        return pipe.run(server, *at(when))


def test_a_route_that_one_listing_of_several_pages_lacks_is_unconfirmed_and_may_return(pipe: Pipe) -> None:
    skipped = {"model_id": "org-novita/m25"}
    assert run_moving(pipe, 0, set()) == 0
    assert run_moving(pipe, 1, {"org-novita/m25"}) == 0
    row = pipe.row("offers", **skipped)
    assert (row["status"], row["stale"], row["missing_since"], row["observed_at"]) == ("live", False, hour(1), hour(0))
    assert pipe.manifest["result"] == "complete"
    assert run_moving(pipe, 2, set()) == 0
    assert pipe.row("offers", **skipped)["missing_since"] is None
    assert intervals(pipe, "status_history", "status", **skipped) == [("live", hour(0), None)]
    assert pipe.rows("changes") == []


def test_a_route_that_two_listings_lack_ended_at_the_first(pipe: Pipe, capsys: Captured) -> None:
    gone = {"model_id": "org-novita/m25"}
    for when, lacks in enumerate((set(), {"org-novita/m25"}, {"org-novita/m25"})):
        assert run_moving(pipe, when, lacks) == 0
    assert pipe.rows("offers", **gone) == []
    assert intervals(pipe, "status_history", "status", **gone) == [("live", hour(0), hour(1))]
    assert [(row["kind"], row["changed_at"]) for row in pipe.rows("changes")] == [("gone", hour(1))]
    assert "1 gone (novita 1)" in capsys.readouterr().out, "told by the run that knows it"


def test_a_route_that_a_listing_of_one_page_lacks_ended_then(pipe: Pipe) -> None:
    gone = {"model_id": "org-novita/m25"}
    assert run_moving(pipe, 0, set(), 1) == 0
    assert run_moving(pipe, 1, {"org-novita/m25"}, 1) == 0
    assert pipe.rows("offers", **gone) == []
    assert intervals(pipe, "status_history", "status", **gone) == [("live", hour(0), hour(1))]


def test_lists_are_asked_for_in_a_stable_order_and_without_where_that_is_refused(pipe: Pipe) -> None:
    with serve(facts(*many("novita", 3))) as server:
        assert pipe.run(server) == 0
        assert {request.query.count("sort=createdAt") for request in listings(server)} == {1}
        bad = Reply(400, Entity(b'{"error": "Invalid sort"}'))
        overriding(server, lambda r: bad if r.path == "/api/models" and r.value("sort") else None)
        assert pipe.run(server, *at(1)) == 0
    assert len(pipe.rows("offers")) == 3
    (drift,) = (row["drift"] for row in pipe.last_runs() if row["provider"] == "novita" and row["drift"])
    assert drift == ["sort=createdAt is refused beside inference_provider ×1"]
