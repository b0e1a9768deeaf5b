"""Serve the site on localhost, with the dataset in data/ as it is deployed: for a look, not for the network."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

DATA: Final = "/data/"
"""The dataset's folder in the deployed site."""
NOT_FOUND: Final = "404.html"
"""The page for a missing address; its links begin at the path of the site's public address."""


class _Handler(SimpleHTTPRequestHandler):
    disable_nagle_algorithm = True  # headers and body are two writes: the second would wait for an ACK

    def __init__(self, *arguments: Any, data: Path, base: str, **named: Any) -> None:
        self._data = data
        self._base = base
        super().__init__(*arguments, **named)

    def translate_path(self, path: str) -> str:
        """Return the file for an address: below the site, or for data/ below the dataset."""
        if not path.startswith(DATA):
            return super().translate_path(path)
        site, self.directory = self.directory, str(self._data)
        try:
            return super().translate_path(path[len(DATA) - 1 :])
        finally:
            self.directory = site

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a missing address with the site's own page, its links rewritten for this server."""
        page = Path(self.directory) / NOT_FOUND
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes().replace(f'="{self._base}'.encode(), b'="/')
        self.send_response(code, message)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def list_directory(self, path: str | os.PathLike[str]) -> None:  # noqa: ARG002 - the base class gives it
        """List no folder: on the deployed site, one without a page is not found."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def server(site: Path, data: Path, port: int = 0, base: str = "/") -> ThreadingHTTPServer:
    """Return a server of the site on localhost, at the root of the host.

    Args:
        site: The site's folder.
        data: The dataset's folder.
        port: The port; 0 for any free one.
        base: The path of the public address for which the site was made, with a trailing slash.

    Raises:
        OSError: the port is taken.
    """
    handler: Callable[..., SimpleHTTPRequestHandler] = partial(_Handler, directory=str(site), data=data, base=base)
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
