"""What a run publishes while a source is down, shrinks, moves, or forgets a provider: what is true, with its date."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeline.replay import Fault, Faults, Model, Offer, ReplayServer, serve
from pipeline.replay.wire import Entity, Reply, Request
from tests.run.runs import Pipe, entry, facts, ids, listing_of, many, model, overriding, priced

START = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)
Row = dict[str, Any]
Captured = pytest.CaptureFixture[str]


def hour(count: float) -> datetime:
    return START + timedelta(hours=count)


def at(count: float) -> tuple[str, str]:
    return "--observed-at", hour(count).isoformat()


def down(path: str, status: int = 500, provider: str | None = None) -> Faults:
    return Faults(faults=(Fault("status", path, times=None, status=status, provider=provider),))


def world(count: int = 12, provider: str = "novita", **changes: Any) -> list[Model]:
    """Chat models of a provider, each with its price by the router alone, and its speed by the list."""
    speed = {"tokensPerSecond": 10.5, "firstTokenLatencyMs": 100}
    return [
        model(
            f"org-{provider}/m{n}",
            Offer(
                entry(provider, providerId=f"m{n}", **({"performance": speed} | changes)),
                router=priced(round(0.1 * n + 0.05, 3), round(0.3 * n + 0.1, 3)),
            ),
        )
        for n in range(count)
    ]


def priced_by_list(count: int = 12, factor: float = 1.0, provider: str = "novita", **more: Any) -> list[Model]:
    return [
        model(
            f"org-{provider}/m{n}",
            entry(
                provider,
                providerId=f"m{n}",
                providerDetails=priced((0.1 * n + 0.05) * factor, (0.3 * n + 0.1) * factor),
                **more,
            ),
        )
        for n in range(count)
    ]


def intervals(pipe: Pipe, table: str, value: str, **where: Any) -> list[tuple[Any, ...]]:
    rows = sorted(pipe.rows(table, **where), key=lambda row: row["valid_from"])
    return [(row[value], row["valid_from"], row["valid_to"]) for row in rows]


# the router is down


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


def sorted_measurements(pipe: Pipe, **where: Any) -> list[Row]:
    paths = [pipe.out / file["path"] for file in pipe.manifest["files"] if file["table"] == "measurements"]
    import pyarrow.parquet as pq

    rows = [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]
    found = [row for row in rows if all(row[name] == value for name, value in where.items())]
    return sorted(found, key=lambda row: row["observed_at"])


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


def price(row: Row) -> tuple[Any, ...]:
    return row["model_id"], row["input_usd_per_mtok"], row["output_usd_per_mtok"], row["price_source"]


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


def listings(server: ReplayServer) -> list[Any]:
    return [seen for seen in server.requests if seen.path == "/api/models"]


# providers that the Hub no longer knows


def test_a_provider_that_the_hub_refuses_for_long_ended_at_the_first_refusal(pipe: Pipe, capsys: Captured) -> None:
    both = facts(*many("novita", 12), *many("nebius", 12))
    with serve(both) as server:
        assert pipe.run(server) == 0
    with serve(facts(*many("novita", 12)), down("/api/models", 400, "nebius")) as server:
        for look in range(12):
            assert pipe.run(server, *at(1 + 6 * look)) == 4
            assert len(pipe.rows("offers", provider="nebius")) == 12
        assert pipe.run(server, *at(73)) == 0
        assert pipe.rows("offers", provider="nebius") == []
        assert "taken as ended then" in capsys.readouterr().err
        assert pipe.run(server, *at(79)) == 0
    assert {row["valid_to"] for row in pipe.rows("status_history", provider="nebius")} == {hour(1)}
    row = pipe.row("providers", provider="nebius")
    assert (row["active"], row["stale"], row["models"]) == (False, False, 0)
    assert pipe.manifest["result"] == "complete"


@pytest.mark.parametrize("status", [401, 403, 500])
def test_other_failures_never_end_a_provider(pipe: Pipe, status: int) -> None:
    with serve(facts(*many("novita", 12), *many("nebius", 12))) as server:
        assert pipe.run(server) == 0
        server.inject(down("/api/models", status, "nebius"))
        for look in range(14):
            assert pipe.run(server, *at(1 + 12 * look)) == 4
    assert {row["stale"] for row in pipe.rows("offers", provider="nebius")} == {True}


def test_a_registry_provider_that_never_had_an_offer_makes_no_run_partial(pipe: Pipe) -> None:
    with serve(facts(*many("novita", 3)), down("/api/models", 400, "together")) as server:
        assert pipe.run(server) == 0
    assert pipe.manifest["result"] == "complete"
    assert pipe.row("runs", source="hub-list", provider="together")["result"] == "skipped"


def test_a_hub_that_ignores_an_unknown_provider_is_noticed_on_the_first_page(pipe: Pipe) -> None:
    everything = [
        {"id": f"o/m{n}", "inferenceProviderMapping": [entry("novita", providerId=f"m{n}")]} for n in range(50)
    ]

    def answer(request: Request) -> object:
        if not listing_of("together")(request):
            return None
        link = f'<{request.origin}/api/models?inference_provider=together&cursor=x>; rel="next"'
        return Reply(200, Entity(json.dumps(everything).encode()), (("Link", link),))

    with serve(facts(*many("novita", 3))) as server:
        overriding(server, answer)
        assert pipe.run(server) == 0
        asked = [seen for seen in listings(server) if "inference_provider=together" in seen.query]
        assert len(asked) <= 3, "two first pages, and perhaps one that was asked for ahead"
    assert ids(pipe.rows("offers")) == {"org-novita/m0", "org-novita/m1", "org-novita/m2"}
    assert pipe.row("runs", source="hub-list", provider="together")["result"] == "skipped"


# gaps and rows without a home


def single(request: Request, own: Callable[[str], object]) -> object:
    prefix = "/api/models/"
    return own(request.path.removeprefix(prefix)) if request.path.startswith(prefix) else None


def mapped(model_id: str, provider: str = "novita") -> Row:
    offer = {"status": "live", "providerId": model_id, "task": "conversational"}
    return {"id": model_id, "inferenceProviderMapping": {provider: offer}}


def routed(*models: tuple[str, Row]) -> Row:
    return {"object": "list", "data": [{"id": model_id, "providers": [provider]} for model_id, provider in models]}


def at_router(**more: Any) -> Row:
    return {"provider": "novita", "status": "live", **priced(1, 2), **more}


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


# jumps


@pytest.mark.parametrize(
    ("factor", "held"), [(1e-6, True), (1000, True), (0, True), (1 / 8, True), (1.2, False), (7, False), (0.2, False)]
)
def test_prices_that_jump_together_are_held_for_a_day(pipe: Pipe, factor: float, held: bool, capsys: Captured) -> None:
    with serve(facts(*priced_by_list())) as server:
        assert pipe.run(server) == 0
    before = [price(row) for row in pipe.rows("offers")]
    with serve(facts(*priced_by_list(factor=factor))) as server:
        assert pipe.run(server, *at(1)) == (4 if held else 0)
        assert ([price(row) for row in pipe.rows("offers")] == before) is held
        assert ("held as suspect: novita: " in capsys.readouterr().err) is held
        if not held:
            return
        assert pipe.manifest["result"] == "partial"
        assert pipe.rows("changes") == []
        assert pipe.run(server, *at(24.9)) == 4
        assert [price(row) for row in pipe.rows("offers")] == before
        assert pipe.run(server, *at(25)) == 0
    assert [price(row) for row in pipe.rows("offers")] != before
    route = {"model_id": "org-novita/m3"}
    (first, second) = intervals(pipe, "price_history", "input_usd_per_mtok", **route)
    assert (first[1:], second[1:]) == ((hour(0), hour(1)), (hour(1), None)), "dated from its first sighting"
    assert {row["changed_at"] for row in pipe.rows("changes", kind="price")} == {hour(1)}


def test_a_jump_that_goes_back_leaves_no_trace(pipe: Pipe) -> None:
    for when, factor, code in ((0, 1, 0), (1, 1e-6, 4), (2, 1, 0)):
        with serve(facts(*priced_by_list(factor=factor))) as server:
            assert pipe.run(server, *at(when)) == code
    assert {row["valid_to"] for row in pipe.rows("price_history")} == {None}
    assert pipe.rows("changes") == []
    assert all("memory" not in source or "held" not in source["memory"] for source in pipe.manifest["sources"])


def test_a_jump_that_somebody_looked_at_is_published(pipe: Pipe) -> None:
    with serve(facts(*priced_by_list())) as server:
        assert pipe.run(server) == 0
    with serve(facts(*priced_by_list(factor=1e-3))) as server:
        assert pipe.run(server, *at(1)) == 4
        assert pipe.run(server, *at(2), "--accept-jump") == 0
    assert pipe.row("offers", model_id="org-novita/m3")["input_usd_per_mtok"] == Decimal("0.00035")


def test_a_jump_against_a_run_of_long_ago_is_none(pipe: Pipe) -> None:
    with serve(facts(*priced_by_list())) as server:
        assert pipe.run(server) == 0
    with serve(facts(*priced_by_list(factor=1e-3))) as server:
        assert pipe.run(server, *at(49)) == 0


def test_new_offers_of_a_provider_whose_prices_are_held_have_none(pipe: Pipe) -> None:
    with serve(facts(*priced_by_list())) as server:
        assert pipe.run(server) == 0
    with serve(facts(*priced_by_list(count=13, factor=1e-3))) as server:
        assert pipe.run(server, *at(1)) == 4
    new = {"model_id": "org-novita/m12"}
    assert price(pipe.row("offers", **new))[1:] == (None, None, None)
    assert pipe.rows("price_history", **new) == [], "held is not the same as none"


def test_a_promotion_of_everything_is_no_jump(pipe: Pipe) -> None:
    def free(is_free: bool) -> list[Model]:
        prices = priced(0, 0) if is_free else priced(1, 2)
        return [
            model(f"o/m{n}", Offer(entry(providerId=f"m{n}"), router={**prices, "is_free": is_free})) for n in range(12)
        ]

    with serve(facts(*free(False))) as server:
        assert pipe.run(server) == 0
    with serve(facts(*free(True))) as server:
        assert pipe.run(server, *at(1)) == 0
    assert {row["input_usd_per_mtok"] for row in pipe.rows("offers")} == {0}


@pytest.mark.parametrize("what", ["performance", "providerDetails"])
def test_speeds_or_prices_that_go_all_at_once_are_held(pipe: Pipe, what: str) -> None:
    speed = {"tokensPerSecond": 10.5, "firstTokenLatencyMs": 100}
    with serve(facts(*priced_by_list(performance=speed))) as server:
        assert pipe.run(server) == 0
    before = pipe.rows("offers")
    gone = priced_by_list(performance=speed)
    for each in gone:
        del each.offers[0].entry[what]
    with serve(facts(*gone)) as server:
        assert pipe.run(server, *at(1)) == 4
        assert [values(row) for row in pipe.rows("offers")] == [values(row) for row in before]
        assert pipe.run(server, *at(25)) == 0
    changed = {
        row["throughput_tps"] if what == "performance" else row["input_usd_per_mtok"] for row in pipe.rows("offers")
    }
    assert changed == {None}
    if what == "providerDetails":
        told = pipe.rows("changes", kind="price", model_id="org-novita/m3")
        assert [(row["before"], row["after"], row["changed_at"]) for row in told] == [("0.35 / 1", None, hour(1))]
    else:
        assert sorted_measurements(pipe, model_id="org-novita/m3")[-1]["observed_at"] == hour(1)


def values(row: Row) -> tuple[Any, ...]:
    return (*price(row), row["throughput_tps"], row["ttft_ms"], row["readiness"])


def test_an_outage_is_published_at_once(pipe: Pipe) -> None:
    speed = {"tokensPerSecond": 10.5, "firstTokenLatencyMs": 100}
    with serve(facts(*priced_by_list(performance=speed))) as server:
        assert pipe.run(server) == 0
    broken = deepcopy(priced_by_list(performance=speed))
    for each in broken:
        each.offers[0].entry.update(status="error")
        del each.offers[0].entry["performance"]
    with serve(facts(*broken)) as server:
        assert pipe.run(server, *at(1)) == 0
    assert {(row["status"], row["throughput_tps"]) for row in pipe.rows("offers")} == {("error", None)}


def test_a_surge_is_held_until_the_next_run_confirms_it(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 80))) as server:
        assert pipe.run(server) == 0
    with serve(facts(*many("novita", 280))) as server:
        assert pipe.run(server, *at(1)) == 4
        assert len(pipe.rows("offers")) == 80
        assert "held as suspect: novita lists 280 offers, 80 before" in capsys.readouterr().err
        assert pipe.run(server, *at(2)) == 0
        assert len(pipe.rows("offers")) == 280
        assert pipe.run(server, *at(3)) == 0
    assert {row["valid_from"] for row in pipe.rows("status_history")} == {hour(0), hour(1)}


# what could not be read


def test_a_tenth_that_cannot_be_read_makes_the_source_partial(pipe: Pipe, capsys: Captured) -> None:
    odd = [model(f"o/m{n}", entry(providerId=f"m{n}", providerDetails=priced("free", 1))) for n in range(10)]
    whole = [model(f"o/w{n}", entry(providerId=f"w{n}")) for n in range(90)]
    with serve(facts(*odd, *whole)) as server:
        assert pipe.run(server) == 4
    assert pipe.manifest["result"] == "partial"
    assert (
        capsys.readouterr().err.splitlines()[-1]
        == "quarantined: hub-list novita: 10 of 100 records or fields could not be read"
    )
    assert len(pipe.rows("offers")) == 100
    with serve(facts(*odd[:9], *whole)) as server:
        assert pipe.run(server, *at(1)) == 0
