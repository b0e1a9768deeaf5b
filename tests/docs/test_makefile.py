"""`make help` lists every target that a person would call, and the README names no other."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.cli.hfp import ROOT


def test_help_lists_the_targets_and_the_readme_names_no_other() -> None:
    said = subprocess.run(["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = {line.split()[1] for line in said.splitlines()}
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert listed == set(phony[1].split()) - {"setup"}
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {one or other for one, other in named} <= listed


def test_spark_without_java_fails_and_does_not_skip_everything(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make is not None
    command = [make, "--old-file=setup", "PIP=true", "BIN=/nowhere", "spark"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PATH": str(tmp_path)}, check=False)
    assert done.returncode == 2
    assert "make spark needs Java 17 or newer" in done.stderr
    assert "/nowhere" not in done.stdout


def test_the_table_of_variables_names_those_that_the_code_reads() -> None:
    text = (ROOT / "README.md").read_text()
    for name in (
        "HFP_SNAPSHOT",
        "HFP_CACHE",
        "HFP_ROUTER_URL",
        "HFP_DEBUG",
        "HF_ENDPOINT",
        "HF_HUB_OFFLINE",
        "FORCE_COLOR",
    ):
        assert f"`{name}`" in text
        found = [path for path in (ROOT / "hf_providers").rglob("*.py") if name in path.read_text()]
        assert found, name
