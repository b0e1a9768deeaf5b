"""What the way to an answer may import: a timing can't be asserted, this can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hf_providers.cli import fast_args
from hf_providers.cli.commands import answer
from hf_providers.cli.parser import parser

MODULES = (
    "import sys; before = set(sys.modules)\n{}\nprint(*sorted(set(sys.modules) - before), sep='\\n', file=sys.stderr)"
)
NEEDED = "import __future__, sqlite3, unicodedata"
"""SQLite, and the widths of characters: what an answer takes, with whatever those take themselves."""


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))


def imported(*argv: str) -> set[str]:
    """What `hfp` imports into a pipe, beyond what Python itself has."""
    code = MODULES.format(f"from hf_providers.cli.main import main; main({list(argv)!r})")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout
    return {line for line in done.stderr.splitlines() if " " not in line}  # what was said stands there, too


def others(modules: set[str], needed: str = NEEDED) -> set[str]:
    """The modules that are neither this package's own, nor what `needed` takes in this version of Python."""
    done = subprocess.run([sys.executable, "-c", MODULES.format(needed)], capture_output=True, text=True, check=True)
    return {name for name in modules if not name.startswith("hf_providers")} - set(done.stderr.split())


def test_the_answer_takes_sqlite_and_nothing_else() -> None:
    modules = imported("deepseek-r1")
    assert others(modules) == set()
    assert not {
        name for name in modules if name.startswith(("hf_providers.hub", "hf_providers.catalog.schema", "pipeline"))
    }


def test_a_typo_takes_no_more() -> None:
    assert others(imported("deepsek-r1")) == set()


def test_json_takes_json() -> None:
    modules = imported("deepseek-r1", "--json")
    assert "json" in others(modules)
    assert others(modules, f"{NEEDED}, json") == set()


def test_completion_of_a_model_takes_no_more() -> None:
    assert others(imported("__complete", "deepseek-r")) == set()


@pytest.mark.parametrize("argv", [["models", "--limit", "3"], ["deepseek-r1", "--tools"], ["history", "deepseek-r1"]])
def test_no_command_that_answers_from_the_catalog_takes_a_heavy_library(argv: list[str]) -> None:
    heavy = {"duckdb", "polars", "pyarrow", "pydantic", "httpx", "asyncio", "rich", "rapidfuzz", "dataclasses", "ssl"}
    assert heavy & imported(*argv) == set()


def test_importing_the_package_takes_nothing() -> None:
    code = MODULES.format("import hf_providers")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stderr.split()) <= {"hf_providers", "__future__"}


@pytest.mark.parametrize("words", [["deepseek-r1"], ["deepseek", "r1"], [], ["r1", "--json"], ["--json"]])
def test_the_short_way_reads_arguments_as_the_parser_does(words: list[str]) -> None:
    short = fast_args.quick(words)
    assert short is not None
    assert vars(short) == vars(parser("answer", answer).parse_args(words))


@pytest.mark.parametrize("words", [["--first", "r1"], ["r1", "--", "x"], ["-h"], ["r1", "--format=json"]])
def test_anything_else_is_left_to_the_parser(words: list[str]) -> None:
    assert fast_args.quick(words) is None
