"""The options of each command: their types are what the parsers read, and nobody changes them."""

from __future__ import annotations

import inspect
import subprocess
import sys
import types
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from pydantic import ConfigDict, TypeAdapter

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.fast_args import quick
from hf_providers.cli.options import Options
from hf_providers.cli.parser import parser
from tests.cli.hfp import ROOT

NAMES = ("answer", *COMMANDS)
SAMPLES: dict[str, list[list[str]]] = {
    "answer": [[], ["a", "b", "--provider", "groq,novita", "--max-price", "2", "--min-throughput", "5", "--live"]],
    "run": [["a", "--cheapest", "--lang", "curl", "--bill-to", "me"]],
    "status": [["a", "--watch"], ["a", "--watch", "9", "--probe", "--max-cost", "1", "--time-limit", "2"]],
    "models": [["--sort", "price", "--limit", "0", "--region", "eu", "qwen"]],
    "providers": [["groq"], ["--compare", "a", "b", "--mix", "1:1"]],
    "cost": [["a", "--in", "1k", "--cached-price", "0.5", "--per-day", "9", "--as-of", "2026-01-01"]],
    "bill": [["log", "--rows"], ["log", "--against", "file", "--format", "parquet"]],
    "need": [["a", "--weights", "q4_k_m", "--busy-hours", "1.5", "--bursts", "2", "--kv-bits", "8", "--params", "7B"]],
    "history": [["a", "--since", "7d"]],
    "changes": [["--model", "a", "--kind", "price", "--exit-code"]],
    "sql": [["SELECT 1", "--read", "a", "--read", "b", "--out", "c"]],
    "export": [["litellm", "--tools"]],
    "sync": [["--from", "https://example.org/", "--check"]],
    "info": [["--verify", "--snapshot", "data"]],
    "completion": [["bash"]],
    "help": [["run"], []],
}


def module(name: str) -> types.ModuleType:
    return import_module(f"hf_providers.cli.commands.{name}")


def type_of(name: str) -> type[Options]:
    """The type that a command's `main` says its options have, as a type checker reads the command's file."""
    (given,) = inspect.signature(module(name).main).parameters.values()
    source = inspect.getsource(module(name)).replace("TYPE_CHECKING = False", "TYPE_CHECKING = True")
    read: dict[str, Any] = {"__name__": f"checked_{name}"}
    exec(compile(source, f"{name}.py", "exec"), read)
    found: type[Options] = read[given.annotation]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_command_s_options_are_those_of_its_parser(name: str) -> None:
    hints = get_type_hints(type_of(name))
    assert set(hints) == {a.dest for a in parser(name, module(name))._actions} - {"help", "version"}


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type, taken strictly: a list is no tuple, and True no number."""
    if get_origin(hint) is types.UnionType:
        return any(fits(value, part) for part in get_args(hint))
    strict = TypeAdapter(tuple[hint], config=ConfigDict(strict=True))
    try:
        strict.validate_python((value,))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_every_value_that_is_read_is_of_its_type(name: str) -> None:
    hints = get_type_hints(type_of(name))
    for argv in SAMPLES.get(name, [[]]):
        for options in (quick(name, module(name), argv), Options(vars(parser(name, module(name)).parse_args(argv)))):
            for key, value in vars(options).items() if options else ():
                assert fits(value, hints[key]), f"{name} {argv}: {key} = {value!r}"


def test_options_are_changed_by_nobody() -> None:
    options = Options({"first": True, "provider": None})
    with pytest.raises(AttributeError, match="made once"):
        options.first = False  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="made once"):
        options.more = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="made once"):
        del options.first  # type: ignore[attr-defined]
    other = options.replaced(provider=["groq"])
    assert (vars(other), vars(options)) == (
        {"first": True, "provider": ["groq"]},
        {"first": True, "provider": None},
    )


def test_a_type_checker_refuses_to_change_them(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from hf_providers.cli.option_types import FilterOptions\n\n\n"
        "def change(options: FilterOptions) -> None:\n    options.provider = None\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(wrong)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "read-only" in done.stdout, done.stdout + done.stderr
