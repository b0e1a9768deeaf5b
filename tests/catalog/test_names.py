"""Whether a typed number is a number of a name: the rule by which no model is answered for another."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.catalog.names import agree, index_text, letter_runs, numbers, occur, same_name, tokens, words

AGREE = [
    ("kimi k2.5", "Kimi-K2.5"),
    ("kimi 2.5", "Kimi-K2.5"),
    ("kimi2.5", "Kimi-K2.5"),
    ("deepseek 3.2", "DeepSeek-V3.2"),
    ("gpt oss 120", "gpt-oss-120b"),
    ("gpt oss 120b", "gpt-oss-120b"),
    ("gptoss120b", "gpt-oss-120b"),
    ("llama3.3", "Llama-3.3-70B"),
    ("llama 3.3 70", "Llama-3.3-70B"),
    ("70b 3.3", "Llama-3.3-70B"),
    ("qwen 3", "Qwen3-8B"),
    ("mixtral 8x7b", "Mixtral-8x7B"),
    ("mixtral 8x7", "Mixtral-8x7B"),
    ("minimax 2.5", "MiniMax-M2.5"),
    ("r1", "DeepSeek-R1"),
    ("deepseekr1", "DeepSeek-R1"),
    ("qwen3 30b a3b", "Qwen3-30B-A3B"),
    ("gemma 3n", "gemma-3n-E4B"),
    ("glm 4.5v", "GLM-4.5V"),
    ("no number", "Llama-3.3-70B"),
    ("2 2b", "gemma-2-2b-it"),
    ("2b 2", "gemma-2-2b-it"),
    ("1t", "Ling-1T"),
    ("1", "Ling-1T"),
]
DIFFER = [
    ("kimi 2", "Kimi-K2.5"),
    ("kimi k2", "Kimi-K2.5"),
    ("kimi 5", "Kimi-K2.5"),
    ("kimi v2.5", "Kimi-K2.5"),
    ("25", "Kimi-K2.5"),
    ("32", "Qwen3-30B"),
    ("0.4", "ERNIE-0.3B"),
    ("30k", "Qwen3-30B"),
    ("v1", "DeepSeek-R1"),
    ("deepseekv1", "DeepSeek-R1"),
    ("7b", "Mixtral-8x7B"),
    ("8", "Mixtral-8x7B"),
    ("3b", "Qwen-30B-A3B"),
    ("2 2", "gemma-2-9b-it"),
    ("llama 3", "Llama-3.3"),
    ("33", "Llama-3.3"),
    ("3.3.1", "Llama-3.3"),
    ("4.5", "GLM-4.5V"),
    ("gemma 3", "gemma-3n"),
    ("glm 1", "GLM-Z1"),
    ("8", "Coder-Next-FP8"),
    ("4", "Model-4bit"),
    ("v3", "Model-3"),
    ("3v", "Model-3"),
    ("llamav3.3", "Llama-3.3"),
]


@pytest.mark.parametrize(("typed", "name"), AGREE)
def test_every_number_typed_is_one_of_the_names(typed: str, name: str) -> None:
    assert agree(numbers(words(typed)), numbers(words(name)))


@pytest.mark.parametrize(("typed", "name"), DIFFER)
def test_a_number_that_is_none_of_the_names_is_refused(typed: str, name: str) -> None:
    assert not agree(numbers(words(typed)), numbers(words(name)))


def test_a_number_of_the_author_is_none_of_the_model() -> None:
    assert not occur(words("wan 2"), "lightx2v/Wan2.2")
    assert occur(words("lightx2v wan2.2"), "lightx2v/Wan2.2")


@given(st.from_regex(r"\A[A-Za-z]{1,8}(-?[0-9]{1,3}(\.[0-9]{1,2})?[A-Za-z]{0,4}){0,3}\Z"))
def test_a_name_agrees_with_itself_and_with_no_other_digit(name: str) -> None:
    own = numbers(words(name))
    assert agree(own, own)
    values = re.findall(r"\d+(?:\.\d+)?", name)
    for digit in re.finditer(r"\d", name):
        other = name[: digit.start()] + str((int(digit.group()) + 1) % 10) + name[digit.end() :]
        if sorted(re.findall(r"\d+(?:\.\d+)?", other)) != sorted(values):
            assert not agree(numbers(words(other)), own)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("DeepSeek-R1", "deepseek r1", True),
        ("DeepSeek_R1", "deepseekr1", True),
        ("Qwen2.5-7B", "qwen2-5-7b", True),
        ("Qwen2.5-7B", "qwen25-7b", False),
        ("Qwen2.5-7B", "qwen2-57b", False),
        ("R1-0528", "r10528", False),
        ("FLUX.1-dev", "flux1dev", True),
    ],
)
def test_names_that_differ_in_separators_are_the_same(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same


def test_words_are_cut_where_a_word_of_letters_meets_a_number() -> None:
    assert [tokens(word) for word in ("llama3.3", "r1", "deepseekr1", "gptoss120binstruct", "8x7b", "sd3.5")] == [
        ["llama", "3.3"],
        ["r1"],
        ["deepseekr", "1"],
        ["gptoss", "120", "binstruct"],
        ["8x7b"],
        ["sd3.5"],
    ]
    assert tokens("sd3.5", glued={"sd"}) == ["sd", "3.5"]
    assert letter_runs("gptoss120binstruct") == ["gptoss", "binstruct"]


def test_the_index_holds_the_words_their_numbers_and_all_of_it_together() -> None:
    assert index_text("Qwen/Qwen2.5-7B") == " qwen qwen2.5 7b 2.5 qwenqwen2.57b "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FLUX.1-dev", ["flux", "1", "dev"]),
        ("Qwen2.5-7B", ["qwen2.5", "7b"]),
        ("v0.3_final.", ["v0.3", "final"]),
        ("a/B", ["a", "b"]),
        ("ünï cödé", ["ünï", "cödé"]),
        ("...", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected
