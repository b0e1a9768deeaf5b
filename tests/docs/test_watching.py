"""The workflow of docs/agents.md that opens an issue when a price moves: its last step, run as a runner runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.cli.hfp import ROOT, catalog, model, offer, provider

MODEL = "deepseek-ai/DeepSeek-R1"


def script() -> str:
    """The commands of the workflow's last step."""
    page = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    begin = page.index("on: {schedule")
    steps = yaml.safe_load(page[begin : page.index("```", begin)])["jobs"]["prices"]["steps"]
    return str(steps[-1]["run"])


def watched(folder: Path, snapshot: Path) -> tuple[int, str, str]:
    """The exit code of the step, what it had gh do, and the text of the issue."""
    commands = folder / "bin"
    commands.mkdir()
    (commands / "hfp").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m hf_providers "$@"\n')
    (commands / "gh").write_text(f'#!/bin/sh\necho "$@" > "{folder}/gh"\n')
    for command in commands.iterdir():
        command.chmod(0o755)
    env = {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "HOME": str(folder),
        "HFP_SNAPSHOT": str(snapshot),
        "GITHUB_REPOSITORY": "me/mine",
    }
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script()]
    done = subprocess.run(shell, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    asked = folder / "gh"
    return done.returncode, asked.read_text() if asked.exists() else "", (folder / "new.md").read_text()


def snapshot(folder: Path, hours_ago: float, kind: str = "price") -> Path:
    rows = {"models": [model(MODEL)], "offers": [offer(MODEL, "p")], "providers": [provider("p")]}
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    change = (f"{at:%Y-%m-%dT%H:%M:%SZ}", kind, "p", MODEL, "1 / 2", "2 / 3", 50.0)
    return catalog(folder / "catalog.sqlite", rows, [change])


def test_a_price_that_moved_opens_an_issue(tmp_path: Path) -> None:
    code, asked, body = watched(tmp_path, snapshot(tmp_path, hours_ago=25))
    assert (code, asked.split()[:4]) == (0, ["issue", "create", "--repo", "me/mine"])
    assert MODEL in body


@pytest.mark.parametrize(("hours_ago", "kind"), [(40, "price"), (1, "context")])
def test_nothing_else_does(tmp_path: Path, hours_ago: float, kind: str) -> None:
    assert watched(tmp_path, snapshot(tmp_path, hours_ago, kind))[:2] == (0, "")


def test_without_a_snapshot_the_job_fails(tmp_path: Path) -> None:
    code, asked, _ = watched(tmp_path, tmp_path / "none")
    assert code != 0
    assert asked == ""


def test_of_an_unknown_model_the_job_fails(tmp_path: Path) -> None:
    """As of one that is misspelt: else it would say for ever that nothing changed."""
    rows = {"models": [model("o/other")], "offers": [offer("o/other", "p")], "providers": [provider("p")]}
    code, asked, _ = watched(tmp_path, catalog(tmp_path / "catalog.sqlite", rows))
    assert code != 0
    assert asked == ""
