"""Several hours one after the other, most of them quiet: what is deployed in the end has what all of them saw."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.__main__ import main
from pipeline.replay import Offer, ReplayServer, serve
from tests.dataset_samples import manifest_of
from tests.deploy.served import Static, files_in, serving
from tests.deploy.test_quiet import ask, fetch, online
from tests.run.runs import Pipe, entry, facts, model, priced

__all__ = ["online"]

OFFER = Offer(entry("novita", providerDetails=priced(1, 2)), router=priced(0.5, 1.5))
DEARER = Offer(entry("novita", providerDetails=priced(1, 2)), router=priced(0.75, 1.5))
OVER_A_MONTHS_END = tuple(f"2026-0{day}:17:00Z" for day in ("2-28T22", "2-28T23", "3-01T00", "3-01T01", "3-01T02"))


def an_hour(
    pipe: Pipe,
    folder: Path,
    hub: ReplayServer,
    pages: Static,
    number: int,
    *options: str,
    at: str | None = None,
    way: str = "quiet",
) -> str:
    """What the workflow does in an hour, on a machine of its own; the artifact is what Pages then serves."""
    pipe.out, up = folder / f"hour-{number}", folder / "up"
    checked = str(folder / "kept" / "checked.json")
    assert fetch(pages, pipe.out, "--checked", checked, *options) == 0
    if way == "full":
        shutil.rmtree(pipe.out / "v1/answers", ignore_errors=True)
    assert pipe.run(hub, "--require-state", "--observed-at", at or f"2026-02-26T{10 + number}:17:00Z") == 0
    told = ask(pipe.out, folder / "kept") if way == "quiet" else "deploy=true\n"
    if told == "deploy=true\n":
        over = f"{pages.url}/data/manifest.json"
        assert main(["deploy", "--data", str(pipe.out), "--out", str(up), "--over", over]) == 0
    return told.strip()


def test_quiet_hours_are_in_the_history_of_the_next_deployment(pipe: Pipe, tmp_path: Path) -> None:
    """Also their answers: only the first hour and the one with another price read the router's bytes."""
    (tmp_path / "up").mkdir()
    (tmp_path / "kept").mkdir()
    with serving(tmp_path / "up") as pages:
        with serve(facts(model("org/a", OFFER), at=None)) as hub:
            told = [an_hour(pipe, tmp_path, hub, pages, 0, "--bootstrap")]
            told += [an_hour(pipe, tmp_path, hub, pages, number) for number in (1, 2, 3)]
            port = hub.server_port
        before = manifest_of(tmp_path / "up/data")
        with serve(facts(model("org/a", DEARER), at=None), port=port) as hub:
            told.append(an_hour(pipe, tmp_path, hub, pages, 4))
    assert told == ["deploy=true", "deploy=false", "deploy=false", "deploy=false", "deploy=true"]
    assert before["checked_at"] == "2026-02-26T10:17:00Z", "readers hear of the quiet hours with the next deployment"
    rows = pq.read_table(tmp_path / "up/data/latest/runs.parquet").to_pylist()
    router = {row["run_at"].hour: row for row in rows if row["source"] == "router"}
    assert sorted(router) == [10, 11, 12, 13, 14]
    assert [router[at]["unchanged"] for at in sorted(router)] == [0, 1, 1, 1, 0]
    assert [router[at]["bytes"] > 0 for at in sorted(router)] == [True, False, False, False, True]
    history = pq.read_table(tmp_path / "up/data/latest/price_history.parquet").to_pylist()
    ended = next(row for row in history if row["valid_to"] is not None)
    assert ended["last_observed_at"].hour == 13, "seen so in the last quiet hour"


def test_the_answers_are_deployed_and_fetched_and_their_loss_is_said(
    pipe: Pipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "kept").mkdir()
    with serving(tmp_path / "up") as pages, serve(facts(model("org/a", OFFER), at=None)) as hub:
        an_hour(pipe, tmp_path, hub, pages, 0, "--bootstrap")
        place = manifest_of(tmp_path / "up/data")["answers"]["path"]
        assert fetch(pages, tmp_path / "a") == 0
        assert (tmp_path / "a" / place).read_bytes() == (tmp_path / "up/data" / place).read_bytes()
        capsys.readouterr()
        shutil.rmtree(tmp_path / "up/data/v1/answers")
        assert fetch(pages, tmp_path / "b") == 0
        assert "what the last run left to ask about could not be had" in capsys.readouterr().err
        assert place not in files_in(tmp_path / "b")
        assert main(["deploy", "--data", str(tmp_path / "b"), "--out", str(tmp_path / "c")]) == 0
    assert "answers" not in manifest_of(tmp_path / "c/data"), "what is not there is not named"


def folder_of_tables(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every published table, as pyarrow alone reads it, of `runs` without what the requests cost and of which port."""
    found = {path.stem: pq.read_table(path).to_pylist() for path in sorted((folder / "latest").glob("*.parquet"))}
    months = [folder / file["path"] for file in manifest_of(folder)["files"] if file["table"] == "measurements"]
    found["measurements"] = [row for path in months for row in pq.ParquetFile(path).read().to_pylist()]
    costs = ("bytes", "unchanged", "duration_ms", "origin")
    found["runs"] = [{name: row[name] for name in row if name not in costs} for row in found["runs"]]
    return found


def test_quiet_hours_leave_what_full_ones_deployed_each_would(pipe: Pipe, tmp_path: Path) -> None:
    """Five hours over a month's end, beside the same hours asked whole and deployed each: every row, every date."""
    speeds = ({"performance": {"tokensPerSecond": tps, "firstTokenLatencyMs": 300.0}} for tps in (90.5, 80.25))
    offers = [
        Offer({**one.entry, **speed}, router=one.router) for one, speed in zip((OFFER, DEARER), speeds, strict=True)
    ]
    worlds = [facts(model("org/a", offer), model("org/b", entry("groq")), at=None) for offer in offers]
    told: dict[str, list[str]] = {"quiet": [], "full": []}
    for way, answers in told.items():
        (tmp_path / way / "up").mkdir(parents=True)
        (tmp_path / way / "kept").mkdir()
        port = 0
        with serving(tmp_path / way / "up") as pages:
            for number, at in enumerate(OVER_A_MONTHS_END):
                with serve(worlds[number == 4], port=port) as hub:
                    port = hub.server_port
                    options = () if number else ("--bootstrap",)
                    answers.append(an_hour(pipe, tmp_path / way, hub, pages, number, *options, at=at, way=way))
    assert told == {"quiet": ["deploy=true", *["deploy=false"] * 3, "deploy=true"], "full": ["deploy=true"] * 5}
    quiet, full = (folder_of_tables(tmp_path / way / "up/data") for way in told)
    assert quiet.keys() == full.keys()
    assert len(full["measurements"]) == 2, full["offers"]
    for name, rows in full.items():
        assert quiet[name] == rows, name
    sources = [manifest_of(tmp_path / way / "up/data")["sources"] for way in told]
    assert sources[0] == sources[1]
