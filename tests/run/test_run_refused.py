"""What a run makes of providers that the Hub refuses to list, or does not know."""

from __future__ import annotations

import json

from pipeline.replay import Faults, serve
from pipeline.replay.wire import Entity, Reply, Request
from tests.run.outage_worlds import (
    Captured,
    at,
    down,
    hour,
    listings,
)
from tests.run.runs import Pipe, entry, facts, ids, listing_of, many, model, overriding


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


def test_other_failures_never_end_a_provider(pipe: Pipe) -> None:
    failing = {"nebius": 401, "groq": 403, "together": 500}
    with serve(facts(*many("novita", 150), *(one for name in failing for one in many(name, 12)))) as server:
        assert pipe.run(server) == 0
        refusals = [down("/api/models", status, name) for name, status in failing.items()]
        server.inject(Faults(faults=tuple(fault for one in refusals for fault in one.faults)))
        for look in range(14):
            assert pipe.run(server, *at(1 + 12 * look)) == 4
    for name in failing:
        assert [row["stale"] for row in pipe.rows("offers", provider=name)] == [True] * 12


def test_providers_that_somebody_made_up_are_not_asked_for_ever(pipe: Pipe) -> None:
    """Once they list nothing they are asked again only where an offer names them."""
    made_up = [f"zz{n}" for n in range(20)]
    invented = model("o/evil", *(entry(name, providerId=name) for name in made_up))
    with serve(facts(*many("novita", 200), invented)) as server:
        assert pipe.run(server) == 0
    assert {row["provider"] for row in pipe.rows("offers", model_id="o/evil")} == set(made_up)
    with serve(facts(*many("novita", 200))) as server:
        assert pipe.run(server, *at(1)) == 0
        assert [seen for seen in listings(server) if "zz" in seen.query]
    with serve(facts(*many("novita", 200))) as server:
        assert pipe.run(server, *at(2)) == 0
        assert not [seen for seen in listings(server) if "zz" in seen.query]
    assert pipe.manifest["result"] == "complete"
    with serve(facts(*many("novita", 200), invented)) as server:
        assert pipe.run(server, *at(3)) == 0
    assert {row["provider"] for row in pipe.rows("offers", model_id="o/evil")} == set(made_up)


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
