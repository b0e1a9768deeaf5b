"""`hfp status`: what it shows, and what it says of every kind of bad input."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len

from hf_providers.cli import confirm_probe
from hf_providers.cli.commands import status
from pipeline.replay import Chat, Fault, Faults, ReplayServer
from tests.cli.hfp import Hfp
from tests.live import made

Online = Callable[[], None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "TIME_S", 1.0)


def line(out: str, provider: str) -> list[str]:
    return next(text for text in out.splitlines() if text.startswith(provider)).split()


def test_readiness_speed_and_difference_are_shown(hfp: Hfp, online: Online) -> None:
    result = hfp("status", made.CHATTY)
    assert result.code == 0
    assert result.out.splitlines()[0] == f"{made.CHATTY}   replayed 2026-11-01 07:00:00 UTC"
    assert line(result.out, "quick")[1:9] == ["●", "hot", "80", "0.40s", "2026-11-01", "06:30", "—", "was"]
    assert "was $1.00 / $3.00" in result.out
    assert line(result.out, "slow")[1:] == ["✗", "error", "—", "—", "—", "—", "was", "cold", "status", "error"]
    assert line(result.out, "fresh")[1:4] == ["○", "unmeasured", "—"]
    assert "new" in line(result.out, "fresh")
    assert line(result.out, "left")[1:3] == ["✗", "gone"]


def test_every_difference_is_told_where_there_is_room(
    hfp: Hfp, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = "was $1.00 / $3.00, free was —, JSON was —, tok/s was 100"
    assert told in hfp("status", made.CHATTY).out


def test_the_difference_is_highlighted(hfp: Hfp, online: Online) -> None:
    out = hfp("status", made.CHATTY, "--color", "always").out
    assert "\x1b[33mwas cold\x1b[0m" in out
    assert "\x1b[33mnew" in out


@pytest.mark.parametrize("columns", ["80", "60", "120"])
def test_it_fits_the_screen(hfp: Hfp, online: Online, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for model in (made.CHATTY, made.PAINTER):
        assert max(map(cell_len, hfp("status", model).out.splitlines()[:-1])) <= int(columns)


@pytest.mark.parametrize("columns", [len(made.CHATTY), 40])
def test_a_long_id_is_not_cut(hfp: Hfp, online: Online, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    first, rest = hfp("status", made.CHATTY).out.split("\n", 1)
    assert first == made.CHATTY
    assert " ".join(rest.split()).startswith("replayed 2026-11-01 07:00:00 UTC ")


def test_json_has_the_reason_and_the_values_before(hfp: Hfp, online: Online) -> None:
    said = hfp("status", made.CHATTY, "--json").json
    offers = {offer["provider"]: offer for offer in said["offers"]}
    assert offers["quick"]["before"]["throughput_tps"] == 100.0
    assert offers["quick"]["reason"] == "live, throughput and first token measured"
    assert offers["quick"]["validated_at"] == "2026-11-01T06:30:00Z"
    assert offers["fresh"]["before"] == {"status": None}
    assert offers["left"]["readiness"] == "unavailable"
    assert all(offer["cold_start_ms"] is None for offer in offers.values())
    assert (said["model_id"], said["probes"]) == (made.CHATTY, None)


def test_other_tasks_are_shown_by_their_latency(hfp: Hfp, online: Online) -> None:
    result = hfp("status", made.PAINTER)
    assert line(result.out, "easel")[1:5] == ["●", "hot", "text-to-image", "2.50s"]
    assert "no difference from the snapshot" in result.out


def test_csv_has_a_row_an_offer(hfp: Hfp, online: Online) -> None:
    rows = list(csv.DictReader(io.StringIO(hfp("status", made.CHATTY, "--format", "csv").out)))
    assert [(row["provider"], row["throughput_tps"]) for row in rows] == [
        ("fresh", ""),
        ("quick", "80.0"),
        ("slow", ""),
        ("left", ""),
    ]


def test_a_model_that_the_snapshot_lacks_is_asked_for_by_its_exact_id(hfp: Hfp, online: Online) -> None:
    assert "○ unmeasured" in hfp("status", "acme/chatty-large").out


def check(result: Any, code: int, wrong: str, hint: str) -> None:
    assert (result.code, result.out) == (code, "")
    said, type_this = result.err.splitlines()[-2:]
    assert said.startswith("hfp: ")
    assert wrong in said
    assert hint in type_this


@pytest.mark.parametrize(
    ("argv", "code", "wrong", "hint"),
    [
        (["acme/nothing-like-it"], 1, "the Hub has no model acme/nothing-like-it", "check the spelling"),
        (["zzqqxx"], 1, "no model like 'zzqqxx'", "hfp models"),
        ([made.LONELY], 1, f"no provider serves {made.LONELY}", "hfp models"),
        ([made.CHATTY, "--provider", "easel"], 1, "easel does not serve", "left, quick, slow"),
        ([f"{made.CHATTY}:easel"], 1, "easel does not serve", "left, quick, slow"),
        ([made.CHATTY, "--watch", "0"], 2, "0 is not a number of seconds above 0", "hfp status --help"),
        ([made.CHATTY, "--watch", "-1"], 2, "", "hfp status --help"),
        ([made.CHATTY, "--watch", "soon"], 2, "not a number", "hfp status --help"),
        ([made.CHATTY, "--watch", "5", "--probe"], 2, "--watch does not go with --probe", "leave one"),
        ([made.CHATTY, "--watch", "--format", "csv"], 2, "--watch does not go with --format csv", "leave one"),
        ([], 2, "which model?", "hfp"),
        ([made.CHATTY, "--probe"], 4, "needs a Hugging Face token", "https://huggingface.co/settings/tokens"),
        ([made.PAINTER, "--probe"], 1, "takes chats", "hfp status"),
    ],
)
def test_bad_input_is_told(hfp: Hfp, online: Online, argv: list[str], code: int, wrong: str, hint: str) -> None:
    check(hfp("status", *argv), code, wrong, hint)


def test_no_network_is_4(hfp: Hfp, online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    check(hfp("status", made.CHATTY), 4, "Connection refused", f"the snapshot answers offline: hfp {made.CHATTY}")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    check(hfp("status", made.CHATTY), 4, "HF_HUB_OFFLINE", "unset HF_HUB_OFFLINE")


def test_a_router_that_refuses_is_an_answer_in_part(hfp: Hfp, online: Online, server: ReplayServer) -> None:
    server.inject(Faults(faults=(Fault("status", path="/v1/", status=403, times=None),)))
    result = hfp("status", made.CHATTY)
    assert result.code == 5
    assert "without the router: " in result.out


@pytest.fixture
def token(online: Online) -> None:
    online()


def test_a_probe_says_what_it_costs_and_asks_nobody_in_a_pipe(hfp: Hfp, token: None, server: ReplayServer) -> None:
    result = hfp("status", made.CHATTY, "--probe")
    check(result, 2, "there is no terminal to ask on", "--yes")
    # 300 tokens in at $1 and 48 out at $4 a million: fresh has no price.
    assert result.err.splitlines()[0] == (
        "2 requests of at most 48 tokens: at most about $0.000492, and of unknown price: fresh"
    )
    assert not [seen for seen in server.requests if seen.method == "POST"]


@pytest.mark.parametrize(("answer", "sent"), [("y\n", 2), ("yes\n", 2), ("n\n", 0), ("\n", 0), ("", 0)])
def test_a_person_is_asked(
    hfp: Hfp, token: None, server: ReplayServer, monkeypatch: pytest.MonkeyPatch, answer: str, sent: int
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(confirm_probe.sys, "stdin", terminal)
    result = hfp("status", made.CHATTY, "--probe")
    assert result.code == (0 if sent else 130)
    assert sum(seen.method == "POST" for seen in server.requests) == sent


def test_a_probe_is_shown_with_its_figures(hfp: Hfp, token: None, server: ReplayServer) -> None:
    server.inject(Faults(chats=(Chat("quick", latency_ms=500, tokens_per_s=40), Chat("fresh", status=503))))
    result = hfp("status", made.CHATTY, "--probe", "--yes", "--json")
    fresh, quick = sorted(result.json["probes"], key=lambda probe: probe["provider"])
    assert (fresh["http_status"], fresh["outcome"]) == (503, "overloaded or not ready: Service Unavailable")
    assert quick["ttft_ms"] == pytest.approx(500, abs=300)
    assert quick["throughput_tps"] == pytest.approx(40, rel=0.25)
    assert result.code == 5
    server.inject(Faults(chats=(Chat(status=500),)))
    text = hfp("status", made.CHATTY, "--probe", "--yes")
    assert text.code == 4
    assert "the provider failed" in text.out


def test_a_limit_is_kept_on_known_prices_only(hfp: Hfp, token: None, server: ReplayServer) -> None:
    check(
        hfp("status", made.CHATTY, "--probe", "--yes", "--max-cost", "0.000491"), 2, "more than --max-cost", "raise it"
    )
    check(hfp("status", f"{made.CHATTY}:fresh", "--probe", "--yes", "--max-cost", "1"), 2, "unknown", "raise it")
    assert not [seen for seen in server.requests if seen.method == "POST"]
    result = hfp("status", made.CHATTY, "--probe", "--yes", "--max-cost", "0.000492", "--json")
    assert [probe["provider"] for probe in result.json["probes"]] == ["quick"]
    assert "not asked, price unknown: fresh" in result.err
