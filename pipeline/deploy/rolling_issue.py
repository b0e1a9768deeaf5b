"""One issue for each workflow: opened or updated when a run fails, closed when one is green, then opened again.

It is recognized by a label, which only maintainers and workflows can set, and by a mark in its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel

from pipeline.deploy.github import GitHub

State = Literal["failed", "green"]

LABEL: Final = "pipeline-failure"
_MOST_STEPS: Final = 50
_LONGEST_STEP: Final = 200
_CLOSED: Final = {"state": "closed", "state_reason": "completed"}
_FAILED: Final = ("failure", "timed_out", "cancelled")
"""Conclusions that are no success; a job that takes too long is cancelled, and so are its steps."""


class Issue(BaseModel):
    """An issue; GitHub lists pull requests among them, with `pull_request` set."""

    number: int
    state: str
    body: str | None = None
    pull_request: dict[str, object] | None = None


class Step(BaseModel):
    """A step of a job."""

    name: str
    conclusion: str | None = None


class Job(BaseModel):
    """A job of a run."""

    name: str
    conclusion: str | None = None
    steps: list[Step] = []


class Jobs(BaseModel):
    """The first page of a run's jobs; they are few."""

    jobs: list[Job]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow: the workflow's file, the run's number in the API, and its page."""

    workflow: str
    id: str
    url: str


def run_of(workflow: str, environ: Mapping[str, str]) -> Run:
    """Return the run that the environment of a job names; outside a job, its page is the repository's."""
    page = f"{environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{environ.get('GITHUB_REPOSITORY', '')}"
    number = environ.get("GITHUB_RUN_ID", "")
    return Run(workflow, number, f"{page}/actions/runs/{number}" if number else page)


def tell(github: GitHub, run: Run, state: State, now: datetime) -> str:
    """Update the workflow's issue with how the run ended; return what was done.

    Raises:
        GitHubError: GitHub refused something, or cannot be reached.
    """
    issue = _find(github, run)
    if state == "green":
        return _close(github, run, issue) if issue and issue.state == "open" else "green, and no issue was open"
    text = {"title": f"{run.workflow} fails", "body": _body(run, _failed_steps(github, run), now)}
    if issue is None:
        return _open(github, run, text)
    again = issue.state != "open"
    github.change("PATCH", f"issues/{issue.number}", text | ({"state": "open"} if again else {}), Issue)
    if again:
        _comment(github, issue, f"It fails again: {run.url}")
    return f"issue #{issue.number} {'opened again' if again else 'updated'}"


def _find(github: GitHub, run: Run) -> Issue | None:
    """Return the workflow's issue: the oldest, if simultaneous runs opened several. Close the others."""
    listed = github.every(f"issues?state=all&labels={LABEL}", Issue)
    ours = [issue for issue in listed if issue.pull_request is None and _mark(run) in (issue.body or "")]
    kept = min(ours, key=lambda issue: issue.number, default=None)
    for issue in ours:
        if kept and issue.number != kept.number:
            # Its mark goes, so that it is not found as the workflow's issue again.
            gone = {"body": f"The same as #{kept.number}.", "state": "closed", "state_reason": "not_planned"}
            github.change("PATCH", f"issues/{issue.number}", gone, Issue)
    return kept


def _open(github: GitHub, run: Run, text: Mapping[str, str]) -> str:
    """Open an issue, then check whether another run did so at the same time."""
    opened = github.create("issues", dict(text) | {"labels": [LABEL]}, Issue)
    kept = _find(github, run)
    if kept is None or kept.number == opened.number:
        return f"issue #{opened.number} opened"
    return f"issue #{kept.number} is open already"


def _close(github: GitHub, run: Run, issue: Issue) -> str:
    _comment(github, issue, f"Green again: {run.url}")
    github.change("PATCH", f"issues/{issue.number}", _CLOSED, Issue)
    return f"green: issue #{issue.number} closed"


def _comment(github: GitHub, issue: Issue, text: str) -> None:
    github.create(f"issues/{issue.number}/comments", {"body": text}, dict[str, object])


def _failed_steps(github: GitHub, run: Run) -> list[str]:
    """Return the failed steps as `job: step` in backticks, with the conclusion where it is not plain failure."""
    if not run.id:
        return []
    jobs = github.get(f"actions/runs/{run.id}/jobs?per_page=100", Jobs).jobs
    return [_place(job, step) for job in jobs if job.conclusion in _FAILED for step in _failed_in(job)]


def _failed_in(job: Job) -> list[Step]:
    """Return the job's failed steps, or a note that there is none: it did not start, or its runner was lost."""
    return [step for step in job.steps if step.conclusion in _FAILED] or [
        Step(name="no step failed", conclusion=job.conclusion)
    ]


def _place(job: Job, step: Step) -> str:
    how = "" if step.conclusion == "failure" else f" ({str(step.conclusion).replace('_', ' ')})"
    return f"`{_plain(f'{job.name}: {step.name}')}`{how}"


def _plain(text: str) -> str:
    """Return text that is safe between backticks, of bounded length."""
    return "".join(c if c.isprintable() and c != "`" else " " for c in text[:_LONGEST_STEP])


def _mark(run: Run) -> str:
    return f"<!-- workflow: {run.workflow} -->"


def _body(run: Run, failed: list[str], now: datetime) -> str:
    where = "".join(f"- {step}\n" for step in failed[:_MOST_STEPS])
    if len(failed) > _MOST_STEPS:
        where += f"- and {len(failed) - _MOST_STEPS} more\n"
    return (
        f"The last run of `{run.workflow}` failed ({now.astimezone(UTC):%Y-%m-%d %H:%M} UTC): {run.url}\n\n{where}\n"
        "The run's page says why; docs/operate.md says what to do. This text is replaced by the next failure, and "
        f"the issue is closed by the next run that is green.\n\n{_mark(run)}\n"
    )
