"""Files survive a crash, and a name of ours that somebody made a link or a pipe leads nowhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from hf_providers import files
from hf_providers.catalog import manifest
from hf_providers.errors import ManifestError, SyncError
from hf_providers.live import offers_now, refresh
from hf_providers.sync import cleanup
from hf_providers.sync.download import Client, Known
from hf_providers.sync.update import sync
from pipeline.deploy.state import FETCHED, FIRST, mark_first, note_fetched
from pipeline.errors import DatasetError
from pipeline.publish.dataset import load
from pipeline.publish.versions import publish
from tests.dataset_samples import ROOT, outcome, sample

HOLD = """
import sys
from pathlib import Path
from hf_providers import files
with files.locked(Path(sys.argv[1]), lambda: ValueError("busy")):
    print("held", flush=True)
    sys.stdin.readline()
"""


def busy() -> Exception:
    return ValueError("another holds it")


@pytest.mark.parametrize("path", ["written", ".hidden"])
def test_a_file_is_replaced_whole(tmp_path: Path, path: str) -> None:
    files.write(tmp_path / path, b"old")
    files.write(tmp_path / path, b"new")
    assert (tmp_path / path).read_bytes() == b"new"
    assert [found.name for found in tmp_path.iterdir()] == [path]


def test_a_write_that_fails_leaves_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    files.write(tmp_path / "manifest.json", b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            files.write(tmp_path / "manifest.json", b"new")
    assert (tmp_path / "manifest.json").read_bytes() == b"old"
    files.write(tmp_path / "manifest.json", b"new")
    assert (tmp_path / "manifest.json").read_bytes() == b"new"


def test_a_link_at_the_place_of_the_new_file_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"theirs")
    (tmp_path / ".manifest.json.new").symlink_to(other)
    files.write(tmp_path / "manifest.json", b"ours")
    assert other.read_bytes() == b"theirs"
    assert (tmp_path / "manifest.json").read_bytes() == b"ours"


@pytest.mark.parametrize("mode", ["wb", "ab", "r+b"])
def test_a_link_is_not_opened_for_writing(tmp_path: Path, mode: str) -> None:
    (tmp_path / "other").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic link"):
        files.open_own(tmp_path / "link", mode)
    assert (tmp_path / "other").read_bytes() == b"theirs"


@pytest.mark.parametrize(
    "act",
    [lambda path: files.read(path, 10), lambda path: files.open_own(path, "ab"), lambda path: files.read(path, 0)],
)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, act: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"not a plain file|No such device"):
        act(tmp_path / "pipe")


def test_a_large_file_is_read_to_one_byte_more(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(100))
    assert [len(files.read(tmp_path / "large", most)) for most in (10, 99, 100, 200)] == [11, 100, 100, 100]


def test_only_the_right_bytes_are_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()
    assert files.sha256(tmp_path / "file") == digest
    assert files.holds(tmp_path / "file", 3, digest)
    assert not files.holds(tmp_path / "file", 3, hashlib.sha256(b"abd").hexdigest())
    assert not files.holds(tmp_path / "none", 3, digest)


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").write_bytes(b"x")
    (tmp_path / ".staging-1-dead").symlink_to(tmp_path / "theirs")
    with files.staging(tmp_path) as stage:
        assert stage.is_dir()
    assert (tmp_path / "theirs" / "file").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize("ended_by", ["exit", "kill"])
def test_a_lock_is_held_against_others_until_its_process_ends(tmp_path: Path, ended_by: str) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ValueError, match="another holds it"), files.locked(tmp_path / "lock", busy):
            pass
        if ended_by == "kill":
            holder.kill()
        else:
            holder.communicate("\n")
        holder.wait(timeout=30)
    with files.locked(tmp_path / "lock", busy):
        pass


def test_a_lock_is_made_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"), files.locked(tmp_path / "lock", busy):
        pass
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", [".parts", ".sync.lock"])
def test_a_link_in_the_folder_of_a_sync_costs_its_target_nothing(tmp_path: Path, name: str) -> None:
    """No server is needed: the folder is refused, or the address, and what stands behind the link stays."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "file").write_bytes(b"x")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / name).symlink_to(theirs)
    with pytest.raises(SyncError):
        sync("http://127.0.0.1:1/manifest.json", cache, environ={}, sleep=lambda _: None)
    assert (theirs / "file").read_bytes() == b"x"


def test_what_latest_leads_to_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").write_bytes(b"x")
    out = tmp_path / "out"
    out.mkdir()
    (out / "latest").symlink_to(tmp_path / "theirs")
    with pytest.raises(DatasetError, match="latest is a link"):
        publish(out, sample(1), outcome())
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["file"]
    assert not (out / "manifest.json").exists()


def test_a_linked_part_is_not_taken_for_the_file(tmp_path: Path) -> None:
    """Verified through a link it could be changed behind it afterwards."""
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"right")
    part = tmp_path / "part"
    part.symlink_to(theirs)
    known = Known("a", hashlib.sha256(b"right").hexdigest(), 5)
    with Client(sleep=lambda _: None) as client, pytest.raises(SyncError, match="cannot be reached"):
        client.file(httpx.URL("http://127.0.0.1:1/a"), known, part, lambda _: None)
    assert theirs.read_bytes() == b"right"
    assert not part.is_symlink()


def test_what_a_folder_of_versions_leads_to_is_not_cleaned_up(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs" / "0123456789abcdef"
    theirs.mkdir(parents=True)
    (theirs / "offers.parquet").write_bytes(b"x")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "v1").symlink_to(tmp_path / "theirs")
    cleanup.remove(cache, [])
    assert (theirs / "offers.parquet").exists()


@pytest.mark.parametrize("name", ["v1", "v1/measurements"])
def test_nothing_is_published_or_pruned_through_a_link(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / "theirs"
    kept = [theirs / "0123456789abcdef" / "mine", theirs / "month=2025-01" / "0123456789abcdef.parquet"]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).symlink_to(theirs)
    before = sorted(theirs.rglob("*"))
    with pytest.raises(DatasetError, match="is not a path inside"):
        publish(out, sample(1), outcome())
    assert sorted(theirs.rglob("*")) == before
    assert not (out / "manifest.json").exists()


@pytest.mark.parametrize("mark", [lambda out: mark_first(out, "https://x"), lambda out: note_fetched(out, b"{}")])
def test_a_mark_is_not_written_through_a_link(tmp_path: Path, mark: Callable[[Path], None]) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"x")
    out = tmp_path / "out"
    out.mkdir()
    for name in (FIRST, FETCHED):
        (out / name).symlink_to(theirs)
    mark(out)
    assert theirs.read_bytes() == b"x"


@pytest.mark.parametrize("name", ["manifest.json", ".sync.json"])
def test_a_pipe_in_the_folder_of_a_sync_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(SyncError, match="cannot be reached"):
        sync("http://127.0.0.1:1/manifest.json", tmp_path, environ={}, sleep=lambda _: None)


def test_a_pipe_as_manifest_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(ManifestError, match="not a plain file"):
        manifest.read(tmp_path)
    with pytest.raises(DatasetError, match="not a plain file"):
        load(tmp_path)


def test_a_planted_pipe_or_link_costs_a_kept_answer_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"x")
    fetch = refresh.cached(tmp_path / "cache", "who", "a/b", clock=lambda: 5.0)
    ask = lambda: offers_now.Answer(b"{}", 1.0, None)  # noqa: E731
    fetch("model", ask)
    [kept] = (tmp_path / "cache").iterdir()
    kept.unlink()
    os.mkfifo(kept)
    kept.with_suffix(f".{os.getpid()}").symlink_to(theirs)
    assert fetch("model", ask).body == b"{}"
    assert theirs.read_bytes() == b"x"
    assert kept.is_file()
