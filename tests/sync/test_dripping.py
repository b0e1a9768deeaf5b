"""A server that drips bytes holds nothing up for longer than a request's time, or the command's."""

from __future__ import annotations

import hashlib
import itertools
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from hf_providers.errors import HfProvidersError, HubUnreachable, SyncError
from hf_providers.hub import Settings, timed_http
from hf_providers.hub.timed_http import Deadline
from hf_providers.live import router_calls
from hf_providers.sync import download
from hf_providers.sync.update import sync
from pipeline import run
from pipeline.commands import archive
from pipeline.deploy import archived, fetch_state, github
from pipeline.errors import DatasetError, GitHubError
from pipeline.publish.dataset import File
from tests.dataset_samples import ROOT
from tests.hub.hubserver import Answer, Asked, Server, response, serving

HEADS = {"head": b"HTTP/1.1 200 OK\r\nx-a: ", "body": b"HTTP/1.1 200 OK\r\n\r\n"}
DIGEST = hashlib.sha256(b"right").hexdigest()
FILE = File(path="measurements/month=2026-01/0123456789abcdef.parquet", table="measurements", sha256=DIGEST, bytes=1000)
MANIFEST = {
    "schema_version": 1, "version": "0" * 16, "checked_at": "2026-02-26T00:00:00Z",
    "files": [{"path": "latest/offers.parquet", "sha256": DIGEST, "bytes": 1000}],
}  # fmt: skip


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_REQUEST_S", 0.3)
    monkeypatch.setattr(github, "_REQUEST_S", 0.3)
    monkeypatch.setattr(timed_http, "_GRACE_S", 0.3)


def fetch_manifest(url: str, folder: Path) -> None:
    sync(f"{url}/manifest.json", folder, environ={})


def fetch_file(url: str, folder: Path) -> None:
    sync(f"{url}/good/manifest.json", folder, environ={})


def fetch_state_of(url: str, folder: Path) -> None:
    fetch_state.fetch(f"{url}/manifest.json", folder, {})


def bring_a_month(url: str, folder: Path) -> None:
    archived.bring([FILE.model_copy(update={"url": f"{url}/a.parquet"})], folder, folder)


def ask_github(url: str, folder: Path) -> None:
    environ = {"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "a/b", "GITHUB_API_URL": url}
    with github.GitHub(environ) as client:
        client.get("releases", list)


def upload(url: str, folder: Path) -> None:
    environ = {"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "a/b", "GITHUB_API_URL": url}
    (folder / "file").write_bytes(b"x")
    with github.GitHub(environ) as client:
        client.upload(f"{url}/uploads", "file", folder / "file", dict)


def call_the_router(url: str, folder: Path) -> None:
    router_calls.chat(Settings(endpoint=url, router_url=url, token="hf_x"), {}, time_s=0.3)


ASKING = {
    fetch_manifest: SyncError, fetch_file: SyncError, fetch_state_of: DatasetError, bring_a_month: DatasetError,
    ask_github: GitHubError, upload: GitHubError, call_the_router: HubUnreachable,
}  # fmt: skip


def dripping(server: list[Server], where: str) -> Callable[[Asked], Answer]:
    """Drip for a minute, whoever asks, but for a manifest in /good/."""

    def script(asked: Asked) -> Answer:
        if asked.target == "/good/manifest.json":
            return response(body=json.dumps(MANIFEST).encode())
        return Answer(itertools.chain([HEADS[where]], itertools.islice(server[0].drip(b"a"), 6000)), "close")

    return script


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("where", HEADS)
@pytest.mark.parametrize("ask", ASKING)
def test_who_drips_is_cut(ask: Callable[[str, Path], None], where: str, tmp_path: Path) -> None:
    """Asked once: another try would only take longer. To wait for the end would be another error, or none."""
    held: list[Server] = []
    with serving(dripping(held, where)) as server:
        held.append(server)
        with pytest.raises(HfProvidersError, match="no whole answer") as caught:
            ask(server.url, tmp_path)
    assert isinstance(caught.value, ASKING[ask])
    assert caught.value.hint
    assert sum(target != "/good/manifest.json" for target in server.targets) == 1


def test_all_requests_together_end(tmp_path: Path) -> None:
    """The clock goes on by ten seconds with each request: what is left of the files is asked for no more."""
    now = [0.0]

    def files_differ(asked: Asked) -> Answer:
        now[0] += 10
        contents = {f"latest/{n}.parquet": f"righ{n}".encode() for n in range(9)}
        listed = [
            {"path": path, "sha256": hashlib.sha256(body).hexdigest(), "bytes": 5} for path, body in contents.items()
        ]
        whole = json.dumps(MANIFEST | {"files": listed}).encode()
        return response(body=whole if asked.target.endswith(".json") else contents[asked.target[1:]])

    with serving(files_differ) as server:
        url = f"{server.url}/manifest.json"
        with pytest.raises(SyncError, match="the 35 s for all requests together are over"):
            sync(url, tmp_path, environ={}, deadline=Deadline(35.0, clock=lambda: now[0]))
        assert server.targets == ["/manifest.json", *(f"/latest/{n}.parquet" for n in range(3))]
        assert not (tmp_path / "manifest.json").exists()
        sync(url, tmp_path, environ={})
        assert server.targets[4] == "/manifest.json"
        assert "/latest/0.parquet" not in server.targets[4:], "what has come is not fetched again"
    assert (tmp_path / "latest/8.parquet").read_bytes() == b"righ8"


def test_commands_end_well_before_their_jobs() -> None:
    """What a job does besides, installing and publishing, has ten minutes at least."""
    yaml = pytest.importorskip("yaml")

    def minutes(workflow: str, job: str) -> int:
        document = yaml.safe_load((ROOT / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8"))
        found: int = document["jobs"][job]["timeout-minutes"]
        return found

    assert minutes("snapshot", "snapshot") >= (fetch_state.FETCH_S + run.RUN_DEADLINE_S) / 60 + 10
    assert minutes("archive", "archive") >= archive.ARCHIVE_S / 60 + 10
    assert min(15, minutes("snapshot", "snapshot")) >= github.COMMAND_S / 60 + 5


def test_every_request_says_who_asks() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert timed_http.user_agent() == f"hf-providers/{version} (+https://github.com/hf-providers/hf-providers)"
    token = Settings(endpoint="https://x", router_url="https://x", token="hf_x")
    assert router_calls.headers(token)["User-Agent"] == timed_http.user_agent()
