"""What programs need beside answers: plain values, dates, tables, pickles, and no provider that is not there."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import hf_providers
from hf_providers import (
    HuggingFaceAdapter,
    Model,
    Offer,
    Snapshot,
    UnknownProvider,
    bill,
    calculate_cost,
    open_snapshot,
    search,
)
from hf_providers.provider import Providers
from pipeline.docs import library_page
from tests.cli.hfp import Hfp

R1 = "deepseek-ai/DeepSeek-R1"


@pytest.fixture
def snapshot(data: Path) -> Snapshot:
    return open_snapshot(data)


@pytest.fixture
def r1(snapshot: Snapshot) -> Model:
    return Model(R1, snapshot)


def test_plain_values_are_those_of_json(hfp: Hfp, data: Path, r1: Model, snapshot: Snapshot) -> None:
    printed = hfp(R1, "--snapshot", str(data), "--json").json
    assert {key: value for key, value in printed.items() if key not in {"query", "matched_by"}} == r1.to_dict()
    offers = r1.providers.to_dicts()
    assert [{key: row[key] for key in offers[0]} for row in printed["offers"]] == offers
    history = hfp("history", R1, "--snapshot", str(data), "--json").json["rows"]
    said = [each.to_dict() for each in r1.history() if each.output_usd_per_mtok is not None]
    assert [{key: row[key] for key in said[0]} for row in history] == said
    groq = hfp("providers", "groq", "--limit", "0", "--snapshot", str(data), "--json").json
    assert Providers(snapshot).get("groq").to_dict()["rows"] == groq["rows"]
    cost = r1.cost(input_tokens=10_000_000, output_tokens=1_000_000)
    assert cost is not None
    assert (cost.to_dict()["usd"], cost.to_dict()["offer"]["provider"]) == ("9.5", "novita")


def test_every_object_says_of_when_it_is(r1: Model, snapshot: Snapshot) -> None:
    groq, kimi = Providers(snapshot).get("groq"), Model("moonshotai/Kimi-K3", snapshot)
    cost = r1.cost(input_tokens=1, output_tokens=1)
    found = search("deepseek", snapshot=snapshot)
    dated: list[Any] = [r1, groq, groq.models, groq.models[0], r1.cheapest, kimi.fastest, r1.providers[0], cost, found]
    assert None not in dated
    assert {each.as_of for each in dated} == {snapshot.as_of} == {snapshot.observed_at}
    assert all(interval.as_of == interval.last_observed_at for interval in r1.history())


def test_collections_and_costs_say_of_when_they_are_and_give_plain_values(
    r1: Model, snapshot: Snapshot, tmp_path: Path
) -> None:
    job = {"model": R1, "input_tokens": 10, "output_tokens": 1}
    log = tmp_path / "usage.jsonl"
    log.write_text('{"model": "deepseek-ai/DeepSeek-R1:novita", "created": 1772105249, "usage": {"prompt_tokens": 9}}')
    every = Providers(snapshot)
    objects: list[Any] = [
        r1.providers, every, every.get("groq").models, calculate_cost([job], snapshot), bill(log, snapshot=snapshot),
    ]  # fmt: skip
    assert {each.as_of for each in objects} == {snapshot.as_of}
    plain = [json.loads(json.dumps(each.to_dict())) for each in objects]
    assert [len(said.get("offers", said.get("rows", ()))) for said in plain[:3]] == list(map(len, objects[:3]))
    assert plain[0]["offers"] == r1.providers.to_dicts()
    assert r1.providers_with(min_context=10**12).as_of is None


def test_a_pickled_model_is_the_same_model(r1: Model, snapshot: Snapshot) -> None:
    again = pickle.loads(pickle.dumps(r1))
    assert again == r1
    assert (again.cheapest, again.variants, again.facts) == (r1.cheapest, r1.variants, r1.facts)
    assert pickle.loads(pickle.dumps(Providers(snapshot).get("groq"))).models[0].provider == "groq"


def test_tables_have_every_offer_with_exact_prices(r1: Model, snapshot: Snapshot) -> None:
    for offers in (r1.providers, r1.providers_with(tools=True), Providers(snapshot).get("novita").models):
        polars, pandas = offers.to_polars(), offers.to_pandas()
        assert isinstance(polars, pl.DataFrame)
        assert isinstance(pandas, pd.DataFrame)
        assert polars["provider"].to_list() == list(pandas["provider"]) == [offer.provider for offer in offers]
        prices = [offer.output_usd_per_mtok for offer in offers]
        assert polars["output_usd_per_mtok"].to_list() == prices
        assert [None if pd.isna(price) else price for price in pandas["output_usd_per_mtok"]] == prices
        assert polars["first_seen_at"].to_list() == [offer.first_seen_at for offer in offers]
    nobody = r1.providers_with(min_context=10**12)
    assert (nobody.to_polars().shape[0], nobody.to_polars().schema) == (0, r1.providers.to_polars().schema)
    assert r1.providers == tuple(r1.providers)


def test_a_history_is_a_table_too(r1: Model) -> None:
    history = r1.history()
    polars, pandas = history.to_polars(), history.to_pandas()
    for name in ("provider", "output_usd_per_mtok", "valid_from", "source"):
        values = [getattr(interval, name) for interval in history]
        assert polars[name].to_list() == list(pandas[name]) == values, name
    assert polars["valid_to"].to_list() == [interval.valid_to for interval in history]
    assert history.as_of == max(interval.last_observed_at for interval in history)
    assert json.loads(json.dumps(history.to_dict()))["intervals"] == [interval.to_dict() for interval in history]
    none = r1.history("groq")
    assert (none, none.as_of, none.to_polars().schema) == ((), None, polars.schema)


def test_the_providers_are_a_table_too(snapshot: Snapshot) -> None:
    known = Providers(snapshot)
    polars, pandas = known.to_polars(), known.to_pandas()
    assert polars["provider"].to_list() == list(pandas["provider"]) == [provider.id for provider in known]
    assert polars["regions"].to_list() == [provider.facts["regions"] for provider in known]
    first_seen = [provider.facts["first_seen"] for provider in known]
    assert polars["first_seen"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list() == first_seen
    assert [None if pd.isna(at) else f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in pandas["first_seen"]] == first_seen


def test_tables_are_imported_only_when_they_are_made() -> None:
    code = "import sys; from hf_providers import Model; Model('deepseek-r1').providers"
    code += "; print({'polars', 'pandas'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


def test_search_finds_as_hfp_does(hfp: Hfp, data: Path, checked_at: str, snapshot: Snapshot) -> None:
    listed = hfp("deepsek", "--snapshot", str(data), "--json").json
    found = search("deepsek", snapshot=snapshot)
    assert list(found.model_ids) == [match["model_id"] for match in listed["matches"]]
    assert (found.matched_by, found.clear, found.total) == ("typo", False, listed["total"])
    assert found.to_dict()["as_of"] == checked_at
    assert search("qwweenn", snapshot=snapshot).matched_by == "nearest"
    with pytest.raises(TypeError, match="no text"):
        search(7, snapshot=snapshot)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit must be at least 1, and is -1"):
        search("deepsek", -1, snapshot)


def test_an_unknown_provider_raises_everywhere(r1: Model, snapshot: Snapshot) -> None:
    for ask in (
        lambda: r1.cost(input_tokens=1, output_tokens=1, provider="grok"),
        lambda: r1.history("grok"),
        lambda: r1.snippet(provider="grok"),
        lambda: Providers(snapshot).get("grok"),
    ):
        with pytest.raises(UnknownProvider, match=r"^no provider 'grok' in the snapshot: choose "):
            ask()
    with pytest.raises(UnknownProvider, match=r"no provider is called grok: choose .*, groq, "):
        calculate_cost([{"model": R1, "provider": "grok", "input_tokens": 1, "output_tokens": 1}], snapshot)
    with pytest.raises(UnknownProvider, match=r"no provider is called grok: choose .*, groq, "):
        bill("usage.jsonl", assume="grok", snapshot=snapshot)
    assert issubclass(UnknownProvider, KeyError)
    assert issubclass(UnknownProvider, ValueError)
    assert r1.history("NOVITA") == r1.history("novita") != ()


def test_the_adapter_takes_groups_of_tasks(snapshot: Snapshot) -> None:
    adapter = HuggingFaceAdapter(snapshot)
    chat = {row["model_id"] for row in adapter.list_models("chat")}
    assert chat == {offer["model_id"] for offer in snapshot.catalog.offers(task="conversational")}
    with pytest.raises(ValueError, match="no task or group"):
        adapter.list_models("nonsense")


def test_every_public_name_is_there_and_described() -> None:
    page = library_page.page()
    for name in hf_providers.__all__:
        assert getattr(hf_providers, name) is not None
        assert name == "__version__" or f"## `{name}" in page
    for name in ("cheapest", "to_dict", "to_polars", "as_of", "providers_with"):
        assert f"### `{name}" in page


def test_an_offer_s_prices_are_text_in_plain_values() -> None:
    row = dict.fromkeys(Offer.__dataclass_fields__) | {"output_usd_per_mtok": "0.000000001"}
    row |= {"first_seen_at": "2026-02-01T00:00:00Z", "changed_at": "2026-02-01T00:00:00Z"}
    offer = Offer.of(row)
    assert offer.output_usd_per_mtok == Decimal("1e-9")
    assert offer.to_dict()["output_usd_per_mtok"] == "0.000000001"
    assert offer.to_dict()["changed_at"] == "2026-02-01T00:00:00Z"
