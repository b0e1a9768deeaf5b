"""The README's examples over the committed dataset: what it shows is what is printed, and what it computes is right."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hf_providers import Model, open_snapshot, providers
from tests.cli.hfp import Hfp

README = Path(__file__).resolve().parents[2] / "README.md"
AGE = re.compile(r"(?<![a-z])today\b|\d+ days? old\b")


def shown() -> list[tuple[str, list[str]]]:
    """The commands that stand with their output: each as typed, and the lines below it."""
    blocks = re.findall(r"^```\n\$ hfp (.*?)\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [(typed, AGE.sub("AGE", text).rstrip("\n").split("\n")) for typed, text in blocks]


@pytest.mark.parametrize(("typed", "lines"), shown(), ids=[typed for typed, _ in shown()])
def test_a_screen_is_what_is_printed(
    hfp: Hfp, data: Path, monkeypatch: pytest.MonkeyPatch, typed: str, lines: list[str]
) -> None:
    """An ellipsis stands for lines left out; a screen may end early."""
    monkeypatch.setenv("COLUMNS", "100")
    printed = iter(AGE.sub("AGE", hfp(*shlex.split(typed), "--snapshot", str(data)).out).split("\n"))
    left_out = False
    for line in lines:
        if line.strip() == "…":
            left_out = True
        elif left_out:
            assert line in printed, line  # goes on to that line
            left_out = False
        else:
            assert next(printed) == line


def test_three_screens_are_shown() -> None:
    assert [typed.split()[0] for typed, _ in shown()] == ["kimi", "cost", "need"]


def test_the_example_in_python_gives_what_it_says(data: Path) -> None:
    text = README.read_text(encoding="utf-8")
    with open_snapshot(data) as snapshot:
        model = Model("glm-5.2", snapshot)
        assert model.cheapest is not None
        assert f"model.cheapest.provider  # {model.cheapest.provider!r}" in text
        usd = model.cost(input_tokens=10_000_000, output_tokens=1_000_000).usd
        assert f"output_tokens=1_000_000).usd  # {usd!r}" in text
    assert providers.get("groq").models(task="text-generation")
