"""Which of the models that fit comes first, and when it is clear: over small catalogs, one for each rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog import search
from tests.catalog.test_search import catalog_of


def record(model_id: str, use: int, *bases: str, relation: str = "finetune") -> dict[str, Any]:
    declared = [{"model_id": base, "relation": relation} for base in bases]
    return {"id": model_id, "likes": use, "downloads": use, "base_models": declared}


def first(path: Path, query: str, *records: dict[str, Any]) -> list[str]:
    with catalog_of(path / "catalog.sqlite", records) as catalog:
        return search.find(catalog, query).model_ids


def test_the_most_used_of_equally_good_matches_is_first(tmp_path: Path) -> None:
    assert first(tmp_path, "big chat", record("a/Big-2-Chat", 5), record("b/Big-3-Chat", 9)) == [
        "b/Big-3-Chat",
        "a/Big-2-Chat",
    ]


def test_a_variant_ranks_behind_what_it_is_made_from_however_much_it_is_used(tmp_path: Path) -> None:
    base = record("a/Big-70B", 5)
    tuned = record("a/Big-70B-Instruct", 500, "a/Big-70B")
    quantised = record("u/Big-70B-Instruct-Quick", 5000, "a/Big-70B-Instruct", relation="quantized")
    assert first(tmp_path, "big", quantised, tuned, base) == [
        "a/Big-70B",
        "a/Big-70B-Instruct",
        "u/Big-70B-Instruct-Quick",
    ]


def test_a_variant_whose_base_does_not_match_is_no_worse_for_it(tmp_path: Path) -> None:
    found = first(
        tmp_path,
        "big 3.3",
        record("a/Big-3.1", 5),
        record("a/Big-3.3-Chat", 9, "a/Big-3.1"),
        record("b/Other-Big-3.3", 2),
    )
    assert found == ["a/Big-3.3-Chat", "b/Other-Big-3.3"]


@pytest.mark.parametrize("suffix", ["GGUF", "AWQ", "GPTQ-Int4", "FP8", "4bit", "Distill-Small", "lora"])
def test_a_name_that_says_variant_ranks_behind(tmp_path: Path, suffix: str) -> None:
    found = first(tmp_path, "big 70b", record(f"u/Big-3-70B-{suffix}", 900), record("a/Big-2-70B", 5))
    assert found == ["a/Big-2-70B", f"u/Big-3-70B-{suffix}"]


def test_a_variant_that_is_asked_for_is_found(tmp_path: Path) -> None:
    found = first(tmp_path, "big gguf", record("u/Big-3-70B-GGUF", 1), record("a/Big-3-70B", 900))
    assert found == ["u/Big-3-70B-GGUF"]


def test_of_one_name_the_original_is_first_and_clear(tmp_path: Path) -> None:
    records = [record("mirror/Big-3", 900, "a/Big-3", relation="quantized"), record("a/Big-3", 5)]
    with catalog_of(tmp_path / "catalog.sqlite", records) as catalog:
        found = search.find(catalog, "big-3")
        assert (found.model_ids, found.matched_by, found.clear) == (["a/Big-3", "mirror/Big-3"], "name", True)


def test_of_one_name_and_like_use_none_is_clear(tmp_path: Path) -> None:
    with catalog_of(tmp_path / "catalog.sqlite", [record("a/Big-3", 50), record("b/big-3", 60)]) as catalog:
        found = search.find(catalog, "big-3")
        assert (found.model_ids, found.clear) == (["b/big-3", "a/Big-3"], False)
        assert search.find(catalog, "A/BIG-3").model_ids == ["a/Big-3"]


@pytest.mark.parametrize(
    ("typed", "matched_by", "clear"),
    [
        ("kestrl 7b", "typo", True),  # one letter missing
        ("ketsrel 7b", "typo", True),  # two letters swapped
        ("kaestroel 7b", "typo", False),  # two letters too many: perhaps another family
        ("kestrel 8b", "nearest", False),
        ("kestrel 7b x", "nearest", False),  # a short word is no misspelling of none
        ("falcon 7b", "nearest", False),  # a word that another model has
        ("estr", "words", False),  # in the midst of a word
        ("kest 7b", "words", False),  # its beginning, too short to mean it
        ("night 9b", "words", True),
    ],
)
def test_only_letters_are_wrong_and_few(tmp_path: Path, typed: str, matched_by: str, clear: bool) -> None:
    records = [record("a/Kestrel-7B", 50), record("b/Falcon-40B", 60), record("c/Nightingale-9B", 70)]
    with catalog_of(tmp_path / "catalog.sqlite", records) as catalog:
        found = search.find(catalog, typed)
    assert (found.matched_by, found.clear) == (matched_by, clear)
    if matched_by != "nearest":
        assert found.model_ids == (["c/Nightingale-9B"] if "9b" in typed else ["a/Kestrel-7B"])


def test_all_the_words_of_an_id_come_before_a_longer_one(tmp_path: Path) -> None:
    found = first(tmp_path, "acme 4.7 glm", record("acme/GLM-4.7-Flash", 900), record("acme/GLM-4.7", 5))
    assert found == ["acme/GLM-4.7", "acme/GLM-4.7-Flash"]
