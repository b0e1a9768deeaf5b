"""The workflows: valid and without findings, pinned, of least permissions; and every line runs on a desk too."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.__main__ import parser
from tests.dataset_samples import ROOT

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
RUNNER = {
    "GITHUB_STEP_SUMMARY": ["/runner/summary.md"],
    "GITHUB_REF_NAME": ["v1.2.3"],
}
WRITES = {
    ("snapshot", "snapshot"): {"id-token", "attestations"},
    ("snapshot", "deploy"): {"pages", "id-token"},
    ("snapshot", "report"): {"issues", "actions"},
    ("archive", "archive"): {"contents"},
    ("archive", "report"): {"issues", "actions"},
    ("release", "pypi"): {"id-token"},
    ("release", "notes"): {"contents"},
}
"""What a job may change; every other job may only read."""


def read(path: Path) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 takes the word `on` for a boolean.
    return {("on" if key is True else key): value for key, value in document.items()}


WORKFLOWS = {path.stem: read(path) for path in FILES}
JOBS = {(name, job): body for name, workflow in WORKFLOWS.items() for job, body in workflow["jobs"].items()}
STEPS = [(key, step) for key, job in JOBS.items() for step in job["steps"]]
RUNS = [(key, step) for key, step in STEPS if "run" in step]


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name(name)), *arguments, *map(str, FILES)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_there_are_the_four() -> None:
    assert set(WORKFLOWS) == {"ci", "snapshot", "archive", "release"}


def test_they_are_valid_by_the_schema_of_workflows() -> None:
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_has_no_finding() -> None:
    done = tool("zizmor", "--offline", "--no-progress", "--no-config", "--persona", "pedantic")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings" in done.stdout + done.stderr


def test_zizmor_would_have_one(tmp_path: Path) -> None:
    """The judge is awake: a workflow with an unpinned action and an injection is not passed."""
    bad = (
        "on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - uses: actions/checkout@main\n      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    (tmp_path / "bad.yml").write_text(bad)
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", str(tmp_path / "bad.yml")]
    assert subprocess.run(command, capture_output=True, check=False, timeout=120).returncode != 0


def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it() -> None:
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                found = re.fullmatch(r"\s+(?:- )?uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line)
                assert found, line
                pins.setdefault(found[1], set()).add(found[2])
    assert len(pins) == 8
    assert all(len(pin) == 1 for pin in pins.values()), pins


def test_nothing_may_be_done_but_what_a_job_names() -> None:
    assert all(workflow["permissions"] == {} for workflow in WORKFLOWS.values())
    for key, job in JOBS.items():
        assert isinstance(job["permissions"], dict), key
        assert job["permissions"], key
        assert {name for name, may in job["permissions"].items() if may == "write"} == WRITES.get(key, set()), key


def test_every_job_ends_and_none_is_cancelled_by_the_next() -> None:
    assert all(1 <= job["timeout-minutes"] <= 60 for job in JOBS.values())
    assert all(workflow["concurrency"]["cancel-in-progress"] is False for workflow in WORKFLOWS.values())
    assert all(workflow["concurrency"]["group"] for workflow in WORKFLOWS.values())


def test_credentials_of_the_checkout_are_not_kept() -> None:
    checkouts = [step for _, step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_schedules_are_off_the_hour_and_what_is_asked_for() -> None:
    (hourly,) = WORKFLOWS["snapshot"]["on"]["schedule"]
    (daily,) = WORKFLOWS["archive"]["on"]["schedule"]
    assert hourly == {"cron": "17 * * * *"}
    minute, hour, *rest = daily["cron"].split()
    assert rest == ["*", "*", "*"]
    assert int(minute) % 5
    assert 0 <= int(hour) < 24
    assert set(WORKFLOWS["snapshot"]["on"]["workflow_dispatch"]["inputs"]) == {"dry-run", "bootstrap", "accept-drop"}


def values(expression: str) -> list[str]:
    """What an `env` entry can be: the texts of a choice, or an address."""
    if "${{" not in expression:
        return [expression]
    chosen = re.search(r"&& '([^']*)' \|\| '([^']*)' \}\}$", expression)
    return list(chosen.groups()) if chosen else ["https://fork.example/hf-providers"]


def environment(key: tuple[str, str], step: dict[str, Any]) -> dict[str, list[str]]:
    given = WORKFLOWS[key[0]].get("env", {}) | JOBS[key].get("env", {}) | step.get("env", {})
    return RUNNER | {name: values(text) for name, text in given.items()}


def lines(key: tuple[str, str], step: dict[str, Any]) -> list[str]:
    """The step's command with every variable as it can be."""
    command = step["run"].strip()
    known = environment(key, step)
    used = sorted(set(re.findall(r"\$(\w+)", command)))
    assert set(used) <= known.keys(), command
    every = []
    for chosen in product(*(known[name] for name in used)):
        line = command
        for name, value in zip(used, chosen, strict=True):
            line = re.sub(rf"\${name}\b", lambda _, value=value: value, line)
        every.append(line)
    return every


def ids(case: tuple[tuple[str, str], dict[str, Any]]) -> str:
    return f"{'-'.join(case[0])}-{case[1].get('name', '')}"


@pytest.mark.parametrize("case", RUNS, ids=ids)
def test_a_line_is_one_command_of_this_project(case: tuple[tuple[str, str], dict[str, Any]]) -> None:
    key, step = case
    assert "${{" not in step["run"]
    assert not set(step["run"].strip()) & set("\n|&;<>`()"), "no shell beyond one command"
    for line in lines(key, step):
        program, *arguments = shlex.split(line)
        if (program, *arguments[:2]) == ("python", "-m", "pipeline"):
            assert parser().parse_args(arguments[2:])
        elif program == "make":
            targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
            assert set(arguments) <= set(targets)
        elif program == "pip":
            assert arguments[:2] == ["install", "--editable"]
            extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
            assert set(arguments[2].removeprefix(".[").removesuffix("]").split(",")) <= set(extras)
        else:
            assert (program, arguments) == (".ci/run", [])
            assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("case", RUNS, ids=ids)
def test_what_a_person_may_type_is_quoted(case: tuple[tuple[str, str], dict[str, Any]]) -> None:
    """Unquoted stands only what is one of two texts written here."""
    _, step = case
    unquoted = re.findall(r"\$(\w+)", re.sub(r'"[^"]*"', "", step["run"]))
    for name in unquoted:
        text = step["env"][name]
        assert re.search(r"&& '--[a-z-]+' \|\| '' \}\}$", text), name


def commands(name: str, job: str) -> list[str]:
    """The pipeline's commands of a job in their order."""
    runs = [step["run"].split() for step in JOBS[name, job]["steps"] if "run" in step]
    return [run[3] for run in runs if run[:3] == ["python", "-m", "pipeline"]]


def test_the_snapshot_does_everything_in_order_and_commits_nothing() -> None:
    order = ["fetch-state", "run", "check", "site", "deploy", "verdict"]
    assert commands("snapshot", "snapshot") == order
    run = next(step["run"] for _, step in RUNS if "pipeline run" in step["run"])
    assert {"--require-state", "--partial-ok", "--summary"} <= set(run.split())
    assert all("git" not in step["run"].split() for _, step in RUNS)


def test_part_of_a_dataset_is_deployed_and_ends_red_after_it() -> None:
    steps = JOBS["snapshot", "snapshot"]["steps"]
    (upload,) = [place for place, step in enumerate(steps) if "upload-pages-artifact" in step.get("uses", "")]
    assert "verdict" in steps[-1]["run"]
    assert upload < len(steps) - 1
    assert "continue-on-error" not in str(steps)
    deploy = JOBS["snapshot", "deploy"]
    assert "!cancelled()" in deploy["if"]
    assert "needs.snapshot.outputs.artifact != ''" in deploy["if"]
    assert JOBS["snapshot", "snapshot"]["outputs"]["artifact"] == "${{ steps.upload.outputs.artifact_id }}"


def test_a_dry_run_signs_uploads_deploys_and_reports_nothing() -> None:
    for _, step in STEPS:
        if any(name in step.get("uses", "") for name in ("attest-build-provenance", "upload-pages-artifact")):
            assert step["if"] == "${{ !inputs.dry-run }}"
    assert "!inputs.dry-run" in JOBS["snapshot", "report"]["if"]


def test_every_schedule_is_reported_and_enabled_again() -> None:
    for name in ("snapshot", "archive"):
        job = JOBS[name, "report"]
        assert "!cancelled()" in job["if"]
        tell, keep = [step["run"].split() for step in job["steps"] if "python" in step.get("run", "").split()]
        assert keep[-2:] == ["--workflow", f"{name}.yml"]
        assert f"{name}.yml" in tell
        assert set(job["needs"]) == WORKFLOWS[name]["jobs"].keys() - {"report"}


def test_a_release_checks_its_tag_first_and_publishes_without_a_secret() -> None:
    assert commands("release", "build") == ["release", "fetch-state", "publish", "check"]
    assert "secrets." not in (FOLDER / "release.yml").read_text()
    assert JOBS["release", "pypi"]["environment"]["name"] == "pypi"
    assert JOBS["release", "notes"]["needs"] == "pypi"


def test_a_fork_needs_no_edit() -> None:
    for path in FILES:
        text = path.read_text()
        assert not re.search(r"https://[\w.-]*(hf-providers\.github\.io|github\.com)", text), path
        assert "runs-on: self-hosted" not in text
