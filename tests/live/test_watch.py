"""Watching: its pace, its patience with what is broken, its three kinds of output, and that it leaks nothing."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from hf_providers.cli import output, watch_view
from hf_providers.errors import (
    HubBadAnswer,
    HubError,
    HubNotFound,
    HubOffline,
    HubRateLimited,
    HubRefused,
    HubUnreachable,
)
from hf_providers.hub import Settings
from hf_providers.live import offers_now
from hf_providers.live.watch import hub_for_watching, watch
from pipeline.replay import Facts, Faults, Model, Offer, ReplayServer, serve
from tests.cli.hfp import DATA
from tests.live import made

HFP = str(Path(sys.executable).with_name("hfp"))
STATE = offers_now.Live(made.CHATTY, [], None, "2026-11-01T07:00:00Z")
BROKEN = HubUnreachable("broken", "wait")
LIMITED = HubRateLimited("limited", "wait", wait_s=1000.0)


def waits(*outcomes: offers_now.Live | HubError, interval_s: float = 5.0) -> list[float]:
    """How long is waited after each outcome."""
    given = iter(outcomes)

    def ask() -> offers_now.Live:
        outcome = next(given)
        if isinstance(outcome, HubError):
            raise outcome
        return outcome

    slept: list[float] = []
    for _ in islice(watch(ask, interval_s, slept.append), len(outcomes)):
        pass
    return [*slept]


def test_the_pace_is_kept_while_all_is_well_and_never_below_two_seconds() -> None:
    assert waits(STATE, STATE, STATE) == [5.0, 5.0]
    assert waits(STATE, STATE, interval_s=0.1) == [2.0]


def test_failures_slow_it_down_and_success_brings_the_pace_back() -> None:
    assert waits(STATE, BROKEN, BROKEN, HubBadAnswer("x", "y"), STATE, BROKEN, STATE) == [5, 10, 20, 40, 5, 10]
    assert waits(STATE, *[BROKEN] * 9, STATE)[-1] == 300.0


def test_a_rate_limit_is_waited_out_whatever_the_pace() -> None:
    assert waits(STATE, LIMITED, STATE) == [5.0, 1000.0]


@pytest.mark.parametrize("error", [HubNotFound("a", "b"), HubRefused("a", "b"), HubOffline("a", "b")])
def test_what_is_final_ends_it(error: HubError) -> None:
    with pytest.raises(type(error)):
        waits(STATE, error)


def test_a_first_look_that_fails_ends_it() -> None:
    with pytest.raises(HubUnreachable):
        waits(BROKEN)


def test_a_rate_limit_is_told_instead_of_being_slept_through() -> None:
    slept: list[float] = []
    with serve(made.hub(), Faults(quota=2, window_s=300)) as server:
        settings = Settings(endpoint=server.url, router_url=server.url)
        with hub_for_watching(settings, slept.append) as hub:
            offers_now.read(hub, made.PAINTER)
            offers_now.read(hub, made.PAINTER)
            with pytest.raises(HubRateLimited) as limited:
                offers_now.read(hub, made.PAINTER)
    assert 200 < limited.value.wait_s <= 301
    assert all(wait <= 10 for wait in slept)


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[str]:
    """The address of a replay in a process of its own, so that what it holds is not counted as ours."""
    wire = [{"id": made.CHATTY, "inferenceProviderMapping": [made.entry("quick", **made.speed(80, 400))]}]
    capture = tmp_path / "models-x.json"
    capture.write_text(json.dumps(wire))
    command = [sys.executable, "-m", "pipeline", "replay", "--capture", str(capture)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=DATA.parent) as process:
        assert process.stdout is not None
        match = re.search(r"HF_ENDPOINT=(\S+)", process.stdout.readline())
        assert match is not None
        yield match[1]
        process.terminate()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc, which is not here")
def test_a_thousand_refreshes_leak_neither_memory_nor_sockets(other_process: str) -> None:
    screen = output.Screen("always")

    def held() -> tuple[int, int]:
        gc.collect()
        return sys.getallocatedblocks(), len(list(Path("/proc/self/fd").iterdir()))

    settings = Settings(endpoint=other_process, router_url=other_process)
    with hub_for_watching(settings) as hub:
        states = watch(lambda: offers_now.read(hub, made.CHATTY), 2.0, lambda _: None)
        at: dict[int, tuple[int, int]] = {}
        for place, seen in enumerate(islice(states, 1000), 1):
            assert seen.live is not None
            assert any("quick" in line for line in watch_view.screen_lines(screen, seen.live, [], seen))
            if place in {100, 1000}:
                at[place] = held()
    assert at[1000][1] <= at[100][1]
    assert at[1000][0] - at[100][0] < 900  # one block of memory kept at each refresh would be as many


def rows(*, tps: float = 80.0, status: str = "live") -> list[dict[str, Any]]:
    entry = made.entry("quick", status, **made.speed(tps, 400))
    with serve(Facts([Model({"id": made.CHATTY}, [Offer(entry)])], "made up")) as server:
        settings = Settings(endpoint=server.url, router_url=server.url)
        with hub_for_watching(settings) as hub:
            return offers_now.read(hub, made.CHATTY).offers


def test_a_pipe_gets_a_line_for_each_change() -> None:
    at_first, same, slower, down = rows(), rows(), rows(tps=40), rows(status="error")
    assert list(watch_view.changed([], at_first)) == ["quick conversational: hot, 80 tok/s, TTFT 0.40s, latency 0.90s"]
    assert list(watch_view.changed(at_first, same)) == []
    assert list(watch_view.changed(same, slower)) == [
        "quick conversational: hot, 40 tok/s, TTFT 0.40s, latency 0.90s (tok/s was 80)"
    ]
    [fell] = watch_view.changed(slower, down)
    assert fell.startswith("quick conversational: unavailable (error)")
    assert "(was hot" in fell
    assert list(watch_view.changed(down, [])) == ["quick conversational: gone"]


def environment(server: ReplayServer, tmp_path: Path) -> dict[str, str]:
    snapshot = str(made.snapshot(tmp_path / "snapshot"))
    ours = {"HF_ENDPOINT": server.url, "HFP_ROUTER_URL": server.url, "HFP_SNAPSHOT": snapshot, "HF_HOME": str(tmp_path)}
    return {name: value for name, value in os.environ.items() if name != "COLUMNS"} | ours


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "what was waited for did not come"
        time.sleep(0.02)


def looks(server: ReplayServer) -> int:
    return sum(seen.path == "/api/models" for seen in server.requests)


def test_lines_of_a_pipe_come_at_once_and_an_interrupt_is_130(server: ReplayServer, tmp_path: Path) -> None:
    command = [HFP, "status", made.CHATTY, "--watch", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(server, tmp_path)
    ) as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(3)]
        until(lambda: looks(server) >= 2)
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert [line.split()[1] for line in first] == ["fresh", "quick", "slow"]
    assert (process.returncode, rest, errors) == (130, "", "")


def test_json_is_a_line_for_each_look(server: ReplayServer, tmp_path: Path) -> None:
    command = [HFP, "status", made.CHATTY, "--watch", "2", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(server, tmp_path)) as process:
        assert process.stdout is not None
        states = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert [state["model_id"] for state in states] == [made.CHATTY] * 2
    assert {state["observed_at"] for state in states} == {made.OBSERVED_AT}


def test_a_terminal_of_80_columns_is_refreshed_in_place(server: ReplayServer, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [HFP, "status", made.CHATTY, "--watch", "2"]
    shown = b""
    environ = environment(server, tmp_path) | {"TERM": "xterm-256color"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as process:
        os.close(theirs)
        while looks(server) < 3 or shown.count(b"again in") < 2:
            shown += os.read(ours, 1 << 16)
        process.send_signal(signal.SIGINT)
        try:
            while part := os.read(ours, 1 << 16):
                shown += part
        except OSError:  # Linux says so where others say that it has ended
            pass
    os.close(ours)
    assert process.returncode == 130
    text = shown.decode()
    assert text.index("\x1b[?25l") < text.rindex("\x1b[?25h")  # the cursor is back
    assert "\x1b[1A" in text  # the second state stands where the first stood
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n")
    assert "again in 2 s · Ctrl-C ends" in plain
    assert "● hot" in plain
    assert max(map(cell_len, plain.split("\n"))) <= 80
    assert "Traceback" not in plain
