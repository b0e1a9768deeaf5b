"""The published files described as a Frictionless Data Package, made from the schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from hf_providers.catalog.columns import Column, Table
from hf_providers.catalog.row_types import JsonObject
from hf_providers.catalog.schema import DERIVED, SCHEMA_VERSION, TABLES
from pipeline.publish.dataset import File

DATAPACKAGE: Final = "datapackage.json"

# As frictionless reads Parquet, through pandas: there a list is an array of numpy's, a map a list of pairs, a column of
# whole numbers has NaN for NULL.
_FIELD_TYPES: Final = {
    "string": "string",
    "bool": "boolean",
    "int32": "integer",
    "int64": "integer",
    "float32": "number",
    "float64": "number",
    "timestamp": "datetime",
    "price": "number",
    "list<string>": "any",
    "map<string,int64>": "any",
    "list<base_model>": "any",
}


def datapackage(files: Sequence[File]) -> JsonObject:
    """The descriptor of the files that hold a table; their paths are as given, relative to the descriptor."""
    known = TABLES | DERIVED
    return {
        "profile": "data-package",
        "name": "hf-providers",
        "title": "Inference providers on Hugging Face",
        "description": "Which provider serves which open model, for what task, at what price, and how fast.",
        "schema_version": SCHEMA_VERSION,
        "resources": [_resource(file, known[file.table]) for file in files if file.table in known],
    }


def _resource(file: File, table: Table) -> JsonObject:
    return {
        "name": _resource_name(file, table),
        "type": "table",
        "path": file.path,
        "scheme": "file",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "description": table.description,
        # Under names of our own: frictionless counts no bytes of a Parquet file, and finds its own property wrong then.
        "size_bytes": file.bytes,
        "sha256": file.sha256,
        "rows": file.rows,
        "schema": table_schema(table),
    }


def _resource_name(file: File, table: Table) -> str:
    """The table's name, and of a partition its month too: names are unique in a package."""
    parent = PurePosixPath(file.path).parent.name
    return f"{table.name}-{parent.removeprefix('month=')}" if table.partitioned else table.name


def table_schema(table: Table) -> JsonObject:
    """The Table Schema of `table`: its fields with type, description, unit and constraints; its key."""
    return {
        "fields": [_field(column) for column in table.columns],
        # Parquet has NULL: an empty text is a value here, and by default it would count as missing.
        "missingValues": [],
        "primaryKey": list(table.key),
    }


def _field(column: Column) -> JsonObject:
    kind = _FIELD_TYPES[column.type]
    field: JsonObject = {
        "name": column.name,
        "type": "number" if kind == "integer" and column.nullable else kind,
        "description": column.description,
    }
    if column.unit:
        field["unit"] = column.unit
    constraints = {"required": not column.nullable, "enum": list(column.enum)}
    stated = {name: value for name, value in constraints.items() if value}
    return field | ({"constraints": stated} if stated else {})
