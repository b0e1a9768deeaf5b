"""An hour in which nothing changed: what is asked, what is answered 304, and that the tables are the same."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.replay import Offer, ReplayServer, serve
from tests.run.runs import Pipe, entry, facts, listing_of, model, overriding, priced

FIRST, SECOND, THIRD = "2026-02-26T11:17:00Z", "2026-02-26T12:17:00Z", "2026-02-26T13:17:00Z"
CHAT = Offer(entry("novita", providerDetails=priced(1, 2)), router=priced(0.5, 1.5))
OTHER = Offer(entry("groq"), page={"providerDetails": priced(3, 4)})
WORLD = facts(model("org/a", CHAT, OTHER), model("org/b", entry("novita", providerId="b")), at=None)
CONDITIONAL = {"router", "inference-page", "partner-mapping"}
"""The sources that are asked so; this world has no documentation, and gives 404 there."""


def hour(pipe: Pipe, server: ReplayServer, at: str, *options: str) -> Counter[tuple[str, bool]]:
    """Run at that time, and return how often each path was asked for, without and with a condition."""
    before = len(server.requests)
    assert pipe.run(server, "--observed-at", at, *options) == 0
    return Counter((seen.path, "if-none-match" in seen.headers) for seen in server.requests[before:])


def unchanged(pipe: Pipe) -> dict[str, tuple[int, int, int]]:
    """Requests, bytes and requests answered 304 of each source in the last run."""
    found: dict[str, tuple[int, int, int]] = {}
    for row in pipe.last_runs():
        sums = found.get(row["source"], (0, 0, 0))
        now = (row["requests"], row["bytes"], row["unchanged"])
        found[row["source"]] = tuple(map(sum, zip(sums, now, strict=True)))  # type: ignore[assignment]
    return found


def tables(folder: Path) -> dict[str, Any]:
    """Every published table but `runs`, as pyarrow alone reads it."""
    paths = sorted((folder / "latest").glob("*.parquet"))
    return {path.stem: pq.read_table(path).to_pylist() for path in paths if path.stem != "runs"}


def test_what_has_a_tag_is_asked_about_and_costs_no_bytes(pipe: Pipe) -> None:
    with serve(WORLD) as server:
        first = hour(pipe, server, FIRST)
        assert not any(conditional for _, conditional in first)
        second = hour(pipe, server, SECOND)
    asked = {path for path, conditional in second if conditional}
    partners = {f"/api/partners/{name}/models" for name in ("novita", "groq")}
    assert asked == {"/v1/models", "/inference/models", *partners}
    assert sum(first.values()) == sum(second.values()), "no request more"
    spent = unchanged(pipe)
    for source in CONDITIONAL:
        requests, size, confirmed = spent[source]
        assert requests == confirmed, source
        assert (size, requests > 0) == (0, True), source
    assert spent["hub-list"][2] == 0
    assert not any("config.json" in path for path, _ in second), "no commit is new"


def test_a_confirmed_hour_makes_no_version_and_what_it_saw_is_seen_now(pipe: Pipe) -> None:
    with serve(WORLD) as server:
        hour(pipe, server, FIRST)
        before = pipe.manifest
        hour(pipe, server, SECOND)
    after = pipe.manifest
    assert (after["version"], after["changed_at"], after["checked_at"]) == (before["version"], FIRST, SECOND)
    assert {file["sha256"] for file in after["files"]} == {file["sha256"] for file in before["files"]}
    assert after["answers"] == before["answers"]
    seen = {source["source"]: source["observed_at"] for source in after["sources"] if source["result"] == "ok"}
    assert set(seen) >= CONDITIONAL
    assert set(seen.values()) == {SECOND}


def changed_price(pipe: Pipe, folder: Path, spoil: Callable[[Path], object]) -> dict[str, Any]:
    """The tables after an hour in which only a list's price changed, its state spoilt before."""
    pipe.out = folder / "dataset"
    with serve(WORLD) as server:
        hour(pipe, server, FIRST)
        (left,) = (pipe.out / "v1" / "answers").iterdir()
        spoil(left)
        dearer = entry("novita", providerId="b", providerDetails=priced(7, 8))
        listed = [
            {"id": name, "inferenceProviderMapping": [said]}
            for name, said in (("org/a", CHAT.entry), ("org/b", dearer))
        ]
        of_novita = listing_of("novita")
        overriding(server, lambda request: listed if of_novita(request) else None)
        hour(pipe, server, SECOND)
    return tables(pipe.out)


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x01"),
    ],
)
def test_a_state_without_its_answers_asks_for_the_whole(pipe: Pipe, spoil: Callable[[Path], object]) -> None:
    with serve(WORLD) as server:
        hour(pipe, server, FIRST)
        (left,) = (pipe.out / "v1" / "answers").iterdir()
        spoil(left)
        second = hour(pipe, server, SECOND)
        assert not any(conditional for _, conditional in second)


def test_a_manifest_that_names_another_place_asks_for_the_whole(pipe: Pipe, tmp_path: Path) -> None:
    with serve(WORLD) as server:
        hour(pipe, server, FIRST)
        (left,) = (pipe.out / "v1" / "answers").iterdir()
        for place in ("../answers.json.gz", "/etc/hostname", f"v1/answers/../answers/{left.name}", "latest/a.json.gz"):
            path = pipe.out / "manifest.json"
            document = json.loads(path.read_bytes())
            document["answers"]["path"] = place
            path.write_text(json.dumps(document))
            assert not any(conditional for _, conditional in hour(pipe, server, SECOND, "--force"))


def test_a_state_of_an_older_release_asks_for_the_whole(pipe: Pipe) -> None:
    with serve(WORLD) as server:
        hour(pipe, server, FIRST)
        path = pipe.out / "manifest.json"
        document = json.loads(path.read_bytes())
        del document["answers"]
        path.write_text(json.dumps(document))
        shutil.rmtree(pipe.out / "v1" / "answers")
        assert not any(conditional for _, conditional in hour(pipe, server, SECOND))
        assert any(conditional for _, conditional in hour(pipe, server, THIRD)), "and the next one has it again"


def test_answers_of_earlier_runs_are_removed_and_no_tag_goes_to_another_server(pipe: Pipe) -> None:
    with serve(WORLD) as server:
        hour(pipe, server, FIRST)
    with serve(WORLD) as other:
        assert not any(conditional for _, conditional in hour(pipe, other, SECOND))
    (left,) = (pipe.out / "v1" / "answers").iterdir()
    assert f"v1/answers/{left.name}" == pipe.manifest["answers"]["path"]
    urls = {answer["url"] for answer in json.loads(gzip.decompress(left.read_bytes()))["answers"]}
    assert all(url.startswith(other.url) for url in urls)


def test_the_tables_are_those_of_a_run_that_asked_for_the_whole(pipe: Pipe, tmp_path: Path) -> None:
    asked = changed_price(pipe, tmp_path / "asked", lambda path: None)
    whole = changed_price(pipe, tmp_path / "whole", Path.unlink)
    assert asked == whole
    assert {str(row["input_usd_per_mtok"]) for row in asked["offers"] if row["model_id"] == "org/b"} == {"7.000000000"}


def test_the_first_run_of_a_day_reads_everything_whole(pipe: Pipe) -> None:
    """A server whose tags stay while what it says changes would else be believed for ever."""
    at = ("2026-02-26T22:17:00Z", "2026-02-26T23:17:00Z", "2026-02-27T00:17:00Z", "2026-02-27T01:17:00Z")
    with serve(WORLD) as server:
        conditional = [{path for path, asked in hour(pipe, server, moment) if asked} for moment in at]
    assert [bool(paths) for paths in conditional] == [False, True, False, True]
