"""Narrow terminals: nothing is wider than they are, and what matters most is still there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.hfp import Hfp, catalog, model, offer, priced
from tests.cli.test_golden import SCREENS

MORE = {
    "need": ["need", "deepseek-r1"],
    "cost": ["cost", "deepseek-r1", "--in", "1M"],
    "info": ["info"],
    "sql": ["sql", "FROM offers LIMIT 3"],
}


def too_wide(lines: list[str], columns: int) -> list[str]:
    """The lines wider than the screen; an id or a price alone on its line is never cut, nor a command to be copied."""
    commands = ("  ollama run", "  llama-server", "  vllm serve", "  transformers chat")
    wide = [line for line in lines if cell_len(line) > columns and not line.startswith(commands)]
    return [line for line in wide if "  " in line.strip()]


@pytest.mark.parametrize("columns", [40, 60])
@pytest.mark.parametrize("screen", [*SCREENS, *MORE])
def test_nothing_is_wider_than_the_terminal(
    hfp: Hfp, data: Path, checked_at: str, monkeypatch: pytest.MonkeyPatch, screen: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    argv = MORE[screen] if screen in MORE else SCREENS[screen][1]
    lines = hfp(*argv, "--snapshot", str(data)).out.splitlines()
    assert too_wide(lines, columns) == []
    assert lines[-1].startswith(f"snapshot {checked_at[:10]}")
    assert lines[-1].endswith(("old", "today"))


@pytest.mark.parametrize("command", [["o/"], ["need", "o/"], ["cost", "--in", "1M", "o/"], ["history", "o/"]])
def test_no_id_and_no_price_is_cut(
    hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    name, who = "o/A-rather-long-name-of-a-model-7B-Instruct", "a-provider-of-many-letters"
    prices = {"input_usd_per_mtok": Decimal("1234.567890123"), "output_usd_per_mtok": Decimal("9876.543210987")}
    rows = {
        "models": [model(name, parameters=7 * 10**9)],
        "offers": [offer(name, who, **prices)],
        "price_history": [priced(name, who, "2026-01-01", None, **prices)],
    }
    path = catalog(tmp_path / "catalog.sqlite", rows)
    out = hfp(*command[:-1], name, "--snapshot", str(path)).out
    assert "9,876.543210987" in out
    assert name in out
    assert not [line for line in out.splitlines() if line.endswith("…") and ("$" in line or "o/" in line)]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_chart_ends_with_the_newest_price(
    hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    dear, cheap = {"output_usd_per_mtok": 8}, {"output_usd_per_mtok": 1}
    rows = {
        "models": [model("acme/Talk")],
        "offers": [offer("acme/Talk", "alpha")],
        "price_history": [
            priced("acme/Talk", "alpha", "2026-01-01", "2026-02-01", **dear),
            priced("acme/Talk", "alpha", "2026-02-01", "2026-02-02", **cheap),
        ],
    }
    path = catalog(tmp_path / "catalog.sqlite", rows)
    lines = hfp("history", "talk", "--snapshot", str(path)).out.splitlines()
    (bars,) = [line for line in lines if line.startswith("  alpha")]
    assert bars.rstrip("▁").endswith("█")
    assert bars.endswith("▁")
    assert sum(line.count("2026-01-01 to 2026-02-02") for line in lines) == 1
    assert sum(line.count("output price, 0 to $8.00") for line in lines) == 1


def test_since_a_day_lists_what_was_seen_to_hold_after_it(
    hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = priced("acme/Talk", "alpha", "2026-02-01", None, output_usd_per_mtok=1)
    rows = {
        "models": [model("acme/Talk")],
        "offers": [offer("acme/Talk", "alpha")],
        "price_history": [priced("acme/Talk", "alpha", "2026-01-01", "2026-02-01", output_usd_per_mtok=8), last],
    }
    monkeypatch.setenv("HFP_SNAPSHOT", str(catalog(tmp_path / "catalog.sqlite", rows)))
    assert len(hfp("history", "talk", "--since", "2026-01-15", "--json").rows) == 2
    result = hfp("history", "talk", "--since", "2026-03-01")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "hfp: no price of acme/Talk has been observed since 2026-03-01",
        "the last one was seen on 2026-02-01: give an earlier --since",
    ]
