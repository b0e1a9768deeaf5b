"""The quick way of reading a model's record against the careful one: the same model, or not read by the quick one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings

from hf_providers.errors import HubBadAnswer
from hf_providers.hub import HubModel, Read, read_models
from hf_providers.hub.common_form import model_of
from tests.hub.hostile import DOCUMENTS, HOSTILE, KEYS, Document, places, put, renamed, spoiled

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures" / "hub-list-2026-02"
SOUND = next(document.spoiled for document in DOCUMENTS if document.name == "list")
VALUES = (
    *HOSTILE,
    4096,
    4096.0,
    1e12,
    1.1e12,
    10_001,
    1e-10,
    -0.0,
    "live",
    "x" * 301,
    "x" * 501,
    "\n",
    "a/b\n",
    "novita\n",
)


def careful(body: bytes) -> Read[HubModel]:
    """Read a page without the quick way."""
    with patch("hf_providers.hub.common_form.model_of", lambda record: None):
        return read_models(body)


def read_alike(*records: Any) -> None:
    """Assert that both ways say the same of a page, to the digits of its prices."""
    body = json.dumps(records).encode()
    quick, slow = read_models(body), careful(body)
    assert repr(quick.records) == repr(slow.records)
    assert (quick.problems, quick.drift) == (slow.problems, slow.drift)


def test_the_common_form_is_read_as_the_careful_way_reads_it() -> None:
    assert model_of(SOUND) == careful(json.dumps([SOUND]).encode()).records[0]


@pytest.mark.parametrize("way", list(places(SOUND)), ids=str)
def test_a_spoiled_value_or_key_is_what_it_is_for_the_careful_way(way: tuple[Any, ...]) -> None:
    for value in VALUES:
        read_alike(put(SOUND, way, value), SOUND)
    for key in (*KEYS, "modelStatus", "providerStatus", "adapterType", "freeUntil", "tokensPerSecond", "siblings"):
        read_alike(renamed(SOUND, way, key), SOUND)


def test_what_lacks_is_what_it_is_for_the_careful_way() -> None:
    for way in [way for way in places(SOUND) if way]:
        lacking = put(SOUND, way, None)
        holder = lacking
        for step in way[:-1]:
            holder = holder[step]
        del holder[way[-1]]
        read_alike(lacking)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tags", ["x"] * 10_001),
        ("tags", [f"base_model:o/m{n}" for n in range(20)]),
        ("tags", ["base_model:merge:o/one", "base_model:merge:o/one", "base_model:o/one", "moe", "license:"]),
        ("tags", ["base_model:nobody knows"]),
        ("tags", ["base_model:sibling:o/one"]),
        ("safetensors", {"parameters": {"x" * 41: 1}, "total": 1, "more": 1}),
        ("createdAt", "2025-01-20T03:46:07+05:30"),
        ("createdAt", "2025-01-20T03:46:07"),
        ("cardData", {"license": "x\n"}),
        ("inferenceProviderMapping", {"novita": {"status": "live", "providerId": "x", "task": "conversational"}}),
    ],
)
def test_sizes_and_tags_are_what_they_are_for_the_careful_way(name: str, value: Any) -> None:
    read_alike(SOUND | {"tags": [], name: value}, SOUND)


# The first example makes tables of Unicode, which takes seconds.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_any_hostile_record_is_what_it_is_for_the_careful_way(case: tuple[Document, Any]) -> None:
    document, value = case
    if document.read is read_models:
        read_alike(value)


def test_a_page_of_too_many_problems_is_refused_by_both() -> None:
    body = json.dumps([SOUND | {"id": n} for n in range(20_001)]).encode()
    for read in (read_models, careful):
        with pytest.raises(HubBadAnswer, match="more than 20,000"):
            read(body)


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the folder of recordings is not beside the repository")
@pytest.mark.parametrize("path", sorted(CAPTURES.glob("models-*.json")), ids=lambda path: path.name)
def test_recorded_models_are_of_the_common_form_and_read_alike(path: Path) -> None:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    models = [
        {key: value for key, value in model.items() if key != "is_moe"} for model in recorded
    ]  # the recorder's key
    assert [model["id"] for model in models if model_of(model) is None] == []
    read_alike(*models)
