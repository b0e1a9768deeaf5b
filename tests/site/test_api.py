"""The JSON API: byte for byte what the real `hfp` prints, valid by its schemas, where the index says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest

from hf_providers.export import FORMS, form
from pipeline.site import paths
from pipeline.site.build import BASE_URL
from pipeline.site.page import Raw
from pipeline.site.pages import api, model
from pipeline.site.source import Source, opened

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "schema"
COMPARED = 30


@pytest.fixture(scope="module")
def source(data: Path) -> Iterator[Source]:
    with opened(data, BASE_URL) as found:
        yield found


@pytest.fixture(scope="module")
def files(source: Source) -> dict[str, bytes]:
    """Every file of the API by its path."""
    made = [*api.make(source), *model.make(source)]
    return {item.path: item.content for item in made if isinstance(item, Raw)}


def hfp(data: Path, *words: str) -> bytes:
    """What the real command prints into a pipe."""
    command = [sys.executable, "-c", "import sys; from hf_providers.cli.main import main; sys.exit(main())"]
    done = subprocess.run([*command, *words, "--snapshot", str(data)], capture_output=True, check=True, timeout=60)
    return done.stdout


def routed(data: Path) -> list[str]:
    """The models with a route of their own, the most used first, as the Parquet files have them."""
    return [
        name
        for (name,) in duckdb.sql(
            f"""SELECT m.model_id FROM '{data}/latest/models.parquet' m LEFT JOIN '{data}/latest/offers.parquet' o
            USING (model_id) GROUP BY ALL HAVING count(o.model_id) = 0 OR bool_or(o.type IS DISTINCT FROM 'tag-filter')
            ORDER BY max(m.downloads) DESC NULLS LAST, m.model_id"""
        ).fetchall()
    ]


def test_a_model_s_file_is_what_hfp_prints(data: Path, files: dict[str, bytes]) -> None:
    """The most used models, and as many from all others; only nobody typed anything for a file."""
    names = routed(data)
    rest = names[COMPARED // 2 :]
    for name in [*names[: COMPARED // 2], *rest[:: len(rest) // (COMPARED // 2)][: COMPARED // 2]]:
        printed = json.loads(hfp(data, name, "--json"))
        assert (printed.pop("query"), printed.pop("matched_by")) == (name, "id")
        assert files[paths.model_json(name)] == json.dumps(printed).encode() + b"\n", name


def test_a_provider_s_file_is_what_hfp_prints(data: Path, source: Source, files: dict[str, bytes]) -> None:
    for name, row in source.providers.items():
        if row["models"]:
            assert files[paths.provider_json(name)] == hfp(data, "providers", name, "--json", "--limit", "0"), name


@pytest.mark.parametrize("name", FORMS)
def test_an_export_s_file_is_what_hfp_prints(data: Path, files: dict[str, bytes], name: str) -> None:
    assert files[f"api/v1/export/{form(name).FILE}"] == hfp(data, "export", name)


def test_the_index_names_every_export(files: dict[str, bytes]) -> None:
    named = {entry["file"].removeprefix(BASE_URL) for entry in json.loads(files["api/v1/index.json"])["exports"]}
    assert named == {path for path in files if path.startswith("api/v1/export/")}
    assert len(named) == len(FORMS)


def test_a_provider_without_offers_lists_none(source: Source, files: dict[str, bytes]) -> None:
    without = [name for name, row in source.providers.items() if not row["models"]]
    assert without
    for name in without:
        said = json.loads(files[paths.provider_json(name)])
        assert (said["rows"], said["total"], said["provider"]["provider"]) == ([], 0, name)


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))


@pytest.mark.parametrize(("kind", "name"), [("models", "answer"), ("providers", "provider")])
def test_every_file_is_valid_by_its_schema(kind: str, name: str, files: dict[str, bytes]) -> None:
    validator = jsonschema.Draft202012Validator(schema(name))
    checked = [path for path in files if path.startswith(f"api/v1/{kind}/")]
    assert checked
    for path in checked:
        assert list(validator.iter_errors(json.loads(files[path]))) == [], path


def test_a_provider_s_schema_knows_every_key_and_refuses_other_values(files: dict[str, bytes]) -> None:
    validator = jsonschema.Draft202012Validator(schema("provider"))
    offer = validator.schema["$defs"][validator.schema["properties"]["rows"]["items"]["$ref"].rpartition("/")[2]]
    for path, content in files.items():
        if path.startswith("api/v1/providers/"):
            said = json.loads(content)
            assert said.keys() <= validator.schema["properties"].keys(), path
            assert set(said["columns"]) <= offer["properties"].keys(), path
    said = json.loads(files["api/v1/providers/novita.json"])
    row = said["rows"][0]
    for wrong in (
        {"rows": [row | {"input_usd_per_mtok": 0.1}]},
        {"rows": [{name: value for name, value in row.items() if name != "status"}]},
        {"columns": ["price"]},
        {"total": "9"},
        {"provider": {"provider": "novita"}},
    ):
        assert not validator.is_valid(said | wrong), wrong


def test_schemas_stand_at_the_addresses_that_are_their_names(files: dict[str, bytes]) -> None:
    found = {BASE_URL + path: content for path, content in files.items() if path.startswith("schema/")}
    assert {json.loads(content)["$id"] for content in found.values()} == set(found)
    assert len(found) == len(list(SCHEMAS.glob("*.json")))


def test_the_index_names_every_model_and_provider_and_nothing_that_is_not_there(
    data: Path, files: dict[str, bytes]
) -> None:
    index = json.loads(files["api/v1/index.json"])
    manifest = json.loads((data / "manifest.json").read_text("utf-8"))
    providers = duckdb.sql(f"SELECT provider FROM '{data}/latest/providers.parquet'").fetchall()
    assert {row["model_id"] for row in index["models"]} == set(routed(data))
    assert {row["provider"] for row in index["providers"]} == {name for (name,) in providers}
    assert index["snapshot"]["version"] == manifest["version"]
    addresses = [row["json"] for row in index["models"] + index["providers"]] + list(index["schemas"].values())
    assert {address.removeprefix(BASE_URL) for address in addresses} <= files.keys()


def test_a_hostile_name_says_itself_in_its_own_file(hostile_data: Path) -> None:
    with opened(hostile_data, BASE_URL) as source:
        made = [item for item in (*api.make(source), *model.make(source)) if isinstance(item, Raw)]
        told = {item.path: json.loads(item.content) for item in made if item.path.endswith(".json")}
        assert len({item.path for item in made}) == len(made)
        for row in source.models:
            assert told[paths.model_json(row["model_id"])]["model"]["model_id"] == row["model_id"]
    for path in told:
        assert not set(path.split("/")) & {"", ".", ".."}


def test_the_index_names_the_cheapest_and_the_fastest_chat_offer_of_every_model(
    data: Path, files: dict[str, bytes]
) -> None:
    """As the published tables have them, over all models."""
    said = {entry["model_id"]: entry for entry in json.loads(files["api/v1/index.json"])["models"]}
    for name, table, column in (("from", "cheapest", "input_usd_per_mtok"), ("up_to", "fastest", "throughput_tps")):
        rows = duckdb.sql(
            f"SELECT model_id, provider, {column}::DOUBLE::VARCHAR FROM '{data}/latest/{table}.parquet'"
            " WHERE task = 'conversational'"
        ).fetchall()
        wanted = {(model_id, provider, float(value)) for model_id, provider, value in rows if model_id in said}
        offers = [entry[name] for entry in said.values() if entry[name]]
        assert wanted
        assert {(one["model_id"], one["provider"], float(one[column])) for one in offers} == wanted
