"""Whatever is typed: an exit code of the contract, no traceback, no defect."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.main import main

CODES = {0, 1, 2, 3, 4, 5, 6, 74}
OPTIONS = [
    "--first", "--cheapest", "--fastest", "--mix", "--hot", "--tools", "--structured", "--provider", "--task",
    "--max-price", "--min-throughput", "--min-context", "--region", "--format", "--json", "--color", "--snapshot",
    "--live", "--lang", "--client", "--stream", "--json-schema", "--probe", "--max-cost",
    "--limit", "--sort", "--since", "--kind", "--compare", "--help", "--version", "--", "-", "-h", "-x", "--mix=",
]  # fmt: skip
VALUES = [
    "deepseek-r1", "deepseek-r1:novita", "r1", "llama 3.3", "novita", "chat", "image", "3:1", "0:0", "1:", ":", "0",
    "-1", "1e9", "nan", "inf", "64k", "10M", "7d", "2026-01-01", "2026-13-01", "0001-01-01", "99999999d",
    "9999-12-31T23:59:59-23:59", "json", "csv", "markdown", "table", "always", "bash", "eu", "price", "", " ", "\0",
    "'", '"', "%", "*", "\ud800", "日本", "😀" * 50, "a" * 10_000, "/", "../..", "/dev/null", "https://x/manifest.json",
]  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(sorted((COMMANDS.keys() | {"__complete"}) - {"sql", "status", "mcp"})),
    st.sampled_from(OPTIONS),
    st.sampled_from(VALUES),
    st.text(max_size=20),
)


@pytest.fixture(scope="module")
def snapshot(data: Path) -> str:
    return str(data)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(argv=st.lists(WORDS, max_size=7))
@example(argv=["bill", "-"])
def test_any_arguments_end_with_a_code_of_the_contract(
    argv: list[str], snapshot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", snapshot)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # `status` would ask the Hub: so it is refused, which is 4
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO())))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(argv)
    assert code in CODES
    assert "Traceback" not in err.getvalue()
    assert "defect" not in err.getvalue(), err.getvalue()
    said = [line for line in err.getvalue().splitlines() if " was read as " not in line]
    as_json = len(said) == 1 and said[0].startswith("{")
    assert as_json or len(said) in {0, 2}
    if code == 0:
        assert said == []


STATEMENTS = st.one_of(
    st.sampled_from(["FROM offers", "SELECT 1/0", "SELECT 'nan'::double", "SELECT [1, NULL]", "SELECT {'a': 0.1}", ";",
                     "SELECT NULL", "SELECT 1; SELECT 2", "-- nothing", "SELECT '\x1b'", "SELECT blob '\\xFF'",
                     "SELECT INTERVAL 1 DAY", "SELECT uuid()", "SELECT DATE '2026-01-01'",
                     "SELECT map {'a': 1.5::decimal}",
                     "CREATE TABLE t (a INT)", "SELECT 1 AS a, 2 AS a", "SELECT timestamp 'infinity'"]),
    st.text(max_size=30),
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statement=STATEMENTS, form=st.sampled_from(["table", "json", "csv", "markdown"]))
def test_any_statement_is_answered_or_refused(
    statement: str, form: str, snapshot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", snapshot)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO())))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["sql", "--format", form, "--", statement])
    assert code in {0, 2}, err.getvalue()
    assert "defect" not in err.getvalue(), err.getvalue()
    # A refusal is two lines, or one of JSON; an answer may say that columns with the same name were renamed.
    assert len(err.getvalue().splitlines()) in ({2} if code and form != "json" else {0, 1})
