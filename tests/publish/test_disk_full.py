"""A disk that refuses to be written, at every step of publishing: the old dataset stands, or the new one."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.assemble import tables
from pipeline.errors import DatasetError
from pipeline.publish.dataset import load
from pipeline.publish.versions import publish
from tests.dataset_samples import ROOT, alias_is_the_version, loaded, outcome, sample, state


def failing(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, nth: int) -> Callable[[], int]:
    """Have the n-th call of `owner.name` find the disk full; gives the number of calls so far."""
    real, calls = getattr(owner, name), 0

    def fail(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, fail)
    return lambda: calls


@pytest.mark.parametrize(
    ("owner", "name"),
    [(os, "fsync"), (Path, "write_bytes"), (Path, "mkdir"), (Path, "rename"), (Path, "replace")],
)
def test_a_full_disk_at_any_step_leaves_old_or_new(tmp_path: Path, owner: Any, name: str) -> None:
    """Every call in turn: before the manifest is in place the old dataset stands, after it the new one."""
    samples = [sample(1), sample(2)]
    old, new = map(tables.content_hash, samples)
    outcomes = []
    publish(tmp_path / "old", samples[0], outcome(0))
    for nth in range(1, 200):
        out = tmp_path / str(nth)
        shutil.copytree(tmp_path / "old", out, symlinks=True)
        with pytest.MonkeyPatch.context() as patch:
            calls, refusal = failing(patch, owner, name, nth), ""
            try:
                publish(out, samples[1], outcome(1), extra={"changes.json": b"{}"})
            except DatasetError as error:
                refusal = str(error)
        dataset = loaded(out)
        assert ("No space left" in refusal) == (calls() >= nth)
        assert ("nothing was published" in refusal) == (dataset.manifest.version == old)
        outcomes.append(dataset.manifest.version)
        standing = samples[0 if dataset.manifest.version == old else 1]
        assert dataset.table("offers").equals(standing["offers"])
        assert not list(out.glob(".staging-*"))
        publish(out, samples[1], outcome(2))
        assert alias_is_the_version(out)
        if calls() < nth:
            break
    assert outcomes == sorted(outcomes, key=[old, new].index)
    assert set(outcomes) == {old, new}
    assert calls() < nth, "the loop ended before publishing ran through"


LIMITED = """
import resource, sys
from pathlib import Path
from pipeline.publish.dataset import DatasetError
from pipeline.publish.versions import publish
from tests.dataset_samples import outcome, sample
tables = sample(2)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    publish(Path(sys.argv[1]), tables, outcome(1))
except DatasetError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [4, 600, 6_000, 9_000])
def test_the_kernel_refusing_to_write_leaves_the_old_dataset(tmp_path: Path, limit: int) -> None:
    """A real limit, so that Parquet's own writer meets it too: the largest file takes some 28 kB."""
    publish(tmp_path, sample(1), outcome(0))
    before = state(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), str(limit)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large; nothing was published" in done.stdout, done.stderr
    assert done.stdout.count("\n") == 1
    assert state(tmp_path) == before
    publish(tmp_path, sample(2), outcome(1))
    assert loaded(tmp_path).manifest.version == tables.content_hash(sample(2))


@pytest.mark.parametrize("builders", [("build",), ("build_catalog",), ("build", "build_catalog")])
def test_a_derived_file_that_finds_the_disk_full_publishes_nothing(tmp_path: Path, builders: tuple[str, ...]) -> None:
    def build(_: dict[str, pa.Table], folder: Path) -> None:
        database = sqlite3.connect(folder / "catalog.sqlite")
        try:
            database.execute("PRAGMA max_page_count = 2")
            database.execute("CREATE TABLE t AS SELECT zeroblob(100000)")
        finally:
            database.close()

    publish(tmp_path, sample(1), outcome(0))
    before = state(tmp_path)
    with pytest.raises(DatasetError, match="full; nothing was published"):
        publish(tmp_path, sample(2), outcome(1), **dict.fromkeys(builders, build))
    assert state(tmp_path) == before


@pytest.mark.parametrize("builder", ["build", "build_catalog"])
def test_a_mistake_in_a_derived_file_is_not_called_a_full_disk(tmp_path: Path, builder: str) -> None:
    def build(_: dict[str, pa.Table], __: Path) -> None:
        database = sqlite3.connect(":memory:")
        try:
            database.execute("SELECT * FROM absent")
        finally:
            database.close()

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        publish(tmp_path, sample(1), outcome(), **{builder: build})
    assert load(tmp_path) is None
    assert not list(tmp_path.glob(".staging-*"))
