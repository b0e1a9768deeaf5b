"""Answers of the Hub in which a stranger has put one hostile value somewhere, and what must become of them."""

from __future__ import annotations

import copy
import html
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from hypothesis import strategies as st

from hf_providers.errors import HubBadAnswer
from hf_providers.hub import Reply, read_inference_page, read_model, read_models, read_partner, read_router
from hf_providers.hub.links import next_page, redirect_target
from pipeline.crawl.sources import architectures

_ENTRY = {
    "_id": "1", "provider": "novita", "providerId": "own", "status": "live", "task": "conversational",
    "previousStatus": "error", "type": "single-model", "adapter": "lora", "isModelAuthor": False,
    "features": {"toolCalling": True, "structuredOutput": False},
    "performance": {"tokensPerSecond": 9.5, "firstTokenLatencyMs": 100, "requestLatencyMs": 900},
    "providerDetails": {"context_length": 4096, "pricing": {"input": 0.1, "output": 2}},
}  # fmt: skip
_MODEL = {
    "id": "a/b", "pipeline_tag": "text-generation", "tags": ["conversational", "base_model:finetune:o/one"],
    "library_name": "transformers", "likes": 1, "downloads": 2, "createdAt": "2025-01-20T03:46:07.000Z", "sha": "0f",
    "gated": "auto", "inference": "warm", "safetensors": {"parameters": {"BF16": 5}, "total": 5},
    "cardData": {"license": "mit"}, "inferenceProviderMapping": [_ENTRY],
}  # fmt: skip
_ROUTED = {
    "id": "a/b", "created": 1, "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
    "providers": [
        {
            "provider": "novita", "status": "live", "context_length": 4096, "pricing": {"input": 0.1, "output": 2},
            "is_free": False, "supports_tools": True, "supports_structured_output": True, "throughput": 9.5,
            "first_token_latency_ms": 100, "is_model_author": False,
        }
    ],
}  # fmt: skip
_CONFIG = {
    "model_type": "llama4", "dtype": "bfloat16", "quantization_config": {"quant_method": "fp8"},
    "text_config": {
        "model_type": "llama4_text", "num_hidden_layers": 4, "hidden_size": 64, "num_attention_heads": 8,
        "num_key_value_heads": 2, "head_dim": 8, "num_local_experts": 4, "num_experts_per_tok": 1,
        "max_position_embeddings": 4096, "sliding_window": 512, "no_rope_layers": [1, 1, 1, 0],
        "layer_types": ["full_attention", "sliding_attention", "full_attention", "linear_attention"],
    },
}  # fmt: skip
_MODEL_TYPES = (
    "llama4_text", "llama", "deepseek_v3", "mistral", "qwen3", "gpt_oss", "qwen3_next", "gemma3_text", "jamba",
    "bamba", "lfm2", "nemotron_h", "minimax_m1", "something_new",
)  # fmt: skip

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 10**400, -(10**400), 2**63, 1e308, -1e308, 1e-320, float("nan"), float("inf"), "",
    " ", "\u200b", "\u202e", "\x00", "\ud800", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-13-45",
    "12", "x" * 5000, "../../etc/passwd", "<![x", "=1+1", [], [None], [[]], [5, "a", None, {}], {}, {"": 1},
    {"\u200b": 1}, {"[key]": None}, {"id": None}, {"provider": {}}, {"error": "x"},
)  # fmt: skip
"""Values that broke a reader once, and their kin."""

KEYS = ("", "\u200b", "[key]", "id", "provider", "status", "x" * 3000, "\ud800")


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of answer: a sound one, how it is written, read, and what the record beside the spoiled one is called.

    `spoiled` is the part into which a hostile value is put; `wrap` puts a sound neighbour beside it.
    """

    name: str
    spoiled: Any
    wrap: Callable[[Any], Any]
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]
    neighbour: Callable[[Any], bool]


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _page(value: Any) -> bytes:
    return f"<p data-props='{html.escape(json.dumps({'mappings': value}))}'></p>".encode()


def _has_model(read: Any) -> bool:
    return any(record.id == "o/neighbour" for record in read.records)


def _has_entry(read: Any) -> bool:
    return any(record.model_id == "o/neighbour" for record in read.records)


_PAGED = {k: v for k, v in _ENTRY.items() if k != "task"} | {
    "model": {"id": "a/b"},
    "lastValidationTimestamp": "2025-07-15T10:00:00.000Z",
}
_NEIGHBOUR_PAGED = _PAGED | {"model": {"id": "o/neighbour"}}
_OWN = {"_id": "1", "providerId": "own", "status": "live"}

DOCUMENTS = (
    Document("list", _MODEL, lambda v: [v, _MODEL | {"id": "o/neighbour"}], read_models, as_json, _has_model),
    Document("model", _MODEL, lambda v: v, read_model, as_json, lambda _: True),
    Document(
        "router",
        _ROUTED,
        lambda v: {"object": "list", "data": [v, _ROUTED | {"id": "o/neighbour"}]},
        read_router,
        as_json,
        _has_model,
    ),
    Document(
        "partner",
        {"a/b": _OWN, "tag-filter=x,lora": _OWN | {"adapterType": "lora", "tags": ["x"]}},
        lambda v: {"text-to-image": v, "conversational": {"o/neighbour": _OWN}},
        read_partner,
        as_json,
        _has_entry,
    ),
    Document("page", _PAGED, lambda v: [v, _NEIGHBOUR_PAGED], read_inference_page, _page, _has_entry),
    Document("config", _CONFIG, lambda v: v, architectures.parse, as_json, lambda facts: "reason" in facts),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value in a JSON value, itself included."""
    yield way
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*way, step))


def put(value: Any, way: tuple[Any, ...], hostile: Any) -> Any:
    """Return a copy of a JSON value with a hostile one at the end of the way."""
    if not way:
        return hostile
    changed = copy.deepcopy(value)
    holder = changed
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = hostile
    return changed


def renamed(value: Any, way: tuple[Any, ...], key: str) -> Any:
    """Return a copy of a JSON value with another key at the end of the way, where that is a key."""
    if not way or not isinstance(way[-1], str):
        return value
    changed = copy.deepcopy(value)
    holder = changed
    for step in way[:-1]:
        holder = holder[step]
    holder[key] = holder.pop(way[-1])
    return changed


values = st.one_of(
    st.sampled_from(HOSTILE),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
)


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[Document, Any]:
    """A document with one or two hostile values or keys in its spoiled part."""
    document = draw(st.sampled_from(DOCUMENTS))
    value = document.spoiled
    if document.name == "config":
        value = put(value, ("text_config", "model_type"), draw(st.sampled_from(_MODEL_TYPES)))
    for _ in range(draw(st.integers(1, 2))):
        way = draw(st.sampled_from(list(places(value))))
        if draw(st.booleans()):
            value = put(value, way, draw(values))
        else:
            value = renamed(value, way, draw(st.sampled_from(KEYS)))
    return document, value


def check(document: Document, value: Any) -> None:
    """Read the document; only what holds the hostile value may be lost, and only the designed error may be raised."""
    read = document.read(document.write(document.wrap(value)))
    assert document.neighbour(read), "a bad value cost the record beside it"
    for problem in getattr(read, "problems", ()):
        assert all(text.isprintable() for text in (problem.record_id, problem.field, problem.reason, problem.sample))
        assert problem.record_id


def check_or_refuse(document: Document, value: Any) -> None:
    """Check; a document of a single record may be refused as a whole."""
    try:
        check(document, value)
    except HubBadAnswer:
        assert document.name == "model", "one bad value refused a whole answer"
        assert not isinstance(value, dict)


def check_target(target: str) -> None:
    """Follow a Link and a Location; only the designed error may be raised."""
    headers = httpx.Headers([(b"link", f'<{target}>; rel="next"'.encode()), (b"location", target.encode())])
    reply = Reply("https://hub.example/api/models", 200, headers, b"")
    with suppress(HubBadAnswer):
        next_page(reply, httpx.URL("https://hub.example"), set())
    with suppress(HubBadAnswer):
        redirect_target(reply)
