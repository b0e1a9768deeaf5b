"""The one reader of the Hub's answers: from bytes to records, with what could not be read and what was new.

A body that is not JSON, or JSON of another kind, is a HubBadAnswer, which is retried; everything smaller is a Problem
or drift of a Read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import FailFast, TypeAdapter

from hf_providers.catalog import schema
from hf_providers.errors import HubBadAnswer
from hf_providers.hub import common_form, page_props, vocabulary, wire
from hf_providers.hub.parsing import Drift, Problems, Read, parse, parse_as, survivors
from hf_providers.hub.records import HubModel, Mapping, PageMapping, Registration, RouterModel
from hf_providers.hub.tags import base_models_of, license_of
from hf_providers.hub.text import clean, clean_all
from hf_providers.rules.tasks import CHAT_TASK

_MAPPINGS = "inferenceProviderMapping"
_TAG_FILTER = "tag-filter="
# Stops at the first unreadable record: to note everything that is wrong in 64 MiB would take all memory.
_MODELS = TypeAdapter(Annotated[list[wire.WireModel], FailFast()])
_ROUTER_MODELS = TypeAdapter(Annotated[list[wire.WireRouterModel], FailFast()])
_REGISTRATIONS = TypeAdapter(Annotated[list[wire.WireRegistration], FailFast()])
_PAGE_MAPPINGS = TypeAdapter(Annotated[list[wire.WirePageMapping], FailFast()])


def read_models(body: bytes) -> Read[HubModel]:
    """Return the models of one page of the list endpoint.

    Raises:
        HubBadAnswer: the body is not a JSON list.
    """
    return _models(parse_as(list, body))


def read_model(body: bytes) -> Read[HubModel]:
    """Return the model of the single-model endpoint: one record, or none where it cannot be read.

    Raises:
        HubBadAnswer: the body is not a JSON object.
    """
    return _models([parse_as(dict, body)])


def read_partner(body: bytes) -> Read[Registration]:
    """Return a provider's registrations: `{task: {model id or tag filter: {…}}}`.

    Raises:
        HubBadAnswer: the body is not a JSON object.
    """
    records: list[Any] = []
    for task, entries in parse_as(dict, body).items():
        if not isinstance(entries, dict):
            records.append(entries)
            continue
        records += [{**e, "id": i, "task": task} if isinstance(e, dict) else e for i, e in entries.items()]
    registrations, problems = survivors(_REGISTRATIONS, records)
    drift = Drift()
    return Read([_registration(registration, drift) for registration in registrations], problems, drift)


def read_router(body: bytes) -> Read[RouterModel]:
    """Return the models of the router's list.

    Raises:
        HubBadAnswer: the body is not a JSON object with a list under `data`.
    """
    data = parse_as(dict, body).get("data")
    if not isinstance(data, list):
        raise HubBadAnswer("the router's answer has no list of models", "check that HFP_ROUTER_URL names the router")
    return _router_models(data)


def read_router_model(body: bytes) -> Read[RouterModel]:
    """Return the router's answer for one model: one record, or none where it cannot be read.

    Raises:
        HubBadAnswer: the body is not a JSON object.
    """
    return _router_models([parse_as(dict, body)])


def read_inference_page(body: bytes) -> Read[PageMapping]:
    """Return the mappings of the page's table; a page without them gives none, and says so as drift."""
    found = map(_mappings_in, page_props.values(body.decode("utf-8", "replace"), "data-props"))
    entries = next((entries for entries in found if entries is not None), None)
    if entries is None:
        return Read(drift=Drift({"inference page without mappings": 1}))
    mappings, problems = survivors(_PAGE_MAPPINGS, [_with_model_id(entry) for entry in entries])
    drift = Drift()
    return Read([_page_mapping(mapping, drift) for mapping in mappings], problems, drift)


def _mappings_in(props: str) -> list[Any] | None:
    """Return the list of mappings in the props of an element; None where they have none."""
    if '"mappings"' not in props:
        return None
    try:
        value = parse(props.encode("utf-8", "replace"))
    except HubBadAnswer:
        return None
    mappings = value.get("mappings") if isinstance(value, dict) else None
    return mappings if isinstance(mappings, list) else None


def _with_model_id(entry: Any) -> Any:
    model = entry.get("model") if isinstance(entry, dict) else None
    return {**entry, "id": model["id"]} if isinstance(model, dict) and "id" in model else entry


def _models(records: list[Any]) -> Read[HubModel]:
    models: list[HubModel] = []
    problems, drift = Problems(), Drift()
    for place, record in enumerate(records):
        if (model := common_form.model_of(record)) is not None:
            models.append(model)
            continue
        _with_listed_mappings(record)
        models += [_model(kept, drift) for kept in problems.survivor(_MODELS, record, place)]
    return Read(models, list(problems.values()), drift)


def _with_listed_mappings(record: Any) -> None:
    """Make the array of a list of the object of a single model, in whose place its keys are the providers."""
    if isinstance(record, dict) and isinstance(record.get(_MAPPINGS), dict):
        record[_MAPPINGS] = [
            {**entry, "provider": provider} if isinstance(entry, dict) else entry
            for provider, entry in record[_MAPPINGS].items()
        ]


def _router_models(records: list[Any]) -> Read[RouterModel]:
    models, problems = survivors(_ROUTER_MODELS, records)
    drift = Drift()
    return Read([_router_model(model, drift) for model in models], problems, drift)


def _model(model: wire.WireModel, drift: Drift) -> HubModel:
    drift.keys_of("model", model)
    tags = None if model.tags is None else clean_all(model.tags, 300)
    tensors = model.safetensors
    return HubModel(
        id=model.id,
        pipeline_tag=drift.value_of("pipeline_tag", model.pipeline_tag, vocabulary.TASKS),
        tags=tags,
        library=_text(model.library_name),
        license=license_of(tags, model.card_data),
        likes=model.likes,
        downloads=model.downloads,
        created_at=model.created_at,
        sha=_text(model.sha),
        gated=_gated(model.gated, drift),
        parameters=tensors.total if tensors else None,
        dtype_parameters=_dtypes(tensors),
        base_models=base_models_of(tags, drift),
        conversational=None if tags is None else CHAT_TASK in tags,
        is_moe=True if tags and "moe" in tags else None,
        inference=drift.value_of("inference", model.inference, vocabulary.INFERENCE),
        mappings=None if model.mappings is None else [_mapping(m, drift) for m in model.mappings],
    )


def _mapping(mapping: wire.WireMapping, drift: Drift) -> Mapping:
    drift.keys_of("mapping", mapping)
    return _offered(mapping, mapping.task, drift)


def _page_mapping(entry: wire.WirePageMapping, drift: Drift) -> PageMapping:
    drift.keys_of("page mapping", entry)
    mapping = _offered(entry, entry.task or CHAT_TASK, drift)
    mapping.validated_at = entry.validated_at
    return PageMapping(entry.id, mapping)


def _offered(entry: wire.WireMapping | wire.WirePageMapping, task: str, drift: Drift) -> Mapping:
    mapping = Mapping(
        provider=entry.provider,
        status=_status(entry, drift),
        task=drift.value_of("task", task, vocabulary.TASKS) or "?",
        provider_model_id=_text(entry.provider_id),
        previous_status=drift.value_of("previousStatus", entry.previous_status, schema.STATUSES),
        type=drift.value_of("type", entry.type, vocabulary.TYPES),
        adapter=drift.value_of("adapter", entry.adapter, vocabulary.ADAPTERS),
        is_model_author=entry.is_model_author,
        is_free=None if entry.free_until is None else True,
        free_until=entry.free_until,
        throughput_tps=entry.tokens_per_second,
    )
    if features := entry.features:
        drift.keys_of("features", features)
        mapping.supports_tools = features.tool_calling
        mapping.supports_structured_output = features.structured_output
    if speed := entry.performance:
        drift.keys_of("performance", speed)
        if speed.tokens_per_second is not None:
            mapping.throughput_tps = speed.tokens_per_second
        mapping.ttft_ms = speed.first_token_latency_ms
        mapping.request_latency_ms = speed.request_latency_ms
    if details := entry.details:
        drift.keys_of("providerDetails", details)
        mapping.context_length = details.context_length
        mapping.input_usd_per_mtok, mapping.output_usd_per_mtok = _prices(details.pricing, drift)
    return mapping


def _status(entry: wire.WireMapping | wire.WirePageMapping, drift: Drift) -> str:
    """Return the status of a mapping; of the model's and the provider's, the one that is not live."""
    own = drift.value_of("status", entry.status, schema.STATUSES) or "?"
    if entry.provider_status is None or own != schema.STATUSES[0]:
        return own
    return drift.value_of("providerStatus", entry.provider_status, schema.STATUSES) or "?"


def _router_model(model: wire.WireRouterModel, drift: Drift) -> RouterModel:
    drift.keys_of("router model", model)
    shape = model.architecture
    if shape:
        drift.keys_of("router architecture", shape)
    return RouterModel(
        id=model.id,
        mappings=[_routed(provider, drift) for provider in model.providers],
        created=model.created,
        input_modalities=_texts(shape.input_modalities if shape else None),
        output_modalities=_texts(shape.output_modalities if shape else None),
    )


def _routed(provider: wire.WireRouterProvider, drift: Drift) -> Mapping:
    drift.keys_of("router provider", provider)
    input_price, output_price = _prices(provider.pricing, drift)
    return Mapping(
        provider=provider.provider,
        status=drift.value_of("status", provider.status, schema.STATUSES) or "?",
        task=CHAT_TASK,
        is_model_author=provider.is_model_author,
        input_usd_per_mtok=input_price,
        output_usd_per_mtok=output_price,
        is_free=True if provider.is_free is None and provider.free_until is not None else provider.is_free,
        free_until=provider.free_until,
        context_length=provider.context_length,
        supports_tools=provider.supports_tools,
        supports_structured_output=provider.supports_structured_output,
        throughput_tps=provider.throughput,
        ttft_ms=provider.first_token_latency_ms,
    )


def _registration(entry: wire.WireRegistration, drift: Drift) -> Registration:
    drift.keys_of("registration", entry)
    is_filter = entry.id.startswith(_TAG_FILTER)
    tags = entry.tags or (entry.id.removeprefix(_TAG_FILTER).split(",") if is_filter else [])
    return Registration(
        task=drift.value_of("task", entry.task, vocabulary.TASKS) or "?",
        model_id=None if is_filter else entry.id,
        tags=tuple(clean_all(tags, 300)),
        provider_model_id=clean(entry.provider_id),
        status=drift.value_of("status", entry.status, schema.STATUSES) or "?",
        adapter=drift.value_of("adapter", entry.adapter, vocabulary.ADAPTERS),
    )


def _prices(pricing: wire.Pricing | None, drift: Drift) -> tuple[Decimal | None, Decimal | None]:
    """Return both prices, or neither: a single one cannot be compared."""
    if pricing is None:
        return None, None
    drift.keys_of("pricing", pricing)
    if pricing.input is None or pricing.output is None:
        return None, None
    return pricing.input, pricing.output


def _gated(value: object, drift: Drift) -> str | None:
    if value is None:
        return None
    if value is False:
        return "false"
    if isinstance(value, str) and value in vocabulary.GATED:
        return value
    drift.note("gated", clean(str(value)))
    return None


def _dtypes(tensors: wire.Safetensors | None) -> dict[str, int] | None:
    if tensors is None or tensors.parameters is None:
        return None
    return {clean(dtype, 40): count for dtype, count in tensors.parameters.items()}


def _text(value: str | None) -> str | None:
    return clean(value) or None if value else None


def _texts(values: list[str] | None) -> list[str] | None:
    return None if values is None else clean_all(values, 100)
