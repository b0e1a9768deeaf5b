"""The token goes to the hosts it is meant for, and appears in nothing that is printed, logged, kept or raised."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hf_providers.cli.commands import status
from hf_providers.hub import Settings
from hf_providers.live import probe
from pipeline.replay import ReplayServer
from tests.cli.hfp import Hfp
from tests.live import made
from tests.threaded import running

COMMANDS = {
    "answer": ["acme/chatty", "--live"],
    "status": ["status", "acme/chatty"],
    "json": ["status", "acme/chatty", "--json"],
    "probe": ["status", "acme/chatty", "--probe", "--yes"],
    "probe json": ["status", "acme/chatty", "--probe", "--yes", "--json"],
    "run": ["run", "acme/chatty"],
}


class Elsewhere(ThreadingHTTPServer):
    """Another host; it notes the Authorization of whoever comes, and sends them on where it is told to."""

    def __init__(self, location: str | None = None) -> None:
        self.seen: list[str | None] = []
        self.location = location
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self.headers.get("Authorization"))
        body = json.dumps({"error": f"you sent {self.headers.get('Authorization')}"}).encode()
        self.send_response(307 if self.server.location else 403)
        if self.server.location:
            self.send_header("Location", self.server.location + self.path)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 the library's names

    def log_message(self, *words: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """A host that the token is not meant for."""
    with running(Elsewhere()) as server:
        yield server


@pytest.fixture
def hostile(elsewhere: Elsewhere) -> Iterator[Elsewhere]:
    """A Hub that sends everybody elsewhere."""
    with running(Elsewhere(elsewhere.url)) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "TIME_S", 1.0)


def clean(text: str) -> None:
    assert made.TOKEN not in text
    assert made.TOKEN[3:] not in text


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_in_no_output_log_or_file(
    hfp: Hfp, online: Callable[[], None], tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    online()
    caplog.set_level(logging.DEBUG)
    result = hfp(*COMMANDS[name])
    assert result.code == 0
    clean(result.out + result.err + caplog.text)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            clean(path.read_bytes().decode("latin-1"))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "run"])
def test_it_does_not_follow_a_redirect_to_another_host(
    hfp: Hfp,
    online: Callable[[], None],
    elsewhere: Elsewhere,
    hostile: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    online()
    monkeypatch.setenv("HF_ENDPOINT", hostile.url)
    monkeypatch.setenv("HFP_ROUTER_URL", hostile.url)
    result = hfp(*COMMANDS[name])
    clean(result.out + result.err)
    assert set(hostile.seen) == {f"Bearer {made.TOKEN}"}  # the host that the variable names
    assert elsewhere.seen == []  # what it says is not the Hub's


def test_a_probe_follows_no_redirect(elsewhere: Elsewhere, hostile: Elsewhere) -> None:
    [found] = probe.probe(Settings(router_url=hostile.url, token=made.TOKEN), made.CHATTY, ["quick"])
    assert found.http_status == 307
    assert not found.answered
    assert elsewhere.seen == []


def test_a_host_that_repeats_it_does_not_get_it_printed(elsewhere: Elsewhere) -> None:
    [found] = probe.probe(Settings(router_url=elsewhere.url, token=made.TOKEN), made.CHATTY, ["quick"])
    assert "[token]" in found.outcome
    clean(repr(found))


@pytest.mark.parametrize("where", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME"])
def test_a_probe_finds_it_where_huggingface_hub_does(
    hfp: Hfp,
    online: Callable[[], None],
    server: ReplayServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    (tmp_path / "token").write_text(f"{made.TOKEN}\n")
    values = {"HF_TOKEN_PATH": str(tmp_path / "token"), "HF_HOME": str(tmp_path)}
    monkeypatch.setenv(where, values.get(where, made.TOKEN))
    assert hfp("status", made.CHATTY, "--probe", "--yes").code == 0
    assert [seen.authorized for seen in server.requests if seen.method == "POST"] == [True, True]
