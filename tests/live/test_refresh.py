"""`hfp MODEL --live`: fresh offers where the Hub can be asked, minutes old ones from the cache, else the snapshot's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hf_providers.live import refresh
from hf_providers.live.offers_now import Answer
from pipeline.replay import Faults, ReplayServer
from tests.cli.hfp import Hfp
from tests.live import made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "TIME_S", 1.0)


def prices(result: object) -> dict[str, object]:
    return {offer["provider"]: offer["output_usd_per_mtok"] for offer in result.json["offers"]}  # type: ignore[attr-defined]


def test_the_answer_is_the_hubs(hfp: Hfp, online: Callable[[], None]) -> None:
    assert prices(hfp(made.CHATTY, "--json")) == {"quick": "3", "slow": None, "left": None}
    result = hfp(made.CHATTY, "--live", "--json")
    assert (result.code, prices(result)) == (0, {"quick": "4", "slow": None, "fresh": None})
    assert result.json["cheapest"]["output_usd_per_mtok"] == "4"
    assert result.json["snapshot"]["live_observed_at"] == made.OBSERVED_AT, "a replay answered, and it is not of now"
    for _ in "asked", "kept":
        text = hfp(made.CHATTY, "--live")
        assert "offers as of 2026-11-01 07:00:00 UTC, 4 differ from the snapshot" in text.out
        assert f"a replay answered: its facts are of {made.OBSERVED_AT}" in text.out
    assert text.err == ""


def said(body: bytes) -> Answer:
    return Answer(body, 7.0)


def test_it_is_not_asked_twice_within_minutes(hfp: Hfp, online: Callable[[], None], server: ReplayServer) -> None:
    first = hfp(made.CHATTY, "--live", "--json")
    asked = len(server.requests)
    again = hfp(made.CHATTY, "--live", "--json")
    assert len(server.requests) == asked == 2
    assert again.json["snapshot"] == first.json["snapshot"]
    assert prices(again) == prices(first)


def test_status_is_kept_for_five_minutes_and_prices_for_an_hour(tmp_path: Path) -> None:
    now = 1000.0
    asked: list[str] = []
    fetch = refresh.cached(tmp_path, "who", "a/b", clock=lambda: now)

    def ask(what: str) -> Answer:
        def answer() -> Answer:
            asked.append(what)
            return Answer(what.encode(), 7.0)

        return fetch(what, answer)

    assert (ask("model"), ask("router")) == (Answer(b"model", 1000.0), Answer(b"router", 1000.0))
    now = 1299.0
    assert ask("model").at == 1000.0
    now = 1300.0
    assert (ask("model").at, ask("router").at) == (1300.0, 1000.0)
    now = 4600.0
    assert ask("router").at == 4600.0
    now = 10.0  # a clock set back: what is from the future is not believed
    assert (ask("model").at, ask("router").at) == (10.0, 10.0)
    assert asked == ["model", "router", "model", "router", "model", "router"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"at": "x", "body": ""}', b"\xff", b"[" * 100_000])
def test_what_the_cache_holds_is_not_trusted(tmp_path: Path, content: bytes) -> None:
    fetch = refresh.cached(tmp_path, "who", "a/b")
    fetch("model", lambda: said(b"first"))
    [file] = tmp_path.iterdir()
    file.write_bytes(content)
    assert fetch("model", lambda: said(b"second")).body == b"second"
    assert fetch("model", lambda: said(b"third")).body == b"second"


def test_another_address_or_model_is_another_answer_and_no_name_is_a_path(tmp_path: Path) -> None:
    for who, model_id in (("x", "a/b"), ("y", "a/b"), ("x", "../../etc/passwd")):
        fetch = refresh.cached(tmp_path / "live", who, model_id)
        assert fetch("model", lambda w=who, m=model_id: said(f"{w}{m}".encode())).body == f"{who}{model_id}".encode()  # type: ignore[misc]
    assert len(list((tmp_path / "live").iterdir())) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["live"]


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    fetch = refresh.cached(tmp_path / "file" / "live", "who", "a/b")
    assert [fetch("model", lambda: said(b"a")).body, fetch("model", lambda: said(b"b")).body] == [b"a", b"b"]


@pytest.mark.parametrize("why", ["offline", "unreachable", "refused", "limited"])
def test_else_the_snapshot_answers_with_a_note(
    hfp: Hfp, online: Callable[[], None], server: ReplayServer, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "offline":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    elif why == "unreachable":
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    else:
        server.inject(Faults(quota=1, window_s=300) if why == "limited" else _refusing())
        hfp("acme/painter", "--live")
    result = hfp(made.CHATTY, "--live", "--json")
    assert (result.code, prices(result)) == (0, {"quick": "3", "slow": None, "left": None})
    assert result.err.startswith("not refreshed: ")
    assert result.err.endswith("; this is the snapshot's answer\n")
    assert "live_observed_at" not in result.json["snapshot"]
    text = hfp(made.CHATTY, "--live")
    assert (text.code, text.err) == (0, "")
    assert "not refreshed: " in text.out


def _refusing() -> Faults:
    from pipeline.replay import Fault

    return Faults(faults=(Fault("status", path="/api/", status=403, times=None),))


def test_the_cache_holds_no_token(hfp: Hfp, online: Callable[[], None], tmp_path: Path, server: ReplayServer) -> None:
    online()
    assert hfp(made.CHATTY, "--live").code == 0
    assert all(seen.authorized for seen in server.requests)
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(files) == 2
    for file in files:
        assert made.TOKEN not in file.read_text()
        assert made.CHATTY in json.loads(file.read_text())["body"]
        assert file.stat().st_mode & 0o077 == 0
