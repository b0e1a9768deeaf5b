"""Several models fit: how many, narrowed by what else was asked, and where all of them are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hf_providers import Model, ModelNotFound, open_snapshot
from tests.cli.hfp import Hfp, catalog, model, offer, provider

MANY = [f"org{i}/Lark-{chr(97 + i % 26)}{i}" for i in range(150)]


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """150 models of a word, one that has its trigrams only (larpark), and three with tools at 3, 1 and 2 USD."""
    price = {"output_usd_per_mtok": Decimal(0), "supports_tools": True}
    wren = [
        offer(f"a/Wren-{name}", "alpha", input_usd_per_mtok=Decimal(usd), **price)
        for name, usd in (("x1", 3), ("y2", 1), ("z3", 2))
    ]
    rows = {
        "models": [model(name) for name in (*MANY, "lar/Park-7", "a/Wren-x1", "a/Wren-y2", "a/Wren-z3", "a/Wren-w4")],
        "offers": [*(offer(name, "alpha") for name in MANY), *wren, offer("a/Wren-w4", "alpha")],
        "providers": [provider("alpha")],
    }
    path = catalog(tmp_path / "catalog.sqlite", rows)
    monkeypatch.setenv("HFP_SNAPSHOT", str(path))
    return path


def test_all_that_fit_are_counted_and_can_be_listed(hfp: Hfp) -> None:
    listed = hfp("lark")
    assert listed.code == 6
    assert "20 of 150 models fit: type one of them, or --first for the top one" in listed.out.splitlines()
    assert "all of them: hfp models lark" in listed.out.splitlines()
    told = hfp("lark", "--json").json
    assert (len(told["matches"]), told["total"]) == (20, 150)
    assert hfp("models", "lark", "--json").json["total"] == 150


def test_all_of_a_misspelt_word_are_listed_by_the_right_one(hfp: Hfp) -> None:
    assert "all of them: hfp models lark" in hfp("larrk").out.splitlines()


def test_few_are_all_listed(hfp: Hfp) -> None:
    assert "4 models fit: type one of them, or --first for the top one" in hfp("wren").out.splitlines()
    assert hfp("wren", "--json").json["total"] == 4


def test_models_finds_by_words_as_a_model_is_found(hfp: Hfp) -> None:
    assert {row["model_id"] for row in hfp("models", "wreny2", "--json").rows} == {"a/Wren-y2"}
    assert {row["model_id"] for row in hfp("models", "Y2 WREN", "--json").rows} == {"a/Wren-y2"}
    assert hfp("models", "///").code == 1


def test_the_matches_obey_filters_and_order(hfp: Hfp) -> None:
    listed = hfp("wren", "--tools", "--cheapest", "--json")
    assert listed.code == 6
    assert [match["model_id"] for match in listed.json["matches"]] == ["a/Wren-y2", "a/Wren-z3", "a/Wren-x1"]
    assert listed.json["total"] == 3
    assert "1 more are left out by the filters" in hfp("wren", "--tools").out.splitlines()


def test_one_that_passes_is_the_answer(hfp: Hfp) -> None:
    found = hfp("wren", "--max-price", "0.75", "--json")  # 1 USD in, 0 out, at 3:1
    assert (found.code, found.json["model"]["model_id"]) == (0, "a/Wren-y2")


def test_none_that_passes_is_nothing_found(hfp: Hfp) -> None:
    result = hfp("wren", "--min-throughput", "5")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "hfp: none of the 4 best matches of 'wren' passes these filters",
        "leave one out",
    ]


def test_the_library_takes_an_exact_name_and_no_words(snapshot: Path) -> None:
    with pytest.raises(ModelNotFound, match="no model 'lark' in the snapshot; nearest: "):
        Model("lark", open_snapshot(snapshot))
    assert Model("wren-x1", open_snapshot(snapshot)).model_id == "a/Wren-x1"
