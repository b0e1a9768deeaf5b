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
        path = self.path.partition("?")[0]
        instead = self.server.broken.get(path, self.server.broken.get("*"))
        if first := self.server.once_at.get(path):
            instead = first.pop(0)
        if instead is None:
            super().do_GET()
        elif isinstance(instead, int):
            self.send_error(instead)
        else:
            self._answer(instead)

    def _answer(self, body: bytes) -> None:
        cut = isinstance(body, Cut)
        self.send_response(200)
        whole = Path(self.translate_path(self.path))
        length = whole.stat().st_size if cut and whole.is_file() else len(body) + cut
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection |= cut

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Cut(bytes):
    """Bytes after which the connection ends, though the file's length was announced."""


class Static(http.server.ThreadingHTTPServer):
    """The server: what it was asked for, and what it answers wrongly.

    Attributes:
        asked: The paths, in order.
        broken: A status or bytes by path; `*` is any path.
        once_at: What the first requests for a path get instead, one each.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.asked: list[str] = []
        self.broken: dict[str, int | bytes] = {}
        self.once_at: dict[str, list[int | bytes]] = {}

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
