"""A Hub on this machine that takes commits to one dataset repository, in the shapes that huggingface_hub speaks."""

from __future__ import annotations

import base64
import http.server
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.threaded import running

REPO = "acme/offers"
TOKEN = "hf_only-for-the-hub"
API = f"/api/datasets/{REPO}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the server's state says."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        path = urlsplit(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, path))
        status, answer = self._answered(path, body)
        content = json.dumps(answer).encode() if self.server.page is None else self.server.page
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815

    def _answered(self, path: str, body: bytes) -> tuple[int, Any]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "Invalid credentials"}
        if path == self.server.refused:
            return self.server.status, {"error": "refused"}
        if path == "/api/repos/create":
            return 200, {"url": f"{self.server.url}/datasets/{REPO}", "id": "1", "name": REPO}
        if path == "/api/validate-yaml":
            self.server.cards.append(json.loads(body)["content"])
            return 200, {"errors": [], "warnings": []}
        if path == API:
            return 200, {"id": REPO, "sha": self.server.head, "siblings": [{"rfilename": f} for f in self.server.files]}
        if path == f"{API}/preupload/main":
            asked = json.loads(body)["files"]
            return 200, {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in asked]}
        if path == f"{API}/commit/main":
            return self.server.commit([json.loads(line) for line in body.splitlines()])
        return 404, {"error": "not found"}

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    """The repository: its files, its head, and every commit that came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {".gitattributes": b"*.parquet filter=lfs\n"}
        self.head = "0" * 40
        self.commits: list[dict[str, Any]] = []
        self.cards: list[str] = []
        self.refused: str | None = None
        self.status = 403
        self.page: bytes | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def commit(self, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        """Take all operations or none: another head than the commit's parent is refused."""
        header = lines[0]["value"]
        if header.get("parentCommit") != self.head:
            return 412, {"error": "A commit has happened since."}
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            else:
                assert line["key"] == "deletedFile"
                del self.files[value["path"]]
        self.head = f"{len(self.commits) + 1:040x}"
        self.commits.append(header)
        return 200, {"commitUrl": f"{self.url}/datasets/{REPO}/commit/{self.head}", "commitOid": self.head}


@contextmanager
def hub() -> Iterator[Server]:
    """Serve until the end of the block."""
    with running(Server()) as server:
        yield server
