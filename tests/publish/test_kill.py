"""kill -9 at any moment of publishing: what stands is the last dataset or the next, whole; the next goes on.

What reads the result shares no code with the project: json, hashlib and DuckDB.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from decimal import Decimal
from pathlib import Path

import duckdb

from pipeline.publish.versions import publish
from tests.dataset_samples import outcome, sample
from tests.forks import Forks, forking

KILLS = int(os.environ.get("HFP_KILLS", "20"))
"""`make drill` kills 200 times."""


def publish_on(out: str, first: int, last: int) -> None:
    """Publish samples one after the other, and print the number of each that is published."""
    for k in range(first, last):
        publish(Path(out), sample(k), outcome(k), extra={"number.txt": str(k).encode()})
        print(k, flush=True)


def whole_number(out: Path) -> int:
    """The number of the dataset that stands, once every file is found to be there and of that number."""
    manifest = json.loads((out / "manifest.json").read_bytes())
    paths: dict[str, list[str]] = {}
    for file in manifest["files"]:
        content = (out / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"]), file
        paths.setdefault(file["table"] or Path(file["path"]).name, []).append(str(out / file["path"]))
    number = int(Path(paths["number.txt"][0]).read_text())
    assert values(paths["models"], "likes") == [number]
    assert values(paths["providers"], "models") == [number]
    assert values(paths["offers"], "input_usd_per_mtok") == [Decimal(number).scaleb(-9)] * 2
    assert values(paths["price_history"], "source") == [f"source-{number}"]
    assert values(paths["measurements"], "ttft_ms") == [None, float(number)]
    runs = [*values(paths["runs"], "epoch(run_at)"), *manifest["runs"]]
    assert len(runs) == number + 1, "one run for every dataset published so far"
    return number


def values(paths: list[str], column: str) -> list[object]:
    with duckdb.connect() as database:
        rows = database.execute(f"SELECT {column} FROM read_parquet(?) ORDER BY 1 NULLS FIRST", [paths])
        return [value for (value,) in rows.fetchall()]


def killed_after(forks: Forks, out: Path, first: int, delay: float) -> tuple[int, bool]:
    """Publish from `first` on, killed after `delay` s: the last it said, and if staging stays."""
    said = out.with_name("said")
    publisher = forks.start("publish_on", str(out), first, first + 10_000, output=said)
    assert forks.wait(publisher, kill_after_s=delay) == -signal.SIGKILL
    return int(["", *said.read_text().split()][-1] or first - 1), bool(list(out.glob(".staging-*")))


def test_killed_at_random_moments_it_is_old_or_new(tmp_path: Path) -> None:
    moments, out = random.Random(20260226), tmp_path / "out"
    with forking("tests.publish.test_kill") as forks:
        begun = time.monotonic()
        assert forks.wait(forks.start("publish_on", str(out), 0, 1)) == 0
        one_s = time.monotonic() - begun
        standing, midway = whole_number(out), 0
        assert standing == 0
        for _ in range(KILLS):
            said, left_staging = killed_after(forks, out, standing + 1, moments.uniform(0.0, 2 * one_s))
            standing = whole_number(out)
            assert standing in {said, said + 1}
            midway += left_staging
        assert midway > 0, "no kill fell into the middle of publishing"
        assert standing > 0, "no run got as far as publishing"
        assert forks.wait(forks.start("publish_on", str(out), standing + 1, standing + 2)) == 0
    assert whole_number(out) == standing + 1
    assert (out / "latest/number.txt").read_text() == str(standing + 1)
    assert not list(out.glob(".staging-*"))
