"""`python -m pipeline` where the extra is not installed: one line says what to type."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipeline.__main__ import COMMANDS
from tests.dataset_samples import ROOT


def bare(*argv: str) -> subprocess.CompletedProcess[str]:
    """The pipeline in a Python that sees no installed package."""
    command = [sys.executable, "-S", "-m", "pipeline", *argv]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("argv", [[], ["--help"], ["run", "--out", "out"], ["check", "data"], ["desk"], ["replay"]])
def test_it_is_one_line_that_says_what_to_install(argv: list[str]) -> None:
    done = bare(*argv)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("the pipeline needs ")
    assert line.endswith(", which is not installed: pip install --editable '.[pipeline]'")


def test_a_command_imports_none_of_the_others() -> None:
    """Twenty of them take a second, and many runs of one are what the schedule does."""
    code = "import sys; from pipeline.__main__ import parser; parser('replay'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("pipeline.commands.") for name in done.stdout.split() if "pipeline.commands." in name}
    assert loaded == {"replay"} < set(COMMANDS)
