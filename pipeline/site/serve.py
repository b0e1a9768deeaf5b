"""The site on localhost, with the dataset beside it as it is deployed: for looking at, not for the network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

DATA: Final = "/data/"
"""Where the dataset stands in the deployed site."""


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, data: Path, **named: Any) -> None:
        self._data = data
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

    def log_message(self, *_: object) -> None:
        """Say nothing of what is asked for."""


def server(site: Path, data: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of the site on localhost; port 0 is any free one.

    Raises:
        OSError: the port is taken.
    """
    handler: Callable[..., SimpleHTTPRequestHandler] = partial(_Handler, directory=str(site), data=data)
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
