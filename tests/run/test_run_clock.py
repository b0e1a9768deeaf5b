"""A machine's wrong clock: what would shut out later runs, or stand before earlier ones, is not published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipeline.replay import serve
from pipeline.replay.server import Handler
from tests.run.runs import Pipe, facts, many


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
    assert "is yet to come" in capsys.readouterr().err
    assert not pipe.out.exists()
