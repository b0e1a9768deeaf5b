"""An archive that fails for a moment is asked again; one that lost a month, or has another, is told apart from that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.deploy import archived
from pipeline.deploy.artifact import deploy
from pipeline.publish.versions import publish
from tests.dataset_samples import loaded, manifest_of, outcome, sample
from tests.deploy.served import Cut, Static, serving


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited between two tries: nobody waits here."""
    found: list[float] = []
    monkeypatch.setattr(archived, "sleep", found.append)
    return found


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A dataset as it is served, with February in the folder `archive` beside it; its address comes with the server."""
    publish(tmp_path / "origin", sample(1), outcome())
    deploy(tmp_path / "origin", tmp_path / "pages")
    [february] = [f["path"] for f in manifest_of(tmp_path / "origin")["files"] if "month=2026-02" in f["path"]]
    (tmp_path / "pages/archive").mkdir()
    (tmp_path / "pages/data" / february).rename(tmp_path / "pages/archive/february.parquet")
    return tmp_path / "pages"


def fetch(server: Static, pages: Path, out: Path) -> int:
    """Fetch the state, whose February is in the archive."""
    document = manifest_of(pages / "data")
    for file in document["files"]:
        if "month=2026-02" in file["path"]:
            file["url"] = f"{server.url}/archive/february.parquet"
    (pages / "data/manifest.json").write_text(json.dumps(document))
    return main(["fetch-state", "--from", f"{server.url}/data/manifest.json", "--out", str(out)])


def archive(pages: Path, *answers: int | bytes, out: Path) -> tuple[int, int]:
    """Fetch from an archive whose first answers are these; the exit code, and how often the month was asked for."""
    with serving(pages) as server:
        server.once_at["/archive/february.parquet"] = list(answers)
        code = fetch(server, pages, out)
        return code, server.asked.count("/archive/february.parquet")


@pytest.mark.parametrize("passing", [503, 500, 429, Cut(b"PAR1 and no"), Cut(b"")])
def test_what_passes_is_asked_again(pages: Path, tmp_path: Path, passing: int | bytes, waits: list[float]) -> None:
    rows = loaded(tmp_path / "origin").table("measurements")
    assert archive(pages, passing, passing, passing, out=tmp_path / "out") == (0, 4)
    assert loaded(tmp_path / "out").table("measurements").equals(rows)
    assert len(waits) == 3
    assert min(waits) > 0


@pytest.mark.parametrize(
    ("answer", "asked", "says", "hint"),
    [
        (404, 1, "no state was fetched: the archive no longer has v1/measurements/month=2026-02/", "operate.md"),
        (410, 1, "no state was fetched: the archive no longer has v1/measurements/month=2026-02/", "operate.md"),
        (b"PAR1 other bytes", 1, "no state was fetched: the archive has other bytes than v1/measure", "operate.md"),
        (403, 1, "february.parquet answered 403", "try again later"),
        (503, 4, "february.parquet answered 503", "try again later"),
        (Cut(b"PAR1"), 4, "127.0.0.1 cannot be reached: ", "try again later"),
    ],
)
def test_what_lasts_is_said(
    pages: Path,
    tmp_path: Path,
    answer: int | bytes,
    asked: int,
    says: str,
    hint: str,
    waits: list[float],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert archive(pages, *[answer] * 4, out=tmp_path / "out") == (1, asked)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("no state was fetched: ")
    assert says in first
    assert hint in second
    assert len(waits) == asked - 1


def test_a_month_that_is_looked_for_to_be_named_is_asked_for_again_too(
    tmp_path: Path, pages: Path, waits: list[float]
) -> None:
    publish(tmp_path / "origin", sample(2), outcome(150_000))
    [february] = [f for f in manifest_of(tmp_path / "origin")["files"] if "month=2026-02" in f["path"]]
    asset = f"measurements-2026-02/measurements-2026-02-{Path(february['path']).name}"
    (pages / asset).parent.mkdir()
    (pages / asset).write_bytes((tmp_path / "origin" / february["path"]).read_bytes())
    with serving(pages) as server:
        server.once_at[f"/{asset}"] = [503, Cut(b"PAR1")]
        deploy(tmp_path / "origin", tmp_path / "up", archive_base=server.url)
        [named] = [f for f in manifest_of(tmp_path / "up/data")["files"] if "month=2026-02" in f["path"]]
        assert named["url"] == f"{server.url}/{asset}"
    assert len(waits) == 2
