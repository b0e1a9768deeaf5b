"""One hour's job as the workflow runs it, step by step, on a machine that has nothing of the hour before.

A fork of its own where it is to be killed. Only the clock is not the machine's: the drill's hours pass faster.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from unittest.mock import patch

from hf_providers.hub import Hub
from pipeline.__main__ import main as pipeline
from pipeline.commands import check, deploy, fetch_state, run  # noqa: F401 a fork has them imported
from tests.run.runs import Clock

COMPLETE, PARTIAL = 0, 4


def job(manifest_url: str, archive: str, folder: Path, now: datetime, bootstrap: Sequence[str] = ()) -> int:
    """Do all of it in `folder`, and return the exit code of the step that failed, or of the run.

    What the steps are is in .github/workflows/snapshot.yml; a step that fails ends the job, but a partial run goes on.
    The pages for people are left out: nothing is read back from them.
    """
    code = prepare(manifest_url, folder, now, bootstrap)
    return code if code not in {COMPLETE, PARTIAL} else finish(manifest_url, archive, folder) or code


def prepare(manifest_url: str, folder: Path, now: datetime, bootstrap: Sequence[str] = ()) -> int:
    """Fetch the state and run."""
    dataset, waits = str(folder / "dataset"), Clock()
    if code := pipeline(["fetch-state", "--from", manifest_url, "--out", dataset, *bootstrap]):
        return code
    hub = partial(Hub, clock=waits.clock, sleep=waits.sleep)
    with patch("pipeline.assemble.run_time.datetime", clock_at(now)), patch("pipeline.run.Hub", hub):
        return pipeline(["run", "--require-state", "--out", dataset])


def finish(manifest_url: str, archive: str, folder: Path) -> int:
    """Check, and make `folder`/artifact, which is to be deployed over what is published now."""
    dataset, artifact = str(folder / "dataset"), str(folder / "artifact")
    over = ["--over", manifest_url, "--archive-base", archive]
    return pipeline(["check", dataset]) or pipeline(["deploy", "--data", dataset, "--out", artifact, *over])


def archive_job(manifest_url: str, folder: Path) -> int:
    """Do what .github/workflows/archive.yml does: fetch the state and archive the closed months."""
    dataset = str(folder / "dataset")
    return pipeline(["fetch-state", "--from", manifest_url, "--out", dataset]) or pipeline(
        ["archive", "--data", dataset]
    )


def clock_at(now: datetime) -> type[datetime]:
    """Return `datetime` as it is, but for the time that it is now."""

    class Fixed(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Fixed:
            return cls.fromisoformat(now.astimezone(tz).isoformat())

    return Fixed


def job_of_a_fork(manifest_url: str, archive: str, folder: str, now: str, environ: dict[str, str]) -> int:
    """Do all of it with the environment of this hour: the process it is a fork of has an earlier one."""
    os.environ.update(environ)
    return job(manifest_url, archive, Path(folder), datetime.fromisoformat(now))
