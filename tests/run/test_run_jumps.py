"""What a run holds as suspect: prices, speeds and listings that moved implausibly far."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from pipeline.replay import Model, Offer, serve
from tests.run.outage_worlds import (
    Captured,
    Row,
    at,
    hour,
    intervals,
    price,
    priced_by_list,
    sorted_measurements,
)
from tests.run.runs import Pipe, entry, facts, many, model, priced


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
