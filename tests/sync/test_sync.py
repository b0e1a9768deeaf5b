"""Sync: what is asked for, what comes, what stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import hf_providers.files
from hf_providers.errors import FileGone, NoManifest, SyncError
from hf_providers.sync import cleanup
from hf_providers.sync.update import Synced, sync
from tests.sync.served import Answer, Served
from tests.sync.whole import files, whole


def fetched(server: Served, cache: Path, **options: object) -> Synced:
    return sync(server.url, cache, environ={}, sleep=lambda _: None, **options)  # type: ignore[arg-type]


def test_the_first_sync_brings_every_file_once(served: Served, cache: Path, origin: Path) -> None:
    done = fetched(served, cache)
    manifest = whole(cache)
    assert (cache / "manifest.json").read_bytes() == (origin / "manifest.json").read_bytes()
    assert served.paths() == ["manifest.json", *(file["path"] for file in manifest["files"])]
    assert files(cache) == {"manifest.json", *(file["path"] for file in manifest["files"])}
    assert (done.newer, done.files, done.version) == (True, len(manifest["files"]), manifest["version"])
    assert done.bytes == sum(file["bytes"] for file in manifest["files"])


def test_an_unchanged_one_is_one_request_without_a_body(served: Served, cache: Path) -> None:
    fetched(served, cache)
    served.paths()
    before = served.sent_bytes
    done = fetched(served, cache)
    assert (served.paths(), served.sent_bytes, done.newer, done.files) == (["manifest.json"], before, False, 0)


def test_only_what_has_changed_is_fetched(served: Served, cache: Path, renew: Callable[[], None]) -> None:
    """Also of a new version only the tables that differ: the others are copied from where they stand."""
    fetched(served, cache)
    before = {file["path"]: file["sha256"] for file in whole(cache)["files"]}
    served.paths()
    renew()
    done = fetched(served, cache)
    now = {file["path"]: file for file in whole(cache)["files"]}
    differing = {path: file for path, file in now.items() if file["sha256"] not in before.values()}
    assert set(served.paths()) == {"manifest.json", *differing}
    assert now.keys() & before.keys(), "a month of measurements that did not change"
    assert now.keys() - before.keys() - differing.keys(), "a table that is in a new place, and the same"
    assert (done.files, done.bytes) == (len(differing), sum(file["bytes"] for file in differing.values()))
    assert not {path for path in files(cache) if path in before.keys() - now.keys()}, "what no manifest names is gone"


def test_a_table_that_is_damaged_here_is_not_copied(served: Served, cache: Path, renew: Callable[[], None]) -> None:
    fetched(served, cache)
    before = {file["path"]: file["sha256"] for file in whole(cache)["files"]}
    renew()
    published = json.loads((served.folder / "manifest.json").read_bytes())
    now = {file["path"]: file["sha256"] for file in published["files"]}
    path = next(path for path, digest in before.items() if digest in now.values() and path not in now)
    (cache / path).write_bytes(b"x" * (cache / path).stat().st_size)
    served.paths()
    fetched(served, cache)
    assert whole(cache)["version"] == published["version"]
    new = next(place for place, digest in now.items() if digest == before[path])
    assert new in served.paths()


def test_a_file_that_a_newer_version_replaced_meanwhile_has_it_begin_again(
    served: Served, cache: Path, origin: Path, renew: Callable[[], None]
) -> None:
    first = json.loads((origin / "manifest.json").read_bytes())
    last = [file["path"] for file in first["files"]][-1]
    published: list[str] = []

    def instead(path: str, nth: int) -> Answer | None:
        if path == last and not published:  # asked for just when the next version is published
            published.append(path)
            renew()
            return Answer(404)
        return None

    served.instead = instead
    done = fetched(served, cache)
    assert done.version != first["version"]
    assert (cache / "manifest.json").read_bytes() == (origin / "manifest.json").read_bytes()
    assert served.paths().count("manifest.json") == 3
    whole(cache)


def test_a_file_that_is_gone_from_what_is_published_is_an_error(served: Served, cache: Path) -> None:
    served.instead = lambda path, nth: Answer(404) if path.endswith("offers.parquet") else None
    with pytest.raises(FileGone):
        fetched(served, cache)
    assert served.paths().count("manifest.json") == 2
    assert not (cache / "manifest.json").exists()


def test_a_manifest_that_only_was_checked_again_costs_itself(served: Served, cache: Path, origin: Path) -> None:
    fetched(served, cache)
    served.paths()
    document = json.loads((origin / "manifest.json").read_bytes())
    document["checked_at"] = "2026-09-01T00:00:00Z"
    document["something_new"] = {"extra": True}
    (origin / "manifest.json").write_text(json.dumps(document))
    done = fetched(served, cache)
    assert (served.paths(), done.newer, done.files) == (["manifest.json"], True, 0)
    assert whole(cache)["checked_at"] == "2026-09-01T00:00:00Z"


def test_a_file_that_was_damaged_here_comes_again(served: Served, cache: Path) -> None:
    fetched(served, cache)
    path = next(file["path"] for file in whole(cache)["files"] if file["path"].endswith("offers.parquet"))
    content = bytearray((cache / path).read_bytes())
    content[40] ^= 1
    (cache / path).write_bytes(bytes(content))
    served.paths()
    assert fetched(served, cache).files == 1
    whole(cache)
    assert path in served.paths()


@pytest.mark.parametrize("ranges", [True, False])
def test_what_broke_off_is_gone_on_with(served: Served, cache: Path, origin: Path, ranges: bool) -> None:
    path = next(f["path"] for f in json.loads((origin / "manifest.json").read_bytes())["files"] if f["bytes"] > 5000)
    body = (origin / path).read_bytes()
    served.ranges = ranges
    served.instead = lambda asked, nth: Answer(200, body, cut=3000) if asked == path and nth == 0 else None
    fetched(served, cache)
    whole(cache)
    (again,) = [asked for asked in served.asked if asked.path == path][1:]
    assert again.headers["range"] == "bytes=3000-"


def test_a_sync_that_failed_leaves_what_it_has_for_the_next(served: Served, cache: Path) -> None:
    paths = [file["path"] for file in json.loads((served.folder / "manifest.json").read_bytes())["files"]]
    served.instead = lambda asked, nth: Answer(500) if asked == paths[-1] else None
    with pytest.raises(SyncError, match="answered 500"):
        fetched(served, cache)
    assert files(cache) == set()
    served.paths()
    served.instead = lambda asked, nth: None
    fetched(served, cache)
    assert served.paths() == ["manifest.json", paths[-1]]
    whole(cache)


def test_check_asks_for_the_manifest_alone(served: Served, cache: Path, renew: Callable[[], None]) -> None:
    assert fetched(served, cache, check=True).newer
    assert served.paths() == ["manifest.json"]
    assert not cache.exists()
    fetched(served, cache)
    assert not fetched(served, cache, check=True).newer
    renew()
    before = files(cache)
    assert fetched(served, cache, check=True).newer
    assert files(cache) == before


def test_an_older_one_is_taken_by_force_alone(
    served: Served, cache: Path, versions: tuple[Path, Path], renew: Callable[[], None]
) -> None:
    renew()
    fetched(served, cache)
    newer = whole(cache)
    served.folder = versions[0]
    with pytest.raises(SyncError, match="before what is here") as caught:
        fetched(served, cache)
    assert "--force" in caught.value.hint
    assert whole(cache) == newer
    assert fetched(served, cache, force=True).newer
    assert datetime.fromisoformat(whole(cache)["checked_at"]) < datetime.fromisoformat(newer["checked_at"])


def test_an_archived_file_is_named_and_not_fetched(served: Served, cache: Path, origin: Path) -> None:
    document = json.loads((origin / "manifest.json").read_bytes())
    month = next(file for file in document["files"] if "month=" in file["path"])
    month["url"] = "https://example.org/archive/month.parquet"
    (origin / "manifest.json").write_text(json.dumps(document))
    fetched(served, cache)
    assert month["path"] not in files(cache)
    assert month["path"] not in served.paths()
    assert json.loads((cache / "manifest.json").read_bytes()) == document


def test_only_what_is_wanted_is_fetched(served: Served, cache: Path) -> None:
    fetched(served, cache, wanted=lambda entry: entry["path"].endswith("catalog.sqlite"))
    assert [path.rpartition("/")[2] for path in sorted(files(cache))] == ["manifest.json", "catalog.sqlite"]


def test_progress_ends_at_all_of_it(served: Served, cache: Path) -> None:
    told: list[tuple[int, int]] = []
    done = fetched(served, cache, progress=lambda now, total: told.append((now, total)))
    assert told[-1] == (done.bytes, done.bytes)
    assert [now for now, _ in told] == sorted(now for now, _ in told)


def test_nobody_is_named_to_the_server(served: Served, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secretsecretsecret")
    fetched(served, cache)
    for asked in served.asked:
        assert not {"authorization", "cookie"} & set(asked.headers)
        assert asked.headers["accept-encoding"] == "identity"
        assert asked.headers["user-agent"].startswith("hf-providers/")


def test_nothing_published_is_told_from_a_failure(served: Served, cache: Path) -> None:
    served.instead = lambda asked, nth: Answer(404)
    with pytest.raises(NoManifest):
        fetched(served, cache)
    served.instead = lambda asked, nth: Answer(503)
    with pytest.raises(SyncError) as caught:
        fetched(served, cache)
    assert not isinstance(caught.value, NoManifest)
    assert len(served.asked) == 1 + 4, "a 404 is final, a 503 is asked four times"


def test_a_folder_is_its_manifest(served: Served, cache: Path) -> None:
    for folder in ("/", ""):
        assert sync(served.url.removesuffix("/manifest.json") + folder, cache, environ={}).url == served.url


def test_the_age_of_a_snapshot_is_that_of_the_new_one(served: Served, cache: Path) -> None:
    done = fetched(served, cache)
    assert datetime.fromisoformat(done.checked_at).astimezone(UTC).tzinfo is UTC


def test_what_is_not_the_dataset_s_stays(served: Served, cache: Path, origin: Path, renew: Callable[[], None]) -> None:
    """A manifest can name a folder that is somebody's own."""
    kept = [cache / "Documents/thesis.txt", cache / "v1/photos/cat.jpg", cache / "v1/measurements/month=2026-02/note"]
    for own in kept:
        own.parent.mkdir(parents=True)
        own.write_text("mine")
    document = json.loads((origin / "manifest.json").read_bytes())
    entry = next(file for file in document["files"] if file["path"].endswith("offers.parquet"))
    (origin / "Documents").mkdir()
    (origin / "Documents" / "a").write_bytes((origin / entry["path"]).read_bytes())
    document["files"].append(entry | {"path": "Documents/a", "table": None})
    (origin / "manifest.json").write_text(json.dumps(document))
    fetched(served, cache)
    renew()
    fetched(served, cache)
    whole(cache)
    assert [own.read_text() for own in kept] == ["mine"] * 3


def test_progress_of_a_resumed_sync_counts_what_was_there(served: Served, cache: Path, origin: Path) -> None:
    paths = [file["path"] for file in json.loads((origin / "manifest.json").read_bytes())["files"]]
    served.instead = lambda asked, nth: Answer(500) if asked == paths[-1] else None
    with pytest.raises(SyncError):
        fetched(served, cache)
    served.instead = lambda asked, nth: None
    told: list[tuple[int, int]] = []
    done = fetched(served, cache, progress=lambda now, total: told.append((now, total)))
    assert told[-1] == (done.bytes, done.bytes)


def test_parts_of_what_nobody_wants_any_more_go(served: Served, cache: Path, renew: Callable[[], None]) -> None:
    served.instead = lambda asked, nth: Answer(500) if asked.endswith("catalog.sqlite") else None
    kept = []
    for _ in range(2):
        with pytest.raises(SyncError):
            fetched(served, cache)
        kept.append({part.name for part in (cache / ".parts").iterdir()})
        renew()
    wanted = {file["sha256"] for file in json.loads((served.folder / "manifest.json").read_bytes())["files"]}
    assert kept[0]
    assert kept[1] <= wanted


def test_a_file_that_windows_does_not_let_go_is_left_for_the_next_sync(
    served: Served, cache: Path, renew: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(served, cache)
    before = {file["path"] for file in whole(cache)["files"]}
    (held,) = [path for path in before if path.endswith("catalog.sqlite")]
    renew()
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == cache / held:
            raise PermissionError(13, "in use by another process")
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(cleanup, "_WINDOWS", True)
        patch.setattr(Path, "unlink", refuse)
        assert fetched(served, cache).newer
    now = {file["path"] for file in whole(cache)["files"]}
    assert files(cache) - now - {"manifest.json"} == {held}
    document = json.loads((served.folder / "manifest.json").read_bytes()) | {"checked_at": "2026-09-01T00:00:00Z"}
    (served.folder / "manifest.json").write_text(json.dumps(document))
    fetched(served, cache)
    assert files(cache) == now | {"manifest.json"}


def test_a_manifest_that_windows_lets_go_a_moment_later_is_replaced(
    served: Served, cache: Path, renew: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(served, cache)
    version = whole(cache)["version"]
    renew()
    replace, refused, paused = Path.replace, [], []

    def held(path: Path, target: Path) -> Path:
        if target == cache / "manifest.json" and len(refused) < 2:
            refused.append(target)
            raise PermissionError(13, "in use by another process")
        return replace(path, target)

    monkeypatch.setattr(hf_providers.files, "_WINDOWS", True)
    monkeypatch.setattr(hf_providers.files.time, "sleep", paused.append)
    monkeypatch.setattr(Path, "replace", held)
    assert fetched(served, cache).newer
    assert whole(cache)["version"] != version
    assert len(paused) == 2
    assert sum(paused) < 1
