"""The dataset described in Croissant, the vocabulary of machine learning datasets. Pure.

A table is a record set over its file; one kept by month is one record set a file, and no FileSet: mlcroissant reads
such a set only out of an archive or a clone, without the files' SHA-256 and without the archived months.

Croissant has no exact decimal: what reads a price by this description gets a float, and the description says that the
file has it exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Final

from hf_providers.catalog.columns import Column
from hf_providers.catalog.row_types import JsonObject
from hf_providers.catalog.schema import DERIVED, TABLES
from hf_providers.hub.timed_http import PROJECT_URL
from pipeline.publish.dataset import File, Manifest

CROISSANT: Final = "croissant.json"
LICENSE_URL: Final = "https://spdx.org/licenses/Apache-2.0.html"
DESCRIPTION: Final = (
    "Which provider serves which open model of the Hugging Face Hub, for what task, at what price, how fast, and "
    "whether it is ready; with the history of prices, statuses and speeds. Every figure is something a source said; "
    "NULL is unknown."
)
_CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"
_PARQUET: Final = "application/x-parquet"
_TYPES: Final = {
    "string": "sc:Text",
    "bool": "sc:Boolean",
    "int32": "cr:Int32",
    "int64": "cr:Int64",
    "float32": "cr:Float32",
    "float64": "cr:Float64",
    "timestamp": "sc:DateTime",
    "price": "sc:Float",
    "list<string>": "sc:Text",
}
_PARTS: Final = {
    "map<string,int64>": (("key", "$[0]", "sc:Text"), ("value", "$[1]", "cr:Int64")),
    "list<base_model>": (("model_id", "$.model_id", "sc:Text"), ("relation", "$.relation", "sc:Text")),
}
"""The fields of a structured column: name, place in an item, type. An item of a map is a pair."""
_CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def document(manifest: Manifest, base_url: str, columns: Mapping[str, Collection[str]] | None = None) -> JsonObject:
    """Return the description of a dataset.

    Args:
        manifest: Its manifest.
        base_url: The address of the folder that the manifest's paths are relative to.
        columns: The columns that each file has, by its path; a dataset of an older release lacks some of today's.
    """
    stored = columns or {}
    files = [file for file in manifest.files if file.table in TABLES | DERIVED]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "hf-providers",
        "description": DESCRIPTION,
        "conformsTo": _CONFORMS_TO,
        "url": PROJECT_URL,
        "license": LICENSE_URL,
        "creator": {"@type": "sc:Organization", "name": "hf-providers", "url": PROJECT_URL},
        "citeAs": f"hf-providers: {PROJECT_URL}, version {manifest.version}",
        # The version of this vocabulary is a number in three parts; the dataset's own is the hash in citeAs.
        "version": f"{manifest.schema_version}.0.0",
        "datePublished": f"{manifest.changed_at:%Y-%m-%d}",
        "dateModified": f"{manifest.checked_at:%Y-%m-%dT%H:%M:%SZ}",
        "isLiveDataset": True,
        "distribution": [_file_object(file, base_url) for file in files],
        "recordSet": [_record_set(file, stored.get(file.path)) for file in files],
    }


def name_of(file: File) -> str:
    """Return the name of a table's file: the table's, and of one kept by month the file's too."""
    table = (TABLES | DERIVED)[file.table or ""]
    path = PurePosixPath(file.path)
    return f"{table.name}-{path.parent.name.removeprefix('month=')}-{path.stem}" if table.partitioned else table.name


def _file_object(file: File, base_url: str) -> JsonObject:
    return {
        "@type": "cr:FileObject",
        "@id": f"{name_of(file)}.parquet",
        "name": f"{name_of(file)}.parquet",
        "contentUrl": file.url or f"{base_url.rstrip('/')}/{file.path}",
        "contentSize": f"{file.bytes} B",
        "encodingFormat": _PARQUET,
        "sha256": file.sha256,
    }


def _record_set(file: File, stored: Collection[str] | None) -> JsonObject:
    table, name = (TABLES | DERIVED)[file.table or ""], name_of(file)
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table.description,
        "key": [{"@id": f"{name}/{column}"} for column in table.key],
        "field": [_field(name, column) for column in table.columns if stored is None or column.name in stored],
    }


def _field(name: str, column: Column) -> JsonObject:
    unit = f" Unit: {column.unit}." if column.unit else ""
    exact = " The file has it as an exact decimal." if column.type == "price" else ""
    described = f"{column.description}{unit}{exact}"
    field = {"@type": "cr:Field", "@id": f"{name}/{column.name}", "name": column.name, "description": described}
    source = {"fileObject": {"@id": f"{name}.parquet"}, "extract": {"column": column.name}}
    if column.type not in _PARTS:
        repeated = {"repeated": True} if column.type.startswith("list<") else {}
        return field | {"dataType": _TYPES[column.type], "source": source} | repeated
    parts = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column.name}/{part}",
            "name": part,
            "dataType": kind,
            "source": source | {"transform": {"jsonPath": path}},
        }
        for part, path, kind in _PARTS[column.type]
    ]
    return field | {"repeated": True, "subField": parts}
