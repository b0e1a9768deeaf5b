"""What the reader does with what is missing, wrong, new or hostile: nothing is invented and nothing else is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.errors import HubBadAnswer
from hf_providers.hub import HubModel, Mapping, Read, read_model, read_models, read_router

OFFER = {"provider": "novita", "providerId": "own", "status": "live", "task": "conversational"}
OTHER = {"provider": "groq", "providerId": "own", "status": "live", "task": "conversational"}


def models(*records: Any) -> Read[HubModel]:
    return read_models(json.dumps(records).encode())


def offer(**values: Any) -> tuple[Mapping, Read[HubModel]]:
    read = models({"id": "a/b", "inferenceProviderMapping": [{**OFFER, **values}, OTHER]})
    first, second = read.records[0].mappings or []
    assert second.provider == "groq"
    return first, read


def priced(pricing: Any) -> tuple[Mapping, Read[HubModel]]:
    return offer(providerDetails={"context_length": 4096, "pricing": pricing})


def test_what_is_absent_is_none() -> None:
    [model] = models({"id": "a/b"}).records
    assert {name: getattr(model, name) for name in model.__slots__ if name != "id"} == dict.fromkeys(
        (name for name in model.__slots__ if name != "id"), None
    )
    mapping, read = offer()
    assert mapping == Mapping("novita", "live", "conversational", "own")
    assert (read.problems, dict(read.drift)) == ([], {})


@pytest.mark.parametrize(("stated", "expected"), [({}, []), ([], []), (None, None)])
def test_mapping_without_offers(stated: Any, expected: Any) -> None:
    assert models({"id": "a/b", "inferenceProviderMapping": stated}).records[0].mappings == expected


def test_all_of_a_model() -> None:
    [model] = models(
        {
            "_id": "1", "id": "a/b", "modelId": "a/b", "private": False, "author": "a", "lastModified": "x",
            "trendingScore": 1, "config": {}, "siblings": [], "model-index": None, "sha": "0f", "gated": "auto",
            "createdAt": "2025-01-20T03:46:07.000Z", "likes": 3, "downloads": 0, "library_name": "transformers",
            "safetensors": {"parameters": {"BF16": 5, "F8_E4M3": 7}, "total": 12}, "inference": "warm",
            "pipeline_tag": "text-generation",
            "tags": ["conversational", "moe", "license:mit", "base_model:o/one", "base_model:finetune:o/one",
                     "base_model:o/two"],
        }
    ).records  # fmt: skip
    assert model == HubModel(
        id="a/b", pipeline_tag="text-generation", tags=model.tags, library="transformers", license="mit", likes=3,
        downloads=0, created_at=datetime(2025, 1, 20, 3, 46, 7, tzinfo=UTC), sha="0f", gated="auto", parameters=12,
        dtype_parameters={"BF16": 5, "F8_E4M3": 7}, base_models=[("o/one", "finetune"), ("o/two", "base")],
        conversational=True, is_moe=True, inference="warm", mappings=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (None, None),
        ([], []),
        (["base_model:quantized:o/n", "base_model:o/n"], [("o/n", "quantized")]),
        (["base_model:o/n", "base_model:merge:o/m", "base_model:o/m"], [("o/n", "base"), ("o/m", "merge")]),
        (["base_model:../../etc", "base_model:a:b:c", "base_model:"], []),
    ],
)
def test_base_models(tags: list[str] | None, expected: Any) -> None:
    read = models({"id": "a/b"} if tags is None else {"id": "a/b", "tags": tags})
    assert read.records[0].base_models == expected
    assert len(read.drift) == (3 if expected == [] and tags else 0)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"cardData": {"license": "apache-2.0"}}, "apache-2.0"),
        ({"cardData": {"license": "x"}, "tags": ["license:mit"]}, "mit"),
        ({"cardData": {"license": ["mit"]}}, None),
        ({"cardData": "mit"}, None),
    ],
)
def test_license(record: dict[str, Any], expected: str | None) -> None:
    assert models({"id": "a/b", **record}).records[0].license == expected


@pytest.mark.parametrize(
    ("stated", "expected"), [(False, "false"), ("auto", "auto"), ("manual", "manual"), (None, None)]
)
def test_gated(stated: Any, expected: str | None) -> None:
    read = models({"id": "a/b", "gated": stated})
    assert (read.records[0].gated, dict(read.drift)) == (expected, {})


@pytest.mark.parametrize("stated", [True, "sometimes", 1, ["auto"]])
def test_new_kind_of_gate_is_drift(stated: Any) -> None:
    read = models({"id": "a/b", "gated": stated})
    assert read.records[0].gated is None
    assert len(read.drift) == 1


@pytest.mark.parametrize(
    ("pricing", "expected"),
    [
        ({"input": 0.060000000000000005, "output": 3}, ("0.06", "3")),
        ({"input": 0, "output": 0.0}, ("0", "0")),
        ({"input": 0.0000000015, "output": 0.0000000025}, ("0.000000002", "0.000000002")),
        ({"input": -0.0, "output": 10_000}, ("0", "10000")),
        ({"input": 1}, None),
        ({"output": 1}, None),
        ({"input": 1, "output": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_price(pricing: Any, expected: tuple[str, str] | None) -> None:
    mapping, read = priced(pricing)
    assert (mapping.input_usd_per_mtok, mapping.output_usd_per_mtok) == (
        (None, None) if expected is None else tuple(map(Decimal, expected))
    )
    assert not (mapping.input_usd_per_mtok or Decimal(0)).is_signed()
    assert mapping.is_free is None
    assert read.problems == []


@given(st.decimals(0, 10_000, places=9, allow_nan=False))
def test_price_of_nine_decimals_is_exact(price: Decimal) -> None:
    body = json.dumps(
        [{"id": "a/b", "inferenceProviderMapping": [{**OFFER, "providerDetails": {"pricing": "PRICING"}}]}]
    )
    body = body.replace('"PRICING"', f'{{"input": {price:f}, "output": 1}}')
    [mapping] = read_models(body.encode()).records[0].mappings or []
    assert mapping.input_usd_per_mtok == price


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf"), "0.5", True, 10_001, 1e300, 1e-12, [], {"usd": 1}])
@pytest.mark.parametrize("side", ["input", "output"])
def test_bad_price_costs_the_price_alone(side: str, bad: Any) -> None:
    mapping, read = priced({"input": 1, "output": 1, side: bad})
    assert (mapping.input_usd_per_mtok, mapping.output_usd_per_mtok, mapping.context_length) == (None, None, 4096)
    [problem] = read.problems
    assert problem.record_id == "a/b"
    assert problem.field == f"inferenceProviderMapping[novita].providerDetails.pricing.{side}"


@pytest.mark.parametrize("bad", [-1, float("nan"), float("-inf"), "12", True, []])
@pytest.mark.parametrize("name", ["tokensPerSecond", "firstTokenLatencyMs", "requestLatencyMs"])
def test_bad_measurement_costs_that_measurement(name: str, bad: Any) -> None:
    good = {"tokensPerSecond": 1.5, "firstTokenLatencyMs": 2, "requestLatencyMs": 0}
    mapping, read = offer(performance={**good, name: bad})
    values = dict(zip(good, (mapping.throughput_tps, mapping.ttft_ms, mapping.request_latency_ms), strict=True))
    assert values == {**good, name: None}
    assert [problem.field for problem in read.problems] == [f"inferenceProviderMapping[novita].performance.{name}"]


@pytest.mark.parametrize("bad", [0, -5, 10**10, 4096.5, "4096", True])
def test_bad_context_costs_the_context(bad: Any) -> None:
    mapping, read = offer(providerDetails={"context_length": bad, "pricing": {"input": 1, "output": 2}})
    assert mapping.context_length is None
    assert mapping.output_usd_per_mtok == 2
    assert len(read.problems) == 1


@pytest.mark.parametrize("key", ["provider", "providerId", "status", "task"])
@pytest.mark.parametrize("bad", ["absent", None, 7, "", {"x": 1}])
def test_bad_mapping_costs_that_mapping(key: str, bad: Any) -> None:
    entry = {name: value for name, value in {**OFFER, key: bad}.items() if value != "absent"}
    read = models({"id": "a/b", "likes": 4, "inferenceProviderMapping": [OTHER, entry, OTHER]})
    [model] = read.records
    assert (model.likes, [m.provider for m in model.mappings or []]) == (4, ["groq", "groq"])
    [problem] = read.problems
    named = isinstance(entry.get("provider"), str)
    assert problem.field == f"inferenceProviderMapping[{entry['provider'] if named else 1}]"
    assert (problem.record_id, key in problem.reason) == ("a/b", True)


@pytest.mark.parametrize("provider", ["../../etc", "a/b", "..", "a b", "x" * 101, "\u202enovita", "nov\nita"])
def test_provider_that_is_no_name_is_refused(provider: str) -> None:
    read = models({"id": "a/b", "inferenceProviderMapping": [{**OFFER, "provider": provider}]})
    assert read.records[0].mappings == []
    assert read.problems[0].field.isprintable()


BAD_IDS = [
    None,
    5,
    "",
    "a/b/c",
    "../x",
    "a/..",
    "a/.",
    "a..b/c",
    "a b",
    "a/b\n",
    "/a",
    "a/",
    "x" * 201,
    "á/b",
    ".hidden/x",
]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_bad_id_costs_that_record(bad: Any) -> None:
    read = models({"id": "a/b"}, {"id": bad, "likes": 1}, {"id": "gpt2"})
    assert [model.id for model in read.records] == ["a/b", "gpt2"]
    [problem] = read.problems
    assert problem.field == ""
    assert problem.record_id


@pytest.mark.parametrize("bad", [None, 5, "text", [], [{"id": "x/y"}]])
def test_record_of_another_kind_costs_that_record(bad: Any) -> None:
    read = models({"id": "a/b"}, bad, {"id": "c/d"})
    assert [model.id for model in read.records] == ["a/b", "c/d"]
    assert [(p.record_id, p.field) for p in read.problems] == [("record 1", "")]


@pytest.mark.parametrize(
    ("key", "bad", "field"),
    [
        ("likes", -1, "likes"),
        ("likes", 2**63, "likes"),
        ("downloads", "many", "downloads"),
        ("createdAt", "yesterday", "createdAt"),
        ("createdAt", "2025-01-20T03:46:07", "createdAt"),
        ("tags", "text", "tags"),
        ("tags", ["moe", 7], "tags[1]"),
        ("safetensors", 5, "safetensors"),
        ("safetensors", {"total": -5, "parameters": {}}, "safetensors.total"),
        ("safetensors", {"parameters": {"F16": "x"}}, "safetensors.parameters.F16"),
        ("inferenceProviderMapping", "x", "inferenceProviderMapping"),
        ("pipeline_tag", 5, "pipeline_tag"),
    ],
)
def test_bad_field_costs_that_field(key: str, bad: Any, field: str) -> None:
    read = models({"id": "a/b", "sha": "0f", key: bad}, {"id": "c/d"})
    assert [(model.id, model.sha) for model in read.records] == [("a/b", "0f"), ("c/d", None)]
    assert [(p.record_id, p.field) for p in read.problems] == [("a/b", field)]
    if bad == ["moe", 7]:
        assert read.records[0].tags == ["moe"]


@pytest.mark.parametrize(
    ("key", "attribute", "value"),
    [("status", "status", "paused"), ("task", "task", "telepathy"), ("type", "type", "bundle"),
     ("adapter", "adapter", "dora"), ("previousStatus", "previous_status", "paused")],
)  # fmt: skip
def test_new_value_is_kept_and_is_drift(key: str, attribute: str, value: str) -> None:
    mapping, read = offer(**{key: value})
    assert getattr(mapping, attribute) == value
    assert dict(read.drift) == {f'{key} "{value}"': 1}
    assert read.problems == []


def test_new_keys_at_every_level_are_drift() -> None:
    new = {"foo": 1}
    entry = {**OFFER, **new, "features": new, "performance": new, "providerDetails": {**new, "pricing": new}}
    read = models({"id": "a/b", **new, "inferenceProviderMapping": [entry, {**OFFER, **new}]})
    levels = ("model", "features", "performance", "providerDetails", "pricing")
    assert dict(read.drift) == {'mapping key "foo"': 2, **{f'{level} key "foo"': 1 for level in levels}}
    router = {"data": [{"id": "a/b", **new, "providers": [{"provider": "p", "status": "live", **new}]}]}
    assert set(read_router(json.dumps(router).encode()).drift) == {
        'router model key "foo"',
        'router provider key "foo"',
    }


def test_strings_are_made_fit_to_print() -> None:
    mapping, read = offer(status="li\u202eve\x07", type="x" * 5000, providerId="o\x1bwn")
    assert (mapping.status, mapping.provider_model_id) == ("live", "own")
    assert len(mapping.type or "") == 100
    key = models({"id": "a/b", "ev\x1b[31mil" * 100: 1})
    assert all(len(name) < 120 and name.isprintable() for name in (*read.drift, *key.drift))
    assert models({"id": "a/b", "tags": ["a\u200bb"]}).records[0].tags == ["ab"]


def test_drift_and_samples_are_bounded() -> None:
    read = models({"id": "a/b", "likes": "z" * 10**6, **{f"key{number}": 1 for number in range(5000)}})
    assert len(read.drift) <= 200
    assert len(read.problems[0].sample) <= 200


def test_half_a_surrogate_or_a_bad_byte_does_not_cost_the_page() -> None:
    read = read_models(b'[{"id":"a/b","sha":"\\ud800"},{"id":"c/d","sha":"\xff"},{"id":"e/f"}]')
    assert [model.id for model in read.records] == ["a/b", "c/d", "e/f"]
    assert [problem.record_id for problem in read.problems] == ["a/b"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'[{"id": "a/b"}', b"[" * 100_000, b'{"error":"x"}', b"null", b'"x"', b"5"]
)
def test_what_is_no_list_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(HubBadAnswer):
        read_models(body)
    with pytest.raises(HubBadAnswer):
        read_router(body)


def test_single_model_in_either_shape() -> None:
    entry = {"status": "live", "providerId": "own", "task": "conversational"}
    as_object = read_model(json.dumps({"id": "a/b", "inferenceProviderMapping": {"novita": entry, "bad": 7}}).encode())
    as_array = read_model(json.dumps({"id": "a/b", "inferenceProviderMapping": [OFFER]}).encode())
    assert as_object.records == as_array.records
    assert [problem.field for problem in as_object.problems] == ["inferenceProviderMapping[1]"]
    assert read_model(b'{"id":"../x"}').records == []


def test_identical_offers_are_all_kept() -> None:
    assert len(models({"id": "a/b", "inferenceProviderMapping": [OFFER, OFFER]}).records[0].mappings or []) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("provider", "providerId", "status", "task", "type", "features", "performance", "providerDetails", "adapter")


@given(
    st.lists(st.dictionaries(st.sampled_from(KEYS), JSON), max_size=3),
    st.dictionaries(st.sampled_from(("likes", "tags", "safetensors", "gated", "createdAt", "cardData")), JSON),
)
def test_whatever_a_record_holds_its_neighbours_are_read(mappings: Any, fields: dict[str, Any]) -> None:
    read = models({"id": "a/b", **fields, "inferenceProviderMapping": mappings}, {"id": "c/d"})
    assert [model.id for model in read.records] == ["a/b", "c/d"]
    if len(read.records[0].mappings or []) < len(mappings):
        assert any(p.field.startswith("inferenceProviderMapping[") and p.field.endswith("]") for p in read.problems)
    assert all(p.field.isprintable() and p.sample.isprintable() and p.reason.isprintable() for p in read.problems)
