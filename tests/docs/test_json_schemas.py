"""The published JSON Schemas: every real document is valid, and what a document cannot be is refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hf_providers.catalog import database
from hf_providers.catalog.columns import Column, Table
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.hosting_schema import ENDPOINT_INSTANCES
from hf_providers.catalog.locate import find
from hf_providers.catalog.schema import MODELS, OFFERS, PROVIDERS
from hf_providers.documents import answer
from pipeline.docs.json_schemas import BASE, DOCUMENTS, descriptions, schema_of
from tests.cli.hfp import ROOT, Hfp

COMMANDS = {
    "answer": [["deepseek-r1"], ["flux.1-dev"], ["deepseek-r1", "--tools", "--cheapest"]],
    "listing": [["models", "--limit", "3"], ["history", "deepseek-r1"], ["cost", "deepseek-r1", "--in", "1M"]],
    "provider": [["providers", "novita", "--limit", "3"]],
    "matches": [["deepsek"]],
    "info": [["info"]],
    "need": [["need", "deepseek-r1"], ["need", "--params", "7B"]],
    "bill": [["bill", "{log}"]],
}
MORE_NEEDS = ["need", "deepseek-r1", "--machine", "8xh200", "--busy-hours", "2"]
MAY_LACK = {
    "answer": {"query", "matched_by"},
    "listing": {"query", "matched_by"},
    "need": {"query", "matched_by"},
    "provider": set(),
    "matches": set(),
    "info": set(),
    "bill": set(),
}
"""Keys of a document that it need not have; all others are needed, but in `listing` those that a command adds."""
ADDED = {"listing": {"total", "model_id", "job", "cheapest", "monthly_credits"}}
LOG = (
    '{"created": 1772105249, "model": "deepseek-ai/DeepSeek-R1:novita", "cost": 0.001,'
    ' "usage": {"prompt_tokens": 1000, "completion_tokens": 10}}\nno request\n'
)
WRONG: dict[str, list[Any]] = {
    "string": [1, True, []],
    "bool": ["true", 1],
    "int64": ["1", 1.5],
    "float32": ["1"],
    "timestamp": ["yesterday", 1772105249],
    "price": [0.5, "1e3", "-1"],
    "list<string>": ["eu", [1]],
    "map<string,int64>": [[], {"BF16": "1"}],
    "list<base_model>": ["a/b", [{"model_id": "a/b"}]],
}
"""What no value of a column of a type can be."""


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "usage.jsonl"
    path.write_text(LOG)
    return path


def validator(name: str) -> jsonschema.Draft202012Validator:
    """Checks by the published file, which another test holds equal to what is made."""
    return jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text()))


def documents(hfp: Hfp, log: Path, name: str) -> Iterator[dict[str, Any]]:
    for words in [*COMMANDS[name], *([MORE_NEEDS] if name == "need" else [])]:
        yield hfp(*(word.format(log=log) for word in words), "--json").json


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_sound_and_named_by_its_address(name: str) -> None:
    schema = schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"{BASE}{name}.schema.json"
    assert schema["title"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_and_invalid_without_any_of_its_keys(hfp: Hfp, log: Path, name: str) -> None:
    check = validator(name)
    for document in documents(hfp, log, name):
        assert list(check.iter_errors(document)) == []
        for key in document.keys() - ADDED.get(name, set()):
            without = {other: value for other, value in document.items() if other != key}
            assert check.is_valid(without) == (key in MAY_LACK[name]), key
            assert not check.is_valid(document | {key: -0.5}), key


def test_the_answer_about_every_model_is_valid(data: Path) -> None:
    check = validator("answer")
    with Catalog(find(str(data), {})) as catalog:
        ids = [row["model_id"] for row in catalog.models()]
        assert len(ids) > 500
        for model_id in ids:
            document = json.loads(json.dumps(answer.document(catalog, model_id)))
            assert check.is_valid(document), (model_id, next(check.iter_errors(document)).message)


def test_an_older_catalogs_answer_has_its_missing_columns_as_null(data: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(find(data, {}), tmp_path / "catalog.sqlite"))
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, names in database.ADDED.items():
            for name in names:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        connection.execute("DELETE FROM meta WHERE key = 'recent_since'")
    check = validator("answer")
    with Catalog(str(path)) as catalog:
        model_ids = [model_id for (model_id,) in catalog.query("SELECT DISTINCT model_id FROM offers LIMIT 50")]
        for model_id in model_ids:
            check.validate(json.loads(json.dumps(answer.document(catalog, model_id), default=str)))
            assert answer.document(catalog, model_id)["offers"][0]["observed_at"] is None
    assert len(model_ids) == 50


def rows_in(document: dict[str, Any]) -> Iterator[tuple[str, Table, dict[str, Any]]]:
    """The rows of tables that stand in a document about a chat model, each by where it stands."""
    places: dict[str, tuple[Table, Any]] = {
        "model": (MODELS, document.get("model")),
        "provider": (PROVIDERS, document.get("provider")),
        "offers": (OFFERS, (document.get("offers") or [None])[0]),
        "cheapest": (OFFERS, document.get("cheapest")),
        "router": (OFFERS, (document.get("router_choice") or {}).get("cheapest")),
        "dedicated": (ENDPOINT_INSTANCES, (document.get("dedicated") or {}).get("cheapest")),
    }
    for place, (table, row) in places.items():
        if row is not None:
            yield place, table, row


def wrong_values(column: Column) -> list[Any]:
    return [*WRONG[column.type], *(["lukewarm"] if column.enum else []), *([] if column.nullable else [None])]


def whole_answer(data: Path) -> dict[str, Any]:
    """The first answer that has all its parts, with one row of each list, no row of which stands in two places."""
    with Catalog(find(str(data), {})) as catalog:
        answers = (answer.document(catalog, row["model_id"]) for row in catalog.models())
        whole = next(a for a in answers if a["cheapest"] and a["router_choice"] and a["dedicated"] and a["variants"])
    found: dict[str, Any] = json.loads(json.dumps(whole))
    for part, key in ((found, "offers"), (found, "variants"), (found["dedicated"], "instances")):
        part[key] = part[key][:1]
    found["local"]["machines"] = found["local"]["machines"][:1]
    return found


@pytest.mark.parametrize("name", ["answer", "provider"])
def test_a_row_in_a_document_is_refused_where_its_table_refuses_it(hfp: Hfp, log: Path, data: Path, name: str) -> None:
    check = validator(name)
    document = whole_answer(data) if name == "answer" else next(documents(hfp, log, name))
    assert check.is_valid(document)
    places = list(rows_in(document))
    assert {place for place, *_ in places} == (
        {"provider"} if name == "provider" else {"model", "offers", "cheapest", "router", "dedicated"}
    )
    for place, table, row in places:
        for column in table.columns:
            kept = row.pop(column.name)
            assert not check.is_valid(document), f"{place} without {column.name}"
            for value in wrong_values(column):
                row[column.name] = value
                assert not check.is_valid(document), f"{place}: {column.name} = {value!r}"
            row[column.name] = kept
    assert check.is_valid(document)


def test_columns_are_described_as_their_table_does_and_other_keys_in_their_types() -> None:
    answers = schema_of("answer")["$defs"]
    said = {key: value["description"] for key, value in answers["OfferRow"]["properties"].items()}
    assert said == {column.name: column.description for column in OFFERS.columns}
    assert answers["OfferRow"]["description"] == OFFERS.description
    best = answers["BestInstance"]["properties"]
    assert best["usd_per_hour"]["description"] == "Listed price of one replica, billed by the minute."
    assert best["usd_per_month"]["description"] == "730 hours of one replica."
    assert best["fits"]["description"] == "Whether it fits; null where that can't be told."
    assert all(descriptions(DOCUMENTS["answer"])[key] for key in ("query", "matched_by", "left_out"))
