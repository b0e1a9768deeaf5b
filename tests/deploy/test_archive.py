"""Months that ended before last month: named by address where the archive has these very bytes, else uploaded."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.deploy.archive_names import asset_of, release_of
from pipeline.deploy.archived import closed
from pipeline.deploy.artifact import deploy
from pipeline.errors import DatasetError
from pipeline.publish.dataset import File
from pipeline.publish.versions import publish
from tests.dataset_samples import START, loaded, manifest_of, outcome, sample, state
from tests.deploy.served import Static, files_in, serving

JUNE = START + timedelta(days=100)


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.deploy.archived.sleep", lambda _: None)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A dataset observed in June whose measurements are of February and March."""
    publish(tmp_path / "dataset", sample(0), outcome(0))
    publish(tmp_path / "dataset", sample(1), outcome(1, checked_at=JUNE))
    return tmp_path / "dataset"


def months(folder: Path) -> dict[str, dict[str, object]]:
    """The entries of the measurements by month, as the manifest has them."""
    return {f["path"].split("/")[2]: f for f in manifest_of(folder)["files"] if f["table"] == "measurements"}


def asset(month: str, entry: dict[str, object]) -> str:
    """Where the archive keeps it, written out."""
    stem = str(entry["path"]).rpartition("/")[2]
    return f"releases/measurements-{month}/measurements-{month}-{stem}"


def archive(data: Path, folder: Path, month: str, content: bytes | None = None) -> str:
    """Put a month into the archive, or other bytes under its name; its path there."""
    entry = months(data)[f"month={month}"]
    place = folder / asset(month, entry)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes((data / str(entry["path"])).read_bytes() if content is None else content)
    return place.relative_to(folder).as_posix()


def base(server: Static) -> str:
    return f"{server.url}/releases"


def test_a_month_that_the_archive_has_is_named_by_its_address(data: Path, tmp_path: Path) -> None:
    before = state(data)
    with serving(tmp_path / "archive") as server:
        path = archive(data, tmp_path / "archive", "2026-02")
        made = deploy(data, tmp_path / "up", archive_base=base(server))
        february, march = months(tmp_path / "up/data").values()
        assert february["url"] == f"{server.url}/{path}"
        with urllib.request.urlopen(str(february["url"])) as response:
            assert response.read() == (data / str(february["path"])).read_bytes()
        assert server.asked.count(f"/{path}") == 2
    assert "url" not in march
    [note] = made.notes
    assert note == f"{march['path']} stays in the artifact: the archive does not have it yet"
    there = files_in(tmp_path / "up/data")
    assert str(february["path"]) not in there
    assert str(march["path"]) in there
    [earlier] = manifest_of(tmp_path / "up/data")["superseded"]
    assert {f["path"] for f in earlier["files"] if "url" in f} == {february["path"]}
    assert {p for p, s in state(data).items() if before[p] != s} == set()


def test_an_address_is_carried_over_without_asking_again(data: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "archive") as server:
        archive(data, tmp_path / "archive", "2026-02")
        archive(data, tmp_path / "archive", "2026-03")
        deploy(data, tmp_path / "up", archive_base=base(server))
        first = months(tmp_path / "up/data")
        asked = len(server.asked)
        assert asked == 2
        state_of_next = tmp_path / "up/data"
        known = sample(2)
        known["measurements"] = known["measurements"].slice(0, 0)
        publish(state_of_next, known, outcome(2, checked_at=JUNE + timedelta(hours=1)))
        made = deploy(state_of_next, tmp_path / "next", archive_base=base(server))
        assert len(server.asked) == asked
    assert made.notes == ()
    assert months(tmp_path / "next/data") == first
    assert not files_in(tmp_path / "next/data") & {str(entry["path"]) for entry in first.values()}
    assert loaded(tmp_path / "next/data").table("measurements").num_rows == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (b"PAR1 other bytes", "WRONG BYTES"),
        (b"", "WRONG BYTES"),
        (b"x" * 10_000_000, "WRONG BYTES"),
        (503, " answered 503"),
        (404, "does not have it yet"),
    ],
)
def test_what_is_not_these_very_bytes_is_not_relied_on(
    data: Path, tmp_path: Path, wrong: bytes | int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path / "archive") as server:
        server.broken["/" + archive(data, tmp_path / "archive", "2026-02")] = wrong
        archive(data, tmp_path / "archive", "2026-03")
        options = ["--out", str(tmp_path / "up"), "--archive-base", base(server)]
        assert main(["deploy", "--data", str(data), *options]) == 0
    february, march = months(tmp_path / "up/data").values()
    assert "url" not in february
    assert "url" in march
    assert (tmp_path / "up/data" / str(february["path"])).is_file()
    assert says in capsys.readouterr().err


def test_what_a_person_should_look_at_is_shown_on_the_page_of_the_run_too(data: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("Before.\n\n")
    with serving(tmp_path / "archive") as server:
        path = archive(data, tmp_path / "archive", "2026-02")
        archive(data, tmp_path / "archive", "2026-03")
        options = ["--out", str(tmp_path / "up"), "--archive-base", f"{base(server)}/&", "--summary", str(summary)]
        server.broken[f"/{path}".replace("releases", "releases/&")] = b"PAR1 other bytes"
        assert main(["deploy", "--data", str(data), *options]) == 0
        february, march = (str(entry["path"]) for entry in months(data).values())
        assert summary.read_text() == (
            "Before.\n\n`deploy` says:\n\n<pre>"
            f"{february} stays in the artifact: WRONG BYTES in the archive at {server.url}/{path}\n"
            f"{march} stays in the artifact: the archive does not have it yet</pre>\n\n"
        ).replace("/releases/", "/releases/&amp;/")
    said = summary.read_text()
    assert main(["deploy", "--data", str(data), "--out", str(tmp_path / "up"), "--summary", str(summary)]) == 0
    assert summary.read_text() == said, "nothing to look at, nothing said"


def test_an_archive_that_cannot_be_asked_moves_nothing(data: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        gone = base(server)
    made = deploy(data, tmp_path / "up", archive_base=gone)
    assert [note.rpartition(": ")[2] for note in made.notes] == ["[Errno 111] Connection refused"] * 2
    assert months(tmp_path / "up/data") == months(data)


@pytest.mark.parametrize("address", ["http://example.org/x", "https://me:secret@example.org/x", "file:///etc", "x y"])
def test_an_address_that_no_manifest_may_name_is_refused(data: Path, tmp_path: Path, address: str) -> None:
    with pytest.raises(DatasetError, match="is no address for an archive"):
        deploy(data, tmp_path / "up", archive_base=address)
    assert not (tmp_path / "up").exists()


def test_this_month_and_last_month_are_not_closed() -> None:
    files = [
        File(path=f"v1/measurements/month={month}/0.parquet", table="measurements", sha256="0" * 64, bytes=1)
        for month in ("2025-11", "2025-12", "2026-01")
    ]

    def names(year: int, month: int, day: int) -> list[str]:
        found = closed(files, datetime(year, month, day, 12, tzinfo=UTC))
        return [file.path.split("/")[2].removeprefix("month=") for file in found]

    assert names(2026, 1, 31) == ["2025-11"]
    assert names(2026, 2, 1) == ["2025-11", "2025-12"]
    assert names(2025, 12, 31) == []


def test_names_in_the_archive_carry_month_and_content() -> None:
    assert release_of("2026-02") == "measurements-2026-02"
    path = "v1/measurements/month=2026-02/80a7a749a1f6acad.parquet"
    assert asset_of("2026-02", path) == "measurements-2026-02-80a7a749a1f6acad.parquet"
    for month, odd in (("2026-13", path), ("../x", path), ("2026-02", "a/b.csv"), ("2026-02", "a/b c.parquet")):
        with pytest.raises(ValueError, match="is not a"):
            asset_of(month, odd)
