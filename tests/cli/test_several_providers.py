"""--provider takes several, separated by commas or given again; `changes` narrowed to a model, and its exit code."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.hfp import Hfp, catalog, model, offer, priced, provider

PRICE = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}
CHANGES = [
    ("2026-02-25T00:00:00Z", "price", "p", "o/Talk-1", "1 / 2", "2 / 3", 50.0),
    ("2026-02-24T00:00:00Z", "added", "q", "o/Talk-1", None, "live", None),
    ("2026-02-24T00:00:00Z", "added", "q", "o/Draw-2", None, "live", None),
]


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = ("o/Talk-1", "o/Draw-2")
    rows = {
        "models": [model(name) for name in names],
        "offers": [offer(name, who, **PRICE) for name in names for who in ("p", "q", "r")],
        "providers": [provider(who) for who in ("p", "q", "r")],
        "price_history": [priced("o/Talk-1", who, "2026-01-01", None, **PRICE) for who in ("p", "q", "r")],
    }
    path = catalog(tmp_path / "catalog.sqlite", rows, CHANGES)
    monkeypatch.setenv("HFP_SNAPSHOT", str(path))
    return path


@pytest.mark.parametrize("option", [["--provider", "p,R"], ["--provider", "p", "--provider", "r"], ["--provider=r, p"]])
@pytest.mark.parametrize(
    "command",
    [["o/Talk-1"], ["history", "o/Talk-1"], ["cost", "o/Talk-1", "--in", "1"], ["providers", "--compare", "o/Talk-1"]],
)
def test_several_providers_are_all_taken(hfp: Hfp, command: list[str], option: list[str]) -> None:
    found = hfp(*command, *option, "--json")
    assert found.code == 0, found
    assert sorted(row["provider"] for row in found.json.get("offers", found.json.get("rows"))) == ["p", "r"]


def test_models_and_changes_take_several_too(hfp: Hfp) -> None:
    models = hfp("models", "--provider", "p,r", "--json").rows
    assert {row["model_id"]: row["providers"] for row in models} == {"o/Talk-1": 2, "o/Draw-2": 2}
    assert len(hfp("changes", "--provider", "p,q", "--json").rows) == 3
    assert len(hfp("changes", "--provider", "q", "--json").rows) == 2


@pytest.mark.parametrize("command", [["o/Talk-1"], ["models"], ["changes"], ["history", "o/Talk-1"]])
def test_one_unknown_among_them_is_refused(hfp: Hfp, command: list[str]) -> None:
    found = hfp(*command, "--provider", "p,nobody")
    assert (found.code, found.out) == (1, "")
    assert "no provider 'nobody'" in found.err


@pytest.mark.parametrize("value", ["", ",", "p,,q"])
def test_an_empty_name_is_wrong_usage(hfp: Hfp, value: str) -> None:
    assert hfp("o/Talk-1", "--provider", value).code == 2


def test_changes_of_a_model(hfp: Hfp) -> None:
    kinds = [row["kind"] for row in hfp("changes", "--model", "talk-1", "--json").rows]
    assert kinds == ["price", "added"]
    pinned = hfp("changes", "--model", "o/Talk-1:q", "--json").rows
    assert [(row["kind"], row["provider"]) for row in pinned] == [("added", "q")]
    assert hfp("changes", "--model", "o/No-Such-9").code == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--model", "o/Talk-1"], 0),
        (["--model", "o/Talk-1", "--since", "2026-02-26"], 1),
        (["--provider", "r"], 1),
        (["--provider", "q", "--kind", "price"], 1),
    ],
)
def test_the_exit_code_says_whether_anything_changed(hfp: Hfp, arguments: list[str], code: int) -> None:
    assert hfp("changes", *arguments).code == 0
    found = hfp("changes", *arguments, "--exit-code", "--json")
    assert (found.code, bool(found.rows), found.err) == (code, code == 0, "")


@pytest.mark.parametrize(
    "unknown",
    [
        ["--model", "o/No-Such-9"],
        ["--model", "qwweenn"],
        ["--model", "o/Talk-1:nobody"],
        ["--model", "https://huggingface.co/datasets/o/d"],
        ["--provider", "q,nobody"],
        ["--kind", "pric"],
    ],
)
def test_what_is_unknown_is_not_taken_for_unchanged(hfp: Hfp, unknown: list[str]) -> None:
    """A job that watches a misspelt model would never hear of it."""
    bare, watched = hfp("changes", *unknown), hfp("changes", *unknown, "--exit-code")
    assert (bare.code, watched.code) == (1, 2)
    assert (watched.out, watched.err) == ("", bare.err)
    assert json.loads(hfp("changes", *unknown, "--exit-code", "--json").err)["exit_code"] == 2


def test_the_changes_are_those_of_the_table(hfp: Hfp, snapshot: Path) -> None:
    with sqlite3.connect(snapshot) as connection:
        wanted = connection.execute("SELECT count(*) FROM changes WHERE model_id = 'o/Talk-1'").fetchone()[0]
    connection.close()
    assert hfp("changes", "--model", "o/Talk-1", "--json").json["total"] == wanted == 2


@pytest.mark.parametrize(
    "command",
    [
        ["o/Talk-1:p"],
        ["history", "o/Talk-1:p"],
        ["cost", "o/Talk-1:p", "--in", "1"],
        ["providers", "--compare", "o/Talk-1:p"],
        ["changes", "--model", "o/Talk-1:p"],
        ["run", "o/Talk-1:p"],
        ["status", "o/Talk-1:p"],
    ],
)
def test_another_provider_than_the_name_pins_is_wrong_usage(hfp: Hfp, command: list[str]) -> None:
    found = hfp(*command, "--provider", "q")
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("hfp: both :p and ")


def test_the_provider_that_the_name_pins_may_be_said_again(hfp: Hfp) -> None:
    assert hfp("o/Talk-1:p", "--provider", "p,q", "--json").json["offers"][0]["provider"] == "p"


def test_a_year_before_1000_is_before_every_change(hfp: Hfp) -> None:
    found = hfp("changes", "--since", "0999-12-31", "--json").json
    assert (found["since"], found["total"]) == ("0999-12-31T00:00:00Z", len(CHANGES))
