"""What --help prints: paragraphs as wide as the terminal, whatever the width of the source is."""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import pairwise

import pytest

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.parser import Help, parser
from tests.cli.hfp import Hfp


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_help_fills_its_lines(hfp: Hfp, monkeypatch: pytest.MonkeyPatch, name: str, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = hfp(*name.split(), "--help").out.splitlines()
    begin = lines.index("") + 1
    described = lines[begin : next(i for i, line in enumerate(lines) if line in {"options:", "positional arguments:"})]
    for line, following in pairwise(described):
        if following:
            assert not line or len(f"{line} {following.split()[0]}") > columns - 2, line


def test_no_line_of_help_is_wider_than_the_terminal(hfp: Hfp) -> None:
    for name in ["", *COMMANDS]:
        assert max(map(len, hfp(*name.split(), "--help").out.splitlines())) <= 80, name


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="later versions wrap within a group, and so differ among them")
@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("name", ["answer", *COMMANDS])
def test_the_usage_is_what_argparse_writes(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    made = parser(name, import_module(f"hf_providers.cli.commands.{name}"))
    ours = made.format_usage()
    monkeypatch.delattr(Help, "_format_usage")
    assert made.format_usage() == ours
