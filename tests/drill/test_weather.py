"""Every fault of the real Hub once; `make drill` does thirty days of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drill.weather import FAULTS, Weather, one_of_each


def test_every_fault_once_leaves_the_history_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Weather(tmp_path, one_of_each(), seed=16).run()
    capsys.readouterr()
    assert log.wrong == []
    assert {name for name in FAULTS if log.met[name]} == set(FAULTS)
