"""The reader and the client over real recordings, compared with plain scripts that share no code with them."""

from __future__ import annotations

import base64
import html
import json
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers.errors import HubError, HubRateLimited, HubRefused, HubUnreachable
from hf_providers.hub import (
    HubModel,
    Read,
    read_inference_page,
    read_model,
    read_models,
    read_router,
    read_router_model,
)
from tests.hub.hubserver import Asked, hub_for, response, serving

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the folder of recordings is not beside the repository")


def recorded(path: str) -> Any:
    return json.loads((CAPTURES / path).read_text(encoding="utf-8"), parse_float=Decimal)


def hub_list(name: str) -> tuple[list[Any], Read[HubModel]]:
    path = CAPTURES / "hub-list-2026-02" / name
    plain = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return plain, read_models(path.read_bytes())


CAPTURED = [
    ("models-2026-02-23T1423-97c7b1e.json", 828, 1440),
    ("models-2026-02-26T0308-2a28f2c.json", 829, 1441),
    ("models-2026-02-26T1227-8f91cbd.json", 836, 1448),
]


@pytest.mark.parametrize(("name", "models", "offers"), CAPTURED)
def test_every_offer_of_a_hub_list_is_read_and_nothing_is_new(name: str, models: int, offers: int) -> None:
    plain, read = hub_list(name)
    mapped = [model for model in read.records if model.mappings is not None]
    assert (len(read.records), len(mapped)) == (len(plain), models)
    assert sum(len(model.mappings or []) for model in mapped) == offers
    assert read.problems == []
    assert set(read.drift) <= {'model key "is_moe"'}  # the recorder's own key


def facts(offer: dict[str, Any]) -> tuple[Any, ...]:
    speed, features = offer.get("performance", {}), offer.get("features", {})
    details = offer.get("providerDetails", {})
    pricing = details.get("pricing", {})
    usd = [
        Decimal(pricing[side]).quantize(Decimal("1e-9"), ROUND_HALF_EVEN) if side in pricing else None
        for side in ("input", "output")
    ]
    milliseconds = [speed.get(name) for name in ("firstTokenLatencyMs", "requestLatencyMs")]
    return (
        *(offer.get(key) for key in ("provider", "providerId", "status", "previousStatus", "task", "type", "adapter")),
        offer["isModelAuthor"],
        *usd,
        details.get("context_length"),
        features.get("toolCalling"),
        features.get("structuredOutput"),
        *(None if value is None else float(value) for value in (speed.get("tokensPerSecond"), *milliseconds)),
    )


@pytest.mark.parametrize("name", [name for name, *_ in CAPTURED])
def test_every_value_of_a_hub_list_is_what_was_recorded(name: str) -> None:
    plain, read = hub_list(name)
    expected = [(m["id"], facts(offer)) for m in plain for offer in m.get("inferenceProviderMapping", [])]
    actual = [
        (
            model.id,
            (
                *(o.provider, o.provider_model_id, o.status, o.previous_status, o.task, o.type, o.adapter),
                *(o.is_model_author, o.input_usd_per_mtok, o.output_usd_per_mtok, o.context_length),
                *(o.supports_tools, o.supports_structured_output, o.throughput_tps, o.ttft_ms, o.request_latency_ms),
            ),
        )
        for model in read.records
        for o in model.mappings or []
    ]
    assert actual == expected
    # A recorder's `safetensors` with null in it, or a missing likes: absent stays None.
    for model, source in zip(read.records, plain, strict=True):
        total = (source.get("safetensors") or {}).get("total")
        assert (model.likes, model.downloads, model.parameters) == (source["likes"], source["downloads"], total)
        assert (model.pipeline_tag, model.library) == (source.get("pipeline_tag"), source.get("library_name"))


def test_prices_counted_in_the_last_hub_list() -> None:
    _, read = hub_list(CAPTURED[-1][0])
    offers = [offer for model in read.records for offer in model.mappings or []]
    priced = [offer for offer in offers if offer.input_usd_per_mtok is not None]
    assert len(priced) == 233
    assert {offer.task for offer in priced} == {"conversational"}
    assert sum(offer.output_usd_per_mtok is not None for offer in offers) == 233
    assert sum(offer.input_usd_per_mtok == 0 for offer in priced) == 5


def cassettes() -> list[Any]:
    found: list[Any] = recorded("huggingface_hub-cassettes/model-info-inferenceProviderMapping.json")
    return found


def test_object_shaped_mappings_are_read() -> None:
    answers = [entry for entry in cassettes() if entry["status"]["code"] == 200]
    assert len(answers) == 31
    statuses: Counter[str] = Counter()
    for entry in answers:
        [model] = (read := read_model(entry["body"].encode())).records
        plain = json.loads(entry["body"])
        mapping = plain["inferenceProviderMapping"]
        assert (model.id, read.problems, dict(read.drift)) == (plain["id"], [], {})
        assert [
            (m.provider, m.provider_model_id, m.status, m.task, m.input_usd_per_mtok) for m in model.mappings or []
        ] == [(name, m["providerId"], m["status"], m["task"], None) for name, m in mapping.items()]
        statuses.update(m.status for m in model.mappings or [])
    assert statuses == {"live": 87, "staging": 31}


def test_recorded_redirect_is_followed() -> None:
    [moved] = [entry for entry in cassettes() if entry["status"]["code"] == 307]
    path = moved["uri"].removeprefix("https://huggingface.co")
    [location] = moved["headers"]["Location"]
    bodies = {entry["uri"].removeprefix("https://huggingface.co"): entry["body"] for entry in cassettes()}

    def script(asked: Asked) -> Any:
        if asked.target == path:
            return response(307, moved["body"].encode(), location=location, content_type="text/plain; charset=utf-8")
        return response(body=bodies.get(location, '{"id":"new/name"}').encode())

    with serving(script) as server, hub_for(server) as hub:
        [model] = hub.fetch(path, None, read_model).records
    assert server.targets == [path, location]
    assert model.id


def test_router_fixtures() -> None:
    plain = recorded("router-2026-07-fixture/huggingface_models-2026-07-30-e0266f30.json")
    path = CAPTURES / "router-2026-07-fixture" / "huggingface_models-2026-07-30-e0266f30.json"
    read = read_router(path.read_bytes())
    assert (read.problems, dict(read.drift)) == ([], {})
    expected = [
        (model["id"], p["provider"], *[p.get("pricing", {}).get(side) for side in ("input", "output")], p["is_free"])
        for model in plain["data"]
        for p in model["providers"]
    ]
    assert [
        (model.id, m.provider, m.input_usd_per_mtok, m.output_usd_per_mtok, m.is_free)
        for model in read.records
        for m in model.mappings
    ] == expected
    assert len(expected) == 7
    assert {(m.task, m.provider_model_id) for model in read.records for m in model.mappings} == {
        ("conversational", None)
    }
    [unpriced] = [m for model in read.records for m in model.mappings if m.input_usd_per_mtok is None]
    assert unpriced.throughput_tps == pytest.approx(80.78104703105933)
    assert read.records[0].input_modalities == ["text", "image"]


def test_router_sample_of_one_model() -> None:
    name = "hub-docs-samples/router-v1-models-one-model-DeepSeek-V4-Pro-2026-05.json"
    read = read_router_model((CAPTURES / name).read_bytes())
    [model] = read.records
    assert (model.id, len(model.mappings), read.problems, dict(read.drift)) == (
        "deepseek-ai/DeepSeek-V4-Pro",
        5,
        [],
        {},
    )
    by_provider = {m.provider: m for m in model.mappings}
    assert by_provider["novita"].input_usd_per_mtok == Decimal("1.69")
    bare = by_provider["featherless-ai"]
    assert (bare.input_usd_per_mtok, bare.supports_tools, bare.context_length, bare.is_free) == (None, None, None, None)


def test_inference_page() -> None:
    name = "models-page-2025-07/inference-providers-models-page-mappings.json"
    text = (CAPTURES / name).read_text(encoding="utf-8")
    page = f"""<!doctype html><html><body><div data-props="{html.escape('{"user":null}')}"></div>
        <div class="SVELTE_HYDRATER" data-target="WhateverItIsCalled" data-props="{html.escape(text)}"></div>"""
    read = read_inference_page(page.encode())
    plain = json.loads(text)["mappings"]
    assert [(e.model_id, e.mapping.provider, e.mapping.status, e.mapping.ttft_ms) for e in read.records] == [
        (m["model"]["id"], m["provider"], m["status"], m["performance"].get("firstTokenLatencyMs")) for m in plain
    ]
    assert (len(read.records), read.problems, dict(read.drift)) == (193, [], {})
    validated = read.records[0].mapping.validated_at
    assert validated is not None
    assert validated.isoformat() == "2025-07-15T18:14:26.612000+00:00"


def recorded_errors() -> list[Any]:
    return recorded("hf-error-responses/recorded-errors.json") if CAPTURES.is_dir() else []


@pytest.mark.parametrize("entry", recorded_errors(), ids=lambda entry: f"{entry['status']}")
def test_recorded_errors(entry: dict[str, Any]) -> None:
    try:
        body = base64.b64decode(entry["body"], validate=True)
    except ValueError:
        body = entry["body"].encode()
    status = entry["status"]
    with (
        serving(lambda asked: response(status, body)) as server,
        hub_for(server) as hub,
        pytest.raises(HubError) as caught,
    ):
        hub.get("/api/x")
    expected = HubRateLimited if status == 429 else HubUnreachable if status >= 500 else HubRefused
    assert isinstance(caught.value, expected)
    assert len(server.asked) == (1 if expected is HubRefused else 5)
    assert str(caught.value).isprintable()
    assert caught.value.hint.isprintable()
