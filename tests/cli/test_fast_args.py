"""What is read without argparse is what argparse reads."""

from __future__ import annotations

import argparse
from importlib import import_module
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.exits import Stop
from hf_providers.cli.fast_args import quick
from hf_providers.cli.parser import parser

NAMES = ("answer", *COMMANDS)
WORDS = (
    "deepseek",
    "r1",
    "",
    "a b",
    "é",
    "groq,novita",
    "64k",
    "0.5",
    "7",
    "7d",
    "eu",
    "chat",
    "json",
    "python",
    "x=y",
)


def module(name: str) -> ModuleType:
    return import_module(f"hf_providers.cli.commands.{name}")


def by_argparse(name: str, argv: list[str]) -> dict[str, object] | None:
    """What argparse reads; None where it refuses."""
    try:
        return vars(parser(name, module(name)).parse_args(argv))
    except (Stop, SystemExit):
        return None


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A command and arguments of all its forms: words, options with and without values, made-up options."""
    name = draw(st.sampled_from(NAMES))
    actions = [action for action in parser(name, module(name))._actions if action.option_strings]
    flags = [flag for action in actions for flag in action.option_strings] + ["--nonsense", "-", "--"]
    word = st.sampled_from(WORDS)
    option = st.sampled_from(flags)
    part = st.one_of(
        st.lists(word, min_size=1, max_size=2),
        option.map(lambda flag: [flag]),
        st.tuples(option, st.sampled_from(_values(actions))).map(list),
        st.tuples(option, st.sampled_from(_values(actions))).map(lambda both: ["=".join(both)]),
    )
    return name, [text for texts in draw(st.lists(part, max_size=4)) for text in texts]


def _values(actions: list[argparse.Action]) -> list[str]:
    return sorted({str(choice) for action in actions for choice in action.choices or ()} | set(WORDS))


@settings(max_examples=500, deadline=None)
@given(typed())
def test_what_is_read_without_argparse_is_what_argparse_reads(line: tuple[str, list[str]]) -> None:
    name, argv = line
    read = quick(name, module(name), argv)
    if read is not None:
        assert vars(read) == by_argparse(name, argv)


@pytest.mark.parametrize(
    ("name", "argv"),
    [
        ("answer", []),
        ("answer", ["deepseek", "r1"]),
        ("answer", ["--json", "r1"]),
        ("answer", ["r1", "--tools", "--provider", "groq,novita", "--provider=fal-ai", "--max-price", "$2"]),
        ("answer", ["r1", "--first", "--mix", "1:1", "--format=csv"]),
        ("models", []),
        ("models", ["qwen", "--task", "chat", "--limit", "3"]),
        ("providers", ["groq", "--json"]),
        ("providers", ["--compare", "r1"]),
        ("cost", ["r1", "--in", "10M", "--out", "1M"]),
        ("need", ["r1", "--machine", "24GB"]),
        ("run", ["r1", "--cheapest", "--lang", "curl"]),
        ("history", ["r1", "--since", "2026-01-01"]),
        ("changes", ["--kind", "price"]),
        ("info", []),
        ("sql", ["SELECT 1", "--read", "a", "--read", "b"]),
    ],
)
def test_what_is_typed_most_is_read_without_argparse(name: str, argv: list[str]) -> None:
    read = quick(name, module(name), argv)
    assert read is not None
    assert vars(read) == by_argparse(name, argv)


@pytest.mark.parametrize(
    ("name", "argv"),
    [
        ("answer", ["-h"]),
        ("answer", ["r1", "--", "x"]),
        ("answer", ["r1", "--mix", "no"]),
        ("answer", ["r1", "--cheapest", "--fastest"]),
        ("answer", ["r1", "--tools", "more"]),
        ("answer", ["r1", "--format", "xml"]),
        ("answer", ["r1", "--tools=yes"]),
        ("answer", ["r1", "--task"]),
        ("answer", ["r1", "--task", "-1"]),
        ("info", ["word"]),
        ("providers", ["one", "two"]),
        ("completion", []),
        ("status", ["r1", "--watch"]),
    ],
)
def test_anything_else_is_left_to_argparse(name: str, argv: list[str]) -> None:
    assert quick(name, module(name), argv) is None
