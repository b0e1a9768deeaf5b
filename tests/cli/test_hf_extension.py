"""`hf providers`: huggingface_hub's own `hf` runs the script as an extension, as far as that goes offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HF = Path(sys.executable).with_name("hf")
SCRIPT = Path(sys.executable).with_name("hf-providers")
pytestmark = pytest.mark.skipif(not (HF.exists() and SCRIPT.exists()), reason="hf is not installed here")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which the extension is installed, as `hf extensions install` leaves it."""
    folder = tmp_path / ".local" / "share" / "hf" / "extensions" / "hf-providers"
    folder.mkdir(parents=True)
    manifest = {
        "owner": "hf-providers", "repo": "hf-providers", "repo_id": "hf-providers/hf-providers", "type": "python",
        "short_name": "providers", "executable_path": str(SCRIPT), "installed_at": "2026-02-26T00:00:00+00:00",
        "description": "who serves a model", "commit_sha": None,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def hf(home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_OFFLINE": "1"}
    return subprocess.run([HF, *argv], capture_output=True, text=True, timeout=60, check=False, env=env)


@pytest.mark.parametrize("called", [["providers"], ["extensions", "exec", "providers"]])
def test_hf_runs_it_and_the_help_says_so(home: Path, data: Path, called: list[str]) -> None:
    helped = hf(home, *called, "--help")
    assert helped.stdout.startswith("usage: hf providers [-h]"), helped
    answered = hf(home, *called, "deepseek-ai/DeepSeek-R1", "--json", "--snapshot", str(data))
    assert json.loads(answered.stdout)["cheapest"]["provider"] == "novita"
    assert hf(home, *called, "no-such/model-9b", "--snapshot", str(data)).returncode == 1


def test_hf_lists_it(home: Path) -> None:
    assert "providers" in hf(home, "extensions", "list").stdout
