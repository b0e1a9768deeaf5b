"""The JSON Schemas of what `hfp --json` prints, made from `schema.py`: published in docs/schema, checked by a test.

Prices are strings of decimals, times ISO strings in UTC. New keys may be added without a new schema_version.
"""

from __future__ import annotations

from typing import Any

from hf_providers.billing import totals as bill_totals
from hf_providers.catalog.columns import Column, Table
from hf_providers.catalog.hosting_schema import ENDPOINT_INSTANCES, JOBS_HARDWARE
from hf_providers.catalog.schema import MODELS, OFFERS, PROVIDERS, SCHEMA_VERSION
from hf_providers.documents import listing as listings

Schema = dict[str, Any]

BASE = "https://hf-providers.github.io/hf-providers/schema/"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BASE_MODEL: Schema = {
    "type": "object",
    "required": ["model_id", "relation"],
    "properties": {"model_id": {"type": "string"}, "relation": {"type": "string"}},
}
_TYPES: dict[str, Schema] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int32": {"type": "integer"},
    "int64": {"type": "integer"},
    "float32": {"type": "number"},
    "float64": {"type": "number"},
    "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
    "price": {"type": "string", "pattern": r"^\d{1,9}(\.\d{1,9})?$"},
    "list<string>": {"type": "array", "items": {"type": "string"}},
    "map<string,int64>": {"type": "object", "additionalProperties": {"type": "integer"}},
    "list<base_model>": {"type": "array", "items": _BASE_MODEL},
}

_SNAPSHOT: Schema = {
    "type": "object",
    "description": "What the snapshot says of itself: its version, when its facts were observed, and what answered.",
    "required": ["version", "checked_at", "origin"],
    "properties": {"version": {"type": "string"}, "checked_at": _TYPES["timestamp"], "origin": {"type": "string"}},
}


_ASKED: Schema = {
    "query": {"type": "string", "description": "The model as it was typed, without a provider or a policy."},
    "matched_by": {
        "enum": ["id", "name", "words", "typo", "alias"],
        "description": "How it was found: by its id or its name, letter case aside; by words; as it is probably spelt;"
        " by another name than its own. Each answer is of the model that `model_id` names.",
    },
}


def column_schema(column: Column) -> Schema:
    """Return the schema of one column's values."""
    schema = dict(_TYPES[column.type])
    if column.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {"description": column.description} | schema


def row_schema(table: Table) -> Schema:
    """Return the schema of a table's row with all of its columns.

    A snapshot from before a nullable column lacks its key, which then means the same as null.
    """
    properties = {column.name: column_schema(column) for column in table.columns}
    required = [column.name for column in table.columns if not column.nullable]
    return {"type": "object", "description": table.description, "required": required, "properties": properties}


def _document(name: str, title: str, properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    keyed = {"schema_version": {"const": SCHEMA_VERSION}} | properties
    return {
        "$schema": _DIALECT,
        "$id": f"{BASE}{name}.schema.json",
        "title": title,
        "type": "object",
        "required": [key for key in keyed if key not in optional],
        "properties": keyed,
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def answer() -> Schema:
    """Return the schema of `hfp MODEL --json`."""
    offer = row_schema(OFFERS)
    price = _TYPES["price"]
    blended = {"mix": {"type": "string", "pattern": r"^\d+:\d+$"}, "blended_usd_per_mtok": price}
    cheapest = {"allOf": [offer, {"type": "object", "required": list(blended), "properties": blended}]}
    router = {
        "type": "object",
        "description": "What the router's policies pick, of all offers: fastest (no suffix means it, too), and"
        " cheapest by output price.",
        "required": ["fastest", "cheapest"],
        "properties": {"fastest": _or_null(offer), "cheapest": _or_null(offer)},
    }
    properties = {
        **_ASKED,
        "model": row_schema(MODELS),
        "offers": {"type": "array", "items": offer},
        "left_out": {"type": "integer", "minimum": 0, "description": "Offers that the filters left out."},
        "cheapest": _or_null(cheapest),
        "fastest": _or_null(offer),
        "router_choice": _or_null(router),
        "dedicated": _or_null(_dedicated()),
        "local": _or_null(_local()),
        "variants": {"type": "array", "items": _variant()},
        "snapshot": _SNAPSHOT,
    }
    return _document("answer", "The answer of hfp MODEL --json", properties, tuple(_ASKED))  # the site's has neither


def _variant() -> Schema:
    return {
        "type": "object",
        "required": ["model_id", "variant_id", "relation", "declared", "providers", "known_providers", "parameters"],
        "properties": {
            "model_id": {"type": "string"},
            "variant_id": {"type": "string"},
            "relation": {"type": "string"},
            "declared": {
                "type": "boolean",
                "description": "Whether the Hub's tags say so; else it is guessed from the name.",
            },
            "providers": {"type": "integer", "description": "How many serve it, as far as was seen recently."},
            "known_providers": {"type": "integer", "description": "How many were ever seen to list it."},
            "parameters": {"type": ["integer", "null"]},
        },
    }


def _object(properties: Schema, description: str = "") -> Schema:
    """Return the schema of an object that has all of these keys."""
    about = {"description": description} if description else {}
    return about | {"type": "object", "required": list(properties), "properties": properties}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_NANO: Schema = {"type": ["integer", "null"], "description": "nano-USD; null: not known."}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_FITS = {
    "fits": {"type": ["boolean", "null"], "description": "Whether it fits; null where that can't be told."},
    "needed_bytes": _COUNT_OR_NULL,
    "memory_bytes": _COUNT_OR_NULL,
    "usable_bytes": _COUNT,
    "usable_share_pct": _COUNT,
    "overhead_bytes": _COUNT,
}


def _needs() -> Schema:
    """Return the schema of what a model needs, with what it was made from."""
    properties: Schema = {
        "weights_bytes": _COUNT_OR_NULL,
        "weights_source": _TEXT_OR_NULL | {"description": "What the weights' size was made from."},
        "weights_unknown": _TEXT_OR_NULL | {"description": "Why the size of the published weights is not known."},
        "weight_format": _TEXT_OR_NULL | {"description": "The format; null is as published."},
        "bits_per_weight": {"type": ["number", "null"], "description": "Of that format, scales included."},
        "bits_source": _TEXT_OR_NULL | {"description": "Where the bits are from; null for a plain type."},
        "assumed_format": {"type": "boolean", "description": "Whether it stands in for a published size not known."},
        "parameters": _COUNT_OR_NULL,
        "parameters_source": {"enum": ["count", "config", "name", "given", None]},
        "left_out": _TEXT_OR_NULL | {"description": "What config.json mentions and `parameters` does not count."},
        "active_parameters": _COUNT_OR_NULL | {"description": "Those that a token uses, of a mixture of experts."},
        "active_parameters_source": {"enum": ["config", "name", "given", None]},
        "kv_cache_bytes": _COUNT_OR_NULL | {"description": "Keys and values; layers with a window keep the window."},
        "kv_cache_bytes_upper": _COUNT_OR_NULL
        | {"description": "The same where an engine reserves the whole context for layers with a window."},
        "kv_cache_unknown": _TEXT_OR_NULL | {"description": "Why the KV cache is not known; null where it is."},
        "state_bytes": _COUNT_OR_NULL | {"description": "Recurrent state, the same at any context."},
        "kv_bytes_per_value": _COUNT,
        "context_length": _COUNT,
        "batch": _COUNT,
    }
    return _object(properties, "What the model needs, an estimate, and its inputs.")


def _judged(**properties: Schema) -> Schema:
    estimate = {"estimate": {"const": True}, "needs": _needs(), "judged_by": {"type": "string"}}
    return _object(estimate | properties, "An estimate; judged_by says what was compared with the memory.")


def _dedicated() -> Schema:
    """Return the schema of the endpoints that hold a model."""
    instance = {"allOf": [row_schema(ENDPOINT_INSTANCES), _object(_FITS)]}
    best = {"allOf": [instance, _object({"usd_per_month": _TYPES["price"]}, "730 hours of one replica.")]}
    even: Schema = {
        **dict.fromkeys(("tokens_per_hour", "output_tps"), _COUNT),
        **dict.fromkeys(("requests_per_hour", "tokens_per_request", "capacity_tps"), _COUNT_OR_NULL),
        "utilisation": {"type": ["number", "null"]},
        **dict.fromkeys(("usd_per_hour", "input_usd_per_mtok", "output_usd_per_mtok"), _TYPES["price"]),
        "mix": {"type": "string", "pattern": r"^\d+:\d+$"},
        "provider": {"type": "string"},
    }
    return _judged(
        cheapest=_or_null(best),
        instances={"type": "array", "items": instance},
        break_even=_or_null(_object(even, "From where on the endpoint is no dearer than that provider.")),
    )


def _local() -> Schema:
    """Return the schema of the machines that hold a model."""
    machine = _object({"name": {"type": "string"}, "kind": {"enum": ["gpu", "unified", "server"]}} | _FITS)
    return _judged(machines={"type": "array", "items": machine}, source={"type": "string"})


def _jobs() -> Schema:
    """Return the schema of the machines of HF Jobs that hold a model."""
    machine = {"allOf": [row_schema(JOBS_HARDWARE), _object(_FITS)]}
    properties = {
        "estimate": {"const": True},
        "judged_by": _TEXT,
        "cheapest": _or_null(machine),
        "machines": {"type": "array", "items": machine},
        "observed_at": _TYPES["timestamp"],
    }
    return _object(properties, "An estimate; judged_by says what was compared with the memory.")


def _machine() -> Schema:
    """Return the schema of what the machine of --machine can run."""
    best = {
        "weight_format": _TEXT_OR_NULL | {"description": "The format; null is as published."},
        **dict.fromkeys(("weights_bytes", "context_length"), _COUNT),
        "largest_context": _COUNT_OR_NULL,
    }
    properties = {
        **dict.fromkeys(("name", "kind", "judged_by"), _TEXT),
        **dict.fromkeys(("devices", "memory_bytes", "usable_share_pct", "usable_bytes"), _COUNT),
        "fits": _FITS["fits"],
        "largest_context": _COUNT_OR_NULL | {"description": "Tokens that fit beside the weights; null is unknown."},
        "best_format": _or_null(_object(best, "The most bits a weight that fit with so much context.")),
    }
    return _object(properties, "What the machine of --machine can run.")


def need() -> Schema:
    """Return the schema of `hfp need --json`."""
    command: Schema = {
        **dict.fromkeys(("tool", "command", "note"), _TEXT),
        "known": {"type": ["boolean", "null"], "description": "Whether the model is known to be there for it."},
    }
    this: Schema = {"memory_bytes": _COUNT_OR_NULL, "gpu_found": {"type": "boolean"}, "fits": _FITS["fits"]}
    properties = {
        **_ASKED,
        "model": {"anyOf": [row_schema(MODELS), _object({"model_id": _TEXT}, "Where the snapshot lacks it.")]},
        "needs": _needs(),
        "serverless": _or_null(row_schema(OFFERS)),
        "mix": {"type": "string", "pattern": r"^\d+:\d+$"},
        "dedicated": _or_null(_dedicated()),
        "jobs": _or_null(_jobs()),
        "local": _or_null(_local()),
        "machine": _or_null(_machine()),
        "this_machine": _or_null(_object(this)),
        "commands": {"type": "array", "items": _object(command)},
        "snapshot": _SNAPSHOT,
    }
    return _document("need", "What hfp need MODEL --json says", properties, tuple(_ASKED))  # neither without a MODEL


def bill() -> Schema:
    """Return the schema of `hfp bill --json`."""
    broken = _object({"line": {"type": "integer", "minimum": 1}, "reason": {"type": "string"}})
    counts = ("requests", "unknown", "partly_priced", "assumed", "past_last_seen", "broken_lines")
    properties = {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": _object(_bill_row())},
        **dict.fromkeys(counts, _COUNT),
        "total_cost_nano_usd": _or_null(_COUNT) | {"description": "Of the requests that are priced; null: none is."},
        "unknown_reasons": {"type": "object", "additionalProperties": _COUNT},
        "assume": _or_null({"type": "string"}),
        "broken": {"type": "array", "items": broken, "description": "The first lines that could not be read."},
        "compared": {"type": "array", "items": _object(_compared_row())},
        "against": _or_null({"type": "array", "items": _object(_billed_row())}),
        "snapshot": _SNAPSHOT,
    }
    return _document("bill", "What a usage log cost, of hfp bill --json", properties)


def _bill_row() -> Schema:
    amounts = {key: _or_null(_COUNT) if key.endswith("_nano_usd") else _COUNT for key in bill_totals.KEYS}
    group: Schema = {"type": "string", "description": "total, or the column that the row is a group of."}
    return {"group": group, "name": _or_null({"type": "string"}), **amounts, "cost_usd": _or_null(_TYPES["price"])}


def _compared_row() -> Schema:
    amounts = ("cost_nano_usd", "logged_nano_usd", "difference_nano_usd")
    texts = ("model", "provider", "day", "likely_reason")
    text: Schema = {name: {"type": "string"} for name in texts}
    return text | {"requests": _COUNT} | dict.fromkeys(amounts, _NANO)


def _billed_row() -> Schema:
    counts = ("billed_requests", "log_requests", "unpriced_requests")
    amounts = ("billed_nano_usd", "cost_nano_usd", "difference_nano_usd")
    texts: Schema = {"month": {"type": "string", "pattern": r"^\d{4}-\d\d$"}, "session": _or_null({"type": "string"})}
    return texts | dict.fromkeys(counts, _or_null(_COUNT)) | dict.fromkeys(amounts, _NANO)


def listing() -> Schema:
    """Return the schema of every listing: models, providers, history, changes, sql."""
    properties = {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "object"}},
        **_ASKED,
        "snapshot": _SNAPSHOT,
    }
    title = "A listing of hfp … --json: each row has the keys that columns names"
    return _document("listing", title, properties, tuple(_ASKED))  # of a listing about one model


def provider() -> Schema:
    """Return the schema of a provider's listing: its own row, and an offer a row."""
    shown, rest = listings.offer_columns((), several=True)
    offer_properties = {column.name: column_schema(column) for column in OFFERS.columns}
    columns = {name: offer_properties[name] for name in sorted((*shown, *rest))}
    properties = {
        "columns": {
            "type": "array",
            "description": "The keys of each row, those first that its offers are compared by.",
            "uniqueItems": True,
            "items": {"enum": list(columns)},
        },
        "rows": {"type": "array", "items": _object(columns, "An offer of the provider, each a model and a task.")},
        "provider": row_schema(PROVIDERS),
        "total": _COUNT | {"description": "How many offers it has; with --limit, rows are the first of them."},
        "snapshot": _SNAPSHOT,
    }
    return _document("provider", "A provider's offers, of hfp providers NAME --json", properties)


def matches() -> Schema:
    """Return the schema of several models that fit (exit code 6)."""
    match = {
        "type": "object",
        "required": ["model_id", "pipeline_tag", "parameters", "providers", "live_offers", "likes", "downloads"],
        "properties": {"model_id": {"type": "string"}},
    }
    total = {"type": "integer", "minimum": 1, "description": "How many models fit; matches are the first of them."}
    properties = {**_ASKED, "matches": {"type": "array", "items": match}, "total": total, "snapshot": _SNAPSHOT}
    return _document("matches", "The models that fit, best first", properties)


def info() -> Schema:
    """Return the schema of `hfp info --json`."""
    counts = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
    provenance = {
        key: {"type": ["string", "null"]} for key in ("source", "description", "url", "license", "from", "to")
    }
    sources = {"type": "array", "items": {"type": "object", "required": list(provenance), "properties": provenance}}
    known = {"path": {"type": "string"}, "rows": counts, "provenance": sources}
    about = {"properties": known, "required": list(known)}
    return _document("info", "The snapshot of hfp info --json", {"snapshot": {"allOf": [_SNAPSHOT, about]}})


def schemas() -> dict[str, Schema]:
    """Return every schema by its file name."""
    return {f"{make.__name__}.schema.json": make() for make in (answer, listing, provider, matches, info, need, bill)}
