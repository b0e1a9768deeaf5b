"""What the benches are judged by: a figure above its limit ends them with 1, and rsync's bound is counted by hand."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from random import Random
from typing import get_type_hints

import pytest

from tests.bench import __main__ as bench
from tests.bench.limits import Figure, report
from tests.bench.rsync_bound import BLOCK, literal_bytes

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
ASSERTED = sorted(set(NAMES) - {"bench_crawl"})


def test_a_figure_above_its_limit_is_named_and_one_without_a_limit_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    kept = [Figure("a", 2.0, 2.0, "×", 1), Figure("b", None, 9.0)]
    assert report("all", kept) == 0
    assert report("some", [*kept, Figure("c", 0, 1, "B")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "| a | 2.0 × | 2.0 × |" in lines
    assert "| b |  | 9 |" in lines
    assert lines[-2:] == ["above the limit: c", ""]


def test_one_above_its_limit_ends_all_of_them_with_1_after_all_were_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    for name, code in (("deploy", 1), ("search", 0)):
        module = import_module(f"tests.bench.bench_{name}")
        monkeypatch.setattr(module, "main", lambda name=name, code=code: (ran.append(name), code)[1])
    assert bench.main(["deploy", "search"]) == 1
    assert bench.main(["search"]) == 0
    assert ran == ["deploy", "search", "search"]


@pytest.mark.parametrize("name", ASSERTED)
def test_every_bench_says_whether_its_limits_are_kept(name: str) -> None:
    assert get_type_hints(import_module(f"tests.bench.{name}").main)["return"] is int


def test_rsync_sends_what_stands_nowhere_in_the_file_before() -> None:
    old = Random(24).randbytes(5 * BLOCK + 100)
    first, rest = old[: 2 * BLOCK], old[2 * BLOCK : 5 * BLOCK]
    assert literal_bytes(old, old) == 100, "no whole block"
    assert literal_bytes(old, first + b"new" + rest) == 3, "what comes later is found at its new place"
    assert literal_bytes(old, rest + first) == 0
    assert literal_bytes(old, first[1:]) == BLOCK - 1
    assert literal_bytes(b"", old) == len(old)
    assert literal_bytes(old, b"") == 0
