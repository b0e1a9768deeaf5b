"""The records that the reader returns, with our names and units. None means not stated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(slots=True)
class Mapping:
    """A model served by a provider for a task. Prices are both there or both None."""

    provider: str
    status: str
    task: str
    provider_model_id: str | None = None
    previous_status: str | None = None
    type: str | None = None
    adapter: str | None = None
    is_model_author: bool | None = None
    input_usd_per_mtok: Decimal | None = None
    output_usd_per_mtok: Decimal | None = None
    is_free: bool | None = None
    free_until: datetime | None = None
    context_length: int | None = None
    supports_tools: bool | None = None
    supports_structured_output: bool | None = None
    throughput_tps: float | None = None
    ttft_ms: float | None = None
    request_latency_ms: float | None = None
    validated_at: datetime | None = None


@dataclass(slots=True)
class HubModel:
    """A model as the Hub describes it.

    `mappings` is None where the answer has no such key; `base_models` and `conversational` are None where it has no
    tags. `base_models` are pairs of model id and relation.
    """

    id: str
    pipeline_tag: str | None
    tags: list[str] | None
    library: str | None
    license: str | None
    likes: int | None
    downloads: int | None
    created_at: datetime | None
    sha: str | None
    gated: str | None
    parameters: int | None
    dtype_parameters: dict[str, int] | None
    base_models: list[tuple[str, str]] | None
    conversational: bool | None
    is_moe: bool | None
    inference: str | None
    mappings: list[Mapping] | None


@dataclass(slots=True)
class RouterModel:
    """A chat model as the router lists it. `created` is in seconds since 1970."""

    id: str
    mappings: list[Mapping]
    created: int | None
    input_modalities: list[str] | None
    output_modalities: list[str] | None


@dataclass(slots=True)
class Registration:
    """What a provider registered for a task: a model, or (`model_id` None) all models that have `tags`."""

    task: str
    model_id: str | None
    tags: tuple[str, ...]
    provider_model_id: str
    status: str
    adapter: str | None


@dataclass(slots=True)
class PageMapping:
    """One row of the inference page."""

    model_id: str
    mapping: Mapping
