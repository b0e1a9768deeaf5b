"""The steps of the hourly workflow in an hour in which nothing changed: which are skipped, and that it ends green.

The conditions are evaluated here by the few rules of GitHub's expressions that they use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.workflows.test_workflows import JOBS, WORKFLOWS, commands, using

STEPS = JOBS["snapshot", "snapshot"]["steps"]
MADE = {"Check", "Make the site", "Make the artifact", "Upload the artifact", "Upload the manifest"}
"""The steps that cost something and are of no use where nothing changed."""
JOBS_AFTER = ("sign", "deploy")


def value(expression: str, known: Mapping[str, str]) -> object:
    """What an expression comes to, with the values of its names; a name that is not known is an empty text."""
    code = re.sub(r"^\$\{\{|\}\}$", "", expression).strip()
    code = code.replace("!cancelled()", "True").replace("!inputs.dry-run", "True")
    texts: list[str] = re.findall(r"'[^']*'", code)
    code = re.sub(r"'[^']*'", "TEXT", code)
    code = re.sub(r"\b[a-z]+(?:\.[A-Za-z_-]+)+", lambda name: repr(known.get(name[0], "")), code)
    for text in texts:
        code = code.replace("TEXT", text, 1)
    code = code.replace("&&", " and ").replace("||", " or ")
    return eval(code, {"__builtins__": {}}, {})


def skipped(told: str) -> set[str]:
    known = {"steps.ask.outputs.deploy": told}
    return {step["name"] for step in STEPS if "if" in step and not value(step["if"], known)}


def test_what_makes_and_uploads_is_skipped_where_there_is_nothing_to_deploy() -> None:
    assert skipped("false") == MADE
    assert skipped("true") == set()
    assert skipped("") == MADE, "where the question itself failed"


def test_the_question_is_asked_right_after_the_run_and_before_anything_is_made() -> None:
    names = [step.get("name") for step in STEPS]
    asked = next(step for step in STEPS if step.get("id") == "ask")
    place = STEPS.index(asked)
    assert names[place - 1] == "Crawl and publish"
    assert min(names.index(name) for name in MADE) == place + 1
    assert "if" not in asked
    assert '--outputs "$GITHUB_OUTPUT"' in asked["run"]
    assert commands("snapshot", "snapshot")[-1] == "verdict"
    assert "if" not in STEPS[-1], "whether it is complete is judged all the same"
    assert JOBS["snapshot", "snapshot"]["outputs"]["deploy"] == "${{ steps.ask.outputs.deploy }}"


def test_what_quiet_hours_saw_is_kept_where_both_commands_look() -> None:
    cache = using("snapshot", "snapshot", "cache")["with"]
    runs = [step["run"] for step in STEPS if "--checked" in step.get("run", "")]
    assert len(runs) == 2
    assert all(f"--checked {cache['path']}/checked.json" in run for run in runs)
    # An entry is never written again: each attempt has a name of its own, and takes the newest there is.
    assert "github.run_id" in cache["key"]
    assert "github.run_attempt" in cache["key"]
    assert cache["key"].startswith(cache["restore-keys"])
    assert STEPS.index(using("snapshot", "snapshot", "cache")) < next(
        place for place, step in enumerate(STEPS) if "fetch-state" in step.get("run", "")
    )


@pytest.mark.parametrize("job", JOBS_AFTER)
def test_nothing_is_signed_or_deployed(job: str) -> None:
    condition = JOBS["snapshot", job]["if"]
    assert not value(condition, {"needs.snapshot.outputs.uploaded": ""})
    assert value(condition, {"needs.snapshot.outputs.uploaded": "123"})


@pytest.mark.parametrize(
    ("told", "results", "state"),
    [
        ("false", ("success", "skipped", "skipped"), "green"),
        ("true", ("success", "success", "success"), "green"),
        ("true", ("success", "skipped", "skipped"), "failed"),
        ("true", ("success", "failure", "success"), "failed"),
        ("true", ("success", "success", "failure"), "failed"),
        ("false", ("failure", "skipped", "skipped"), "failed"),
        ("", ("failure", "skipped", "skipped"), "failed"),
        ("", ("success", "skipped", "skipped"), "failed"),
    ],
)
def test_a_quiet_hour_is_green_and_no_failure_is(told: str, results: tuple[str, str, str], state: str) -> None:
    known = {f"needs.{job}.result": result for job, result in zip(("snapshot", "sign", "deploy"), results, strict=True)}
    tell = next(step for step in JOBS["snapshot", "report"]["steps"] if step.get("name") == "Tell how it went")
    assert value(tell["env"]["STATE"], known | {"needs.snapshot.outputs.deploy": told}) == state


def test_no_other_workflow_takes_what_quiet_hours_saw() -> None:
    """The archive and a release are made of what was published."""
    for name in ("archive", "release"):
        assert "--checked" not in str(WORKFLOWS[name])
        assert "actions/cache" not in str(WORKFLOWS[name])
