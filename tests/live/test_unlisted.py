"""Ids that the snapshot lacks: the Hub is asked for exactly that id, and no other model answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hf_providers.cli.commands import status
from hf_providers.live import refresh
from tests.cli.hfp import Hfp
from tests.live import made

NEWER = "acme/chatty-large"
"""The Hub has it, the snapshot does not."""
Online = Callable[[], None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "TIME_S", 1.0)
    monkeypatch.setattr(refresh, "TIME_S", 1.0)


@pytest.mark.parametrize("typed", [NEWER, f"huggingface/{NEWER}", f"https://huggingface.co/{NEWER}", f"{NEWER}:quick"])
def test_a_model_newer_than_the_snapshot_is_answered_live(hfp: Hfp, online: Online, typed: str) -> None:
    document = hfp(typed, "--live", "--json").json
    assert (document["model"]["model_id"], document["query"], document["matched_by"]) == (NEWER, NEWER, "id")
    assert [offer["provider"] for offer in document["offers"]] == ["quick"]
    said = hfp("status", typed, "--json").json
    assert (said["model_id"], said["matched_by"]) == (NEWER, "id")
    assert hfp(typed, "--live").out.startswith(NEWER)


@pytest.mark.parametrize("argv", [["acme/chatty-2", "--live"], ["status", "acme/chatty-2"]])
def test_one_that_the_hub_lacks_too_is_1_with_the_nearest_names(hfp: Hfp, online: Online, argv: list[str]) -> None:
    result = hfp(*argv)
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "hfp: the Hub has no model acme/chatty-2, or it is private",
        f"check the spelling; nearest: {made.CHATTY}",
    ]


def test_what_the_hub_calls_otherwise_is_said(hfp: Hfp, online: Online) -> None:
    for argv in (["ACME/Chatty-Large", "--live"], ["status", "ACME/Chatty-Large"]):
        result = hfp(*argv, "--json")
        told = result.json
        assert NEWER in {told.get("model_id"), told.get("model", {}).get("model_id")}
        assert result.err.splitlines()[0] == f"ACME/Chatty-Large was read as {NEWER}"


def test_without_the_hub_there_is_no_answer(hfp: Hfp, online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = hfp(NEWER, "--live")
    assert (result.code, result.out) == (4, "")


def test_without_live_it_is_not_found_and_said_where_to_ask(hfp: Hfp, online: Online) -> None:
    result = hfp(NEWER)
    assert (result.code, result.out) == (1, "")
    assert f"hfp status {NEWER}" in result.err


def test_words_are_looked_for_in_the_snapshot_and_then_asked_for(hfp: Hfp, online: Online) -> None:
    document = hfp("chaty", "--live", "--json").json
    assert (document["model"]["model_id"], document["matched_by"]) == (made.CHATTY, "typo")
    assert document["snapshot"]["live_observed_at"]
