"""Every command in every format: what a program reads back from it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hf_providers.cli.commands import COMMANDS
from tests.cli.hfp import ROOT, Hfp

LISTINGS = {
    "models": ["models", "--limit", "30"],
    "providers": ["providers"],
    "provider": ["providers", "novita"],
    "compare": ["providers", "--compare", "deepseek-r1"],
    "history": ["history", "deepseek-r1"],
    "changes": ["changes", "--since", "2020-01-01"],
    "sql": ["sql", "SELECT model_id, input_usd_per_mtok FROM offers ORDER BY 1, 2 LIMIT 20"],
}
OTHERS = {"answer": ["deepseek-r1"], "matches": ["deepsek"], "info": ["info"]}
SCHEMA = {"answer": "answer", "matches": "matches", "info": "info"}


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))


def schema_of(name: str) -> dict[str, Any]:
    path = ROOT / "docs" / "schema" / f"{SCHEMA.get(name, 'listing')}.schema.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("name", LISTINGS | OTHERS)
def test_json_is_what_the_published_schema_says(hfp: Hfp, checked_at: str, name: str) -> None:
    document = hfp(*(LISTINGS | OTHERS)[name], "--json").json
    jsonschema.Draft202012Validator(schema_of(name)).validate(document)
    assert document["snapshot"]["checked_at"] == checked_at


@pytest.mark.parametrize("name", ["answer", "listing", "matches", "info"])
def test_the_schemas_are_sound_and_refuse_other_things(name: str) -> None:
    schema = schema_of(name) if name != "listing" else schema_of("models")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert not jsonschema.Draft202012Validator(schema).is_valid({"schema_version": 1})


def test_a_float_is_no_price_to_the_schema(hfp: Hfp) -> None:
    document = hfp("deepseek-r1", "--json").json
    document["offers"][1]["input_usd_per_mtok"] = 2.0
    assert not jsonschema.Draft202012Validator(schema_of("answer")).is_valid(document)


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_names_the_columns_of_its_rows(hfp: Hfp, name: str) -> None:
    document = hfp(*LISTINGS[name], "--json").json
    assert all(list(row) == document["columns"] for row in document["rows"])
    if name != "changes":
        assert document["rows"]


@pytest.mark.parametrize("name", LISTINGS)
def test_csv_has_the_values_of_the_json(hfp: Hfp, name: str) -> None:
    rows = hfp(*LISTINGS[name], "--json").rows
    read = list(csv.DictReader(io.StringIO(hfp(*LISTINGS[name], "--format", "csv").out)))
    assert len(read) == len(rows)
    for line, row in zip(read, rows, strict=True):
        assert line == {key: as_csv(value) for key, value in row.items()}


def as_csv(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


@pytest.mark.parametrize("name", LISTINGS | OTHERS)
def test_markdown_is_one_table_and_the_age(hfp: Hfp, checked_at: str, name: str) -> None:
    lines = hfp(*(LISTINGS | OTHERS)[name], "--format", "markdown").out.splitlines()
    cells = lines[0].count("|")
    body = lines[: lines.index("")]
    assert set(lines[1]) <= set("| -:")
    assert all(line.startswith("| ") and line.replace("\\|", "").count("|") == cells for line in [body[0], *body[2:]])
    assert lines[-1].startswith(f"snapshot {checked_at[:10]} {checked_at[11:16]} UTC · ")


def test_the_answer_as_csv_is_its_offers(hfp: Hfp) -> None:
    read = list(csv.DictReader(io.StringIO(hfp("deepseek-r1", "--format", "csv").out)))
    offers = hfp("deepseek-r1", "--json").json["offers"]
    assert [(line["provider"], line["output_usd_per_mtok"]) for line in read] == [
        (offer["provider"], offer["output_usd_per_mtok"] or "") for offer in offers
    ]


def test_every_command_is_among_those_tested() -> None:
    tested = {argv[0] for argv in (LISTINGS | OTHERS).values()}
    offline = {"models", "providers", "history", "changes", "sql", "info"}
    assert offline <= tested & COMMANDS.keys()


def test_json_obeys_the_filters_and_says_what_it_left_out(hfp: Hfp) -> None:
    every = hfp("deepseek-r1", "--json").json
    narrowed = hfp("deepseek-r1", "--structured", "--json").json
    kept = [offer for offer in every["offers"] if offer["supports_structured_output"]]
    assert narrowed["offers"] == kept
    assert narrowed["left_out"] == len(every["offers"]) - len(kept) > 0
    assert narrowed["router_choice"] == every["router_choice"]


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": ""}, False),
    ],
)
def test_colour_into_a_pipe_is_what_the_variables_say(
    hfp: Hfp, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colored: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in hfp("deepseek-ai/DeepSeek-R1").out) == colored
