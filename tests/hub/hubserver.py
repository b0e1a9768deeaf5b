"""A server for the client's tests that answers byte for byte what a test says, faults included."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from hf_providers.errors import HubBadAnswer
from hf_providers.hub import Hub, Settings
from tests.threaded import running


@dataclass(frozen=True)
class Asked:
    """One request: target as sent, header names in lower case."""

    target: str
    headers: dict[str, str]


@dataclass
class Answer:
    """Raw pieces to send, and how to end: keep the connection, close it, or reset it."""

    pieces: Iterable[bytes]
    end: str = "keep"


def response(status: int = 200, body: bytes = b"{}", end: str = "keep", **headers: str) -> Answer:
    """A whole response. `headers` are written with underscores; a Content-Length given there overrides the true one."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    named = {"content-length": str(len(body)), "content-type": "application/json; charset=utf-8", **named}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return Answer([f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode(), body], end)


Script = Callable[[Asked], Answer]


@dataclass
class Server:
    """What a test sees of the running server."""

    port: int
    script: Script
    asked: list[Asked] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    connections: int = 0
    stopping: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [asked.target for asked in self.asked]

    def drip(self, piece: bytes) -> Iterator[bytes]:
        """The same piece again and again, until the server stops or the client hangs up."""
        while not self.stopping.wait(0.01):
            yield piece


def _read_head(connection: socket.socket) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        head += byte
    return head.decode("ascii")


def _serve_connection(server: Server, connection: socket.socket) -> None:
    while head := _read_head(connection):
        first, *lines = head.strip().split("\r\n")
        asked = Asked(first.split(" ")[1], {n.lower(): v for n, v in (line.split(": ", 1) for line in lines)})
        with server.lock:
            server.asked.append(asked)
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
        try:
            answer = server.script(asked)
        finally:
            with server.lock:
                server.in_flight -= 1
        for piece in answer.pieces:
            connection.sendall(piece)
        if answer.end == "reset":
            # Zero linger makes close() send RST instead of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer.end != "keep":
            return


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server for the time of the block; with `tls`, over TLS."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with server.lock:
                server.connections += 1
            # Else the second piece of an answer waits for the first one's acknowledgement.
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                if tls is not None:
                    self.request = tls.wrap_socket(self.request, server_side=True)
                _serve_connection(server, self.request)
            except OSError:
                return  # the client hung up: some tests want just that

        def finish(self) -> None:
            self.request.close()

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

        def shutdown_request(self, request: object) -> None:
            """The handler has closed it, with or without a reset."""

    listener = Listener(("127.0.0.1", 0), Handler)
    server = Server(listener.server_address[1], script)
    with running(listener):
        try:
            yield server
        finally:
            server.stopping.set()


class FakeTime:
    """A clock that only a sleep moves, and what was slept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


TOKEN = "hf_thisIsASecretOfATest"


def hub_for(server: Server | str, fake: FakeTime | None = None, *, token: str | None = None, **options: Any) -> Hub:
    url = server if isinstance(server, str) else server.url
    fake = fake or FakeTime()
    settings = Settings(endpoint=url, router_url=url, token=token)
    return Hub(settings, clock=fake.clock, sleep=fake.sleep, **options)


def in_turn(*answers: Answer | Callable[[], Answer]) -> Callable[[Asked], Answer]:
    """A script that gives these answers one after the other; one request more fails the connection."""
    waiting = iter(answers)

    def script(asked: Asked) -> Answer:
        answer = next(waiting, None)
        if answer is None:
            return Answer([], "close")
        return answer() if callable(answer) else answer

    return script


def as_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise HubBadAnswer("not JSON", "try again") from None
