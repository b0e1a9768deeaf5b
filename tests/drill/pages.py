"""A static file server as "Pages": what is deployed is switched at once, and requests may fall on either side of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tests.threaded import running


class Pages:
    """What is deployed, and the address at which it is served.

    Attributes:
        lost: What requests are answered with while it is set: a status, "html", a page that says 200,
            or a year, in which the manifest says that it was checked.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.manifest_url = f"http://127.0.0.1:{port}/data/manifest.json"
        self.lost: int | str | None = None
        self._numbers = count()

    @property
    def current(self) -> Path:
        """The deployed folder; one without files before the first."""
        return (self.folder / "current").resolve()

    def deploy(self, artifact: Path) -> None:
        """Take the artifact over and switch to it. Old ones stay a while, as at a real host's edges."""
        number = next(self._numbers)
        place = self.folder / f"deployed-{number}"
        shutil.copytree(artifact, place)
        link = self.folder / f"link-{number}"
        link.symlink_to(place.name)
        link.replace(self.folder / "current")
        shutil.rmtree(self.folder / f"deployed-{number - 3}", ignore_errors=True)

    def half_deploy(self, artifact: Path, chance: Random) -> None:
        """Serve a part of the artifact's files among those before: an upload to a host that does not switch at once."""
        mixed = self.folder / f"mixed-{next(self._numbers)}"
        shutil.copytree(self.current, mixed)
        files = sorted(path for path in artifact.rglob("*") if path.is_file())
        for path in chance.sample(files, chance.randrange(1, len(files))):
            place = mixed / path.relative_to(artifact)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        self.deploy(mixed)
        shutil.rmtree(mixed)


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages: Pages

    def __init__(self, *args: Any, folder: Path, **more: Any) -> None:
        super().__init__(*args, directory=str(folder / "current"), **more)

    def do_GET(self) -> None:
        lost = self.pages.lost
        if lost is None:
            super().do_GET()
        elif isinstance(lost, int):
            self.send_error(lost)
        else:
            body = b"<!doctype html><title>Sign in to the network</title>"
            if lost != "html" and self.path.endswith("/manifest.json"):
                manifest = json.loads(Path(self.translate_path(self.path)).read_bytes())
                body = json.dumps(manifest | {"checked_at": f"{lost}-01-01T00:00:00Z"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if lost == "html" else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the library's name
        """Say nothing: a reader asks all the time."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed job hangs up in the middle of an answer: that is nothing to report."""


@contextmanager
def serving(folder: Path) -> Iterator[Pages]:
    """Serve what is deployed into `folder` for the time of the `with` block; nothing is, at first."""
    folder.mkdir()
    (folder / "nothing").mkdir()
    (folder / "current").symlink_to("nothing")

    class Handler(_Handler):
        pass

    server = _Server(("127.0.0.1", 0), partial(Handler, folder=folder))
    Handler.pages = Pages(folder, server.server_address[1])
    with running(server):
        yield Handler.pages
