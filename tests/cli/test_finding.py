"""What is typed or pasted for a model: answered as itself, or not found, and what was read otherwise is said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers.cli.commands import COMMANDS
from tests.cli.hfp import Hfp, catalog, day, model, offer, priced, provider, row

LARK, OLD = "acme/Lark-2.5", "acme/Lark-2.6"
USD = {"input_usd_per_mtok": Decimal("0.95"), "output_usd_per_mtok": Decimal(4)}


def cost(usd: int) -> dict[str, Decimal]:
    return {"input_usd_per_mtok": Decimal(usd), "output_usd_per_mtok": Decimal(usd)}


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lark-2.5 with alpha and beta, Lark-2.5-Mini, a model of a renamed owner; Lark-2.6 in the histories alone."""
    ids = (LARK, "acme/Lark-2.5-Mini", "zai-org/Wren-9B", "other/Wren-9B")
    live = {"status": "live", "valid_from": day("2026-04-21"), "last_observed_at": day("2026-08-18"), "source": "s"}
    rows = {
        "models": [model(name, likes=10 - i, downloads=10) for i, name in enumerate(ids)],
        "offers": [
            offer(LARK, "alpha-ai", provider_model_id="accounts/alpha/models/lark", **cost(3)),
            offer(LARK, "beta", provider_model_id="acme/Lark-2.5-Turbo", **cost(1)),
            offer("acme/Lark-2.5-Mini", "beta", provider_model_id="lark-mini", throughput_tps=9.0),
            offer("zai-org/Wren-9B", "beta", provider_model_id="wrens"),
            offer("other/Wren-9B", "beta", provider_model_id="wrens", throughput_tps=9.0),
        ],
        "providers": [provider("alpha-ai", name="Alpha AI"), provider("beta")],
        "price_history": [priced(name, "alpha-ai", "2026-06-25", None, **USD) for name in (LARK, OLD)],
        "status_history": [row("status_history", model_id=OLD, provider="alpha-ai", task="conversational", **live)],
    }
    path = catalog(tmp_path / "catalog.sqlite", rows)
    monkeypatch.setenv("HFP_SNAPSHOT", str(path))
    return path


@pytest.mark.parametrize(
    ("typed", "matched_by"),
    [
        (LARK, "id"),
        ("ACME/lark-2.5", "id"),
        ("lark-2.5", "name"),
        ("lark 2.5", "name"),
        ("2.5 lark acme", "words"),
        ("lrak 2.5", "typo"),
        ("accounts/alpha/models/lark", "alias"),
        ("acme/Lark-2.5-Turbo:beta", "alias"),
        ("https://huggingface.co/acme/Lark-2.5", "id"),
        ("https://huggingface.co:443/acme/Lark-2.5", "id"),
        ("http://huggingface.co/acme/Lark-2.5/blob/main/config.json?x=1#y", "id"),
        ("hf.co/acme/Lark-2.5", "id"),
        ("https://huggingface.co/acme/Lark-2.5?inference_provider=beta", "id"),
        ("huggingface/acme/Lark-2.5", "id"),
        ("huggingface/beta/acme/Lark-2.5", "id"),
        ("hf:acme/Lark-2.5", "id"),
        ("acme/Lark-2.5:fastest", "id"),
        ("lark-2.5:latest", "name"),
        ("  acme/Lark-2.5\n", "id"),
    ],
)
def test_what_is_typed_or_pasted_is_the_model(hfp: Hfp, typed: str, matched_by: str) -> None:
    document = hfp(typed, "--json").json
    assert (document["model"]["model_id"], document["matched_by"]) == (LARK, matched_by)
    assert document["query"] in typed


def test_an_ollama_tag_is_a_word(hfp: Hfp) -> None:
    document = hfp("lark:2.5", "--json").json
    assert (document["model"]["model_id"], document["query"]) == (LARK, "lark 2.5")


@pytest.mark.parametrize(
    ("typed", "providers"),
    [
        ("acme/Lark-2.5:beta", ["beta"]),
        ("lark-2.5:BETA", ["beta"]),
        ("huggingface/alpha-ai/acme/Lark-2.5", ["alpha-ai"]),
        ("https://huggingface.co/acme/Lark-2.5?inference_provider=beta", ["beta"]),
        ("acme/Lark-2.5:cheapest", ["beta", "alpha-ai"]),
    ],
)
def test_a_suffix_pins_or_orders(hfp: Hfp, typed: str, providers: list[str]) -> None:
    assert [one["provider"] for one in hfp(typed, "--json").json["offers"]] == providers


def test_what_was_read_otherwise_is_one_line_on_stderr(hfp: Hfp) -> None:
    assert hfp("lrak", "2.5").err == "lrak was read as lark\n"
    assert hfp("THUDM/Wren-9B").err == "THUDM/Wren-9B was read as zai-org/Wren-9B\n"
    assert hfp("acme/LARK-2.5").err == "acme/LARK-2.5 was read as acme/Lark-2.5\n"
    assert hfp(LARK).err == hfp("lark-2.5").err == ""


def test_words_that_look_like_a_name_that_no_model_has_are_said_to_be_read_as_another(hfp: Hfp) -> None:
    assert hfp("2.5-mini").err == "2.5-mini was read as acme/Lark-2.5-Mini\n"
    assert hfp("2.5 mini").err == ""


NOT_FOUND = ["acme/Lark-2.7", "acme/Lark-2", "lark 2.7", "lark-25", "acme/Larc-2.5", "acme/Lark-2.5/x", "a/b/c/d/e"]
NOT_FOUND += ["https://example.org/acme/Lark-2.5", "https://huggingface.co/datasets/acme/Lark-2.5", "x" * 10_000]
NOT_FOUND += [
    "acme/Lark-2.5:gamma",
    "lark-2.5:gamma",
    "acme/Lark-2.5-Turbo",
    "https://huggingface.co/",
    "other/Lark-2.5",
]


@pytest.mark.parametrize("typed", NOT_FOUND, ids=range(len(NOT_FOUND)))
def test_what_is_no_model_here_is_1_and_nothing_on_stdout(hfp: Hfp, typed: str) -> None:
    result = hfp(typed)
    assert (result.code, result.out) == (1, "")
    wrong, hint = result.err.splitlines()
    assert wrong.startswith("hfp: ")
    assert hint


def test_an_unknown_provider_is_named_and_so_is_a_tag_that_is_no_word(hfp: Hfp) -> None:
    assert hfp("acme/Lark-2.5:betta").err.splitlines() == [
        "hfp: no provider 'betta' in the snapshot",
        "nearest: beta",
    ]
    assert "no provider 'gamma'" in hfp("lark-2.5:gamma").err


def test_an_own_id_of_several_models_is_a_list(hfp: Hfp) -> None:
    listed = hfp("wrens", "--json")
    assert listed.code == 6
    assert [one["model_id"] for one in listed.json["matches"]] == ["zai-org/Wren-9B", "other/Wren-9B"]


def test_the_nearest_names_of_an_id_are_said(hfp: Hfp) -> None:
    wrong, hint = hfp("acme/Lark-2.7").err.splitlines()
    assert wrong == "hfp: no model 'acme/Lark-2.7' in the snapshot"
    assert hint.startswith("nearest: acme/Lark-2.5, ")


@pytest.mark.parametrize("typed", [OLD, "lark-2.6", "lark 2.6", "acme/lark-2.6"])
def test_a_model_known_from_history_says_when_it_was_last_served(hfp: Hfp, typed: str) -> None:
    result = hfp(typed)
    assert (result.code, result.out) == (1, "")
    told = result.err.splitlines()[-2:]
    assert told[0] == f"hfp: the snapshot has no offer of {OLD}: last served 2026-08-18 by alpha-ai"
    assert f"hfp history {OLD}" in told[1]


def test_its_history_and_its_cost_then_are_there(hfp: Hfp) -> None:
    (interval,) = hfp("history", "lark 2.6", "--json").rows
    assert (interval["provider"], interval["output_usd_per_mtok"]) == ("alpha-ai", "4")
    job = ("cost", OLD, "--in", "1M", "--out", "1M")
    (then,) = hfp(*job, "--as-of", "2026-07-10", "--json").rows
    assert then["total_usd"] == "4.95", "0.95 for the one million, 4.00 for the other"
    assert hfp(*job).code == 1


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["provider", "beta"], "did you mean: hfp providers beta"),
        (["histroy", "lark"], "did you mean: hfp history lark"),
        (["modles"], "did you mean: hfp models"),
        (["beta"], "its offers: hfp providers beta"),
        (["alpha"], "its offers: hfp providers alpha-ai"),
        (["Alpha AI"], "its offers: hfp providers alpha-ai"),
        (["betta"], "a provider: hfp providers beta"),
    ],
)
def test_words_that_are_no_model_say_what_they_are(hfp: Hfp, argv: list[str], hint: str) -> None:
    result = hfp(*argv)
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines()[1].startswith(hint)


def test_first_is_the_first_line_of_the_list_in_its_order(hfp: Hfp) -> None:
    for more in ([], ["--fastest"], ["--provider", "beta", "--cheapest"]):
        listed = hfp("wren", *more, "--json").json
        first = hfp("wren", *more, "--first", "--json").json
        assert first["model"]["model_id"] == listed["matches"][0]["model_id"], more
    assert hfp("wren", "--first", "--json").json["model"]["model_id"] == "zai-org/Wren-9B"
    assert hfp("wren", "--fastest", "--first", "--json").json["model"]["model_id"] == "other/Wren-9B"


def test_hfp_alone_says_what_to_type_and_how_old_the_snapshot_is(hfp: Hfp) -> None:
    result = hfp()
    assert (result.code, result.err) == (0, "")
    assert sum(line.startswith("  hfp ") for line in result.out.splitlines()) == 3
    assert result.out.splitlines()[-1].startswith("snapshot 2026-02-26 11:27 UTC")


def test_hfp_alone_says_that_there_is_no_snapshot(hfp: Hfp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(tmp_path / "none"))
    assert hfp().code == 0
    assert hfp().out.splitlines()[-1].startswith("no snapshot: ")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_what_the_command_says_of_itself(hfp: Hfp, name: str) -> None:
    assert hfp("help", name) == hfp(name, "--help")


def test_help_alone_lists_the_commands_and_knows_no_others(hfp: Hfp) -> None:
    assert hfp("help") == hfp("--help")
    wrong = hfp("help", "histroy")
    assert (wrong.code, wrong.err.splitlines()[1]) == (2, "nearest: history")


def test_every_command_about_one_model_says_how_it_was_found(hfp: Hfp) -> None:
    commands: dict[str, list[Any]] = {
        "history": ["history", "lrak 2.5"],
        "cost": ["cost", "lrak 2.5", "--in", "1k"],
        "need": ["need", "lrak 2.5"],
        "run": ["run", "lrak 2.5"],
        "compare": ["providers", "--compare", "lrak 2.5"],
    }
    for name, argv in commands.items():
        document = hfp(*argv, "--json").json
        assert (document["query"], document["matched_by"]) == ("lrak 2.5", "typo"), name
