"""A GitHub on this machine that keeps releases, issues and workflows, in the shapes of its REST API's documentation."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.threaded import running

REPOSITORY = "acme/fork"
TOKEN = "ghs_only-for-the-api"
CUT = 0
"""As a status: the connection ends without an answer."""
HOME = f"/repos/{REPOSITORY}/"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the server's state says; a fault that is set for a request answers it instead, once."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        parts = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.guard:
            self.server.asked.append((self.command, parts.path))
            self.server.headers.append(dict(self.headers))
            status, answer = self._answered(parts.path, body)
        if status == CUT:
            self.close_connection = True
            return
        content = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in self.server.extra.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def _answered(self, path: str, body: bytes) -> tuple[int, Any]:
        if found := re.fullmatch(r"/download/([^/]+)/([^/]+)", path):
            return self.server.download(*found.groups())
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        if waiting := self.server.faults.get((self.command, path)):
            return waiting.pop(0), {"message": self.server.reason}
        if found := re.fullmatch(r"/uploads/(\d+)", path):
            return self.server.upload(int(found[1]), self.query["name"], body)
        given = json.loads(body) if body else {}
        place = f"{self.command} {path.removeprefix(HOME)}"
        for pattern, method in ROUTES:
            if found := re.fullmatch(pattern, place):
                status, answer = getattr(self.server, method)(*found.groups(), *([given] if body else []))
                return status, self._page(answer) if isinstance(answer, list) else answer
        return 404, {"message": "Not Found"}

    def _page(self, items: list[Any]) -> list[Any]:
        """The page that was asked for, of the labels and the state that were asked for."""
        wanted, state = self.query.get("labels"), self.query.get("state", "open")
        if wanted:
            items = [item for item in items if wanted in item["labels"] and state in ("all", item["state"])]
        size, page = int(self.query.get("per_page", 30)), int(self.query.get("page", 1))
        return items[(page - 1) * size : page * size]

    def log_message(self, *args: object) -> None:
        """Say nothing."""


ROUTES = (
    (r"GET releases", "list_releases"),
    (r"POST releases", "create_release"),
    (r"PATCH releases/(\d+)", "change_release"),
    (r"DELETE releases/(\d+)", "delete_release"),
    (r"GET releases/(\d+)/assets", "list_assets"),
    (r"DELETE releases/assets/(\d+)", "delete_asset"),
    (r"GET issues", "list_issues"),
    (r"POST issues", "create_issue"),
    (r"PATCH issues/(\d+)", "change_issue"),
    (r"POST issues/(\d+)/comments", "comment"),
    (r"GET actions/runs/(\d+)/jobs", "list_jobs"),
    (r"GET actions/workflows/([^/]+)", "workflow"),
    (r"PUT actions/workflows/([^/]+)/enable", "enable"),
)


class Server(http.server.ThreadingHTTPServer):
    """Its state, what it was asked, and what it answers wrongly: statuses by method and path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.guard = threading.Lock()
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: dict[tuple[str, str], list[int]] = {}
        self.reason = "Resource not accessible by integration"
        self.extra: dict[str, str] = {}
        self.releases: list[dict[str, Any]] = []
        self.assets: dict[int, list[dict[str, Any]]] = {}
        self.contents: dict[int, bytes] = {}
        self.issues: list[dict[str, Any]] = []
        self.comments: list[tuple[int, str]] = []
        self.jobs: list[dict[str, Any]] = []
        self.enabled: list[str] = []
        self.states: dict[str, str] = {}
        self._ids = count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a job."""
        return {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": self.url,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_RUN_ID": "77",
        }

    def list_releases(self) -> tuple[int, Any]:
        return 200, list(reversed(self.releases))

    def create_release(self, given: dict[str, Any]) -> tuple[int, Any]:
        if not given.get("draft") and self._taken(given["tag_name"], "0"):
            return 422, {"message": "Validation Failed"}
        number = next(self._ids)
        page = f"https://github.example/{REPOSITORY}/releases/tag/{given['tag_name']}"
        release = {"draft": False} | given | {"id": number, "html_url": page}
        release["upload_url"] = f"{self.url}/uploads/{number}{{?name,label}}"
        self.releases.append(release)
        self.assets[number] = []
        return 201, release

    def change_release(self, number: str, given: dict[str, Any]) -> tuple[int, Any]:
        (release,) = [release for release in self.releases if release["id"] == int(number)]
        if given.get("draft") is False and self._taken(release["tag_name"], number):
            return 422, {"message": "Validation Failed", "errors": [{"code": "already_exists", "field": "tag_name"}]}
        release |= given
        return 200, release

    def delete_release(self, number: str) -> tuple[int, Any]:
        self.releases = [release for release in self.releases if release["id"] != int(number)]
        del self.assets[int(number)]
        return 204, None

    def _taken(self, tag: str, number: str) -> bool:
        """Whether a published release other than `number` has the tag: drafts may share one."""
        return any(r["tag_name"] == tag and not r["draft"] and r["id"] != int(number) for r in self.releases)

    def list_assets(self, number: str) -> tuple[int, Any]:
        return 200, self.assets[int(number)]

    def delete_asset(self, number: str) -> tuple[int, Any]:
        for release, assets in self.assets.items():
            self.assets[release] = [asset for asset in assets if asset["id"] != int(number)]
        return 204, None

    def upload(self, release: int, name: str, body: bytes) -> tuple[int, Any]:
        if any(asset["name"] == name for asset in self.assets[release]):
            return 422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]}
        asset = {"id": next(self._ids), "name": name, "size": len(body), "state": "uploaded"}
        asset["digest"] = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self.assets[release].append(asset)
        self.contents[asset["id"]] = body
        return 201, asset

    def download(self, tag: str, name: str) -> tuple[int, Any]:
        """An asset as everybody can have it: only once its release is published."""
        for release in self.releases:
            if release["tag_name"] == tag and not release["draft"]:
                for asset in self.assets[release["id"]]:
                    if asset["name"] == name:
                        return 200, self.contents[asset["id"]]
        return 404, {"message": "Not Found"}

    def list_issues(self) -> tuple[int, Any]:
        return 200, list(reversed(self.issues))

    def create_issue(self, given: dict[str, Any]) -> tuple[int, Any]:
        self.issues.append({"labels": [], "state": "open"} | given | {"number": next(self._ids)})
        return 201, self.issues[-1]

    def change_issue(self, number: str, given: dict[str, Any]) -> tuple[int, Any]:
        (issue,) = [issue for issue in self.issues if issue["number"] == int(number)]
        issue |= given
        return 200, issue

    def comment(self, number: str, given: dict[str, Any]) -> tuple[int, Any]:
        self.comments.append((int(number), given["body"]))
        return 201, {"id": next(self._ids)} | given

    def list_jobs(self, _: str) -> tuple[int, Any]:
        return 200, {"total_count": len(self.jobs), "jobs": self.jobs}

    def workflow(self, name: str) -> tuple[int, Any]:
        return 200, {"id": 1, "path": f".github/workflows/{name}", "state": self.states.get(name, "active")}

    def enable(self, name: str) -> tuple[int, Any]:
        self.enabled.append(name)
        return 204, None


@contextmanager
def github() -> Iterator[Server]:
    """Serve until the end of the block."""
    with running(Server()) as server:
        yield server
