"""The main screens over the committed dataset, letter by letter: at 80 and 120 columns, plain and coloured.

HFP_GOLDEN=write python -m pytest tests/cli/test_golden.py writes what is printed now: read the diff before it is
committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.hfp import Hfp

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("HFP_GOLDEN") == "write"
SCREENS = {
    "answer": (0, ["deepseek-r1"]),
    "answer-filtered": (0, ["llama 3.3 70b instruct", "--tools", "--cheapest", "--mix", "10:1"]),
    "answer-image": (0, ["flux.1-schnell"]),
    "matches": (6, ["deepsek"]),
    "models": (0, ["models", "--limit", "12"]),
    "models-cheapest": (0, ["models", "--cheapest", "--tools", "--limit", "8"]),
    "providers": (0, ["providers"]),
    "provider": (0, ["providers", "groq"]),
    "provider-media": (0, ["providers", "hf-inference", "--limit", "8"]),
    "compare": (0, ["providers", "--compare", "deepseek-r1"]),
    "history": (0, ["history", "deepseek-r1"]),
    "changes": (0, ["changes"]),
}
SAID = {"matches": "deepsek was read as deepseek\n"}
"""What stands on stderr."""
SHELL_COLORS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("color", ["never", "always"])
@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_screen_is_as_it_was(
    hfp: Hfp, data: Path, monkeypatch: pytest.MonkeyPatch, screen: str, columns: int, color: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    code, argv = SCREENS[screen]
    result = hfp(*argv, "--snapshot", str(data), "--color", color)
    assert (result.code, result.err) == (code, SAID.get(screen, ""))
    plain = SHELL_COLORS.sub("", result.out)
    assert max(cell_len(line) for line in plain.splitlines()) <= columns
    assert (plain != result.out) == (color == "always")
    masked = re.sub(r"(?<![a-z])today\b|\d+ days? old\b", "AGE", result.out)
    assert masked != result.out, "a screen must say how old the snapshot is"
    path = GOLDEN / f"{screen}-{columns}{'-color' if color == 'always' else ''}.txt"
    if WRITE:
        path.write_text(masked, encoding="utf-8")
    assert masked == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    kinds = [f"{columns}{color}" for columns in (80, 120) for color in ("", "-color")]
    assert {path.stem for path in GOLDEN.iterdir()} == {f"{screen}-{kind}" for screen in SCREENS for kind in kinds}
