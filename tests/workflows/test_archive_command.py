"""Closed months go into releases: a draft, verified, then published; never replaced; gone on with after a kill."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.__main__ import main
from pipeline.deploy import month_archive
from pipeline.deploy.github import GitHub
from pipeline.publish.versions import publish
from tests.dataset_samples import START, manifest_of, outcome, sample
from tests.workflows.github_server import CUT, HOME, Server

APRIL = START + timedelta(days=40)
JUNE = START + timedelta(days=100)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A dataset observed in June whose measurements are of February and March."""
    publish(tmp_path / "dataset", sample(0), outcome(0))
    publish(tmp_path / "dataset", sample(1), outcome(1, checked_at=JUNE))
    return tmp_path / "dataset"


def entries(data: Path) -> dict[str, dict[str, Any]]:
    """The manifest's measurements by month."""
    return {f["path"].split("month=")[1][:7]: f for f in manifest_of(data)["files"] if f["table"] == "measurements"}


def name(month: str, entry: dict[str, Any]) -> str:
    """The name of the asset, written out."""
    return f"measurements-{month}-{Path(entry['path']).stem}.parquet"


def archived(hub: Server) -> dict[str, dict[str, str]]:
    """The digests of the assets of published releases by tag and name."""
    return {
        release["tag_name"]: {asset["name"]: asset["digest"] for asset in hub.assets[release["id"]]}
        for release in hub.releases
        if not release["draft"]
    }


def expected(data: Path) -> dict[str, dict[str, str]]:
    """What they must be, by the bytes on the disk."""
    return {
        f"measurements-{month}": {
            name(month, entry): f"sha256:{hashlib.sha256((data / entry['path']).read_bytes()).hexdigest()}"
        }
        for month, entry in entries(data).items()
    }


def run(data: Path) -> int:
    return main(["archive", "--data", str(data)])


def draft(hub: Server, month: str) -> dict[str, Any]:
    """A draft of that month, as a run that was killed leaves it."""
    _, release = hub.create_release({"tag_name": f"measurements-{month}", "draft": True})
    assert isinstance(release, dict)
    return release


def writes(hub: Server) -> list[tuple[str, str]]:
    return [asked for asked in hub.asked if asked[0] != "GET"]


def test_each_closed_month_becomes_a_release_that_is_published_after_its_files(
    hub: Server, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data) == 0
    assert archived(hub) == expected(data)
    assert [(method, path.rpartition("/")[0]) for method, path in writes(hub)] == [
        ("POST", HOME.rstrip("/")),
        ("POST", "/uploads"),
        ("PATCH", f"{HOME}releases"),
    ] * 2
    assert all(release["make_latest"] == "false" for release in hub.releases)
    assert "measurements-2026-02: 1 files, 1 of them uploaded now" in capsys.readouterr().out


def test_a_second_run_changes_nothing(hub: Server, data: Path) -> None:
    assert run(data) == 0
    before, count = archived(hub), len(writes(hub))
    assert run(data) == 0
    assert (archived(hub), len(writes(hub))) == (before, count)


def test_this_month_and_last_month_are_not_closed(
    hub: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path / "d", sample(0), outcome(0))
    publish(tmp_path / "d", sample(1), outcome(1, checked_at=START + timedelta(days=20)))
    assert {"2026-02", "2026-03"} == entries(tmp_path / "d").keys()
    assert run(tmp_path / "d") == 0
    assert hub.asked == []
    assert "no closed month" in capsys.readouterr().out


def test_a_draft_that_a_killed_run_left_is_gone_on_with(hub: Server, data: Path) -> None:
    left = draft(hub, "2026-02")
    assert run(data) == 0
    assert archived(hub) == expected(data)
    assert [release["id"] for release in hub.releases if release["tag_name"] == "measurements-2026-02"] == [left["id"]]


def test_a_draft_whose_files_are_all_there_is_only_published(hub: Server, data: Path) -> None:
    entry = entries(data)["2026-02"]
    left = draft(hub, "2026-02")
    hub.upload(left["id"], name("2026-02", entry), (data / entry["path"]).read_bytes())
    assert run(data) == 0
    assert archived(hub) == expected(data)
    assert ("POST", f"/uploads/{left['id']}") not in hub.asked


def test_an_upload_that_broke_off_is_made_again(hub: Server, data: Path) -> None:
    left = draft(hub, "2026-02")
    hub.upload(left["id"], name("2026-02", entries(data)["2026-02"]), b"")
    hub.assets[left["id"]][0] |= {"state": "starter", "digest": None}
    assert run(data) == 0
    assert archived(hub) == expected(data)


@pytest.mark.parametrize("published", [True, False])
def test_other_bytes_under_the_same_name_are_never_replaced(
    hub: Server, data: Path, published: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    left = draft(hub, "2026-02")
    left["draft"] = not published
    size = entries(data)["2026-02"]["bytes"]
    hub.upload(left["id"], name("2026-02", entries(data)["2026-02"]), b"x" * size)
    assert run(data) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "other bytes" in first
    assert "by hand" in second
    assert writes(hub) == []


def test_a_release_keeps_other_files_of_its_month(hub: Server, data: Path) -> None:
    left = draft(hub, "2026-02")
    left["draft"] = False
    hub.upload(left["id"], "measurements-2026-02-0123456789abcdef.parquet", b"earlier")
    assert run(data) == 0
    assert len(archived(hub)["measurements-2026-02"]) == 2
    assert archived(hub)["measurements-2026-02"].items() >= expected(data)["measurements-2026-02"].items()


def test_what_an_upload_became_is_compared_before_the_release_is_published(
    hub: Server, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = hub.upload
    monkeypatch.setattr(hub, "upload", lambda release, name, body: whole(release, name, body[:-1]))
    assert run(data) == 1
    assert "other bytes" in capsys.readouterr().err
    assert archived(hub) == {}


def test_a_failed_upload_leaves_a_draft_and_the_next_run_publishes_it(hub: Server, data: Path) -> None:
    hub.faults[("POST", "/uploads/1")] = [502]
    assert run(data) == 1
    assert archived(hub) == {}
    assert run(data) == 0
    assert archived(hub) == expected(data)
    assert len(hub.releases) == 2


def test_a_file_that_is_not_what_the_manifest_says_is_not_uploaded(
    hub: Server, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data / entries(data)["2026-02"]["path"]
    path.write_bytes(b"y" * path.stat().st_size)
    assert run(data) == 1
    assert "damaged" in capsys.readouterr().err
    assert hub.asked == []


def test_a_dry_run_says_the_same_and_changes_nothing(
    hub: Server, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = entries(data)["2026-02"]
    left = draft(hub, "2026-02")
    hub.upload(left["id"], name("2026-02", entry), (data / entry["path"]).read_bytes())
    assert main(["archive", "--data", str(data), "--dry-run"]) == 0
    assert writes(hub) == []
    assert capsys.readouterr().out.splitlines() == [
        "measurements-2026-02: 1 files, 0 of them to upload",
        "measurements-2026-03: 1 files, 1 of them to upload",
    ]
    hub.assets[left["id"]][0]["digest"] = f"sha256:{'0' * 64}"
    assert main(["archive", "--data", str(data), "--dry-run"]) == 1
    assert "other bytes" in capsys.readouterr().err


def test_a_connection_cut_in_an_upload_is_gone_on_with(
    hub: Server, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.faults[("POST", "/uploads/1")] = [CUT]
    assert run(data) == 1
    assert "cannot be reached" in capsys.readouterr().err
    # What GitHub keeps of it: the name, without content.
    hub.upload(1, name("2026-02", entries(data)["2026-02"]), b"")
    hub.assets[1][0] |= {"state": "starter", "digest": None}
    assert run(data) == 0
    assert archived(hub) == expected(data)


def test_a_run_killed_before_it_publishes_is_gone_on_with(
    hub: Server, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "pipeline", "archive", "--data", str(data)]
    started = threading.Event()
    change = hub.change_release

    def kill(number: str, given: dict[str, Any]) -> tuple[int, Any]:
        assert started.wait(timeout=30)
        process.kill()
        return 500, {"message": "nobody reads this"}

    monkeypatch.setattr(hub, "change_release", kill)
    with subprocess.Popen(command) as process:
        started.set()
    assert process.returncode == -signal.SIGKILL
    assert (len(hub.releases), archived(hub)) == (1, {})
    monkeypatch.setattr(hub, "change_release", change)
    uploaded = hub.asked.count(("POST", "/uploads/1"))
    assert run(data) == 0
    assert archived(hub) == expected(data)
    assert hub.asked.count(("POST", "/uploads/1")) == uploaded == 1


def test_two_at_once_make_one_release(hub: Server, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked before either makes a draft; both look at the assets before either uploads."""
    shutil.copytree(data, tmp_path / "other")
    both = threading.Barrier(2)

    def together(method: Callable[..., Any]) -> Callable[..., Any]:
        def waiting(*args: Any) -> Any:
            both.wait(timeout=30)
            done = method(*args)
            both.wait(timeout=30)
            return done

        return waiting

    monkeypatch.setattr(GitHub, "create", together(GitHub.create))
    monkeypatch.setattr(month_archive, "_upload", together(month_archive._upload))

    def one(folder: Path) -> list[month_archive.Archived]:
        with GitHub(hub.environ) as client:
            return month_archive.archive(folder, client)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(one, (data, tmp_path / "other"))
    assert [month.month for month in first] == [month.month for month in second] == ["2026-02", "2026-03"]
    assert len(hub.releases) == 2
    assert archived(hub) == expected(data)


def test_a_name_that_another_run_gave_other_bytes_meanwhile_is_not_believed(
    hub: Server, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = hub.upload

    def late(release: int, name: str, body: bytes) -> tuple[int, Any]:
        whole(release, name, b"z" * len(body))
        return whole(release, name, body)

    monkeypatch.setattr(hub, "upload", late)
    assert run(data) == 1
    assert "other bytes" in capsys.readouterr().err
    assert archived(hub) == {}
