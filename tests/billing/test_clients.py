"""Rows in the shapes that clients write, read as requests: what each says, written out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hf_providers.billing.fields import FIELDS, MEANINGS, compared
from hf_providers.billing.request import Layouts, Request, read
from pipeline.docs import bill_page

AT = datetime(2026, 2, 26, 12, tzinfo=UTC)
S = 1_772_107_200


def request(row: dict[str, Any]) -> Request:
    return read(row, Layouts())


@pytest.mark.parametrize(
    ("row", "tokens"),
    [
        # input, cached, written, output, reasoning
        ({"created": S, "model": "m", "usage": {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
          "prompt_tokens_details": {"cached_tokens": 1920}, "completion_tokens_details": {"reasoning_tokens": 120}}},
         (2006, 1920, 0, 300, 120)),
        ({"created": S, "model": "m", "usage": {"input_tokens": 90, "output_tokens": 9,
          "input_tokens_details": {"cached_tokens": 40}}}, (90, 40, 0, 9, 0)),
        ({"time": S, "model": "m", "usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100,
          "cache_creation_input_tokens": 7}}, (117, 100, 7, 5, 0)),
        ({"startTime": f"{S}", "model": "m", "prompt_tokens": 110, "completion_tokens": 5,
          "cache_read_input_tokens": 100}, (110, 100, 0, 5, 0)),
        ({"created_at": "2026-02-26 12:00:00.000", "model_permaslug": "m", "tokens_prompt": "1000",
          "tokens_completion": "10", "tokens_reasoning": "4", "tokens_cached": "900"}, (1000, 900, 0, 10, 4)),
        ({"created_at": S, "model": "m", "tokens_prompt": 11, "native_tokens_prompt": 12, "tokens_completion": 3,
          "native_tokens_completion": 4}, (12, 0, 0, 4, 0)),
        ({"request_created_at": S, "request_model": "m", "prompt_tokens": 80, "completion_tokens": 5,
          "prompt_cache_read_tokens": 20, "prompt_cache_write_tokens": 0}, (100, 20, 0, 5, 0)),
        ({"startTime": S, "model": "m", "usageDetails": {"input": 80, "input_cached_tokens": 20, "output": 5,
          "output_reasoning_tokens": 3, "total": 108}, "promptTokens": 80}, (100, 20, 0, 8, 3)),
        ({"startTime": S, "model": "m", "usage": {"input": 80, "output": 5, "total": 85, "unit": "TOKENS"}},
         (80, 0, 0, 5, 0)),
        ({"start_time_iso": S, "model": "m", "input_tokens": 90, "input_cached_tokens": 40, "output_tokens": 9,
          "input_cache_write_tokens": 7, "num_model_requests": 2}, (90, 40, 7, 9, 0)),
        ({"object": "list", "created": S, "model": "m", "usage": {"prompt_tokens": 8, "total_tokens": 8}},
         (8, 0, 0, 0, 0)),
        ({"time": S, "model": "m", "task": "feature-extraction", "input_tokens": 8}, (8, 0, 0, 0, 0)),
        ({"Time": S, "MODEL": "m", "Prompt Tokens": "2,006", "Completion-Tokens": 3.0}, (2006, 0, 0, 3, 0)),
        ({"time": S, "model": "m", "usage.prompt_tokens": 7, "usage.completion_tokens": 2}, (7, 0, 0, 2, 0)),
        ({"time": S, "model": "m", "usage": '{"prompt_tokens": 7, "completion_tokens": 2}'}, (7, 0, 0, 2, 0)),
        ({"startTime": S, "model": "m", "prompt_tokens": 90, "completion_tokens": 5, "metadata": {"status": "failure",
          "additional_usage_values": {"prompt_tokens_details": {"cached_tokens": 40}}}}, (90, 40, 0, 5, 0)),
        ({"startTime": S, "model": "m", "prompt_tokens": "90", "completion_tokens": "5", "metadata":
          '{"usage_object": {"prompt_tokens": 90, "cache_read_input_tokens": 40}}'}, (90, 40, 0, 5, 0)),
        ({"time": S, "model": "m", "usage": {"input_tokens": 9, "output_tokens": 5, "input_token_details":
          {"cached_tokens": 4}}}, (9, 4, 0, 5, 0)),
        ({"startTime": S, "model": "m", "usageDetails": {"input": 80, "input_audio_tokens": 20, "output": 5,
          "output_audio": 3, "total": 108}}, (100, 0, 0, 8, 0)),
        ({"startTime": S, "model": "m", "usageDetails": {"input": 80, "total": 90}}, (80, 0, 0, 10, 0)),
    ],
)  # fmt: skip
def test_tokens_by_client(row: dict[str, Any], tokens: tuple[int, ...]) -> None:
    found = request(row)
    assert (found.at, found.model) == (AT, "m")
    assert tokens == (
        found.input_tokens, found.cached_tokens, found.written_tokens, found.output_tokens, found.reasoning_tokens,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "others"),
    [
        ({"usage": {"prompt_tokens_details": {"audio_tokens": 3, "text_tokens": 6, "cached_tokens": 0}}},
         {"audio_tokens": 3}),
        ({"usage": {"prompt_tokens_details": {"audio_tokens": 0, "image_tokens": None, "brain_tokens": 2}}},
         {"brain_tokens": 2}),
        ({"usage.completion_tokens_details.audio_tokens": "1"}, {"audio_tokens": 1}),
        ({"completion_tokens_details": {"accepted_prediction_tokens": 1, "rejected_prediction_tokens": 1}}, {}),
        ({"prompt_tokens_details": {"character_count": 70, "web_search_requests": 2}}, {}),
        ({"input_audio_tokens": 3, "output_audio_tokens": 1}, {"input_audio_tokens": 3, "output_audio_tokens": 1}),
        ({"prompt_audio_tokens": 3, "completion_audio_tokens": 0}, {"prompt_audio_tokens": 3}),
        ({"usage_details": {"input_cache_5m": 3, "output_thoughts": 1, "total": 4}},
         {"input_cache_5m": 3, "output_thoughts": 1}),
        ({"metadata": {"audio_tokens": 3, "prompt_tokens_details": {"audio_tokens": 3}}}, {}),
        ({"metadata": {n: {"prompt_tokens_details": {"audio_tokens": 3}} for n in ("usage_object",
          "additional_usage_values")}}, {"audio_tokens": 3}),
    ],
)  # fmt: skip
def test_a_kind_of_tokens_that_has_no_price_is_seen(row: dict[str, Any], others: dict[str, int]) -> None:
    found = request({"time": S, "model": "m", "input_tokens": 9, "output_tokens": 5} | row)
    assert dict((*found.other_input, *found.other_output)) == others


def test_what_a_flattened_export_has_of_the_metadata_is_the_users_own() -> None:
    row = {"time": S, "model": "m", "input_tokens": 9, "output_tokens": 5}
    assert request(row | {"metadata.status": "failure", "metadata.cost": "7", "metadata/model": "x"}) == request(row)
    cached = "metadata.usage_object.prompt_tokens_details.cached_tokens"
    assert request(row | {cached: 4}).cached_tokens == 4


def test_a_bucket_counts_its_requests_from_its_start_to_its_end() -> None:
    row = {"start_time": S, "end_time": S + 86_400, "input_tokens": 9, "output_tokens": 1, "num_model_requests": 470}
    found = request(row | {"model": "m"})
    assert (found.at, found.requests, (found.end or AT) - found.at) == (AT, 470, timedelta(days=1))
    day = request({"date": "2026-02-26", "model": "m", "requests": 5, "prompt_tokens": 9, "completion_tokens": 1})
    assert (day.requests, day.end) == (5, datetime(2026, 2, 27, tzinfo=UTC))
    litellm = {"date": "2026-02-26", "created_at": "2026-02-27T01:00:00Z", "model": "m", "prompt_tokens": 9,
               "completion_tokens": 1, "api_requests": 5, "cache_read_input_tokens": 0}  # fmt: skip
    assert request(litellm)[:3] == day[:3]
    one = {name: value for name, value in litellm.items() if name != "api_requests"}
    assert request(one).at == datetime(2026, 2, 27, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"model": "m", "input_tokens": 1, "output_tokens": 1}, "no time"),
        ({"time": S, "input_tokens": 1, "output_tokens": 1, "foo": 2}, "its keys are time, input_tokens"),
        ({"time": S, "model": "m", "output_tokens": 1}, "understood are input_tokens, prompt_tokens"),
        ({"time": S, "model": "m", "input_tokens": 1}, "no number of output tokens"),
        ({"time": S, "model": ["m"], "input_tokens": 1, "output_tokens": 1}, "is not text"),
        ({"time": S, "model": "m", "input_tokens": 1, "output_tokens": 1, "currency": "EUR"}, "EUR"),
        ({"time": S, "model": "m", "usage": {"input": 9, "output": 1, "unit": "CHARACTERS"}}, "CHARACTERS"),
        ({"time": S, "model": "m", "input_tokens": 1, "prompt_tokens": 2, "output_tokens": 1}, "prompt_tokens says 2"),
        ({"time": S, "model": "m", "input_tokens": 1, "output_tokens": 1, "cached_tokens": 2}, "2 cached tokens"),
        ({"time": S, "model": "m", "input_tokens": 1, "output_tokens": 1, "reasoning_tokens": 2}, "2 reasoning tokens"),
        ({"time": S, "model": "m", "input_tokens": 9, "total_tokens": 8}, "total of 8"),
        ({"time": S, "model": "m", "input_tokens": 9, "output_tokens": 1, "requests": 0}, "0 requests can't have 10"),
        ({"start_time": S, "end_time": S - 1, "model": "m", "input_tokens": 9, "output_tokens": 1, "requests": 2},
         "ends before it begins"),
        ({"time": S, "model": "m", "input_tokens": 9, "output_tokens": 1, "task": []}, "task"),
    ],
)  # fmt: skip
def test_what_is_missing_or_contradicts_itself_is_said(row: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        request(row)


def test_a_failed_or_locally_answered_request_has_a_problem() -> None:
    row = {"time": S, "model": "m", "input_tokens": 9, "output_tokens": 1}
    assert request(row | {"status": "success"}).problem is None
    for fine in ({"response_status": 200}, {"status": "200.0"}, {"level": "DEFAULT"}, {"status": "completed"}):
        assert request(row | fine).problem is None
    failed: list[dict[str, Any]] = [{"response_status": 429}, {"status": "500.0"}, {"status": -3}, {"level": "ERROR"}]
    for odd in ({"status": "failure"}, {"cache_hit": "True"}, *failed):
        assert request(row | odd).problem


@pytest.mark.parametrize(
    ("names", "model"),
    [
        ({"response_model": "o/m", "request_model": "o/m:novita"}, "o/m:novita"),
        ({"response_model": "o/m", "request_model": "O/M:fastest"}, "O/M:fastest"),
        ({"response_model": "o/m", "request_model": "o/other:novita"}, "o/m"),
        ({"provided_model_name": "o/m", "model_id": "clx0abc"}, "o/m"),
        ({"model": "o/m", "model_id": "5f3a"}, "o/m"),
        ({"model": None, "model_id": "o/m"}, "o/m"),
    ],
)
def test_of_several_names_of_the_model_the_one_that_says_most_counts(names: dict[str, Any], model: str) -> None:
    assert request({"time": S, "input_tokens": 1, "output_tokens": 1} | names).model == model


def test_objects_that_hold_each_other_without_end_are_refused() -> None:
    row: dict[str, Any] = {"prompt_tokens": 1}
    for _ in range(500):
        row = {"usage": row}
    with pytest.raises(ValueError, match="hold each other"):
        request({"time": S, "model": "m"} | row)


def test_the_table_is_whole_and_the_page_prints_it() -> None:
    page = bill_page.page()
    assert {field.meaning for field in FIELDS} == set(MEANINGS)
    names = [(field.inside, compared(field.name)) for field in FIELDS]
    assert len(set(names)) == len(names)
    for field in FIELDS:
        assert f"| `{field.name}`" in page
        assert field.source in page
