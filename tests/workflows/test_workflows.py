"""The workflows: valid and without findings, pinned, of least permissions; and every line runs on a desk too."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
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
    "GITHUB_OUTPUT": ["/runner/output"],
    "GITHUB_REF_NAME": ["v1.2.3"],
    "GITHUB_REPOSITORY": ["owner/hf-providers"],
}
WRITES = {
    ("snapshot", "sign"): {"id-token", "attestations"},
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
    done = tool("zizmor", "--offline", "--no-progress", "--no-config", "--persona", "auditor")
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
    assert len(pins) == 9
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
            assert set(arguments) & {"--require-hashes", "--no-deps"}, "what test_locked.py looks at"
        elif (program, *arguments[:2]) == ("python", "-m", "pytest"):
            assert all((ROOT / place).is_dir() for place in arguments[2:] if place.startswith("tests/"))
        elif (program, *arguments[:2]) == ("python", "-m", "build"):
            assert arguments[2:] == ["--no-isolation"]
        elif program == "gh":
            assert arguments[:2] == ["attestation", "verify"], "on GitHub's machines only"
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
    order = ["fetch-state", "run", "deploy", "check", "site", "deploy", "verdict"]
    assert commands("snapshot", "snapshot") == order
    run = next(step["run"] for _, step in RUNS if "pipeline run" in step["run"])
    assert {"--require-state", "--partial-ok", "--summary"} <= set(run.split())
    assert all("git" not in step["run"].split() for _, step in RUNS)


def test_part_of_a_dataset_is_deployed_and_ends_red_after_it() -> None:
    steps = JOBS["snapshot", "snapshot"]["steps"]
    assert "verdict" in steps[-1]["run"]
    assert using("snapshot", "snapshot", "upload-pages-artifact") in steps[:-1]
    assert "continue-on-error" not in str(steps)
    for job in ("deploy", "sign"):
        assert JOBS["snapshot", job]["needs"] == "snapshot"
        assert JOBS["snapshot", job]["if"] == "${{ !cancelled() && needs.snapshot.outputs.uploaded != '' }}"
    assert JOBS["snapshot", "snapshot"]["outputs"]["uploaded"] == "${{ steps.upload.outputs.artifact_id }}"


def using(workflow: str, job: str, action: str) -> dict[str, Any]:
    """The one step of a job that uses an action."""
    (step,) = [step for step in JOBS[workflow, job]["steps"] if f"/{action}@" in step.get("uses", "")]
    assert isinstance(step, dict)
    return step


def test_a_run_that_is_repeated_deploys_what_it_uploaded_then() -> None:
    """Artifacts of every attempt stay in a run: each has its own name, and the later jobs have it from the first."""
    names = {
        "pages": using("snapshot", "snapshot", "upload-pages-artifact")["with"]["name"],
        "manifest": using("snapshot", "snapshot", "upload-artifact")["with"]["name"],
    }
    assert len(set(names.values())) == 2
    for output, name in names.items():
        assert name.endswith("-${{ github.run_attempt }}")
        assert JOBS["snapshot", "snapshot"]["outputs"][output] == name
    deployed = using("snapshot", "deploy", "deploy-pages")["with"]
    assert deployed == {"artifact_name": "${{ needs.snapshot.outputs.pages }}"}
    assert using("snapshot", "sign", "download-artifact")["with"]["name"] == "${{ needs.snapshot.outputs.manifest }}"
    assert "run_attempt" not in str(JOBS["snapshot", "deploy"]) + str(JOBS["snapshot", "sign"])


def test_the_manifest_that_is_signed_is_the_deployed_one_and_nothing_waits_for_it() -> None:
    """Both are uploaded of one folder with no command in between; who installs or crawls may not sign."""
    steps = JOBS["snapshot", "snapshot"]["steps"]
    pages, small = (using("snapshot", "snapshot", name) for name in ("upload-pages-artifact", "upload-artifact"))
    assert small["with"]["path"] == f"{pages['with']['path']}/data/manifest.json"
    assert steps.index(small) == steps.index(pages) + 1
    fetched = using("snapshot", "sign", "download-artifact")["with"]
    signed = using("snapshot", "sign", "attest-build-provenance")["with"]
    assert signed == {"subject-path": f"{fetched['path']}/manifest.json"}
    assert all("run" not in step for step in JOBS["snapshot", "sign"]["steps"])
    assert "sign" not in JOBS["snapshot", "deploy"]["needs"]
    assert len([step for _, step in STEPS if "attest-build-provenance" in step.get("uses", "")]) == 1


def test_only_a_step_that_needs_a_token_has_it() -> None:
    """What `pip install` runs reads its environment too."""
    token = re.compile(r"secrets\.|github\.token")
    for (name, _), job in JOBS.items():
        assert not token.search(str(WORKFLOWS[name].get("env", {})) + str(job.get("env", {})))
    given = {(*key, step["name"]) for key, step in STEPS if token.search(str(step.get("env", {})))}
    assert given == {
        ("snapshot", "snapshot", "Crawl and publish"),
        ("snapshot", "report", "Keep the schedule alive"),
        ("snapshot", "report", "Tell how it went"),
        ("archive", "archive", "Archive"),
        ("archive", "mirror", "Mirror"),
        ("archive", "report", "Keep the schedule alive"),
        ("archive", "report", "Tell how it went"),
        ("release", "build", "Verify who made the dataset"),
        ("release", "notes", "Publish the notes"),
    }


def test_a_dry_run_uploads_and_reports_nothing_and_so_signs_and_deploys_nothing() -> None:
    for action in ("upload-pages-artifact", "upload-artifact"):
        assert "!inputs.dry-run && " in using("snapshot", "snapshot", action)["if"]
    assert "!inputs.dry-run" in JOBS["snapshot", "report"]["if"]


def test_every_schedule_is_reported_and_enabled_again() -> None:
    for name in ("snapshot", "archive"):
        job = JOBS[name, "report"]
        assert "!cancelled()" in job["if"]
        others = WORKFLOWS[name]["jobs"].keys() - {"report"}
        keep, tell = [step for step in job["steps"] if "python" in step.get("run", "").split()]
        assert keep["run"] == f"python -m pipeline keepalive --workflow {name}.yml"
        assert tell["run"] == f'python -m pipeline issue --workflow {name}.yml --state "$STATE"'
        assert set(job["needs"]) == others
        assert set(re.findall(r"needs\.(\w+)\.result == 'success'", tell["env"]["STATE"])) == others
        # The schedule is kept although nothing can be told, and the other way round.
        assert tell["if"] == "${{ !cancelled() }}"


def test_a_release_checks_its_tag_first_and_publishes_without_a_secret() -> None:
    assert commands("release", "build") == ["release", "fetch-state", "publish", "check", "release"]
    assert "secrets." not in (FOLDER / "release.yml").read_text()
    assert JOBS["release", "pypi"]["environment"]["name"] == "pypi"
    assert JOBS["release", "notes"]["needs"] == "pypi"


def test_a_fork_needs_no_edit() -> None:
    for path in FILES:
        text = path.read_text()
        assert not re.search(r"https://[\w.-]*(hf-providers\.github\.io|github\.com)", text), path
        assert "runs-on: self-hosted" not in text
