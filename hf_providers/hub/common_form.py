"""Read a model in the form in which the Hub nearly always gives it, field by field: five times as fast as pydantic.

What is unusual in any way (a key or a value that is new, a type or a size that a field does not take, text to clean) is
not read here: `reader` then takes the whole record through `wire`, which says what is wrong with it. A record that is
read here gives the same model there; tests/hub/test_common_form.py compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from hf_providers.catalog.schema import STATUSES
from hf_providers.hub import vocabulary
from hf_providers.hub.parsing import Drift
from hf_providers.hub.records import HubModel, Mapping
from hf_providers.hub.tags import base_models_of, license_of
from hf_providers.hub.wire import MAX_VALUES, MODEL_ID, PROVIDER_ID, exact_price, utc
from hf_providers.rules.tasks import CHAT_TASK

_MODEL_KEYS: Final = vocabulary.IGNORED_KEYS["model"] | {
    "id", "pipeline_tag", "tags", "library_name", "likes", "downloads", "createdAt", "sha", "gated", "inference",
    "safetensors", "cardData", "inferenceProviderMapping",
}  # fmt: skip
# Not the newer names (modelStatus, providerStatus, adapterType, …): which of two counts is for `wire` to say.
_MAPPING_KEYS: Final = (vocabulary.IGNORED_KEYS["mapping"] - {"modelStatus"}) | {
    "provider", "providerId", "status", "task", "type", "adapter", "isModelAuthor", "previousStatus", "features",
    "performance", "providerDetails",
}  # fmt: skip
_FEATURES: Final = frozenset({"toolCalling", "structuredOutput"})
_SPEEDS: Final = frozenset({"tokensPerSecond", "firstTokenLatencyMs", "requestLatencyMs"})
_PERFORMANCE_KEYS: Final = vocabulary.IGNORED_KEYS["performance"] | _SPEEDS
_DETAILS: Final = frozenset({"context_length", "pricing"})
_PRICES: Final = frozenset({"input", "output"})
_BASE_MODEL: Final = "base_model:"
_MAX_TAG, _MAX_TEXT, _MAX_DTYPE, _MAX_ID, _MAX_PROVIDER = 300, 500, 40, 200, 100
_FEW_TAGS: Final = 8
"""What is remembered of tags stays small, whatever they are."""
_is_model_id = re.compile(MODEL_ID).fullmatch
_matches_provider_id = re.compile(PROVIDER_ID).fullmatch


def model_of(record: Any) -> HubModel | None:
    """Return the model of a record in the common form; None for any other record."""
    try:
        return _model(record)
    except (AttributeError, KeyError, TypeError, ValueError):  # a type that has no such method, or no hash
        return None


def _model(record: dict[str, Any]) -> HubModel:
    model_id, get = record["id"], record.get
    _expect(record.keys() <= _MODEL_KEYS and len(model_id) <= _MAX_ID and _is_model_id(model_id))
    tags, tensors, created_at = get("tags"), get("safetensors"), get("createdAt")
    entries = get("inferenceProviderMapping")
    if tags is not None:
        _check_tags(tags)
    dtypes, total = (None, None) if tensors is None else _tensors(tensors)
    return HubModel(
        id=model_id,
        pipeline_tag=_one_of(get("pipeline_tag"), vocabulary.TASKS),
        tags=tags,
        library=_text(get("library_name")),
        license=license_of(tags, get("cardData")),
        likes=_count(get("likes")),
        downloads=_count(get("downloads")),
        created_at=None if created_at is None else utc(created_at),
        sha=_text(get("sha")),
        gated=_gated(get("gated")),
        parameters=total,
        dtype_parameters=dtypes,
        base_models=None if tags is None else _base_models(tags),
        conversational=None if tags is None else CHAT_TASK in tags,
        is_moe=True if tags and "moe" in tags else None,
        inference=_one_of(get("inference"), vocabulary.INFERENCE),
        mappings=None if entries is None else _mappings(entries),
    )


def _mappings(entries: list[Any]) -> list[Mapping]:
    _expect(type(entries) is list and len(entries) <= MAX_VALUES)
    return [_mapping(entry) for entry in entries]


def _mapping(entry: dict[str, Any]) -> Mapping:
    provider, status, task, get = entry["provider"], entry["status"], entry["task"], entry.get
    _expect(
        entry.keys() <= _MAPPING_KEYS
        and len(provider) <= _MAX_PROVIDER
        and _is_provider(provider)
        and status in STATUSES
        and task in vocabulary.TASKS
        and entry["providerId"] is not None
    )
    mapping = Mapping(
        provider=provider,
        status=status,
        task=task,
        provider_model_id=_text(entry["providerId"]),
        previous_status=_one_of(get("previousStatus"), STATUSES),
        type=_one_of(get("type"), vocabulary.TYPES),
        adapter=_one_of(get("adapter"), vocabulary.ADAPTERS),
        is_model_author=_flag(get("isModelAuthor")),
    )
    if (features := get("features")) is not None:
        _expect(features.keys() <= _FEATURES)
        mapping.supports_tools = _flag(features.get("toolCalling"))
        mapping.supports_structured_output = _flag(features.get("structuredOutput"))
    if (speed := get("performance")) is not None:
        _expect(speed.keys() <= _PERFORMANCE_KEYS)
        mapping.throughput_tps = _measured(speed.get("tokensPerSecond"))
        mapping.ttft_ms = _measured(speed.get("firstTokenLatencyMs"))
        mapping.request_latency_ms = _measured(speed.get("requestLatencyMs"))
    if (details := get("providerDetails")) is not None:
        _set_details(mapping, details)
    return mapping


def _set_details(mapping: Mapping, details: dict[str, Any]) -> None:
    context, pricing = details.get("context_length"), details.get("pricing")
    _expect(details.keys() <= _DETAILS and (context is None or (type(context) is int and 0 < context <= 10**9)))
    mapping.context_length = context
    if pricing is not None:
        _expect(pricing.keys() <= _PRICES)
        stated = _price(pricing.get("input")), _price(pricing.get("output"))
        if None not in stated:  # half a price is none
            mapping.input_usd_per_mtok, mapping.output_usd_per_mtok = stated


def _expect(is_common: object) -> None:
    if not is_common:
        raise ValueError("not in the common form")


def _check_tags(tags: list[str]) -> None:
    _expect(type(tags) is list and len(tags) <= MAX_VALUES and "".join(tags).isprintable() and "" not in tags)
    _expect(not tags or len(max(tags, key=len)) <= _MAX_TAG)


def _base_models(tags: list[str]) -> list[tuple[str, str]]:
    stated = [tag for tag in tags if tag.startswith(_BASE_MODEL)]
    if not stated:
        return []
    return list(_few_base_models(tuple(stated)) if len(stated) <= _FEW_TAGS else _base_models_of(stated))


def _base_models_of(tags: list[str]) -> tuple[tuple[str, str], ...]:
    drift = Drift()
    found = base_models_of(tags, drift)
    _expect(not drift)
    return tuple(found or ())


@lru_cache(4096)
def _few_base_models(tags: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return _base_models_of(list(tags))


@lru_cache(1024)
def _is_provider(provider: str) -> bool:
    return _matches_provider_id(provider) is not None


def _one_of(value: str | None, known: Collection[str]) -> str | None:
    _expect(value is None or value in known)
    return value


def _text(value: str | None) -> str | None:
    _expect(value is None or (0 < len(value) <= _MAX_TEXT and value.isprintable()))
    return value


def _count(value: int | None) -> int | None:
    _expect(value is None or (type(value) is int and 0 <= value < 2**63))
    return value


def _flag(value: bool | None) -> bool | None:
    _expect(value is None or type(value) is bool)
    return value


def _measured(value: float | None) -> float | None:
    if value is None:
        return None
    _expect((type(value) is float or type(value) is int) and 0 <= value <= 1e12)
    return float(value)


def _price(value: float | None) -> Decimal | None:
    if value is None:
        return None
    _expect(type(value) is float or type(value) is int)
    return _known_price(value)


# A price is stated for many offers. 1 and 1.0 are one key, and one price.
_known_price = lru_cache(8192)(exact_price)


def _gated(value: object) -> str | None:
    if value is None or value is False:
        return None if value is None else "false"
    _expect(value in vocabulary.GATED)
    return str(value)


def _tensors(tensors: dict[str, Any]) -> tuple[dict[str, int] | None, int | None]:
    parameters, total = tensors.get("parameters"), _count(tensors.get("total"))
    if parameters is not None:
        _expect(type(parameters) is dict and len(parameters) <= MAX_VALUES)
        for dtype, count in parameters.items():
            _expect(0 < len(dtype) <= _MAX_DTYPE and dtype.isprintable() and count is not None)
            _count(count)
    return parameters, total
