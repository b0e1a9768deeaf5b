"""Running the projects that read our exports: each in an environment of its own, which `make oracles` installs.

They are looked for in $HFP_ORACLES, by default build/oracles; a test whose oracle is missing is skipped and says so. CI
has none: to install them takes minutes, of which the tests leave few.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "oracles"
ORACLES = Path(os.environ.get("HFP_ORACLES", ROOT / "build" / "oracles")).resolve()


def environment(name: str) -> Path:
    """The folder of an oracle; the test is skipped where it is missing."""
    folder = ORACLES / name
    if not (folder / "installed").is_file():
        pytest.skip(f"{name} is not in {ORACLES}: make oracles installs it")
    return folder


def python(name: str, script: str, *args: str | Path, home: Path) -> Any:
    """What a script prints as JSON, run by an oracle's own Python."""
    return _json([environment(name) / "bin" / "python", SCRIPTS / script, *args], home)


def node(script: str, *args: str | Path, home: Path) -> Any:
    """What a script prints as JSON, run by the oracles' node with their packages."""
    shutil.copy(SCRIPTS / script, home)
    modules = home / "node_modules"
    if not modules.exists():
        modules.symlink_to(environment("npm") / "node_modules")
    return _json([environment("node") / "bin" / "node", home / script, *args], home)


def _json(command: list[str | Path], home: Path) -> Any:
    return json.loads(run(command, home).stdout.splitlines()[-1])


def run(command: list[str | Path], home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A finished command, in a home of its own and without a proxy to anywhere."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), **more}
    done = subprocess.run(
        list(map(str, command)), check=False, capture_output=True, text=True, timeout=300, env=env, cwd=home
    )
    assert done.returncode == 0, f"exit {done.returncode}: {done.stdout}{done.stderr}"[-2000:]
    return done
