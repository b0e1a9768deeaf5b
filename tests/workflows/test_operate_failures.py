"""docs/operate.md's table of failures: each is brought about, and its command then ends as exactly that row says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.__main__ import main
from tests.dataset_samples import ROOT
from tests.run.runs import Pipe
from tests.workflows.github_server import Server
from tests.workflows.provocations import PROVOCATIONS, Desk

PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| step, line |")[2].partition("\n\n")[0]


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says that a step ends with: its line, and the exit code where it names one."""

    step: str
    code: str | None
    line: str

    def tells_of(self, step: str, code: int, said: str) -> bool:
        """Whether a command that ended so is the one of this row; `…` and NAME stand for anything."""
        pattern = re.escape(self.line).replace("…", ".+").replace("NAME", ".+")
        line = any(re.match(pattern, line) for line in said.splitlines())
        return line and step == self.step and self.code in (None, str(code))


def rows() -> Iterator[Row]:
    """The rows of the table that quote a line, one for each of their steps."""
    for cell in (row.split("|")[1] for row in TABLE.splitlines() if row.startswith("| `")):
        *steps, line = re.findall(r"`([^`]+)`", cell)
        code = re.search(r"`, (\d):", cell)
        yield from (Row(step, code[1] if code else None, line) for step in steps)


ROWS = list(rows())


def provocations(row: Row) -> list[tuple[str, str]]:
    return [(step, words) for step, words in PROVOCATIONS if step == row.step and words in row.line]


def test_every_row_is_brought_about_by_one_provocation_and_each_of_them_has_its_row() -> None:
    assert len(ROWS) >= 14
    assert all(len(provocations(row)) == 1 for row in ROWS), [row for row in ROWS if len(provocations(row)) != 1]
    assert sorted(key for row in ROWS for key in provocations(row)) == sorted(PROVOCATIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.step}: {row.line}")
def test_a_step_ends_as_its_row_says(
    row: Row, hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Pipe(monkeypatch, tmp_path)
    with ExitStack() as stack:
        command = PROVOCATIONS[provocations(row)[0]](Desk(tmp_path, hub, monkeypatch, stack))
        capsys.readouterr()
        code = main(command)
    out, err = capsys.readouterr()
    assert row.tells_of(command[0], code, out + err), f"{command[0]} ended with {code}:\n{err}"


def test_a_row_of_another_step_code_or_line_would_not_do() -> None:
    row = Row("run", "1", "nothing published: NAME would have … rows")
    said = "nothing published: offers would have 1 rows, and 2 are published"
    assert row.tells_of("run", 1, f"first\n{said}\nhint")
    assert not row.tells_of("deploy", 1, said)
    assert not row.tells_of("run", 4, said)
    assert not row.tells_of("run", 1, f"not so: {said}")
