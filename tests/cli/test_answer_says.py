"""What an answer must say beside its figures: that some are old, and what to type next."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.hfp import Hfp, catalog, model, offer, provider

PRICES = {"input_usd_per_mtok": Decimal("0.1"), "output_usd_per_mtok": Decimal("0.2"), "throughput_tps": 50.0}


def snapshot(path: Path, monkeypatch: pytest.MonkeyPatch, *, stale: bool) -> None:
    rows = {
        "models": [model("acme/Talk")],
        "offers": [offer("acme/Talk", "alpha", stale=stale, **PRICES), offer("acme/Talk", "beta")],
        "providers": [provider("alpha", stale=stale), provider("beta")],
    }
    monkeypatch.setenv("HFP_SNAPSHOT", str(catalog(path / "catalog.sqlite", rows)))


def test_what_is_of_an_earlier_run_is_marked(hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot(tmp_path, monkeypatch, stale=True)
    lines = hfp("talk").out.splitlines()
    (row,) = [line for line in lines if line.lstrip().startswith("alpha")]
    assert "● hot (old)" in row
    assert "(old)" not in next(line for line in lines if line.lstrip().startswith("beta"))
    for picked in ("cheapest", "fastest"):
        assert "(old)" in next(line for line in lines if line.lstrip().startswith(picked))
    assert any("alpha could not be read in the last run" in line for line in lines)


def test_what_is_of_the_last_run_is_not(hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot(tmp_path, monkeypatch, stale=False)
    assert "(old)" not in hfp("talk").out


def test_an_answer_says_how_to_run_it(hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot(tmp_path, monkeypatch, stale=False)
    assert hfp("talk").out.splitlines()[-3:-1] == ["run it:  hfp run acme/Talk", ""]
