"""Names that would break a screen: control and direction characters, wide ones, long ones, and markup."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.hfp import Hfp, catalog, model, offer, priced, provider
from tests.cli.test_narrow import too_wide

EVIL = "evil/\x1b[2J\x1b]0;owned\x07Model\u202e\x9b31m\r\n-日本語モデル-😀-1"
LONG = "long/" + "Very-Long-Name-" * 12 + "1"
MARKUP = "mark/a|b`c*d<script>[x](y)-1"
NAME = "pro\x1b[31m\nvider\u2066日本"
SCREENS = {
    "answer": ["evil", "--first"],
    "answer of a long name": ["long", "--first"],
    "matches": ["1"],
    "models": ["models"],
    "providers": ["providers"],
    "provider": ["providers", NAME],
    "compare": ["providers", "--compare", "evil"],
    "history": ["history", "evil"],
    "changes": ["changes", "--since", "2026-01-01"],
    "info": ["info"],
    "need": ["need", "evil", "--params", "7B"],
    "cost": ["cost", "evil", "--in", "1M"],
    "not found": ["qzxv\x1b[2J\u202e"],
    "no such provider": ["providers", "\x1b[2J"],
}


@pytest.fixture(autouse=True)
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    price = {"input_usd_per_mtok": Decimal("0.000000001"), "output_usd_per_mtok": Decimal("123456789.123456789")}
    measured = {"throughput_tps": 123456.0, "ttft_ms": 123456.0, "context_length": 10**7, "supports_tools": True}
    rows = {
        "models": [model(name, license=NAME, likes=1, downloads=1, pipeline_tag=NAME) for name in (EVIL, LONG, MARKUP)],
        "offers": [
            offer(name, by, **price, **measured)
            for name in (EVIL, LONG, MARKUP)
            for by in (NAME, "a-provider-with-a-name-that-is-much-too-long-for-any-column")
        ],
        "providers": [provider(NAME, name=f"{NAME} Inc", homepage=f"https://x/\x1b[0m{'y' * 90}", regions=["eu\x07"])],
        "price_history": [
            priced(EVIL, NAME, "2026-01-01", "2026-02-01", **price),
            priced(EVIL, "other", "2026-02-01", None, **price),
        ],
    }
    changes = [("2026-02-25T00:00:00Z", "price\x1b", NAME, EVIL, "1\x07", "2\u202e", 12.5)]
    path = catalog(tmp_path / "hostile" / "catalog.sqlite", rows, changes)
    monkeypatch.setenv("HFP_SNAPSHOT", str(path.parent))


def test_all_of_it_arrived(hfp: Hfp) -> None:
    """The catalog really holds what the other tests must not see on a screen."""
    assert {row["model_id"] for row in hfp("models", "--json").rows} == {EVIL, LONG, MARKUP}
    assert hfp("changes", "--json", "--since", "2026-01-01").rows[0]["provider"] == NAME


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("name", SCREENS)
def test_no_line_is_wider_than_the_screen_or_moves_the_cursor(
    hfp: Hfp, monkeypatch: pytest.MonkeyPatch, name: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    result = hfp(*SCREENS[name])
    assert result.out or result.err
    for line in (result.out + result.err).split("\n"):
        assert line.isprintable(), line
    if name != "info":  # the path of a snapshot is not cut: it is there to be copied
        wide = max(80, columns) if columns < 80 else columns
        assert too_wide(result.out.split("\n"), wide) == []


@pytest.mark.parametrize("form", ["csv", "markdown"])
@pytest.mark.parametrize("name", [name for name in SCREENS if "no" not in name.split()])
def test_other_formats_carry_no_control_characters(hfp: Hfp, name: str, form: str) -> None:
    assert all(line.isprintable() for line in hfp(*SCREENS[name], "--format", form).out.split("\n"))


def test_json_escapes_and_keeps_them(hfp: Hfp) -> None:
    result = hfp("evil", "--first", "--json")
    assert result.out.rstrip("\n").isprintable()
    assert result.json["model"]["model_id"] == EVIL


def test_csv_is_one_line_a_row(hfp: Hfp) -> None:
    out = hfp("models", "--format", "csv").out
    assert len(list(csv.reader(io.StringIO(out)))) == len(out.splitlines()) == 4


def test_markup_stays_text_in_markdown(hfp: Hfp) -> None:
    line = next(line for line in hfp("models", "--format", "markdown").out.splitlines() if "mark/" in line)
    assert r"a\|b\`c\*d\<script\>\[x\](y)" in line


def test_colour_is_the_only_escape(hfp: Hfp) -> None:
    out = re.sub(r"\x1b\[31m(?=as of \d|\d+ days old)", "", hfp("evil", "--first", "--color", "always").out)
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m"):
        out = out.replace(code, "")
    assert all(line.isprintable() for line in out.split("\n"))


def test_completion_offers_nothing_a_shell_could_run(hfp: Hfp) -> None:
    assert hfp("__complete", "evil").out == ""
    assert hfp("__complete", "mark").out == ""
    assert hfp("__complete", "long").out.split() == [LONG]
