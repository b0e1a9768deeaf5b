"""The JSON Schemas of what `hfp --json` prints, made from `schema.py`: published in docs/schema, checked by a test.

Prices are strings of decimals, times ISO strings in UTC. New keys may be added without a new schema_version.
"""

from __future__ import annotations

from typing import Any

from hf_providers.schema import MODELS, OFFERS, SCHEMA_VERSION, Column, Table

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


def column_schema(column: Column) -> Schema:
    """Return the schema of one column's values."""
    schema = dict(_TYPES[column.type])
    if column.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {"description": column.description} | schema


def row_schema(table: Table) -> Schema:
    """Return the schema of a table's row with all of its columns."""
    properties = {column.name: column_schema(column) for column in table.columns}
    return {"type": "object", "description": table.description, "required": list(properties), "properties": properties}


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
    variant = {
        "type": "object",
        "required": ["model_id", "variant_id", "relation", "declared", "providers", "parameters"],
        "properties": {
            "model_id": {"type": "string"},
            "variant_id": {"type": "string"},
            "relation": {"type": "string"},
            "declared": {
                "type": "boolean",
                "description": "Whether the Hub's tags say so; else it is guessed from the name.",
            },
            "providers": {"type": "integer"},
            "parameters": {"type": ["integer", "null"]},
        },
    }
    properties = {
        "model": row_schema(MODELS),
        "offers": {"type": "array", "items": offer},
        "left_out": {"type": "integer", "minimum": 0, "description": "Offers that the filters left out."},
        "cheapest": _or_null(cheapest),
        "fastest": _or_null(offer),
        "router_choice": _or_null(router),
        "dedicated": {"description": "Own endpoints that fit; null where nothing is known."},
        "local": {"description": "Own hardware that fits; null where nothing is known."},
        "variants": {"type": "array", "items": variant},
        "snapshot": _SNAPSHOT,
    }
    return _document("answer", "The answer of hfp MODEL --json", properties)


def listing() -> Schema:
    """Return the schema of every listing: models, providers, history, changes, sql."""
    properties = {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "object"}},
        "snapshot": _SNAPSHOT,
    }
    return _document("listing", "A listing of hfp … --json: each row has the keys that columns names", properties)


def matches() -> Schema:
    """Return the schema of several models that fit (exit code 2)."""
    match = {
        "type": "object",
        "required": ["model_id", "pipeline_tag", "parameters", "providers", "live_offers", "likes", "downloads"],
        "properties": {"model_id": {"type": "string"}},
    }
    properties = {"matches": {"type": "array", "items": match}, "snapshot": _SNAPSHOT}
    return _document("matches", "The models that fit, best first", properties)


def info() -> Schema:
    """Return the schema of `hfp info --json`."""
    counts = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
    about = {"properties": {"path": {"type": "string"}, "rows": counts}, "required": ["path", "rows"]}
    return _document("info", "The snapshot of hfp info --json", {"snapshot": {"allOf": [_SNAPSHOT, about]}})


def schemas() -> dict[str, Schema]:
    """Return every schema by its file name."""
    return {f"{make.__name__}.schema.json": make() for make in (answer, listing, matches, info)}
