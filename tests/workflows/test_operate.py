"""docs/operate.md: every command in it parses, and it names every setting and workflow."""

from __future__ import annotations

import re
import shlex
from importlib import import_module

import pytest
import yaml

from hf_providers.cli.main import split
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
    assert parser_of(name, import_module(f"hf_providers.cli.commands.{name}")).parse_args(rest)


def test_no_other_commands_stand_there() -> None:
    kinds = {line.split()[0] for line in COMMANDS}
    assert kinds == {"python", "hfp", "gh", "make"}
    assert {line.split("\n")[0] for line in COMMANDS if line.startswith("make")} == {"make dist", "make lock"}
    assert "\ndist: " in (ROOT / "Makefile").read_text()


def test_every_setting_and_workflow_that_is_named_is_used() -> None:
    text = "".join(WORKFLOWS.values())
    for name in ("SITE_URL", "MIRROR_REPO_ID"):
        assert f"`{name}`" in PAGE
    settings = set(re.findall(r"\b(?:vars|secrets)\.(\w+)", text))
    assert settings == {"SITE_URL", "MIRROR_REPO_ID", "HF_TOKEN", "HF_MIRROR_TOKEN"}
    assert all(f"`{name}`" in PAGE for name in settings)
    assert all(f"*{name}*" in PAGE for name in WORKFLOWS)


def test_a_fork_is_told_to_enable_every_schedule_and_the_place_where_failures_are_told() -> None:
    fork = PAGE.partition("## A fork")[2].partition("\n## ")[0]
    scheduled = {name for name, text in WORKFLOWS.items() if "  schedule:\n" in text}
    assert set(re.findall(r"\*(\w+)\* → \*\*Enable workflow\*\*", " ".join(fork.split()))) == scheduled
    assert "Settings → Features → **Issues**" in fork.partition("\n2. ")[0]


def test_the_workflows_with_an_issue_of_their_own_are_named() -> None:
    found = re.search(r"A failed \*(\w+)\* or \*(\w+)\* opens its own issue", PAGE)
    assert found
    assert set(found.groups()) == {name for name, text in WORKFLOWS.items() if "python -m pipeline issue " in text}


def test_what_each_job_may_change_is_said() -> None:
    sentence = " ".join(PAGE.partition("Jobs may only read, except: ")[2].partition("\n\n")[0].split())
    said = {
        job: set(re.findall(r"`([a-z-]+)`", may)) for job, may in re.findall(r"`(\w+)` [^`()]+ \(([^)]+)\)", sentence)
    }
    may: dict[str, set[str]] = {}
    for text in WORKFLOWS.values():
        for job, body in yaml.safe_load(text)["jobs"].items():
            if writes := {name for name, access in body["permissions"].items() if access == "write"}:
                may[job] = may.get(job, set()) | writes
    assert said == may
