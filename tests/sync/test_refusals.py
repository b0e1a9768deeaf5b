"""What a sync refuses: each in one line and a hint, and what was there stays whole."""

from __future__ import annotations

import errno
import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hf_providers.files
from hf_providers.errors import SyncError
from hf_providers.sync import download
from hf_providers.sync.update import sync
from tests.sync.served import Answer, Served
from tests.sync.whole import files, whole

Change = Callable[[dict[str, Any]], None]


def refused(server: Served | str, cache: Path) -> SyncError:
    """The refusal of a sync into a cache that holds a dataset, which stands unchanged afterwards."""
    before = {path: (cache / path).read_bytes() for path in files(cache)}
    with pytest.raises(SyncError) as caught:
        sync(server if isinstance(server, str) else server.url, cache, environ={}, sleep=lambda _: None)
    assert {path: (cache / path).read_bytes() for path in files(cache)} == before
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.fixture
def standing(served: Served, cache: Path, renew: Callable[[], None]) -> Path:
    """A synced cache, behind which a newer dataset was published."""
    sync(served.url, cache, environ={})
    renew()
    served.asked.clear()
    return cache


def set_to(**values: Any) -> Change:
    return lambda document: document.update(values)


def entry(**values: Any) -> Change:
    return lambda document: document["files"][0].update(values)


DOUBLED: Change = lambda document: document["files"].append(document["files"][0])  # noqa: E731


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_to(schema_version=2), "has layout 2"),
        (set_to(schema_version=0), "has layout 0"),
        (set_to(schema_version="one"), "has layout one"),
        (set_to(checked_at="2020-01-01T00:00:00Z"), "before what is here"),
        (set_to(checked_at="soon"), "not a manifest"),
        (set_to(checked_at="2027-01-01T00:00:00"), "not a manifest"),
        (set_to(version="../../x"), "not a manifest"),
        (set_to(files={"a": 1}), "not a manifest"),
        (set_to(files=["a"]), "not a manifest"),
        (set_to(files=[{"path": f"v1/{n}", "sha256": "0" * 64, "bytes": 1} for n in range(50_001)]), "not a manifest"),
        (DOUBLED, "not a manifest"),
        (entry(path="/etc/passwd"), "no path inside"),
        (entry(path="../outside"), "no path inside"),
        (entry(path="v1/../../outside"), "no path inside"),
        (entry(path="v1//x"), "no path inside"),
        (entry(path="v1\\..\\x"), "no path inside"),
        (entry(path="v1/a\nb"), "no path inside"),
        (entry(path="v1/\u202ea"), "no path inside"),
        (entry(path=".lock"), "no path inside"),
        (entry(path="v1/.hidden/x"), "no path inside"),
        (entry(path="manifest.json"), "no path inside"),
        (entry(path=""), "no path inside"),
        (entry(path="v1/" + "x" * 300), "no path inside"),
        (entry(path=7), "not a manifest"),
        (entry(sha256="zz"), "no SHA-256"),
        (entry(bytes=-1), "no size"),
        (entry(bytes="12"), "no size"),
        (entry(bytes=2**40), "more than 1,073,741,824 bytes"),
    ],
)
def test_a_manifest_that_is_wrong(standing: Path, served: Served, change: Change, says: str) -> None:
    document = json.loads((served.folder / "manifest.json").read_bytes())
    change(document)
    (served.folder / "manifest.json").write_text(json.dumps(document))
    error = refused(served, standing)
    assert says in str(error)
    assert [asked.path for asked in served.asked] == ["manifest.json"], "nothing is fetched on its word"


def test_a_newer_layout_says_what_reads_it(standing: Path, served: Served) -> None:
    (served.folder / "manifest.json").write_text('{"schema_version": 2, "what": "else"}')
    assert "pip install --upgrade hf-providers" in refused(served, standing).hint


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!doctype html><title>Welcome to the hotel</title>", "gave a web page"),
        (b'  <html lang="en">', "gave a web page"),
        (b'{"schema_version": 1, "vers', "not a whole manifest"),
        (b"", "not a whole manifest"),
        (b"[" * 100_000, "not a whole manifest"),
        (b"\xff\xfe\x00", "not a whole manifest"),
        (b"null", "not a whole manifest"),
        (b" " * (16 * 2**20 + 1), "is larger than"),
    ],
)
def test_what_is_no_manifest_at_all(standing: Path, served: Served, body: bytes, says: str) -> None:
    served.instead = lambda path, nth: Answer(200, body)
    assert says in str(refused(served, standing))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda body: Answer(200, body[:-1]), "bytes, not"),
        (lambda body: Answer(200, body + b"x"), "bytes, not"),
        (lambda body: Answer(200, body + b"x" * 10**6, {"Content-Length": ""}, cut=10**7), "has more than"),
        (lambda body: Answer(200, bytes([body[0] ^ 1]) + body[1:]), "is not the file that the manifest names"),
        (lambda body: Answer(200, body, cut=len(body) // 2), "cannot be reached"),
        (lambda body: Answer(404), "answered 404"),
        (lambda body: Answer(500), "answered 500"),
        (lambda body: Answer(206, body, {"Content-Range": "bytes 7-9/10"}), "answered 206"),
        (lambda body: Answer(302, b"", {"Location": "http://localhost:1/x"}), "redirects to another host"),
        (lambda body: Answer(302, b"", {"Location": "https://evil.example/x"}), "redirects to another host"),
        (lambda body: Answer(302, b"", {"Location": "file:///etc/passwd"}), "redirects to another host"),
        (lambda body: Answer(302, b"", {"Location": "/data/manifest.json"}), "bytes, not"),
    ],
)
def test_a_file_that_is_wrong(standing: Path, served: Served, answer: Callable[[bytes], Answer], says: str) -> None:
    document = json.loads((served.folder / "manifest.json").read_bytes())
    path = next(file["path"] for file in document["files"] if file["path"].endswith("offers.parquet"))
    made = answer((served.folder / path).read_bytes())
    served.instead = lambda asked, nth: made if asked == path else None
    assert says in str(refused(served, standing))


def test_a_manifest_that_redirects_to_another_host(standing: Path, served: Served) -> None:
    served.instead = lambda path, nth: Answer(301, b"", {"Location": "https://evil.example/manifest.json"})
    assert "redirects to another host (evil.example)" in str(refused(served, standing))


def test_one_that_redirects_in_a_circle(standing: Path, served: Served) -> None:
    served.instead = lambda path, nth: Answer(302, b"", {"Location": "/data/manifest.json"})
    assert "redirects without end" in str(refused(served, standing))
    assert len(served.asked) == 4


def test_a_redirect_on_the_same_host_is_followed(standing: Path, served: Served) -> None:
    served.instead = lambda path, nth: (
        Answer(302, b"", {"Location": "/data/manifest.json"}) if path == "m.json" else None
    )
    sync(served.url.replace("manifest.json", "m.json"), standing, environ={})
    assert whole(standing)


def test_a_catalog_of_another_version(standing: Path, served: Served) -> None:
    document = json.loads((served.folder / "manifest.json").read_bytes())
    document["version"] = "0" * 16
    (served.folder / "manifest.json").write_text(json.dumps(document))
    before = whole(standing)["version"]
    with pytest.raises(SyncError, match="another version"):
        sync(served.url, standing, environ={})
    assert whole(standing)["version"] == before


@pytest.mark.parametrize(
    "url",
    ["http://example.org/manifest.json", "ftp://example.org/", "manifest.json", "/etc/passwd", "file:///etc/passwd",
     "https://user:secret@example.org/", "https://", "http://localhost.example.org/", "", "https://[::1",
     "https://user:secret@[::1/", "user:secret@example.org/", "https://user:a/secret@example.org/",
     "https://user:a?secret@example.org/", "http://example.org/?token=secret", "http://example.org/?a@b=secret"],
)  # fmt: skip
def test_an_address_that_is_none(cache: Path, url: str) -> None:
    with pytest.raises(download.BadAddress) as caught:
        sync(url, cache, environ={})
    assert "secret" not in str(caught.value)
    assert not cache.exists()


@pytest.mark.parametrize("status", [None, 200, 302, 403, 404, 500])
def test_a_key_in_an_address_is_not_shown(cache: Path, served: Served, status: int | None) -> None:
    """Neither where a sync fails nor in what it returns, which `hfp sync --format json` prints."""
    if status is not None:
        served.instead = lambda path, nth: Answer(status, b"{}", {"Location": "https://elsewhere.example/"})
    url = f"{served.url}?token=secret"
    try:
        said = repr(sync(url, cache, environ={}, sleep=lambda _: None))
    except SyncError as error:
        said = f"{error} {error.hint}"
    assert served.url.rpartition("/")[0] in said
    assert "secret" not in said


@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_forbids_all_network(standing: Path, served: Served, name: str) -> None:
    with pytest.raises(SyncError, match="forbids the network"):
        sync(served.url, standing, environ={name: "1"})
    assert served.asked == []


def test_nobody_there(standing: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert "cannot be reached" in str(refused(url, standing))


def test_a_link_that_leads_out(served: Served, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    cache.mkdir()
    (cache / "v1").symlink_to(tmp_path / "outside")
    with pytest.raises(SyncError, match="leads out"):
        sync(served.url, cache, environ={})
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize(
    ("owner", "name"), [(os, "fsync"), (Path, "mkdir"), (Path, "replace"), (hf_providers.files, "open_own")]
)
def test_a_full_disk_at_any_step_leaves_old_or_new(
    standing: Path, served: Served, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, said = whole(standing)["version"], ""
    for nth in range(1, 200):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, full_at(nth, getattr(owner, name)))
            try:
                sync(served.url, standing, environ={})
            except SyncError as error:
                said = error.hint
        if whole(standing)["version"] != old:
            break
    assert nth > 1
    assert "free some space" in said
    sync(served.url, standing, environ={})
    assert whole(standing)["version"] != old


def full_at(nth: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose n-th call finds the disk full."""
    calls = itertools.count(1)

    def full(*args: Any, **more: Any) -> Any:
        if next(calls) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **more)

    return full


def test_a_folder_that_cannot_be_written(served: Served, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SyncError, match="cannot write") as caught:
        sync(served.url, tmp_path / "file" / "cache", environ={})
    assert caught.value.local


@pytest.mark.skipif(sys.platform == "win32", reason="asks the system itself for the lock, as POSIX has it")
def test_two_at_once(standing: Path, served: Served) -> None:
    code = (
        "import fcntl,sys,time; f=open(sys.argv[1],'a+'); fcntl.flock(f,2); print('held',flush=True); sys.stdin.read()"
    )
    lock = standing / ".sync.lock"
    with subprocess.Popen([sys.executable, "-c", code, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert "another sync is at work" in str(refused(served, standing))
        assert other.stdin is not None
        other.stdin.close()
    sync(served.url, standing, environ={})
