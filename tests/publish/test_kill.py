"""kill -9 at any moment of publishing: what stands is the last dataset or the next, whole; the next goes on.

The reader here shares no code with the project: json, hashlib and DuckDB.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("HFP_KILLS", "20"))
"""`make drill` kills 200 times."""

PUBLISH_ON = """
import sys
import time
from pathlib import Path
from pipeline.publish.versions import publish
from tests.dataset_samples import outcome, sample
out, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
for k in range(first, last):
    publish(out, sample(k), outcome(k), extra={"number.txt": str(k).encode()})
    print(k, flush=True)
"""


def publisher(out: Path, first: int, last: int) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PUBLISH_ON, str(out), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)


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


def killed_after(out: Path, first: int, delay: float) -> tuple[int, bool]:
    """Publish from `first` on, killed `delay` s after ready: the last it said, and if staging stays."""
    with publisher(out, first, first + 10_000) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
        said = process.stdout.read().split()
    assert process.returncode == -9
    return (int(said[-1]) if said else first - 1), bool(list(out.glob(".staging-*")))


def test_killed_at_random_moments_it_is_old_or_new(tmp_path: Path) -> None:
    moments = random.Random(20260226)
    with publisher(tmp_path, 0, 1) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        begun = time.monotonic()
        process.communicate(timeout=60)
        one_s = time.monotonic() - begun
    standing, midway = whole_number(tmp_path), 0
    assert standing == 0
    for _ in range(KILLS):
        said, left_staging = killed_after(tmp_path, standing + 1, moments.uniform(0.0, 2 * one_s))
        standing = whole_number(tmp_path)
        assert standing in {said, said + 1}
        midway += left_staging
    assert midway > 0, "no kill fell into the middle of publishing"
    assert standing > 0, "no run got as far as publishing"
    with publisher(tmp_path, standing + 1, standing + 2) as process:
        process.communicate(timeout=60)
    assert whole_number(tmp_path) == standing + 1
    assert (tmp_path / "latest/number.txt").read_text() == str(standing + 1)
    assert not list(tmp_path.glob(".staging-*"))
