"""What the way to an answer may import: a timing can't be asserted, this can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = (
    "import sys; before = set(sys.modules)\n{}\nprint(*sorted(set(sys.modules) - before), sep='\\n', file=sys.stderr)"
)
NEEDED = "import __future__, _sqlite3"
"""SQLite, with whatever that takes itself: not sqlite3, which takes datetime along."""


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))


def imported(*argv: str) -> set[str]:
    """What `hfp` imports into a pipe, beyond what Python itself has."""
    code = MODULES.format(f"from hf_providers.cli.main import main; main({list(argv)!r})")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
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


@pytest.mark.parametrize(
    ("line", "besides"),
    [
        ("models", ""),
        ("models qwen --task chat --limit 3", ""),
        ("providers", ""),
        ("providers groq --hot", ""),
        ("providers --compare deepseek-r1", ""),
        ("deepseek-r1 --tools --max-price 2", ""),
        ("cost deepseek-r1 --in 10M --out 1M", ""),
        ("history deepseek-r1", ", datetime"),
        ("changes", ", datetime, json"),
        ("info", ""),
        ("nobody/nothing", ""),
        ("run deepseek-r1", ", re, shlex, string, typing"),
        ("need deepseek-r1", ", re, socket, encodings.idna"),
    ],
)
def test_a_command_that_answers_from_the_catalog_takes_no_more_than_it_must(line: str, besides: str) -> None:
    assert others(imported(*line.split()), NEEDED + besides) == set()


def test_importing_the_package_takes_nothing() -> None:
    code = MODULES.format("import hf_providers")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stderr.split()) <= {"hf_providers", "__future__"}
