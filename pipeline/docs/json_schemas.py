"""The JSON Schemas of what `hfp --json` prints, made from the types of its documents: published in docs/schema.

A column's description is the one of `schema.py`; that of any other key is the text below it in its type. Prices are
strings of decimals, times ISO strings in UTC. New keys may be added without a new schema_version.
"""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import is_typeddict

from hf_providers.billing.bill_types import BillDocument
from hf_providers.catalog import row_types, schema
from hf_providers.catalog.columns import Table
from hf_providers.catalog.hosting_schema import ENDPOINT_INSTANCES, JOBS_HARDWARE
from hf_providers.documents import types

Schema = dict[str, Any]
"""A JSON Schema: free JSON."""

BASE: Final = "https://hf-providers.github.io/hf-providers/schema/"
DOCUMENTS: Final[dict[str, type]] = {
    "answer": types.Answer,
    "listing": types.Listing,
    "provider": types.ProviderListing,
    "matches": types.Matches,
    "info": types.Info,
    "need": types.NeedDocument,
    "bill": BillDocument,
}
_ROWS: Final[dict[type, Table]] = {
    row_types.ProviderRow: schema.PROVIDERS,
    row_types.ModelRow: schema.MODELS,
    row_types.ListedOffer: schema.OFFERS,
    row_types.OfferRow: schema.OFFERS,
    row_types.InstanceRow: ENDPOINT_INSTANCES,
    row_types.JobsMachineRow: JOBS_HARDWARE,
}
"""The tables whose descriptions the documents take over."""


class _Generator(GenerateJsonSchema):
    """Describes types by our tables and docstrings, and gives no key a title that only repeats its name."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        """Return the schema of a TypedDict, its keys described."""
        made = super().typed_dict_schema(schema)
        made.pop("title", None)
        cls = schema.get("cls")
        if cls is None:
            return made
        if cls in _ROWS:
            made["description"] = _ROWS[cls].description
        for key, text in descriptions(cls).items():
            if key in made["properties"]:
                made["properties"][key] = {"description": text} | made["properties"][key]
        return made

    def field_title_should_be_set(self, schema: object) -> bool:
        """Return False: the name of a key is title enough."""
        del schema
        return False


def descriptions(cls: type) -> dict[str, str]:
    """Return by key what is said of it: of a column by its table, of another key by the text below it, bases first."""
    found: dict[str, str] = {}
    for base in getattr(cls, "__orig_bases__", ()):
        if is_typeddict(base) or base in _ROWS:
            found |= descriptions(base)
    if cls in _ROWS:
        found |= {column.name: column.description for column in _ROWS[cls].columns}
    return found | _docstrings(cls)


def _docstrings(cls: type) -> dict[str, str]:
    """Return the text below each key of a class; a type that is made by a call has none."""
    try:
        (tree,) = ast.parse(dedent(inspect.getsource(cls))).body
    except OSError:
        return {}
    lines = tree.body if isinstance(tree, ast.ClassDef) else []
    return {
        key.target.id: " ".join(text.value.value.split())
        for key, text in pairwise(lines)
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def schema_of(name: str) -> Schema:
    """Return the JSON Schema of a document: one of `DOCUMENTS`."""
    cls = DOCUMENTS[name]
    made = TypeAdapter(cls).json_schema(schema_generator=_Generator)
    del made["description"]
    if name == "provider":  # of which keys a row may have, its type tells: columns names them
        made["properties"]["columns"]["items"] = {"enum": sorted(row_types.ListedOffer.__annotations__)}
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"{BASE}{name}.schema.json",
        "title": (cls.__doc__ or "").removesuffix("."),
    }
    return head | made


def schemas() -> dict[str, Schema]:
    """Return every schema by its file name."""
    return {f"{name}.schema.json": schema_of(name) for name in DOCUMENTS}
