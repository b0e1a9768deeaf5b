"""Our reader against Hugging Face's own description of its API, where that describes what we read."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog import schema
from hf_providers.hub import PageMapping, Read, read_inference_page, read_model, read_models, read_router, vocabulary
from pipeline import registry

CONTRACT = (
    Path(__file__).resolve().parents[2].parent / "shared" / "captures" / "hf-hub-openapi-2026-08-17" / "openapi.json"
)
described = pytest.mark.skipif(not CONTRACT.is_file(), reason="the folder of recordings is not beside the repository")
STATES = ("live", "staging", "error")
ENTRY: dict[str, Any] = {
    "provider": "novita",
    "providerStatus": "live",
    "modelStatus": "live",
    "providerId": "own/name",
    "task": "conversational",
    "features": {"toolCalling": True},
    "isCheapestPricingOutput": True,
    "isFastestThroughput": False,
    "isModelAuthor": False,
    "tokensPerSecond": 41.5,
    "pricingOutput": 0.4,
    "freeUntil": "2026-09-01T00:00:00.000Z",
}


def page(*entries: dict[str, Any]) -> Read[PageMapping]:
    props = json.dumps({"mappings": [{"model": {"id": "o/m"}, **entry} for entry in entries]})
    return read_inference_page(f'<div data-props="{html.escape(props)}"></div>'.encode())


def shapes() -> Iterator[dict[str, Any]]:
    """Every description of an available provider in the contract."""
    waiting: list[Any] = [json.loads(CONTRACT.read_text(encoding="utf-8"))]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and "availableInferenceProviders" in value:
            yield value["availableInferenceProviders"]["items"]
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def an_entry(shape: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    """An entry as the contract allows: the first value of each list of values, and something of each type."""
    plain = {"string": "x/y", "boolean": True, "number": 1.5}
    entry: dict[str, Any] = {}
    for name, kind in shape["properties"].items():
        if kind.get("format") == "date-time":
            entry[name] = "2026-09-01T00:00:00.000Z"
        elif kind.get("type") == "object":
            entry[name] = an_entry(kind)
        else:
            entry[name] = kind.get("const") or (kind["enum"][0] if "enum" in kind else plain[kind["type"]])
    return entry | chosen


@described
def test_the_contract_has_no_key_and_no_value_that_is_new_to_the_reader() -> None:
    found = list(shapes())
    assert len(found) > 5
    for shape in found:
        values = {name: kind.get("enum", []) for name, kind in shape["properties"].items()}
        entries = [an_entry(shape)]
        entries += [an_entry(shape, **{name: value}) for name, among in values.items() for value in among]
        read = page(*entries)
        assert (read.problems, dict(read.drift)) == ([], {})
        assert len(read.records) == len(entries)


@described
def test_the_contract_and_our_lists_of_values_agree() -> None:
    for shape in shapes():
        of = shape["properties"]
        assert tuple(of["modelStatus"]["enum"]) == tuple(of["providerStatus"]["enum"]) == schema.STATUSES
        assert set(of["task"]["enum"]) <= vocabulary.TASKS
        assert {of["adapterType"]["const"]} == vocabulary.ADAPTERS
        assert set(of["provider"]["enum"]) <= registry.providers().keys()


def test_what_the_newer_form_says_is_read() -> None:
    (record,) = page(ENTRY).records
    mapping = record.mapping
    assert (mapping.status, mapping.supports_tools, mapping.throughput_tps) == ("live", True, 41.5)
    assert (mapping.is_free, mapping.free_until) == (True, datetime(2026, 9, 1, tzinfo=UTC))
    assert (mapping.input_usd_per_mtok, mapping.output_usd_per_mtok) == (None, None), "one side is no price"


@pytest.mark.parametrize("of_model", STATES)
@pytest.mark.parametrize("of_provider", STATES)
def test_an_offer_is_live_where_the_model_and_its_provider_are(of_model: str, of_provider: str) -> None:
    (record,) = page(ENTRY | {"modelStatus": of_model, "providerStatus": of_provider}).records
    assert record.mapping.status == (of_provider if of_model == "live" else of_model)


def test_lists_and_single_models_in_the_newer_form_are_read() -> None:
    listed = json.dumps([{"id": "o/m", "inferenceProviderMapping": [ENTRY]}]).encode()
    one = {name: value for name, value in ENTRY.items() if name != "provider"}
    single = json.dumps({"id": "o/m", "inferenceProviderMapping": {"novita": one}}).encode()
    for read in (read_models(listed), read_model(single)):
        (mapping,) = read.records[0].mappings or ()
        assert (mapping.status, mapping.is_free, mapping.throughput_tps) == ("live", True, 41.5)
        assert (read.problems, dict(read.drift)) == ([], {})


def test_a_mapping_without_any_status_is_left_out() -> None:
    bare = {name: value for name, value in ENTRY.items() if not name.endswith("Status")}
    read = page(bare, ENTRY)
    assert (len(read.records), len(read.problems)) == (1, 1)
    odd = page(ENTRY | {"modelStatus": 3}, ENTRY)
    assert (len(odd.records), len(odd.problems)) == (1, 1)


@pytest.mark.parametrize("name", ["freeUntil", "free_until"])
def test_a_promotion_of_the_router_has_its_end(name: str) -> None:
    provider = {"provider": "novita", "status": "live", name: "2026-09-01T00:00:00Z"}
    for said, expected in (({}, True), ({"is_free": False}, False), ({"is_free": True}, True)):
        read = read_router(json.dumps({"data": [{"id": "o/m", "providers": [provider | said]}]}).encode())
        (mapping,) = read.records[0].mappings
        assert (mapping.is_free, mapping.free_until) == (expected, datetime(2026, 9, 1, tzinfo=UTC))
        assert dict(read.drift) == {}
    bad = {"data": [{"id": "o/m", "providers": [provider | {name: "soon"}]}]}
    read = read_router(json.dumps(bad).encode())
    assert (len(read.records[0].mappings), len(read.problems)) == (1, 1), "a bad end costs that end alone"
