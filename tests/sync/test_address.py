"""Where `hfp sync` fetches from, and which of two snapshots answers."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from hf_providers.catalog import locate
from hf_providers.sync.address import address, host, remembered
from tests.cli.hfp import Hfp, model, offer
from tests.cli.hfp import catalog as made

REMEMBERED = "https://data.example/v1/manifest.json"


def synced(folder: Path, url: object = REMEMBERED) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / ".sync.json").write_text(json.dumps({"url": url}))
    return folder


def test_the_address_is_the_variable_then_the_last_one_then_the_releases(tmp_path: Path) -> None:
    folder = synced(tmp_path / "cache")
    assert address(str(folder), {"HFP_DATA_URL": "https://other.example/"}) == "https://other.example/"
    assert address(str(folder), {}) == REMEMBERED
    assert address(str(tmp_path / "none"), {}) is None, "a checkout has no address of its own"


@pytest.mark.parametrize("state", ["", "{", "[]", '{"url": 7}', '{"url": null}', "\x00", "{" * 100_000])
def test_a_state_that_says_no_address_is_no_address(tmp_path: Path, state: str) -> None:
    (tmp_path / ".sync.json").write_text(state)
    assert remembered(str(tmp_path)) is None


def test_the_host_has_no_password() -> None:
    assert host("https://me:secret@data.example:8443/v1/manifest.json") == "data.example:8443"
    assert host("https://data.example?token=secret") == "data.example"


def test_a_checkout_has_nothing_to_sync_from_and_says_so(hfp: Hfp) -> None:
    result = hfp("sync")
    assert result.code == 2
    assert "no address to sync from is known" in result.err
    assert "hfp sync --from URL" in result.err


def test_the_footer_names_the_host(hfp: Hfp, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("HFP_DATA_URL", "https://me:secret@data.example/manifest.json")
    last = hfp("models", "--limit", "1", "--snapshot", str(data)).out.splitlines()[-1]
    assert last.endswith("newer: hfp sync (from data.example)")


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A synced snapshot and an installed one, of the same model."""
    package = tmp_path / "site" / "hf_providers"
    folders = tmp_path / "cache", package / "_bundled" / "data"
    monkeypatch.setenv("HFP_CACHE", str(folders[0]))
    monkeypatch.setattr(locate, "__file__", str(package / "catalog" / "locate.py"))
    return folders


def snapshot_of(folder: Path, checked_at: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = {"models": [model("a/Talk-1")], "offers": [offer("a/Talk-1", "p")]}
    path = made(folder / "catalog.sqlite", rows)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'checked_at'", (checked_at,))
    connection.close()


OLD, NEW = "2026-02-26T11:27:29Z", "2026-08-22T03:19:34Z"


def test_the_installed_snapshot_answers_where_it_is_newer_and_it_is_said(hfp: Hfp, two: tuple[Path, Path]) -> None:
    cache, bundled = two
    snapshot_of(cache, OLD)
    snapshot_of(bundled, NEW)
    result = hfp("a/Talk-1")
    assert f"snapshot {NEW[:10]}" in result.out
    assert "an older synced snapshot is not used: " in result.out


def test_the_synced_snapshot_answers_where_it_is_newer_or_as_new(hfp: Hfp, two: tuple[Path, Path]) -> None:
    cache, bundled = two
    snapshot_of(cache, NEW)
    snapshot_of(bundled, OLD)
    assert f"snapshot {NEW[:10]}" in hfp("a/Talk-1").out
    assert "not used" not in hfp("a/Talk-1").out
    shutil.copy(cache / "catalog.sqlite", bundled / "catalog.sqlite")
    assert locate.find(None, {"HFP_CACHE": str(cache)}) == str(cache / "catalog.sqlite")


def test_a_snapshot_that_is_named_answers_however_old(
    hfp: Hfp, two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot_of(two[0], NEW)
    snapshot_of(tmp_path / "mine", OLD)
    assert f"snapshot {OLD[:10]}" in hfp("a/Talk-1", "--snapshot", str(tmp_path / "mine")).out
    monkeypatch.setenv("HFP_SNAPSHOT", str(tmp_path / "mine"))
    said = hfp("a/Talk-1").out
    assert f"snapshot {OLD[:10]}" in said
    assert "not used" not in said


def test_a_synced_snapshot_that_is_damaged_is_said_to_be(hfp: Hfp, two: tuple[Path, Path]) -> None:
    snapshot_of(two[0], NEW)
    snapshot_of(two[1], OLD)
    (two[0] / "catalog.sqlite").write_bytes(b"SQLite format 3\x00" + b"\x00" * 200)
    assert hfp("a/Talk-1").code == 3
