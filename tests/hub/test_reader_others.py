"""The partner mapping, the router and the inference page, where they are not as recorded."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from hf_providers.hub import read_inference_page, read_partner, read_router


def test_partner_registrations() -> None:
    entry = {"_id": "1", "providerId": "own", "status": "staging"}
    filters = {"tag-filter=base_model:adapter:o/n,lora": {**entry, "adapterType": "lora", "tags": ["lora"]}}
    body = {"text-to-image": {"a/b": entry, **filters, "bad/id/x": entry}, "odd": 7, "conversational": {"c/d": {}}}
    read = read_partner(json.dumps(body).encode())
    plain, rule = read.records
    assert (plain.task, plain.model_id, plain.tags, plain.status) == ("text-to-image", "a/b", (), "staging")
    assert (rule.model_id, rule.tags, rule.adapter, rule.provider_model_id) == (None, ("lora",), "lora", "own")
    assert len(read.problems) == 3
    untagged = {"text-to-image": {"tag-filter=x,lora": entry}}
    assert read_partner(json.dumps(untagged).encode()).records[0].tags == ("x", "lora")


def test_router_says_free_or_nothing() -> None:
    def free(**values: Any) -> tuple[Any, ...]:
        body = {"data": [{"id": "a/b", "providers": [{"provider": "p", "status": "live", **values}]}]}
        [mapping] = read_router(json.dumps(body).encode()).records[0].mappings
        return mapping.is_free, mapping.input_usd_per_mtok, mapping.output_usd_per_mtok

    assert free() == (None, None, None)
    assert free(is_free=False, pricing={"input": 0, "output": 0}) == (False, 0, 0)
    assert free(is_free=True) == (True, None, None)
    assert free(is_free="yes") == (None, None, None)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<html><div data-props='{broken'></div>",
        "<div data-props='{\"mappings\": 5}'></div><div data-props></div>",
        "\x00\xff<<<>>>",
    ],
)
def test_page_without_mappings_is_one_note_of_drift(page: str) -> None:
    read = read_inference_page(page.encode("latin-1"))
    assert (read.records, read.problems, list(read.drift.values())) == ([], [], [1])


def test_page_with_a_bad_row_keeps_the_others() -> None:
    rows = [{"provider": "p", "status": "live", "model": {"id": model_id}} for model_id in ("a/b", "../x", "c/d")]
    props = html.escape(json.dumps({"mappings": [*rows, {"provider": "p", "status": "live"}, None]}))
    read = read_inference_page(f"<p data-props='{props}'>".encode())
    assert [(entry.model_id, entry.mapping.task) for entry in read.records] == [
        ("a/b", "conversational"),
        ("c/d", "conversational"),
    ]
    assert len(read.problems) == 3
