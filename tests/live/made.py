"""A made-up Hub and a made-up snapshot that differ in known ways."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.replay import Facts, Model, Offer
from tests.cli import hfp as snapshots

TOKEN = "hf_thisIsASecretOfATest"
CHATTY = "acme/chatty"
PAINTER = "acme/painter"
LONELY = "acme/lonely"
OBSERVED_AT = "2026-11-01T07:00:00Z"


def entry(provider: str, status: str = "live", task: str = "conversational", **more: Any) -> dict[str, Any]:
    return {"provider": provider, "providerId": f"{provider}-m", "status": status, "task": task, **more}


def speed(tps: float, ttft_ms: float) -> dict[str, Any]:
    return {"performance": {"tokensPerSecond": tps, "firstTokenLatencyMs": ttft_ms, "requestLatencyMs": 900}}


def price(given: float, taken: float) -> dict[str, Any]:
    return {"providerDetails": {"context_length": 64000, "pricing": {"input": given, "output": taken}}}


def hub() -> Facts:
    """What the Hub says now: quick got slower and dearer (says the router), slow is down, fresh is new."""
    validated = {"lastValidationTimestamp": "2026-11-01T06:30:00.000Z"}
    chatty = [
        Offer(
            entry("quick", **speed(80, 400), **price(1, 3), features={"toolCalling": True, "structuredOutput": False}),
            {"pricing": {"input": 1, "output": 4}, "is_free": False},
            validated,
        ),
        Offer(entry("slow", "error")),
        Offer(entry("fresh")),
    ]
    painter = [Offer(entry("easel", task="text-to-image", performance={"requestLatencyMs": 2500}))]
    return Facts(
        [
            Model({"id": CHATTY, "pipeline_tag": "text-generation"}, chatty),
            Model({"id": PAINTER, "pipeline_tag": "text-to-image"}, painter),
            Model({"id": LONELY, "pipeline_tag": "text-generation"}, None),
            Model({"id": "acme/chatty-large"}, [Offer(entry("quick"))]),
        ],
        "made up",
        OBSERVED_AT,
    )


def snapshot(path: Path) -> Path:
    """What the snapshot says: quick was faster and cheaper, slow was live, left is gone now."""
    priced = {
        "input_usd_per_mtok": Decimal(1),
        "output_usd_per_mtok": Decimal(3),
        "price_source": "hub-list",
        "context_length": 64000,
    }
    quick = {"throughput_tps": 100.0, "ttft_ms": 400.0, "request_latency_ms": 900.0, "supports_tools": True}
    rows = {
        "models": [
            snapshots.model(CHATTY, pipeline_tag="text-generation"),
            snapshots.model(LONELY, pipeline_tag="text-generation"),
            snapshots.model(PAINTER, pipeline_tag="text-to-image"),
        ],
        "offers": [
            snapshots.offer(CHATTY, "quick", provider_model_id="quick-m", **priced, **quick),
            snapshots.offer(CHATTY, "slow", provider_model_id="slow-m", readiness="cold"),
            snapshots.offer(CHATTY, "left", provider_model_id="left-m", readiness="cold"),
            snapshots.offer(
                PAINTER, "easel", provider_model_id="easel-m", task="text-to-image", request_latency_ms=2500.0
            ),
        ],
    }
    return snapshots.catalog(path / "catalog.sqlite", rows)


def transports() -> list[Any]:
    """The modules of HTTP clients that the libraries use: httpx, and the name by which newer ones import it."""
    return [import_module(name) for name in ("httpx", "httpx2") if find_spec(name) is not None]
