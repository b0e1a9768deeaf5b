"""Bad input: each ends in a clear line or a quarantined row, and nothing that was published is lost."""

from __future__ import annotations

import fcntl
from decimal import Decimal
from typing import Any

import pytest

from pipeline.__main__ import main
from pipeline.replay import Fault, Faults, serve
from pipeline.replay.wire import Request
from tests.dataset_samples import state
from tests.run.runs import TOKEN, Pipe, closed_port, entry, facts, ids, listing_of, many, model, overriding, priced

LATER, DAYS_LATER = "2026-02-26T12:27:00Z", "2026-03-01T13:00:00Z"
Captured = pytest.CaptureFixture[str]


def for_ever(kind: Any = "status", path: str = "/", **more: Any) -> Faults:
    return Faults(faults=(Fault(kind, path, times=None, **more),))


def last_two(captured: Captured) -> list[str]:
    """The error and what to do about it: what stands last on stderr."""
    err = captured.readouterr().err
    assert "Traceback" not in err
    return err.splitlines()[-2:]


def test_an_unreachable_host_publishes_nothing_and_leaves_what_was(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 2))) as server:
        assert pipe.run(server) == 0
    before, nobody = state(pipe.out), closed_port()
    assert pipe.run(nobody) == 1
    message, hint = last_two(capsys)
    assert message.startswith(f"nothing published: {nobody}/api/models: ")
    assert "HF_ENDPOINT" in hint
    assert state(pipe.out) == before


def test_a_refused_token_is_named_and_never_printed(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 2)), for_ever(status=401)) as server:
        assert pipe.run(server, HF_TOKEN=TOKEN) == 1
        assert all(seen.authorized for seen in server.requests)
        assert len(server.requests) < 100
    out, err = capsys.readouterr()
    assert "the token was not accepted (401)" in err.splitlines()[-2]
    assert "HF_TOKEN" in err.splitlines()[-1]
    assert TOKEN not in out + err
    assert not (pipe.out / "manifest.json").exists()


def test_the_token_is_in_no_file_of_a_dataset(pipe: Pipe) -> None:
    with serve(facts(*many("novita", 2))) as server:
        assert pipe.run(server, HF_TOKEN=TOKEN) == 0
        assert all(seen.authorized for seen in server.requests)
    files = [path for path in pipe.out.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_a_storm_of_429_is_waited_out(pipe: Pipe) -> None:
    # four: one request alone, which is tried five times, may meet them all
    storm = Fault("status", "/api/models", status=429, retry_after="20", times=4)
    with serve(facts(*many("novita", 2)), Faults(faults=(storm,))) as server:
        assert pipe.run(server) == 0
    assert max(pipe.clock.slept) >= 20
    assert len(pipe.rows("offers")) == 2


def test_a_storm_without_end_publishes_nothing_and_says_why(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 2)), for_ever(status=429, retry_after="20")) as server:
        assert pipe.run(server) == 1
    message, hint = last_two(capsys)
    assert "the rate limit is reached" in message
    assert "HF_TOKEN" in hint


@pytest.mark.parametrize("kind", ["malformed", "truncate", "reset"])
def test_a_broken_page_in_the_middle_costs_its_provider_alone(pipe: Pipe, kind: str, capsys: Captured) -> None:
    with serve(facts(*many("novita", 250), *many("groq", 3)), max_page=100) as server:
        assert pipe.run(server) == 0
        first_seen = {row["first_seen_at"] for row in pipe.rows("offers")}
        server.inject(for_ever(kind, provider="novita", page=2))
        assert pipe.run(server, "--observed-at", LATER) == 4
    assert {row["stale"] for row in pipe.rows("offers", provider="novita")} == {True}
    assert {row["stale"] for row in pipe.rows("offers", provider="groq")} == {False}
    assert len(pipe.rows("offers", provider="novita")) == 250
    assert {row["first_seen_at"] for row in pipe.rows("offers")} == first_seen
    observed = {s["provider"]: s["observed_at"] for s in pipe.manifest["sources"] if s["source"] == "hub-list"}
    assert (observed["novita"], observed["groq"]) == ("2026-02-26T11:27:00Z", LATER)
    assert pipe.manifest["result"] == "partial"
    failed = pipe.rows("runs", result="failed")
    assert [(row["source"], row["provider"]) for row in failed] == [("hub-list", "novita")]
    assert failed[0]["error"]
    assert "\n" not in failed[0]["error"]
    assert "its crawl failed" in capsys.readouterr().err


def test_a_broken_answer_that_heals_costs_nothing(pipe: Pipe) -> None:
    spoiled = [
        Fault("malformed", provider="novita", page=2),
        Fault("reset", provider="novita", page=3),
        Fault("error200", "/v1"),
    ]
    with serve(facts(*many("novita", 250)), Faults(faults=tuple(spoiled)), max_page=100) as server:
        assert pipe.run(server) == 0
    assert len(pipe.rows("offers")) == 250


def test_what_the_hub_never_said_before_is_kept_and_reported(pipe: Pipe) -> None:
    new = entry("novita", status="paused", task="smell-detection", type="bundle", colour="red")
    with serve(facts(model("org/a", new))) as server:
        assert pipe.run(server) == 0
    row = pipe.row("offers")
    assert (row["status"], row["task"], row["type"], row["readiness"]) == (
        "paused",
        "smell-detection",
        "bundle",
        "unavailable",
    )
    assert pipe.row("models")["modality"] == "other"
    drift = pipe.row("runs", source="hub-list", provider="novita")["drift"]
    assert drift == [
        'mapping key "colour" ×1',
        'status "paused" ×1',
        'task "smell-detection" ×1',
        'type "bundle" ×1',
    ]


def test_a_record_without_an_id_is_quarantined_and_the_others_arrive(pipe: Pipe) -> None:
    whole = [{"id": f"org/{n}", "inferenceProviderMapping": [entry()]} for n in range(2)]
    nameless = {"inferenceProviderMapping": [entry()]}
    listing = listing_of("novita")
    with serve(facts(*many("novita", 1))) as server:
        overriding(server, lambda r: [whole[0], nameless, whole[1], "nonsense"] if listing(r) else None)
        assert pipe.run(server) == 0
    assert {"org/0", "org/1"} <= ids(pipe.rows("offers"))
    bad = {row["record_id"]: row for row in pipe.rows("quarantine")}
    assert bad.keys() == {"record 1", "record 3"}
    assert {(row["source"], row["provider"], row["field"]) for row in bad.values()} == {("hub-list", "novita", "")}
    assert pipe.row("runs", source="hub-list", provider="novita")["quarantined"] == 2


def test_a_price_that_is_none_is_quarantined_and_its_offer_kept(pipe: Pipe) -> None:
    bad: list[Any] = [-1, float("nan"), float("inf"), "0.5", 1e9, True, [1]]
    spoiled = [
        model(f"org/{n}", entry("novita", providerDetails={**priced(value, 2), "context_length": 4096}))
        for n, value in enumerate(bad)
    ]
    with serve(facts(*spoiled, model("org/whole", entry("novita", providerDetails=priced(0.1, 2))))) as server:
        assert pipe.run(server) == 0
    assert pipe.row("offers", model_id="org/whole")["input_usd_per_mtok"] == Decimal("0.1")
    kept = pipe.rows("offers", context_length=4096, status="live", price_source=None)
    assert ids(kept) == {f"org/{n}" for n in range(len(bad))}
    assert {(row["input_usd_per_mtok"], row["output_usd_per_mtok"]) for row in kept} == {(None, None)}
    problems = pipe.rows("quarantine", source="hub-list", provider="novita")
    assert {row["record_id"] for row in problems} == ids(kept)
    assert {row["field"] for row in problems} == {"inferenceProviderMapping[novita].providerDetails.pricing.input"}
    assert all(row["reason"] for row in problems)


def test_a_listing_that_is_suddenly_empty_keeps_its_rows_stale(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 300), *many("groq", 300))) as server:
        assert pipe.run(server) == 0
        before = pipe.rows("offers", provider="novita")
        empty = listing_of("novita")
        overriding(server, lambda request: [] if empty(request) or "/partners/" in request.path else None)
        assert pipe.run(server, "--observed-at", LATER) == 4
    assert pipe.rows("offers", provider="novita") == [row | {"stale": True} for row in before]
    assert not any(row["stale"] for row in pipe.rows("offers", provider="groq"))
    provider = pipe.row("providers", provider="novita")
    assert (provider["stale"], provider["active"], provider["models"]) == (True, True, 300)
    assert pipe.row("runs", source="hub-list", provider="novita", result="stale")["records"] == 0
    assert "novita lists 0 offers, 300 before: dropped too far" in capsys.readouterr().err


def test_a_drop_across_providers_publishes_nothing(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 40), *many("groq", 40), *many("together", 40))) as server:
        assert pipe.run(server) == 0
    before = state(pipe.out)
    with serve(facts(*many("novita", 3), *many("groq", 3), *many("together", 40))) as server:
        assert pipe.run(server, "--observed-at", LATER) == 1
        message, hint = last_two(capsys)
        assert message == "nothing published: 40 of 120 offers listed, under 80%; missing: groq, novita"
        assert "--accept-drop" in hint
        assert state(pipe.out) == before
        assert pipe.run(server, "--observed-at", LATER, "--accept-drop") == 0
    assert pipe.manifest["accepted_drop"] is True
    assert len(pipe.rows("offers")) == 46
    assert "accepted as asked" in capsys.readouterr().err


def test_a_listing_that_stays_low_for_three_days_is_the_new_truth(pipe: Pipe) -> None:
    with serve(facts(*many("novita", 40), *many("groq", 40))) as server:
        assert pipe.run(server) == 0
    with serve(facts(*many("novita", 5), *many("groq", 40))) as server:
        assert pipe.run(server, "--observed-at", LATER) == 4
        assert len(pipe.rows("offers", provider="novita")) == 40
        for look in range(11):
            assert pipe.run(server, "--observed-at", f"2026-03-01T12:{look:02}:59Z") == 4
        assert len(pipe.rows("offers", provider="novita")) == 40
        assert pipe.run(server, "--observed-at", "2026-03-01T12:27:00Z") == 0
    assert len(pipe.rows("offers", provider="novita")) == 5
    assert pipe.manifest["accepted_drop"] is False


def test_an_observation_older_than_the_dataset_is_refused(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 2))) as server:
        assert pipe.run(server, "--observed-at", LATER) == 0
        before = state(pipe.out)
        assert pipe.run(server) == 1
    message, hint = last_two(capsys)
    assert "later than 2026-02-26T11:27:00" in message
    assert "--observed-at" in hint
    assert state(pipe.out) == before


def test_a_replay_that_gives_no_true_time_is_refused(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 2), at="yesterday")) as server:
        assert pipe.run(server) == 1
    assert "observed at 'yesterday'" in last_two(capsys)[0]


def test_a_damaged_dataset_is_neither_read_nor_touched(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 2))) as server:
        assert pipe.run(server) == 0
        asked = len(server.requests)
        path = pipe.out / "v1" / pipe.manifest["version"] / "offers.parquet"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        before = state(pipe.out)
        assert pipe.run(server, "--observed-at", LATER) == 1
        assert len(server.requests) == asked
    message, hint = last_two(capsys)
    assert message.startswith(str(path))
    assert "is damaged" in message
    assert "restore" in hint
    assert state(pipe.out) == before


def test_two_runs_at_once_are_one_run_and_one_refusal(pipe: Pipe, capsys: Captured) -> None:
    pipe.out.mkdir()
    with (pipe.out / ".lock").open("a+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write("4711\n")
        other.flush()
        with serve(facts(*many("novita", 2))) as server:
            assert pipe.run(server) == 1
            assert server.requests == []
            message, _ = last_two(capsys)
            assert message == f"another run is publishing into {pipe.out} (pid 4711)"
            fcntl.flock(other, fcntl.LOCK_UN)
            assert pipe.run(server) == 0


def test_offline_means_that_nothing_is_asked(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 2))) as server:
        assert pipe.run(server, HF_HUB_OFFLINE="1") == 1
        assert server.requests == []
    message, hint = last_two(capsys)
    assert message == "nothing published: HF_HUB_OFFLINE is set: no request was made"
    assert hint == "unset HF_HUB_OFFLINE to go online"


def test_an_address_that_is_none_is_one_line(pipe: Pipe, capsys: Captured) -> None:
    assert pipe.run("not-an-address") == 1
    assert last_two(capsys)[0] == "HF_ENDPOINT is not an http or https address"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run"],
        ["run", "--out", "x", "--observed-at", "yesterday"],
        ["run", "--out", "x", "--observed-at", "2026-02-26T11:27:00"],
        ["run", "--out", "x", "--providers", ""],
        ["run", "--out", "x", "--providers", "novita,../up"],
        ["run", "--out", "x", "--fast"],
        ["desk"],
    ],
)
def test_wrong_usage_is_exit_2_and_says_what_is_wrong(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m pipeline" in capsys.readouterr().err


def test_named_providers_alone_are_crawled_and_the_others_stay_as_they_were(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 4), *many("groq", 4), *many("together", 4))) as server:
        assert pipe.run(server) == 0
    others = pipe.rows("offers", provider="together")
    sources = [source for source in pipe.manifest["sources"] if source["provider"] == "together"]
    with serve(facts(*many("novita", 5), *many("groq", 6), *many("together", 1))) as server:
        assert pipe.run(server, "--observed-at", LATER, "--providers", "novita,groq") == 0
        listed = {r.value("inference_provider") for r in asked(server.requests)}
    assert listed == {"novita", "groq"}
    assert pipe.rows("offers", provider="together") == others
    assert [source for source in pipe.manifest["sources"] if source["provider"] == "together"] == sources
    assert [len(pipe.rows("offers", provider=name)) for name in ("novita", "groq")] == [5, 6]
    assert pipe.row("providers", provider="together")["stale"] is False
    assert pipe.manifest["result"] == "partial", "the dataset as a whole is not of this run"
    (told,) = (
        line for line in capsys.readouterr().err.splitlines() if line.startswith("not asked, of an earlier run:")
    )
    assert "together" in told
    assert not {"novita,", "groq,"} & set(told.split())


def test_a_provider_that_was_met_once_and_never_listed_is_not_waited_for(pipe: Pipe) -> None:
    down = for_ever(provider="acme-cloud", path="/api/models")
    with serve(facts(model("o/m", entry("novita"), entry("acme-cloud"))), down) as server:
        assert pipe.run(server) == 4
    with serve(facts(model("o/m", entry("novita")))) as server:
        assert pipe.run(server, "--observed-at", LATER) == 0
    assert "acme-cloud" in {source["provider"] for source in pipe.manifest["sources"]}
    assert pipe.manifest["result"] == "complete"


def asked(requests: Any) -> list[Request]:
    return [Request(seen.path, seen.query, "") for seen in requests if seen.path == "/api/models"]


def test_a_provider_that_nobody_knows_publishes_nothing(pipe: Pipe, capsys: Captured) -> None:
    with serve(facts(*many("novita", 4))) as server:
        assert pipe.run(server) == 0
        before = state(pipe.out)
        assert pipe.run(server, "--providers", "acme-cloud") == 1
    assert last_two(capsys)[0] == "nothing published: no provider's listing was accepted"
    assert state(pipe.out) == before
