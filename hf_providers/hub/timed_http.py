"""HTTP exchanges with a time limit for each request, and one for all requests of a command.

httpx only limits the time of each read, so a server that sends byte by byte could hold a request forever.
Therefore a thread shuts down the connection's socket; each client has a single connection, and so knows its socket.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from threading import TIMEOUT_MAX, Condition, Thread
from typing import Any, Final

import httpx

from hf_providers.errors import HfProvidersError

PROJECT_URL: Final = "https://github.com/hf-providers/hf-providers"
SLOWEST_BYTES_S: Final = 8 * 1024
"""Bytes a second below which, after a minute, an exchange is too slow."""
_GRACE_S: Final = 60.0


def user_agent() -> str:
    """Return the User-Agent of every request."""
    return f"hf-providers/{version('hf-providers')} (+{PROJECT_URL})"


@cache
def ssl_context() -> ssl.SSLContext:
    """Return the TLS context, made once: reading the certificates takes longer than most requests."""
    return httpx.create_ssl_context()


def transfer_s(size: int) -> float:
    """Return the seconds that this many bytes may take."""
    return _GRACE_S + size / SLOWEST_BYTES_S


class TimeOver(HfProvidersError):
    """A request, or the whole command, is over its time limit. A retry would only take longer."""


class Deadline:
    """A time limit for all requests of a command.

    Args:
        limit_s: Seconds from now; infinite for no limit.
        clock: Monotonic seconds.
    """

    def __init__(self, limit_s: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit_s = limit_s
        self._clock = clock
        self._ends_at = clock() + limit_s

    def remaining_s(self) -> float:
        """Return the remaining seconds, below 0 once it is over."""
        return self._ends_at - self._clock()

    def check(self) -> None:
        """Raise where it is over.

        Raises:
            TimeOver: it is.
        """
        if self.remaining_s() <= 0:
            raise TimeOver(f"the {self.limit_s:,.0f} s for all requests together are over", "try again later")


class Cutter:
    """Ends the exchanges of one connection, which has one at a time.

    One thread watches them all, because starting one takes longer than many a request. It ends when nothing is left to
    watch.
    """

    def __init__(self) -> None:
        self.was_cut = False
        self._lock = Condition()
        self._stream: Any = None
        self._ends_at: float | None = None
        self._wakes_at = math.inf
        self._watcher: Thread | None = None
        self._process = os.getpid()

    @contextmanager
    def within(self, limit_s: float) -> Iterator[None]:
        """Cut off the exchange in the block when the time is over, and set `was_cut`."""
        self.was_cut = False
        self.extend(limit_s)
        try:
            yield
        finally:
            with self._lock:
                self._ends_at = None

    def extend(self, limit_s: float) -> None:
        """Give the exchange that is under way so much time from now on."""
        self._start_over_if_forked()
        with self._lock:
            self._ends_at = time.monotonic() + limit_s
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = Thread(target=self._watch, daemon=True)
                self._watcher.start()
            elif self._ends_at < self._wakes_at:
                self._lock.notify()

    def close(self) -> None:
        """End the watching thread."""
        self._start_over_if_forked()
        with self._lock:
            self._ends_at = None
            self._lock.notify()

    def _start_over_if_forked(self) -> None:
        """Start over in a forked process: the thread is in its parent alone, and may have held the lock."""
        if self._process != os.getpid():
            self._lock, self._watcher, self._process = Condition(), None, os.getpid()

    def _watch(self) -> None:
        with self._lock:
            while self._ends_at is not None:
                self._wakes_at = self._ends_at
                left_s = self._ends_at - time.monotonic()
                if left_s > 0:
                    self._lock.wait(min(left_s, TIMEOUT_MAX))
                else:
                    self._ends_at = None
                    self.was_cut = True
                    self._shut_down()
            self._watcher = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Get the connection from httpx, as the extension `trace` of a request."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            with self._lock:
                self._stream = info["return_value"]
                if self.was_cut:  # while the connection was made
                    self._shut_down()

    def _shut_down(self) -> None:
        connection = self._stream and self._stream.get_extra_info("socket")
        if connection:
            with contextlib.suppress(OSError):  # it is closed already
                # Not SSLSocket.shutdown, which removes the TLS state while the other thread reads.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class TimedClient:
    """An HTTP client of one connection, for one thread, with time limits.

    Args:
        deadline: The end of all of them.
        options: Arguments of httpx.Client; redirects are not followed.
    """

    def __init__(self, deadline: Deadline, **options: Any) -> None:
        self.deadline = deadline
        self._cutter = Cutter()
        one = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30)
        self._http = httpx.Client(verify=ssl_context(), limits=one, follow_redirects=False, **options)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
        self._cutter.close()

    @contextmanager
    def stream(self, method: str, url: httpx.URL, limit_s: float, **named: Any) -> Iterator[httpx.Response]:
        """Give the answer to a request, whose body is read in the block; `limit_s` is the limit for all of it.

        Raises:
            TimeOver: the request's time, or all requests' together, is over.
            httpx.HTTPError: there is no answer, or it broke off.
        """
        self.deadline.check()
        with self._cutter.within(max(0.001, min(limit_s, self.deadline.remaining_s()))):
            try:
                with self._http.stream(method, url, extensions={"trace": self._cutter.trace}, **named) as response:
                    yield response
            except httpx.HTTPError:
                if not self._cutter.was_cut:
                    raise
            if self._cutter.was_cut:
                self.deadline.check()
                raise TimeOver(f"{url.host} gave no whole answer to a request in its time", "try again later")

    def extend(self, limit_s: float) -> None:
        """Give the exchange that is under way so much time from now on, as far as the deadline allows."""
        self._cutter.extend(max(0.001, min(limit_s, self.deadline.remaining_s())))
