"""A folder served over HTTP on this machine, as Pages or a release serves it, with faults on demand."""

from __future__ import annotations

import http.server
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.threaded import running


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files; the server's `broken` says which paths answer with what status or bytes instead."""

    protocol_version = "HTTP/1.1"
    server: Static

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        instead = self.server.broken.get(self.path.partition("?")[0], self.server.broken.get("*"))
        if instead is None:
            super().do_GET()
        elif isinstance(instead, int):
            self.send_error(instead)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(instead)))
            self.end_headers()
            self.wfile.write(instead)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Static(http.server.ThreadingHTTPServer):
    """The server: what it was asked for, and what it answers wrongly (a status or bytes by path; `*` is any)."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.asked: list[str] = []
        self.broken: dict[str, int | bytes] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(folder: Path) -> Iterator[Static]:
    """Serve `folder` until the end of the block."""
    with running(Static(folder)) as server:
        yield server


def files_in(folder: Path) -> set[str]:
    """Every file below the folder, hidden ones too, by its relative path."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
