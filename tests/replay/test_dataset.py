"""A dataset's rows come back in the Hub's shapes, each source saying only what it said."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import TABLES
from pipeline.assemble.tables import from_rows, write
from pipeline.errors import DatasetError
from pipeline.replay import read_dataset, serve


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def write_table(path: Path, table: Table, rows: list[dict[str, Any]], **required: Any) -> None:
    columns = dict.fromkeys(table.column_names)
    write(from_rows(table, [columns | required | row for row in rows]), path)


def offer(model_id: str, provider: str, **more: Any) -> dict[str, Any]:
    own = {"provider_model_id": f"{provider}-name", "task": "conversational", "status": "live"}
    return {"model_id": model_id, "provider": provider, **own, **more}


def prices(source: str, price_in: str, price_out: str) -> dict[str, Any]:
    return {
        "input_usd_per_mtok": Decimal(price_in),
        "output_usd_per_mtok": Decimal(price_out),
        "price_source": source,
    }


MODELS = [
    {
        "model_id": "org/chat",
        "pipeline_tag": "text-generation",
        "conversational": True,
        "library": "transformers",
        "license": "mit",
        "gated": "false",
        "likes": 0,
        "downloads": 12,
        "created_at": moment("2025-01-20T03:46:07.123"),
        "parameters": 30,
        "dtype_parameters": {"BF16": 10, "F32": 20},
        "is_moe": True,
        "base_models": [
            {"model_id": "org/base", "relation": "quantized"},
            {"model_id": "org/plain", "relation": "base"},
        ],
        "inference": "warm",
    },
    {"model_id": "org/unknown", "gated": "manual"},
]
OFFERS = [
    offer(
        "org/chat",
        "router-says",
        **prices("router", "0.060000000", "100"),
        is_free=False,
        type="single-model",
        is_model_author=True,
        previous_status="error",
        context_length=4096,
        supports_tools=False,
        throughput_tps=36.5,
        ttft_ms=1175.5,
    ),
    offer("org/chat", "list-says", **prices("hub-list", "0.000000001", "0")),
    offer(
        "org/chat",
        "page-says",
        **prices("inference-page", "1234567.123456789", "2.5"),
        validated_at=moment("2025-07-15T18:14:26.612"),
    ),
    offer("org/chat", "recorded", **prices("charmbracelet/catwalk@d18dee8", "3", "15")),
    offer(
        "org/unknown",
        "lora",
        task="text-to-image",
        type="tag-filter",
        adapter="lora",
        request_latency_ms=900.0,
    ),
]


def dataset(root: Path, offers: list[dict[str, Any]] = OFFERS) -> Path:
    write_table(root / "models.parquet", TABLES["models"], MODELS, author="org", name="any", modality="text")
    seen = {"first_seen_at": moment("2026-02-01"), "changed_at": moment("2026-02-01")}
    write_table(root / "offers.parquet", TABLES["offers"], offers, readiness="cold", stale=False, **seen)
    files = []
    for name in ("models", "offers"):
        data = (root / f"{name}.parquet").read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        files.append({"path": f"{name}.parquet", "table": name, "sha256": digest, "bytes": len(data)})
    manifest = {
        "name": "hf-providers",
        "schema_version": 1,
        "version": "0123456789abcdef",
        "result": "complete",
        "checked_at": "2026-02-26T11:27:00Z",
        "changed_at": "2026-02-26T11:27:00Z",
        "generator": "by hand",
        "origin": "nowhere",
        "files": files,
    }
    (root / "manifest.json").write_text(json.dumps(manifest))
    return root


@pytest.fixture
def got(tmp_path: Path) -> dict[str, Any]:
    expand = "inferenceProviderMapping,tags,likes,downloads,gated,safetensors,createdAt,inference,library_name"
    with serve(read_dataset(dataset(tmp_path))) as server, httpx.Client(base_url=server.url) as client:
        listed = client.get(f"/api/models?expand={expand}")
        router = client.get("/v1/models/org/chat")
        page = client.get("/inference/models")
    return {
        "list": {model["id"]: model for model in json.loads(listed.text, parse_float=Decimal)},
        "router": json.loads(router.text, parse_float=Decimal)["providers"],
        "created": router.json()["created"],
        "page": page.text,
        "headers": listed.headers,
        "text": listed.text,
    }


def test_a_model_has_the_keys_that_its_row_states_and_no_others(got: dict[str, Any]) -> None:
    chat = dict(got["list"]["org/chat"])
    del chat["inferenceProviderMapping"]
    assert sorted(chat.pop("tags")) == [
        "base_model:org/base",
        "base_model:org/plain",
        "base_model:quantized:org/base",
        "conversational",
        "license:mit",
        "moe",
    ]
    assert chat == {
        "id": "org/chat",
        "likes": 0,
        "downloads": 12,
        "gated": False,
        "library_name": "transformers",
        "createdAt": "2025-01-20T03:46:07.123Z",
        "safetensors": {"parameters": {"BF16": 10, "F32": 20}, "total": 30},
        "inference": "warm",
    }
    unknown = got["list"]["org/unknown"]
    assert set(unknown) == {"id", "gated", "inferenceProviderMapping"}
    assert unknown["gated"] == "manual"
    assert got["created"] == 1737344767


def test_an_entry_has_the_keys_that_its_row_states_and_no_others(got: dict[str, Any]) -> None:
    entries = {entry["provider"]: entry for entry in got["list"]["org/chat"]["inferenceProviderMapping"]}
    assert entries["router-says"] == {
        "provider": "router-says",
        "providerId": "router-says-name",
        "status": "live",
        "previousStatus": "error",
        "task": "conversational",
        "features": {"toolCalling": False},
        "performance": {"tokensPerSecond": Decimal("36.5"), "firstTokenLatencyMs": Decimal("1175.5")},
        "providerDetails": {"context_length": 4096},
        "type": "single-model",
        "isModelAuthor": True,
    }
    assert set(entries["page-says"]) == {"provider", "providerId", "status", "task"}
    lora = got["list"]["org/unknown"]["inferenceProviderMapping"][0]
    assert (lora["type"], lora["adapter"], lora["performance"]) == (
        "tag-filter",
        "lora",
        {"requestLatencyMs": 900},
    )


def test_each_price_is_stated_by_its_source_alone_and_to_the_last_digit(got: dict[str, Any]) -> None:
    entries = {entry["provider"]: entry for entry in got["list"]["org/chat"]["inferenceProviderMapping"]}
    assert entries["list-says"]["providerDetails"]["pricing"] == {
        "input": Decimal("0.000000001"),
        "output": 0,
    }
    assert '"pricing":{"input":0.000000001,"output":0}' in got["text"]
    routed = {entry["provider"]: entry for entry in got["router"]}
    assert routed["router-says"]["pricing"] == {"input": Decimal("0.06"), "output": 100}
    assert routed["router-says"]["is_free"] is False
    assert routed["recorded"]["pricing"] == {"input": 3, "output": 15}, "recordings kept what the router said"
    assert set(entries["recorded"]) == {"provider", "providerId", "status", "task"}
    for provider in ("list-says", "page-says"):
        assert not {"pricing", "is_free"} & set(routed[provider])
    stated = "{&quot;input&quot;:1234567.123456789,&quot;output&quot;:2.5}"
    assert got["page"].count("pricing") == 1
    assert stated in got["page"]
    assert got["page"].count("&quot;lastValidationTimestamp&quot;:&quot;2025-07-15T18:14:26.612Z&quot;") == 1


def test_the_replay_says_when_the_dataset_was_checked(got: dict[str, Any]) -> None:
    assert got["headers"]["X-Replay-Observed-At"] == "2026-02-26T11:27:00.000Z"


def test_a_folder_without_a_dataset_and_a_damaged_one_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no dataset"):
        read_dataset(tmp_path)
    dataset(tmp_path)
    (tmp_path / "offers.parquet").write_bytes(b"PAR1")
    with pytest.raises(DatasetError):
        read_dataset(tmp_path)


def test_only_what_was_recent_is_served(tmp_path: Path) -> None:
    """One time is served for all: what was seen 45 days before it at most is of that time, the rest is left out."""
    newest, old = moment("2026-08-22"), moment("2026-07-07")
    recent = moment("2026-07-08")
    dated = {"observed_at": newest, "price_observed_at": newest, "measured_at": newest}
    speed = {"throughput_tps": 36.5}
    rows = [
        offer("org/chat", "new", **prices("router", "1", "2"), **speed, **dated),
        offer("org/chat", "edge", **prices("router", "1", "2"), **speed, **dict.fromkeys(dated, recent)),
        offer("org/chat", "old", **prices("router", "1", "2"), **speed, **dict.fromkeys(dated, old)),
        offer("org/chat", "old-price", **prices("router", "1", "2"), **speed, **dated | {"price_observed_at": old}),
        offer("org/chat", "old-speed", **prices("router", "1", "2"), **speed, **dated | {"measured_at": old}),
        offer("org/chat", "nameless", **dated) | {"provider_model_id": ""},
    ]
    facts = read_dataset(dataset(tmp_path, rows))
    assert facts.what == f"dataset {tmp_path} without the 1 recent offers whose provider's id nobody recorded"
    (chat,) = (model for model in facts.models if model.id == "org/chat")
    served = {offer.provider: offer for offer in chat.offers or ()}
    assert set(served) == {"new", "edge", "old-price", "old-speed"}
    assert {name for name, found in served.items() if "pricing" not in found.router} == {"old-price"}
    assert {name for name, found in served.items() if "performance" not in found.entry} == {"old-speed"}
