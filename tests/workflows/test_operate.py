"""docs/operate.md: every command in it parses, and every failure in it is one that the program has."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from hf_providers.cli import split
from hf_providers.cli.parser import parser as parser_of
from pipeline.__main__ import parser
from tests.dataset_samples import ROOT

PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
COMMANDS = sorted({*filter(None, BLOCKS.splitlines()), *re.findall(r"`((?:python|hfp|make) [^`]+)`", PAGE)})
WORKFLOWS = {path.stem: path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")}


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("python ")])
def test_a_command_of_the_pipeline_parses(line: str) -> None:
    program, *arguments = shlex.split(line)
    assert (program, *arguments[:2]) == ("python", "-m", "pipeline")
    assert parser().parse_args(arguments[2:])


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("hfp ")])
def test_a_command_of_hfp_parses(line: str) -> None:
    name, rest = split(shlex.split(line)[1:])
    assert name == line.split()[1]
    assert parser_of(name, import_module(f"hf_providers.cli.{name}")).parse_args(rest)


def test_no_other_commands_stand_there() -> None:
    kinds = {line.split()[0] for line in COMMANDS}
    assert kinds == {"python", "hfp", "gh", "make"}
    assert {line for line in COMMANDS if line.startswith("make")} == {"make dist"}
    assert "\ndist: " in (ROOT / "Makefile").read_text()


def test_every_setting_and_workflow_that_is_named_is_used() -> None:
    text = "".join(WORKFLOWS.values())
    for name in ("SITE_URL", "MIRROR_REPO_ID"):
        assert f"`{name}`" in PAGE
    settings = set(re.findall(r"\b(?:vars|secrets)\.(\w+)", text))
    assert settings == {"SITE_URL", "MIRROR_REPO_ID", "HF_TOKEN", "HF_MIRROR_TOKEN"}
    assert all(f"`{name}`" in PAGE for name in settings)
    assert all(f"*{name}*" in PAGE for name in WORKFLOWS)


def test_every_failure_is_one_that_the_program_can_end_with() -> None:
    """The plain words of each quoted line stand in the sources."""
    sources = [path for folder in ("pipeline", "hf_providers") for path in (ROOT / folder).rglob("*.py")]
    code = " ".join(" ".join(map(text_of, sources)).split())
    quoted = [row.split("|")[1] for row in PAGE.splitlines() if row.startswith("| `") and row.count("|") == 4]
    assert len(quoted) >= 12
    for cell in quoted:
        (*_, line) = re.findall(r"`([^`]+)`", cell)
        words = [part.strip() for part in re.split(r"…|NAME|;", line) if len(part.strip()) > 3]
        assert words
        for part in words:
            assert part in code, f"{part!r} of {line!r}"


def text_of(path: Path) -> str:
    """A source with the seams of its texts closed."""
    return re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
