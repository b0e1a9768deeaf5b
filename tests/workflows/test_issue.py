"""One issue a workflow: opened, updated, closed when green, opened again; never two."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.__main__ import main
from pipeline.deploy.github import GitHub
from pipeline.deploy.rolling_issue import run_of, tell
from tests.workflows.github_server import HOME, REPOSITORY, Server

RUN = f"https://github.example/{REPOSITORY}/actions/runs/77"
NOW = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)


def say(state: str, workflow: str = "snapshot.yml") -> int:
    return main(["issue", "--workflow", workflow, "--state", state])


def test_a_failure_opens_an_issue_that_names_the_run_and_the_step(hub: Server) -> None:
    steps = [{"name": "Install", "conclusion": "success"}, {"name": "Fetch `the` state", "conclusion": "failure"}]
    hub.jobs = [
        {"name": "snapshot", "conclusion": "failure", "steps": steps},
        {"name": "report", "conclusion": None, "steps": [{"name": "Install", "conclusion": "success"}]},
    ]
    assert say("failed") == 0
    (issue,) = hub.issues
    assert (issue["title"], issue["labels"], issue["state"]) == ("snapshot.yml fails", ["pipeline-failure"], "open")
    assert RUN in issue["body"]
    assert "- `snapshot: Fetch  the  state`\n" in issue["body"]
    assert "Install" not in issue["body"]


def test_more_failures_update_it_and_green_closes_it(hub: Server, capsys: pytest.CaptureFixture[str]) -> None:
    say("failed")
    hub.jobs = [{"name": "deploy", "conclusion": "failure"}]
    say("failed")
    (issue,) = hub.issues
    assert (issue["state"], hub.comments) == ("open", [])
    assert "deploy: no step failed" in issue["body"]
    say("green")
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert hub.comments == [(issue["number"], f"Green again: {RUN}")]
    assert capsys.readouterr().out.splitlines() == [
        f"issue #{issue['number']} opened",
        f"issue #{issue['number']} updated",
        f"green: issue #{issue['number']} closed",
    ]


def test_green_without_an_open_issue_changes_nothing(hub: Server) -> None:
    say("green")
    say("failed")
    say("green")
    count = len([asked for asked in hub.asked if asked[0] != "GET"])
    say("green")
    assert len([asked for asked in hub.asked if asked[0] != "GET"]) == count
    assert len(hub.issues) == 1


def test_the_next_failure_opens_the_same_issue_again(hub: Server) -> None:
    for state in ("failed", "green", "failed"):
        say(state)
    (issue,) = hub.issues
    assert issue["state"] == "open"
    assert hub.comments[-1] == (issue["number"], f"It fails again: {RUN}")


def test_each_workflow_has_its_own(hub: Server) -> None:
    say("failed")
    say("failed", "archive.yml")
    say("green", "archive.yml")
    assert {issue["title"]: issue["state"] for issue in hub.issues} == {
        "snapshot.yml fails": "open",
        "archive.yml fails": "closed",
    }


def test_an_issue_that_somebody_else_wrote_is_not_taken_for_it(hub: Server) -> None:
    mark = "<!-- workflow: snapshot.yml -->"
    hub.create_issue({"title": "fake", "body": mark})
    hub.create_issue({"title": "pull", "body": mark, "labels": ["pipeline-failure"], "pull_request": {"url": "x"}})
    say("failed")
    assert len(hub.issues) == 3
    say("green")
    assert [issue["state"] for issue in hub.issues] == ["open", "open", "closed"]


def test_two_at_once_leave_one_open(hub: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked before either opens one; both look again after both have opened."""
    made = threading.Barrier(2)
    create = GitHub.create

    def together(client: GitHub, path: str, body: Any, answer: Any) -> Any:
        made.wait(timeout=30)
        issue = create(client, path, body, answer)
        made.wait(timeout=30)
        return issue

    monkeypatch.setattr(GitHub, "create", together)
    run = run_of("snapshot.yml", hub.environ)

    def one() -> None:
        with GitHub(hub.environ) as client:
            tell(client, run, "failed", NOW)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = sorted(hub.issues, key=lambda issue: issue["number"])
    assert (first["state"], second["state"], second["state_reason"]) == ("open", "closed", "not_planned")
    monkeypatch.undo()
    with GitHub(hub.environ) as client:
        tell(client, run, "green", NOW)
        tell(client, run, "failed", NOW)
    assert (len(hub.issues), first["state"], second["state"]) == (2, "open", "closed")


def test_of_two_that_a_killed_run_left_open_the_older_is_kept(hub: Server) -> None:
    """A run that opened the second was killed before it looked again."""
    say("failed")
    first = hub.issues[0]
    _, second = hub.create_issue({k: first[k] for k in ("title", "body", "labels")})
    say("failed")
    assert (first["state"], second["state"], second["state_reason"]) == ("open", "closed", "not_planned")
    assert second["body"] == f"The same as #{first['number']}."
    say("green")
    assert {issue["state"] for issue in hub.issues} == {"closed"}


def test_names_of_steps_are_bounded_and_plain(hub: Server) -> None:
    steps = [{"name": f"{n}\x1b[31m`\u202e\n{'x' * 5000}", "conclusion": "failure"} for n in range(300)]
    hub.jobs = [{"name": "job", "conclusion": "failure", "steps": steps}]
    assert say("failed") == 0
    body = hub.issues[0]["body"]
    # GitHub takes 65,536 characters.
    assert len(body) < 20_000
    assert all(c.isprintable() or c == "\n" for c in body)
    assert "- `job: 0 [31m   xxx" in body
    assert "- `job: 49 " in body
    assert "- `job: 50 " not in body
    assert "- and 250 more\n" in body


@pytest.mark.parametrize("conclusion", ["timed_out", "cancelled"])
def test_a_step_that_took_too_long_is_named_with_what_became_of_it(hub: Server, conclusion: str) -> None:
    steps = [{"name": name, "conclusion": how} for name, how in (("Install", "success"), ("Crawl", conclusion))]
    hub.jobs = [
        {"name": "Run", "conclusion": conclusion, "steps": [*steps, {"name": "Check", "conclusion": "skipped"}]},
        {"name": "Sign", "conclusion": conclusion},
        {"name": "Deploy", "conclusion": "skipped"},
    ]
    assert say("failed") == 0
    told = [line for line in hub.issues[0]["body"].splitlines() if line.startswith("- ")]
    how = conclusion.replace("_", " ")
    assert told == [f"- `Run: Crawl` ({how})", f"- `Sign: no step failed` ({how})"]


@pytest.mark.parametrize("refused", [("GET", f"{HOME}issues"), ("POST", f"{HOME}issues")])
def test_with_issues_off_only_a_failure_is_one(
    hub: Server, capsys: pytest.CaptureFixture[str], refused: tuple[str, str]
) -> None:
    """A fork has them off; GitHub then refuses to list them, or at the latest to open one."""
    hub.reason = "Issues are disabled for this repo"
    hub.faults[refused] = [410, 410]
    assert say("green") == 0
    assert "Settings" not in capsys.readouterr().err
    assert say("failed") == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("Issues are disabled for this repo")
    assert "Settings → Features → Issues" in second


def test_another_refusal_is_a_failure_when_green_too(hub: Server) -> None:
    hub.faults[("GET", f"{HOME}issues")] = [403]
    assert say("green") == 1


def test_a_refusal_is_told_in_two_lines(hub: Server, capsys: pytest.CaptureFixture[str]) -> None:
    hub.faults[("POST", f"{HOME}issues")] = [403]
    assert say("failed") == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"GitHub answered 403 to POST {HOME}issues: Resource not accessible by integration"
    assert "permission" in second
