"""The data package that is published, judged by frictionless."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import frictionless

from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.publish.datapackage import datapackage, table_schema
from pipeline.publish.dataset import File
from pipeline.publish.versions import publish
from tests.dataset_samples import outcome, sample


def test_frictionless_accepts_the_data_package(tmp_path: Path) -> None:
    """The descriptor by frictionless' own rules, and the rows by the schemas in it; size and hash are compared here."""
    publish(tmp_path, sample(1), outcome())
    folder = tmp_path / "latest"
    descriptor = json.loads((folder / "datapackage.json").read_text())
    report = frictionless.Package.validate_descriptor(descriptor)
    assert report.valid, report.flatten(["type", "message"])
    assert {resource["name"] for resource in descriptor["resources"]} == TABLES.keys() - {"measurements"}
    for resource in descriptor["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert (resource["size_bytes"], resource["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        table = TABLES[resource["name"]]
        rows = tables.to_rows(tables.read(folder / resource["path"], table))
        data = [list(row.values()) for row in rows]
        assert frictionless_errors(resource["schema"], data) == []
        assert frictionless_errors(resource["schema"], [*data, [None] * len(table.columns)]) != []


def frictionless_errors(schema: dict[str, Any], rows: list[list[Any]]) -> list[Any]:
    header = [field["name"] for field in schema["fields"]]
    resource = frictionless.Resource(data=[header, *rows], schema=frictionless.Schema.from_descriptor(schema))
    errors: list[Any] = resource.validate().flatten(["type", "message"])
    return errors


def test_a_partition_is_described_with_its_month() -> None:
    file = File(path="measurements/month=2026-02/ab.parquet", table="measurements", sha256="0" * 64, bytes=1, rows=1)
    [resource] = datapackage([file])["resources"]
    assert resource["name"] == "measurements-2026-02"
    assert resource["schema"] == table_schema(TABLES["measurements"])
