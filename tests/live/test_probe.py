"""A probe measures what the replay was set to do, tells failures in plain words, and pays for nothing twice."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers.errors import HubOffline
from hf_providers.hub import Settings
from hf_providers.live import probe, router_calls
from pipeline.replay import Chat, Facts, Faults, Model, Offer, ReplayServer, serve
from tests.live import made

RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "captures" / "hf-error-responses"
PROVIDERS = ("one", "two", "three")

MADE_UP = {
    "402 made up": (402, '{"error":"You have exceeded your monthly included credits for Inference Providers."}'),
    "403 made up": (403, '{"error":"Access to model acme/chatty is restricted: it is gated"}'),
    "403 of a token, made up": (403, '{"error":"This method does not have sufficient permissions to call it"}'),
    "400 made up": (400, '{"error":{"message":"x is not supported by any provider you have enabled."}}'),
}
MEANT = {
    "402 made up": "no credits left",
    "403 made up": "gated",
    "403 of a token, made up": "the token may not call",
    "400 made up": "not enabled in your settings",
}


def facts() -> Facts:
    offers = [Offer(made.entry(provider)) for provider in PROVIDERS]
    return Facts([Model({"id": made.CHATTY}, offers)], "made up")


def probed(*chats: Chat, time_s: float = 10.0, **settings: Any) -> tuple[list[probe.Probe], ReplayServer]:
    with serve(facts(), Faults(chats=chats)) as server:
        who = Settings(endpoint=server.url, router_url=server.url, token=made.TOKEN, **settings)
        return probe.probe(who, made.CHATTY, PROVIDERS, time_s), server


def test_figures_are_what_was_set() -> None:
    found, _ = probed(
        Chat("one", latency_ms=300, tokens_per_s=40, tokens=20),
        Chat("two", latency_ms=600, tokens_per_s=80, tokens=40),
        Chat("three", latency_ms=100, tokens_per_s=20, tokens=10),
    )
    assert [p.outcome for p in found] == ["answered"] * 3
    assert [p.output_tokens for p in found] == [20, 40, 10]
    for measured, ttft_ms, tps in zip(found, (300, 600, 100), (40, 80, 20), strict=True):
        assert measured.ttft_ms == pytest.approx(ttft_ms, abs=250)
        assert measured.ttft_ms is not None
        assert measured.ttft_ms >= ttft_ms
        assert measured.throughput_tps == pytest.approx(tps, rel=0.25)


def test_providers_are_asked_once_each_and_all_at_once() -> None:
    started = time.perf_counter()
    found, server = probed(Chat(latency_ms=800))
    assert time.perf_counter() - started < 3 * 0.8
    assert [p.provider for p in found] == list(PROVIDERS)
    assert [(seen.method, seen.path, seen.authorized) for seen in server.requests] == [
        ("POST", "/v1/chat/completions", True)
    ] * 3


def test_one_that_hangs_is_cut_while_the_others_report() -> None:
    started = time.perf_counter()
    found, server = probed(Chat("two", hang=True), time_s=1.0)
    assert time.perf_counter() - started < 5
    assert [p.outcome for p in found] == ["answered", "no token within 1 s", "answered"]
    assert found[1].total_ms == pytest.approx(1000, abs=500)
    assert len(server.requests) == 3


def test_one_that_drips_for_ever_is_cut_as_well() -> None:
    found, _ = probed(Chat("two", tokens_per_s=5, tokens=100), time_s=1.0)
    assert found[1].outcome == "no end within 1 s"
    assert found[1].ttft_ms is not None


def test_a_disconnect_in_the_middle_is_told_and_not_tried_again() -> None:
    found, server = probed(Chat("one", cut_after=3), Chat("two", cut_after=0))
    assert [p.outcome.split(":")[0] for p in found] == ["broke off", "broke off", "answered"]
    assert found[0].ttft_ms is not None
    assert (found[0].throughput_tps, found[1].ttft_ms) == (None, None)
    assert len(server.requests) == 3


def test_without_the_number_of_tokens_there_is_no_speed() -> None:
    found, _ = probed(Chat(tokens_per_s=50, usage=False))
    assert [(p.outcome, p.output_tokens, p.throughput_tps) for p in found] == [("answered", None, None)] * 3
    assert all(p.ttft_ms is not None for p in found)


@pytest.mark.parametrize("name", MADE_UP)
def test_refusals_are_told_in_plain_words_and_not_tried_again(name: str) -> None:
    status, body = MADE_UP[name]
    found, server = probed(Chat("one", status=status, body=body))
    assert found[0].http_status == status
    assert found[0].outcome.startswith(MEANT[name])
    assert (found[0].ttft_ms, found[0].answered, found[1].answered) == (None, False, True)
    assert len(server.requests) == 3


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not beside this checkout")
def test_recorded_refusals_are_told_in_plain_words() -> None:
    meant = {
        401: "the token was not accepted",
        404: "model not known there",
        429: "rate limit reached",
        503: "loading, about ",
    }
    recorded = json.loads((RECORDED / "recorded-errors.json").read_text())
    seen = set()
    for row in recorded:
        if row["status"] in meant and (row["body"] or "").startswith("{"):
            found, _ = probed(Chat("one", status=row["status"], body=row["body"]))
            assert found[0].outcome.startswith(meant[row["status"]]), row
            assert json.loads(row["body"])["error"].split()[0] in found[0].outcome
            seen.add(row["status"])
    assert seen == set(meant)


def test_an_estimate_seconds_is_the_recorded_one() -> None:
    body = b'{"error":"Model x is currently loading","estimated_time":53.3741569519043}'
    assert (
        router_calls.explain(503, body) == "loading, about 53 s more by its own estimate: Model x is currently loading"
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'{"error":{"a":1}}', b'{"error":null}', b"\xff", b"{" * 9999]
)
def test_a_body_without_words_is_told_by_its_status(body: bytes) -> None:
    assert router_calls.explain(429, body) == "overloaded, or the rate limit is reached"
    assert router_calls.explain(599, body) == "the provider failed"


def test_words_of_a_stranger_are_made_fit_to_print() -> None:
    body = json.dumps({"error": f"\x1b[31mno\n{'x' * 999} {made.TOKEN}"}).encode()
    said = router_calls.explain(500, body, made.TOKEN)
    assert said.isprintable()
    assert len(said) < 250
    assert made.TOKEN not in router_calls.explain(500, json.dumps({"error": f"bad {made.TOKEN}"}).encode(), made.TOKEN)


def test_the_estimate_is_the_price_of_the_tokens() -> None:
    offers = [
        {"provider": "a", "input_usd_per_mtok": "0.7", "output_usd_per_mtok": "2.5"},
        {"provider": "b", "input_usd_per_mtok": "0", "output_usd_per_mtok": "0"},
        {"provider": "c", "input_usd_per_mtok": None, "output_usd_per_mtok": None},
    ]
    cost = probe.estimate(offers)
    by_hand = (Decimal("0.7") * probe.INPUT_TOKENS + Decimal("2.5") * probe.MAX_TOKENS) / 10**6
    assert Decimal(cost.nano_usd) / 10**9 == by_hand
    assert (cost.priced, cost.unpriced) == (("a", "b"), ("c",))


def test_no_token_and_offline_ask_nobody(server: ReplayServer) -> None:
    with pytest.raises(router_calls.CallError, match="token") as refused:
        probe.probe(Settings(endpoint=server.url, router_url=server.url), made.CHATTY, ["quick"])
    assert "huggingface.co/settings/tokens" in refused.value.hint
    with pytest.raises(HubOffline):
        probe.probe(Settings(router_url=server.url, token=made.TOKEN, offline=True), made.CHATTY, ["quick"])
    assert server.requests == []


def test_nobody_at_home_is_told() -> None:
    with serve(facts()) as server:
        gone = server.url
    found = probe.probe(Settings(router_url=gone, token=made.TOKEN), made.CHATTY, ["one"])
    assert found[0].outcome.startswith("no connection: ")
    assert found[0].http_status is None
