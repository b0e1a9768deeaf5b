"""The search index says of every offer what the Parquet says, in as many parts as it needs."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.site import index, paths
from pipeline.site.index import READINESS, STATUSES, Index
from pipeline.site.source import opened

Found = set[tuple[Any, ...]]
FLAG = (None, False, True)
URL = "https://example.org/"


def made(data: Path) -> Index:
    with opened(data, URL) as source:
        return index.make(source)


def offers(found: Index) -> Found:
    """Every offer of an index, read back column by column."""
    first = json.loads(found.first.content)
    parts = [first] + ([json.loads(found.rest.content)] if found.rest else [])
    return {offer for part in parts for offer in _offers(part, first)}


def _offers(part: dict[str, Any], first: dict[str, Any]) -> Found:
    read, at = set(), 0
    for model_id, count in zip(part["id"], part["offers"], strict=True):
        for i in range(at, at + count):
            state = part["state"][i]
            read.add(
                (
                    model_id,
                    first["providers"][part["provider"][i]],
                    first["tasks"][part["task"][i]],
                    READINESS[state & 3],
                    STATUSES[state >> 2 & 3],
                    FLAG[state >> 4 & 3],
                    FLAG[state >> 6 & 3],
                    *(None if part[name][i] is None else int(part[name][i]) for name in ("in", "out")),
                    part["context"][i],
                    *(_short(part[name][i]) for name in ("tps", "ttft", "latency")),
                )
            )
        at += count
    assert at == len(part["provider"])
    return read


def published(data: Path) -> Found:
    """The same of the published table: of models with an offer that is no tag filter's."""
    manifest = json.loads((data / "manifest.json").read_text())
    (file,) = (data / entry["path"] for entry in manifest["files"] if entry["table"] == "offers")
    rows = duckdb.execute(
        "SELECT model_id, provider, task, readiness, status, supports_tools, supports_structured_output,"
        " input_usd_per_mtok, output_usd_per_mtok, context_length, throughput_tps, ttft_ms, request_latency_ms"
        " FROM read_parquet($1) WHERE model_id IN"
        " (SELECT model_id FROM read_parquet($1) WHERE type IS DISTINCT FROM 'tag-filter')",
        [str(file)],
    ).fetchall()
    return {(*row[:7], *map(_nano, row[7:9]), row[9], *map(_short, row[10:])) for row in rows}


def _nano(price: Decimal | None) -> int | None:
    return None if price is None else int(price * 10**9)


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.7g}"


@pytest.mark.parametrize("kind", ["data", "hostile_data"])
def test_it_has_every_offer_as_published(kind: str, request: pytest.FixtureRequest) -> None:
    data = request.getfixturevalue(kind)
    assert offers(made(data)) == published(data)


def test_the_less_used_are_a_second_part_of_the_same_dictionaries(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(data)
    assert whole.rest is None
    monkeypatch.setattr(index, "FIRST", 100)
    parted = made(data)
    assert parted.rest is not None
    first, rest, ids = (json.loads(file.content) for file in (parted.first, parted.rest, whole.first))
    assert first["id"] + rest["id"] == ids["id"]
    assert first["total"] == len(ids["id"])
    assert offers(parted) == offers(whole)


def test_its_addresses_are_those_of_the_pages(hostile_data: Path) -> None:
    first = json.loads(made(hostile_data).first.content)
    for i, model_id in enumerate(first["id"]):
        assert first["odd"].get(str(i), f"models/{model_id}/") == paths.model(model_id)
    assert first["places"] == [paths.provider(name) for name in first["providers"]]


@pytest.mark.parametrize("kind", ["data", "hostile_data"])
def test_an_adapter_is_where_it_is_listed(kind: str, request: pytest.FixtureRequest) -> None:
    with opened(request.getfixturevalue(kind), URL) as source:
        file = index.make(source).adapters
        assert file
        read = json.loads(file.content)
        found = {}
        for i, (name, place) in enumerate(zip(read["id"], read["place"], strict=True)):
            found[name] = f"{read['places'][place]}#{read['odd'].get(str(i), f'line/{name}')}"
        assert found == {name: source.address(name) for name in source.adapters}


def test_a_price_that_a_json_number_cannot_hold_is_text() -> None:
    prices = ["0", "0.000000001", "9007199.254740991", "9007199.254740992", "123456789.123456789"]
    said = [json.loads(json.dumps(index._nano(price))) for price in prices]
    assert [Decimal(value) / 10**9 for value in said] == [Decimal(price) for price in prices]
    assert [type(value) for value in said] == [int, int, int, str, str]


def test_its_names_change_with_what_it_says(data: Path, hostile_data: Path) -> None:
    one, again, other = made(data), made(data), made(hostile_data)
    assert (one.first.path, one.first.content) == (again.first.path, again.first.content)
    assert one.first.path != other.first.path
