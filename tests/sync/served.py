"""A published dataset behind a server that does what servers do: conditions, ranges, and on demand everything wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from pipeline.publish.derive import builders
from pipeline.publish.versions import publish
from tests.dataset_samples import outcome, sample
from tests.threaded import running


def published(out: Path, *numbers: int) -> Path:
    """Publish samples of these numbers one after the other into a folder, with their catalogs."""
    for number in numbers:
        said = outcome(number)
        publish(out, sample(number), said, **builders(said))
    return out


@dataclass
class Asked:
    """One request: its path, and the headers that matter."""

    path: str
    headers: dict[str, str]


@dataclass
class Answer:
    """What a request is answered with instead of the file."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Break the connection after so many bytes of the body."""


class Served(ThreadingHTTPServer):
    """Serves a folder under /data/; `instead` may answer for it, `asked` is what came."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[Asked] = []
        self.sent_bytes = 0
        self.instead: Callable[[str, int], Answer | None] = lambda path, nth: None
        self.ranges = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/data/manifest.json"

    def paths(self) -> list[str]:
        """The paths asked for, in order; then none, until others are."""
        paths = [asked.path for asked in self.asked]
        self.asked.clear()
        return paths

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up is nothing to report."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Served

    def do_GET(self) -> None:
        path = unquote(self.path).removeprefix("/data/")
        nth = sum(asked.path == path for asked in self.server.asked)
        self.server.asked.append(Asked(path, {name.lower(): value for name, value in self.headers.items()}))
        instead = self.server.instead(path, nth)
        self._send(instead if instead is not None else self._file(path))

    def _file(self, path: str) -> Answer:
        place = self.server.folder / path
        if not place.is_file():
            return Answer(404, b"no such file")
        body = place.read_bytes()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            return Answer(304, b"", {"ETag": etag})
        start = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        if self.server.ranges and start.isdecimal() and int(start) < len(body):
            stated = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return Answer(206, body[int(start) :], {"ETag": etag, "Content-Range": stated})
        return Answer(200, body, {"ETag": etag})

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body))} | answer.headers
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        body = answer.body if answer.cut is None else answer.body[: answer.cut]
        self.server.sent_bytes += len(body)
        if answer.status != 304:
            self.wfile.write(body)
        self.close_connection = self.close_connection or answer.cut is not None

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a dataset's folder until the end of the block."""
    with running(Served(folder)) as server:
        yield server
