"""The time limit of an exchange: who reads is released when it is over, and one thread watches all of a connection."""

from __future__ import annotations

import math
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from hf_providers.hub.connection import Connection
from hf_providers.hub.timed_http import Cutter, ssl_context


class Stream:
    """What httpx hands over of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def get_extra_info(self, name: str) -> socket.socket | None:
        return self._connection if name == "socket" else None


@pytest.fixture
def ours() -> Iterator[socket.socket]:
    """Our end of a connection whose other end never answers."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)  # a limit that is not kept is an error, and no endless wait
    with ours, theirs:
        yield ours


@pytest.fixture
def cutter(ours: socket.socket) -> Iterator[Cutter]:
    made = Cutter()
    made.trace("connection.connect_tcp.complete", {"return_value": Stream(ours)})
    yield made
    made.close()


def await_watch(cutter: Cutter) -> None:
    """Return once the thread waits for the end of the exchange: before that it needs no waking."""
    while cutter._wakes_at == math.inf:
        time.sleep(0.001)
    with cutter._lock:  # it holds the lock until it waits
        pass


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.endswith("(_watch)")]


def test_who_reads_is_released_when_the_time_is_over(cutter: Cutter, ours: socket.socket) -> None:
    with cutter.within(0.05):
        assert ours.recv(1) == b""
    assert cutter.was_cut
    with cutter.within(60):
        assert not cutter.was_cut


def test_a_shorter_time_after_a_longer_one_is_kept(cutter: Cutter, ours: socket.socket) -> None:
    with cutter.within(3600):
        await_watch(cutter)
    with cutter.within(0.05):
        assert ours.recv(1) == b""
    assert cutter.was_cut


def test_an_exchange_may_be_given_more_time(cutter: Cutter, ours: socket.socket) -> None:
    ours.settimeout(0.3)
    with cutter.within(0.05):
        cutter.extend(60)
        with pytest.raises(TimeoutError):
            ours.recv(1)
    assert not cutter.was_cut


def test_one_thread_watches_all_exchanges_and_ends_with_the_connection(cutter: Cutter) -> None:
    before = watchers()
    for _ in range(100):
        with cutter.within(3600):
            await_watch(cutter)
    (watching,) = [thread for thread in watchers() if thread not in before]
    cutter.close()
    watching.join(60)
    assert not watching.is_alive()


def test_what_ended_in_time_is_not_cut_when_the_watch_wakes(cutter: Cutter, ours: socket.socket) -> None:
    with cutter.within(0.05):
        pass
    for thread in watchers():
        thread.join(0.2)
    ours.settimeout(0.05)
    with cutter.within(60), pytest.raises(TimeoutError):
        ours.recv(1)
    assert not cutter.was_cut


def test_an_exchange_is_cut_after_a_thread_could_not_start(
    cutter: Cutter, ours: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError), cutter.within(0.01):
            pass
    with cutter.within(0.05):
        assert ours.recv(1) == b""
    assert cutter.was_cut


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_an_exchange_is_cut_in_a_process_that_was_forked(cutter: Cutter, ours: socket.socket) -> None:
    """Even where a thread that stayed behind had the lock."""
    with cutter.within(3600):
        await_watch(cutter)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with cutter._lock:
            held.set()
            release.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    child = os.fork()
    if not child:
        signal.alarm(20)  # else a lock that nobody releases would be waited for
        code = 1
        try:
            with cutter.within(0.05):
                code = 0 if ours.recv(1) == b"" else 2
        finally:
            os._exit(code)  # or there would be two of this test run
    release.set()
    holder.join()
    assert os.waitpid(child, 0)[1] == 0


def test_a_connection_that_is_closed_closes_its_watch() -> None:
    connection = Connection(ssl_context(), "test")
    with connection._cutter.within(3600):
        await_watch(connection._cutter)
    watching = connection._cutter._watcher
    assert watching is not None
    connection.close()
    watching.join(60)
    assert not watching.is_alive()
