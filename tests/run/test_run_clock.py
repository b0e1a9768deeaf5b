"""A machine's wrong clock: what would shut out later runs, or stand before earlier ones, is not published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from hf_providers.hub.server_clock import ServerClock
from pipeline.replay import Model, Offer, serve
from pipeline.replay.server import Handler
from pipeline.replay.wire import Entity, Reply
from tests.run.runs import Pipe, entry, facts, many, overriding


@pytest.mark.parametrize(("ahead", "code"), [(0, 0), (9, 0), (-9, 0), (11, 1), (-11, 1), (60 * 24 * 400, 1)])
def test_a_clock_that_the_hub_denies_publishes_nothing(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ahead: int, code: int
) -> None:
    hub = datetime.now(UTC) - timedelta(minutes=ahead)
    monkeypatch.setattr(Handler, "date_time_string", lambda *_: format_datetime(hub, usegmt=True))
    with serve(facts(*many("novita", 2), at=None)) as server:
        assert pipe.run(server) == code
    assert (pipe.out / "manifest.json").exists() == (code == 0)
    if code:
        message, hint = capsys.readouterr().err.splitlines()[-2:]
        assert "nothing published: this machine's clock says" in message
        assert "set the clock" in hint


@pytest.mark.parametrize("date", ["", "soon", "Mon, 01 Jan 99999 00:00:00 GMT", "Mon, 01 Jan 2026 00:00:00 +999999999"])
def test_a_date_that_is_none_is_no_reason_to_stop(pipe: Pipe, monkeypatch: pytest.MonkeyPatch, date: str) -> None:
    monkeypatch.setattr(Handler, "date_time_string", lambda *_: date)
    with serve(facts(*many("novita", 2), at=None)) as server:
        assert pipe.run(server) == 0


def test_a_time_that_is_yet_to_come_is_no_time(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(facts(*many("novita", 2))) as server, pytest.raises(SystemExit) as caught:
        pipe.run(server, "--observed-at", (datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert caught.value.code == 2
    assert "is in the future" in capsys.readouterr().err
    assert not pipe.out.exists()


@pytest.mark.parametrize("age_s", [3600, 0])
def test_a_cached_answer_is_no_clock(pipe: Pipe, monkeypatch: pytest.MonkeyPatch, age_s: int) -> None:
    def date(handler: Handler, *_: object) -> str:
        cached = handler.path.endswith("config.json")
        return format_datetime(datetime.now(UTC) - timedelta(seconds=age_s if cached else 0), usegmt=True)

    monkeypatch.setattr(Handler, "date_time_string", date)
    config = Reply(200, Entity(b'{"model_type": "llama", "num_hidden_layers": 2}'), (("Age", str(age_s)),))
    chat = Model({"id": "org/a", "sha": "a" * 40}, [Offer(entry())])
    with serve(facts(chat, at=None)) as server:
        overriding(server, lambda request: config if request.path.endswith("config.json") else None)
        assert pipe.run(server) == 0
    assert pipe.row("architectures")["layers"] == 2


def headers(date: datetime, age: str | None = None) -> httpx.Headers:
    return httpx.Headers({"date": format_datetime(date, usegmt=True)} | ({} if age is None else {"age": age}))


def test_the_time_is_the_latest_own_one_else_the_latest_cached() -> None:
    at = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)
    hours = [at + timedelta(hours=n) for n in range(4)]
    clock = ServerClock()
    assert clock.now is None
    clock.note(headers(hours[0], "7200"))
    clock.note(headers(hours[1], "0"))
    assert clock.now == hours[2]
    clock.note(headers(hours[1]))
    clock.note(headers(hours[0]))
    clock.note(headers(hours[3], "0"))
    assert clock.now == hours[1], "an answer of its own has come"
    for odd in ("soon", "-1", "9" * 30, "1.5"):
        clock.note(headers(hours[3], odd))
    assert clock.now == hours[1]


@pytest.mark.parametrize("option", [(), ("--observed-at", "2026-02-26T13:27:00+02:00")])
def test_a_time_with_an_offset_is_told_in_utc(pipe: Pipe, option: tuple[str, ...]) -> None:
    with serve(facts(*many("novita", 2), at="2026-02-26T13:27:00+02:00")) as server:
        assert pipe.run(server, *option) == 0
    assert pipe.manifest["checked_at"] == "2026-02-26T11:27:00Z"
    at = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)
    assert {row["first_seen_at"] for row in pipe.rows("offers")} == {at}


@pytest.mark.parametrize("at", ["2099-01-01T00:00:00Z", "9999-12-31T23:59:59-10:00"])
def test_a_replay_of_the_future_is_refused(pipe: Pipe, capsys: pytest.CaptureFixture[str], at: str) -> None:
    with serve(facts(*many("novita", 2), at=at)) as server:
        assert pipe.run(server) == 1
    assert "the replay" in capsys.readouterr().err.splitlines()[-2]
    assert not (pipe.out / "manifest.json").exists()


def test_a_dataset_of_the_future_shuts_out_no_honest_run(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(facts(*many("novita", 2))) as server:
        assert pipe.run(server) == 0
        path = pipe.out / "manifest.json"
        path.write_text(path.read_text().replace('"checked_at": "2026-', '"checked_at": "2099-'))
        asked = len(server.requests)
        assert pipe.run(server) == 1
        assert len(server.requests) == asked, "nothing is asked for"
    message, hint = capsys.readouterr().err.splitlines()[-2:]
    assert "is dated 2099-02-26 11:27 UTC, this machine's clock says" in message
    assert "--force" in hint


def test_force_takes_the_time_of_the_hub(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr(Handler, "date_time_string", lambda *_: format_datetime(hub, usegmt=True))
    with serve(facts(*many("novita", 2), at=None)) as server:
        assert pipe.run(server) == 1
        assert pipe.run(server, "--force") == 0
    assert datetime.fromisoformat(pipe.manifest["checked_at"]) >= hub - timedelta(seconds=1)
