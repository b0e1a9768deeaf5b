"""A folder served as Pages serves it: below a path of the host, with types, compression and the site's own 404 page."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.threaded import running

BASE = "/hf-providers/"
TYPES = {
    ".atom": "application/atom+xml",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".xml": "application/xml",
}
PACKED = frozenset(TYPES)
"""What Pages compresses; the rest, such as Parquet, comes as it is."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the folder on a free port of this machine, and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder))
    server.daemon_threads = True
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}{BASE}"


@lru_cache(maxsize=2000)
def packed(file: Path) -> bytes:
    """The file as it is transferred: compressed where that is of use."""
    content = file.read_bytes()
    return gzip.compress(content, 6, mtime=0) if file.suffix in PACKED else content


def _handler(folder: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if not path.startswith(BASE) or ".." in path.split("/"):
                self._send(HTTPStatus.NOT_FOUND, folder / "404.html")
                return
            place = folder / path.removeprefix(BASE)
            if place.is_dir() and not path.endswith("/"):
                self.send_response(HTTPStatus.MOVED_PERMANENTLY)
                self.send_header("Location", f"{path}/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            place = place / "index.html" if path.endswith("/") else place
            if place.is_file():
                self._send(HTTPStatus.OK, place)
            else:
                self._send(HTTPStatus.NOT_FOUND, folder / "404.html")

        def _send(self, status: HTTPStatus, file: Path) -> None:
            body = packed(file)
            self.send_response(status)
            self.send_header("Content-Type", TYPES.get(file.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(body)))
            if file.suffix in PACKED:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *words: Any) -> None:
            """Keep the test's output clean."""

    return Handler
