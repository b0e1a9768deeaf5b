"""The HTTP server: one thread for each connection, kept alive, on the loopback interface only."""

from __future__ import annotations

import re
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Lock, Thread
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from pipeline.errors import ReplayError
from pipeline.replay import chat
from pipeline.replay.catalogue import MAX_PAGE, Catalogue
from pipeline.replay.facts import Facts
from pipeline.replay.faults import Allowance, Fault, FaultCounter, Faults, failure_reply, rate_limited
from pipeline.replay.hosting_pages import config_json, pricing_page
from pipeline.replay.hub import inference_page, one_model, partner_models
from pipeline.replay.listing import list_models, window
from pipeline.replay.router import router_model, router_models
from pipeline.replay.wire import BadQueryError, Entity, Reply, Request, reply_error

HOST: Final = "127.0.0.1"
KEPT_ANSWERS: Final = 256
KEPT_REQUESTS: Final = 100_000
IDLE_S: Final = 60
SMALLEST_COMPRESSED: Final = 1024
MAX_UNWANTED_BYTES: Final = 2**20
NOTED_HEADERS: Final = ("user-agent", "accept-encoding", "if-none-match")
NO_SUCH_PAGE: Final = "Sorry, we can't find the page you are looking for."
HUB_HEADERS: Final = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    (
        "Access-Control-Expose-Headers",
        "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range",
    ),
)
_AUTHORITY: Final = re.compile(r"[A-Za-z0-9.-]{1,255}(:[0-9]{1,5})?")

ROUTES: Final[tuple[tuple[re.Pattern[str], Callable[..., Reply]], ...]] = (
    (re.compile(r"/api/models"), list_models),
    (re.compile(r"/api/models/([^/]+(?:/[^/]+)?)"), one_model),
    (re.compile(r"/api/partners/([^/]+)/models"), partner_models),
    (re.compile(r"/inference/models"), inference_page),
    (re.compile(r"/docs/inference-endpoints/support/pricing\.md"), pricing_page),
    (re.compile(r"/([^/]+(?:/[^/]+)?)/resolve/main/config\.json"), config_json),
    (re.compile(r"/v1/models"), router_models),
    (re.compile(r"/v1/models/([^/]+(?:/[^/]+)?)"), router_model),
)
"""Path to handler: a function of the catalogue, the request and the path's parts alone."""


class Seen(NamedTuple):
    """One request that the server got. It records that there was a token, never which."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    authorized: bool


def answer(catalogue: Catalogue, request: Request) -> Reply:
    """Return the answer to a GET, without faults."""
    for pattern, handler in ROUTES:
        if match := pattern.fullmatch(request.path):
            try:
                return handler(catalogue, request, *match.groups())
            except BadQueryError as error:
                return reply_error(400, str(error))
    return reply_error(404, NO_SUCH_PAGE)


class ReplayServer(ThreadingHTTPServer):
    """A running replay: `url` is the address for clients, `requests` are the requests so far."""

    daemon_threads = False  # so that closing waits for the threads, whose connections `stop` has ended
    request_queue_size = 128
    timeout = 0.5  # where ending the listening socket does not end the wait: macOS, Windows

    def __init__(self, facts: Facts, faults: Faults, port: int, max_page: int) -> None:
        self.catalogue = catalogue = Catalogue(facts, max_page)
        self.observed_at = facts.observed_at
        self.max_page = max_page
        self.counter = FaultCounter(faults)
        self.stopping = Event()
        self._answered = Event()
        self.numbers = count(1)
        self.answer = lru_cache(KEPT_ANSWERS)(lambda request: answer(catalogue, request))
        self._seen: deque[Seen] = deque(maxlen=KEPT_REQUESTS)
        self._lock = Lock()
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, port), Handler)

    @property
    def url(self) -> str:
        """The origin to point clients at, without a trailing slash."""
        return f"http://{HOST}:{self.server_address[1]}"

    @property
    def requests(self) -> list[Seen]:
        """Every request so far, oldest first; the faulty ones too."""
        with self._lock:
            return list(self._seen)

    def inject(self, faults: Faults) -> None:
        """Replace the faults, with their counts at 0."""
        self.counter = FaultCounter(faults)

    def note(self, seen: Seen) -> None:
        """Remember a request."""
        with self._lock:
            self._seen.append(seen)

    def answer_until_stopped(self) -> None:
        """Answer until `stop`, which ends the wait for the next connection: nothing is polled for."""
        try:
            while not self.stopping.is_set():
                self.handle_request()
        finally:
            self._answered.set()

    def stop(self) -> None:
        """End the open connections, wait for their threads, and free the port."""
        self.stopping.set()
        _end(self.socket)
        self._answered.wait()
        with self._lock:
            for connection in self._connections:
                _end(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `stop` can end it."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a caller that hangs up; report anything else as the library does."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the caller has closed it already, or it listens, and the system shuts down no such socket
        return


def _bucket(path: str) -> str:
    """Return the Hub's name of the quota that a request counts against."""
    if "/resolve/" in path:
        return "resolvers"
    return "pages" if path.startswith(("/inference/", "/docs/")) else "api"


@contextmanager
def serve(
    facts: Facts, faults: Faults | None = None, port: int = 0, max_page: int = MAX_PAGE
) -> Iterator[ReplayServer]:
    """Serve facts on the loopback interface for the time of the `with` block.

    Args:
        facts: What to serve.
        faults: The faults to inject; none by default.
        port: TCP port; 0 for any free one.
        max_page: The largest page of a listing, in models.

    Raises:
        ReplayError: The port is in use or invalid.
    """
    try:
        server = ReplayServer(facts, faults or Faults(), port, max_page)
    except (OSError, OverflowError) as error:
        message = f"cannot listen on {HOST}:{port}: {error}"
        raise ReplayError(message, "choose another --port, or 0 for any free one") from None
    thread = Thread(target=server.answer_until_stopped, name="replay")
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, injects faults, writes answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: the second would wait for an ACK
    timeout = IDLE_S
    server: ReplayServer

    def version_string(self) -> str:
        """Return the `Server` header: nobody shall mistake a replay for the Hub."""
        return "hf-providers-replay"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the library's name
        """Log nothing: the requests are in `ReplayServer.requests`."""

    def do_GET(self) -> None:
        """Answer with the body."""
        self._exchange()

    def do_HEAD(self) -> None:
        """Answer with the headers of a GET alone."""
        self._exchange()

    def do_POST(self) -> None:
        """Answer a chat; nothing else here accepts a body."""
        request = self._request()
        if request.path != chat.PATH:
            self._refuse()
            return
        body = self._body()
        self.server.note(self._seen_of(request))
        asked = chat.asked(self.server.catalogue, body, authorized=self._caller is None)
        allowance = self.server.counter.allow("api")
        if isinstance(asked, Reply):
            self._send(asked, allowance, None)
            return
        how = chat.behaviour(self.server.counter.faults.chats, asked[1])
        if how.hang:
            self.close_connection = True
            self.server.stopping.wait()
        elif (reply := chat.failure(how)) or not asked[0].stream:
            self._send(reply or chat.whole(how, asked[0], self.server.stopping), allowance, None)
        else:
            self._stream(chat.events(how, asked[0], self.server.stopping), allowance)

    def _refuse(self) -> None:
        """Answer that there is no such page. The body is read first, so that the answer arrives; then hang up."""
        self._body()
        self.server.note(self._seen_of(self._request()))
        reply = reply_error(404, NO_SUCH_PAGE, ("Connection", "close"))
        self._send(reply, self.server.counter.allow("api"), None)

    do_PUT = do_PATCH = do_DELETE = _refuse  # noqa: N815 the library's names

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        return self.rfile.read(min(int(length), MAX_UNWANTED_BYTES) if length.isdecimal() else 0)

    def _stream(self, events: Iterator[bytes], allowance: Allowance) -> None:
        """Send events as they come, in chunks; a break leaves out the final chunk."""
        self.send_response(HTTPStatus.OK)
        for name, value in (*self._standing_headers(), *allowance.headers):
            self.send_header(name, value)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for event in events:
                self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        except chat.CutError:
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _exchange(self) -> None:
        request = self._request()
        counter = self.server.counter
        self.server.note(self._seen_of(request))
        self.server.stopping.wait(counter.faults.latency_ms / 1000)
        allowance = counter.allow(_bucket(request.path))
        if allowance.exceeded:
            self._send(rate_limited(HTTPStatus.TOO_MANY_REQUESTS, allowance, self._caller), allowance, None)
            return
        fault = self._fault(counter, request)
        self._send(self._reply(request, fault, allowance), allowance, fault)

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        host = self.headers.get("Host", "")
        origin = f"http://{host}" if _AUTHORITY.fullmatch(host) else self.server.url
        return Request(unquote(path), query, origin)

    def _seen_of(self, request: Request) -> Seen:
        headers = {name: self.headers[name] for name in NOTED_HEADERS if name in self.headers}
        return Seen(self.command, request.path, request.raw_query, headers, self._caller is None)

    @property
    def _caller(self) -> str | None:
        """The caller's address; None for one with a token, whom the Hub counts by account."""
        return None if "Authorization" in self.headers else str(self.client_address[0])

    def _fault(self, counter: FaultCounter, request: Request) -> Fault | None:
        if not counter.faults.faults:
            return None
        try:
            providers = request.values("inference_provider")
            start, size = window(request, self.server.max_page)
        except BadQueryError:
            return counter.next_fault(request.path, (), None)
        page = start // size + 1 if request.path == "/api/models" else None
        return counter.next_fault(request.path, providers, page)

    def _reply(self, request: Request, fault: Fault | None, allowance: Allowance) -> Reply:
        if fault and (failure := failure_reply(fault, allowance, self._caller)):
            return failure
        reply: Reply = self.server.answer(request)
        if fault and fault.kind == "malformed":
            half = reply.entity.body[: len(reply.entity.body) // 2]
            return Reply(reply.status, Entity(half, reply.entity.content_type), reply.headers)
        if reply.status == HTTPStatus.OK and self.headers.get("If-None-Match") == reply.entity.etag:
            return Reply(HTTPStatus.NOT_MODIFIED, reply.entity, reply.headers)
        return reply

    def _send(self, reply: Reply, allowance: Allowance, fault: Fault | None) -> None:
        body = self._encoded(reply.entity)
        self.send_response(reply.status)
        for name, value in (*self._standing_headers(), *allowance.headers, *reply.headers):
            self.send_header(name, value)
        if reply.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", reply.entity.content_type)
            self.send_header("Content-Length", str(len(body)))
            if body is not reply.entity.body:
                self.send_header("Content-Encoding", "gzip")
        if reply.status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            self.send_header("ETag", reply.entity.etag)
        self.end_headers()
        if self.command != "HEAD" and reply.status != HTTPStatus.NOT_MODIFIED:
            self._write(body, fault)

    def _encoded(self, entity: Entity) -> bytes:
        """Return the body for the wire: compressed where the caller accepts it and it is worth it."""
        wanted = "gzip" in self.headers.get("Accept-Encoding", "")
        return entity.compressed if wanted and len(entity.body) >= SMALLEST_COMPRESSED else entity.body

    def _standing_headers(self) -> Iterator[tuple[str, str]]:
        yield "X-Request-Id", f"Root=1-{int(time.time()):08x}-{next(self.server.numbers):024x}"
        yield from HUB_HEADERS
        if self.server.observed_at is not None:
            yield "X-Replay-Observed-At", self.server.observed_at

    def _write(self, body: bytes, fault: Fault | None) -> None:
        if fault is None or fault.kind not in ("reset", "truncate"):
            self.wfile.write(body)
            return
        self.close_connection = True
        self.wfile.write(body[: len(body) // 2])
        if fault.kind == "reset":
            # Closing with a linger time of zero sends RST, once the socket's file object is closed, too.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.connection.close()
