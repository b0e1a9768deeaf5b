"""A version is one commit to the Hub; what is no part of it any more goes, what others put there stays."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.publish.versions import publish
from tests.dataset_samples import ROOT, START, manifest_of, outcome, sample
from tests.deploy.hub_server import API, REPO, TOKEN, Server, hub
from tests.forks import Forks, forking


class Done(NamedTuple):
    """How a process ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def server() -> Iterator[Server]:
    with hub() as made:
        yield made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    publish(tmp_path / "dataset", sample(1), outcome())
    return tmp_path / "dataset"


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with forking("tests.deploy.mirroring") as made:
        yield made


Mirror = Callable[..., Done]


@pytest.fixture
def mirror(forks: Forks, tmp_path: Path) -> Mirror:
    """The command in a process of its own: huggingface_hub reads its environment when it is imported."""

    def run(server: Server, data: Path, **changes: str) -> Done:
        out, err = tmp_path / "stdout", tmp_path / "stderr"
        arguments = ["mirror", "--data", str(data), "--repo-id", REPO]
        code = forks.wait(forks.start("run", arguments, environment(server, data) | changes, str(err), output=out))
        return checked(Done(code, out.read_text(), err.read_text()))

    return run


def environment(server: Server, data: Path) -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH",)} | {
        "HF_ENDPOINT": server.url,
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(data.parent / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }


def checked(done: Done) -> Done:
    assert TOKEN not in done.stdout + done.stderr
    return done


def from_a_shell(server: Server, data: Path) -> Done:
    """The command as the schedule calls it."""
    command = [sys.executable, "-m", "pipeline", "mirror", "--data", str(data), "--repo-id", REPO]
    environ = environment(server, data) | {"PYTHONWARNINGS": "error"}
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    return checked(Done(done.returncode, done.stdout, done.stderr))


def commits(server: Server) -> int:
    return server.asked.count(("POST", f"{API}/commit/main"))


BESIDE = {
    ".gitattributes", "README.md", "croissant.json", "manifest.json", "viewer/architectures.parquet",
    "viewer/models.parquet",
}  # fmt: skip
"""What a repository holds beside the dataset's files: the viewer's copies are of the tables that have a map."""


def test_a_version_is_one_commit_of_whole_and_verifiable_files(server: Server, data: Path) -> None:
    done = from_a_shell(server, data)
    assert done.returncode == 0, done.stderr
    assert commits(server) == len(server.commits) == 1
    assert f"Dataset {manifest_of(data)['version']}" in server.commits[0]["summary"]
    named = {file["path"]: file["sha256"] for file in json.loads(server.files["manifest.json"])["files"]}
    assert {path: hashlib.sha256(server.files[path]).hexdigest() for path in named} == named
    assert server.files.keys() - named.keys() == BESIDE
    assert server.cards == [server.files["README.md"].decode()]


def test_the_next_version_replaces_it_in_one_commit_and_leaves_what_is_not_its_own(
    mirror: Mirror, server: Server, data: Path
) -> None:
    assert mirror(server, data).returncode == 0
    server.files |= {"LICENSE": b"theirs", "latest/old.parquet": b"", "measurements/month=2020-01/0.parquet": b""}
    publish(data, sample(2), outcome(1, checked_at=START + timedelta(days=100)))
    done = mirror(server, data)
    assert done.returncode == 0, done.stderr
    assert commits(server) == 2
    after = {file["path"] for file in json.loads(server.files["manifest.json"])["files"]}
    assert server.files.keys() == after | BESIDE | {"LICENSE"}


def test_an_archived_month_stays_where_an_earlier_upload_put_it(mirror: Mirror, server: Server, data: Path) -> None:
    assert mirror(server, data).returncode == 0
    manifest = manifest_of(data)
    entry, *_ = [file for file in manifest["files"] if file["table"] == "measurements"]
    entry["url"] = "https://github.example/releases/february.parquet"
    (data / entry["path"]).unlink()
    (data / "manifest.json").write_text(json.dumps(manifest))
    done = mirror(server, data)
    assert done.returncode == 0, done.stderr
    there = entry["path"].removeprefix("v1/")
    assert hashlib.sha256(server.files[there]).hexdigest() == entry["sha256"]
    assert entry["url"] in server.files["croissant.json"].decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"{API}/commit/main", 403), (f"{API}/preupload/main", 403), (API, 403), (f"{API}/commit/main", 404), (API, 404)],
)
def test_a_refusal_is_two_lines_and_nothing_is_changed(
    mirror: Mirror, server: Server, data: Path, path: str, status: int
) -> None:
    server.refused, server.status, before = path, status, dict(server.files)
    done = mirror(server, data)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()[-2:]
    assert str(status) in first
    assert "token" in second
    assert "Traceback" not in done.stderr
    assert server.files == before


def test_a_token_that_may_write_but_not_create_does_where_the_repository_exists(
    mirror: Mirror, server: Server, data: Path
) -> None:
    server.refused = "/api/repos/create"
    assert mirror(server, data).returncode == 0
    assert len(server.commits) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"HF_TOKEN": "hf_wrong"}, "401"), ({"HF_HUB_OFFLINE": "1"}, "Offline"), ({"HF_TOKEN": ""}, "401")],
)
def test_a_wrong_token_or_no_network_is_said(
    mirror: Mirror, server: Server, data: Path, changes: dict[str, str], said: str
) -> None:
    done = mirror(server, data, **changes)
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-2]
    assert "Traceback" not in done.stderr


def test_where_no_hub_answers_it_is_said(mirror: Mirror, server: Server, data: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = mirror(server, data, HF_ENDPOINT=f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr.splitlines()[-2]
    assert "HF_ENDPOINT" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("page", [b"<html>Log in to this network</html>", b"[]", b"{}"])
def test_what_answers_and_is_no_hub_is_said(mirror: Mirror, server: Server, data: Path, page: bytes) -> None:
    server.page = page
    done = mirror(server, data)
    assert done.returncode == 1
    assert "something else answers" in done.stderr.splitlines()[-2]
    assert "Traceback" not in done.stderr


def test_without_its_extra_only_this_command_is_missing(data: Path) -> None:
    """A schedule installs the extra `pipeline` alone: every other command has to start there."""
    hide = f"""
import sys
sys.modules.update(dict.fromkeys(("yaml", "huggingface_hub", "httpx2", "datasets", "mlcroissant")))
from pipeline.__main__ import main
assert main(["check", {str(data / "none")!r}]) == 1
sys.exit(main(["mirror", "--data", {str(data)!r}, "--repo-id", "acme/offers", "--dry-run", "unused"]))
"""
    done = subprocess.run([sys.executable, "-c", hide], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "there is no dataset" in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[-1] == "install it: pip install 'hf-providers[mirror]'"
    assert "Traceback" not in done.stderr


def test_a_commit_in_between_is_not_overwritten(
    mirror: Mirror, server: Server, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = server.commit

    def late(lines: list[dict[str, object]]) -> tuple[int, object]:
        server.head = "f" * 40
        return whole(lines)

    monkeypatch.setattr(server, "commit", late)
    done = mirror(server, data)
    assert done.returncode == 1
    assert "412" in done.stderr
    assert server.commits == []
