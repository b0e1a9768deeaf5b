"""One day of the drill, ten of its runs killed; `make drill` does thirty days."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drill.drill import TROUBLES, drill


def test_a_day_of_trouble_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = drill(tmp_path, seed=20260301, hours=24, kills=10)
    capsys.readouterr()
    assert log.wrong == []
    assert len(log.deployed) > 10
    assert len(set(log.deployed)) > 5
    assert log.troubles["versions read"] > 5
    assert log.troubles["deployed with an archived month"] > 0
    assert sum(log.killed_in.values()) > 5, "hardly any job was killed before it was done"
    assert len([name for name in TROUBLES if log.troubles[name]]) >= 5
