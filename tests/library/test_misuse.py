"""What a program can get wrong with a model: each mistake is said, and what would be right."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers import Model, ModelNotFound, bill, calculate_cost, open_snapshot
from hf_providers.errors import NoSnippet
from hf_providers.snippets import clients
from tests.cli.hfp import catalog, model, offer

TALK = "acme/Talk-7B"


@pytest.fixture
def talk(tmp_path: Path) -> Model:
    prices = {"input_usd_per_mtok": Decimal(1), "output_usd_per_mtok": Decimal(2)}
    offers = [offer(TALK, "groq", **prices), offer(TALK, "novita", task="new-task")]
    rows = {"models": [model(TALK)], "offers": offers}
    return Model(TALK, open_snapshot(catalog(tmp_path / "catalog.sqlite", rows)))


@pytest.mark.parametrize("given", [None, 7, b"talk", ["talk"]])
def test_a_query_that_is_no_text_is_refused(given: Any, talk: Model) -> None:
    with pytest.raises(TypeError, match="no name of a model: give its id"):
        Model(given, talk._snapshot)


@pytest.mark.parametrize(
    ("query", "instead"),
    [
        ("talk-7b:groq", "Model('talk-7b').snippet(provider='groq')"),
        ("acme/Talk-7B:GROQ", "Model('acme/Talk-7B').snippet(provider='groq')"),
        ("talk-7b:nobody", "Model('talk-7b').snippet(provider='nobody')"),
        ("talk-7b:cheapest", "Model('talk-7b').snippet(policy='cheapest')"),
    ],
)
def test_a_pair_of_model_and_provider_is_no_model(query: str, instead: str, talk: Model) -> None:
    with pytest.raises(ModelNotFound) as caught:
        Model(query, talk._snapshot)
    assert instead in str(caught.value)
    assert caught.value.nearest == [TALK]


def test_what_prices_takes_a_pinned_id_and_no_similar_name(talk: Model) -> None:
    requests = [{"model": query, "input_tokens": 1, "output_tokens": 1} for query in (f"{TALK}:GROQ", "talk 7b:groq")]
    pinned, similar = calculate_cost(requests, talk._snapshot)["costs"]
    assert (pinned["model"], pinned["provider"]) == (TALK, "groq")
    assert similar["reason"] == "no model has the id or the exact name talk 7b"
    with pytest.raises(ValueError, match="no provider is called nobody"):
        calculate_cost([requests[0] | {"model": TALK, "provider": "nobody"}], talk._snapshot)


def test_what_prices_takes_no_pin_to_nobody_and_no_single_request(talk: Model) -> None:
    request = {"model": f"{TALK}:nobody", "input_tokens": 1, "output_tokens": 1}
    for more in ({}, {"at": "2026-03-01"}):
        with pytest.raises(ValueError, match="no provider is called nobody"):
            calculate_cost([request | more], talk._snapshot)
    with pytest.raises(TypeError, match="list of requests"):
        calculate_cost(request, talk._snapshot)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="as text"):
        bill("usage.jsonl", cached_price=0.06, snapshot=talk._snapshot)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="fastest is neither a rule"):
        bill("usage.jsonl", assume="fastest", snapshot=talk._snapshot)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "cancelled"}, "its status is cancelled"),
        ({"cache_hit": True}, "the client's own cache"),
        ({"usage": {"prompt_tokens_details": {"audio_tokens": 1}}}, "no price known of audio_tokens"),
    ],
)
def test_what_a_log_leaves_unpriced_so_do_todays_prices(more: dict[str, Any], reason: str, talk: Model) -> None:
    request = {"model": f"{TALK}:groq", "input_tokens": 2, "output_tokens": 1} | more
    (cost,) = calculate_cost([request], talk._snapshot)["costs"]
    assert cost["cost_nano_usd"] is None
    assert reason in cost["reason"]


@pytest.mark.parametrize("status", ["xyz", "HOT", "", 7])
def test_an_unknown_status_is_refused(status: Any, talk: Model) -> None:
    with pytest.raises(ValueError, match="choose live, staging, error, or hot, warm, cold, unavailable"):
        talk.providers_with(status=status)


@pytest.mark.parametrize("task", ["nonsense", "", 7])
def test_an_unknown_task_is_refused(task: Any, talk: Model) -> None:
    with pytest.raises(ValueError, match=r"groups are chat, .*; tasks that are offered: conversational, new-task"):
        talk.providers_with(task=task)
    with pytest.raises(ValueError, match="no task or group"):
        talk.cost(input_tokens=1, output_tokens=1, task=task)


def test_a_task_is_known_by_the_hub_or_by_an_offer(talk: Model) -> None:
    assert [o.provider for o in talk.providers_with(task="new-task")] == ["novita"]
    assert [o.provider for o in talk.providers_with(task="text-generation")] == ["groq"]
    assert talk.providers_with(task="image") == talk.providers_with(task="translation") == ()


@pytest.mark.parametrize("lang", ["rust", None])
def test_an_unknown_language_is_refused(lang: Any, talk: Model) -> None:
    with pytest.raises(NoSnippet, match=f"no snippets in {lang}: choose python, javascript, curl"):
        talk.snippet(lang)
    with pytest.raises(NoSnippet, match="choose python, javascript, curl"):
        clients("conversational", "groq", lang)


@pytest.mark.parametrize("rule", ["x", "preferred", ""])
def test_an_unknown_rule_is_refused(rule: str, talk: Model) -> None:
    with pytest.raises(NoSnippet, match=f"no rule '{rule}': choose cheapest or fastest"):
        talk.snippet(rule=rule)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"provider": "groq", "rule": "cheapest"}, "provider and rule"),
        ({"provider": "groq", "policy": "fastest"}, "provider and policy"),
        ({"rule": "cheapest", "policy": "fastest"}, "rule and policy"),
    ],
)
def test_an_offer_is_said_in_one_way(given: dict[str, Any], named: str, talk: Model) -> None:
    with pytest.raises(NoSnippet, match=f"{named} each say which offer to call: give one of them"):
        talk.snippet(**given)
