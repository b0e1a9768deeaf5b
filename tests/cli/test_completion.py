"""Completion: what `hfp __complete` offers, and the bash script in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hf_providers.catalog.exact import former_ids
from hf_providers.catalog.locate import open_snapshot
from hf_providers.cli.commands import COMMANDS, completion
from tests.cli.hfp import Hfp


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))


def test_models_begin_as_typed_by_id_or_by_name_the_most_used_first(hfp: Hfp) -> None:
    by_name = hfp("__complete", "deepseek-r").out.split()
    assert by_name[0] == "deepseek-ai/DeepSeek-R1"
    assert all("/deepseek-r" in word.lower() for word in by_name)
    by_id = hfp("__complete", "history", "openai/GPT").out.split()
    assert {"openai/gpt-oss-20b", "openai/gpt-oss-120b"} <= set(by_id)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["prov"], ["providers"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["completion", "z"], ["zsh"]),
        (["help", "hist"], ["history"]),
        (["providers", "gr"], ["groq"]),
        (["deepseek-r1", "--provider", "nov"], ["novita"]),
        (["models", "--provider", "hf"], ["hf-inference"]),
        (["deepseek-r1", "--str"], ["--structured"]),
        (["models", "--so"], ["--sort"]),
        (["models", "--sort", "th"], ["throughput"]),
        (["--format", "j"], ["json"]),
        (["--color", ""], ["auto", "always", "never"]),
    ],
)
def test_what_a_word_can_become(hfp: Hfp, words: list[str], offered: list[str]) -> None:
    assert hfp("__complete", *words).out.split() == offered


def test_every_command_can_be_completed(hfp: Hfp) -> None:
    assert set(hfp("__complete", "").out.split()) == COMMANDS.keys()


def test_history_is_completed_by_models_of_the_past_too(hfp: Hfp, data: Path) -> None:
    with open_snapshot(str(data), {}) as catalog:
        former = former_ids(catalog)[0]
    assert hfp("__complete", "history", former[:-1]).out.split()[-1] == former
    assert former not in hfp("__complete", "run", former[:-1]).out.split()


@pytest.mark.parametrize("typed", ["x", "%%%", "__", "_%", "\\", "'", '"; rm', "$(id)", "日本", ""])
def test_odd_beginnings_are_no_patterns(hfp: Hfp, typed: str) -> None:
    result = hfp("__complete", "history", typed)
    assert (result.code, result.out, result.err) == (0, "", "")


def test_without_a_snapshot_the_commands_are_left(hfp: Hfp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(tmp_path))
    assert hfp("__complete", "mod").out.split() == ["models"]


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_each_shell_gets_a_script_it_can_parse(hfp: Hfp, shell: str) -> None:
    script = hfp("completion", shell).out
    assert "__complete" in script
    assert "hf-providers" in script
    interpreter = shutil.which(shell)
    if interpreter is None:
        pytest.skip(f"{shell} is not installed: its script was printed, not parsed")
    subprocess.run([interpreter, "-n"], input=script, text=True, check=True)


def in_bash(*words: str) -> list[str]:
    """What bash offers for the last of these words, with the script as a user loads it."""
    script = (
        "source <(hfp completion bash)\n"
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
        'spec=$(complete -p "$1"); function=${spec#*-F }; "${function%% *}"\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *words],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PATH": path},
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


def test_bash_offers_the_models_of_the_catalog() -> None:
    offered = in_bash("hfp", "deepseek-r1-d")
    assert "deepseek-ai/DeepSeek-R1-Distill-Llama-70B" in offered
    assert offered == in_bash("hf-providers", "deepseek-r1-d")


def test_bash_offers_commands_options_and_providers() -> None:
    assert in_bash("hfp", "completi") == ["completion"]
    assert in_bash("hfp", "models", "--min-t") == ["--min-throughput"]
    assert in_bash("hfp", "providers", "sa") == ["sambanova"]
    assert in_bash("hfp", "nothing-begins-so") == [""]
