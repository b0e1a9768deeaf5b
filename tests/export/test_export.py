"""What an export says and what it leaves out, on made-up offers: unknown is never 0, and no entry is another's."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from hf_providers.catalog.database import Catalog
from hf_providers.export import FORMS, export, form
from hf_providers.export.text import as_json, as_yaml
from tests.cli.hfp import Hfp, catalog, model, offer, priced, provider

PRICES = {"input_usd_per_mtok": Decimal("0.7"), "output_usd_per_mtok": Decimal("2.5")}
ODD = "o/O: \"odd\" 'name' {x} # - ☃"
OFFERS = [
    offer("o/known", "p", **PRICES, context_length=64000, supports_tools=True, supports_structured_output=False),
    offer("o/known", "q", input_usd_per_mtok=Decimal("0.000000001"), output_usd_per_mtok=Decimal(1000)),
    offer("o/unknown", "p"),
    offer("o/half", "p", input_usd_per_mtok=Decimal(1)),
    offer("o/zero", "p", input_usd_per_mtok=Decimal(0), output_usd_per_mtok=Decimal(0)),
    offer("o/free", "p", input_usd_per_mtok=Decimal(0), output_usd_per_mtok=Decimal(0), is_free=True),
    offer("o/dead", "p", **PRICES, status="error", readiness="unavailable"),
    offer("o/image", "p", task="text-to-image"),
    offer(ODD, "p", **PRICES),
    offer("o/twice", "p", **PRICES, provider_model_id="a", type="tag-filter"),
    offer("o/twice", "p", input_usd_per_mtok=Decimal(3), output_usd_per_mtok=Decimal(4), provider_model_id="b",
          type="single-model"),
]  # fmt: skip
PRICED = {"o/known:p", "o/known:q", "o/zero:p", "o/free:p", f"{ODD}:p", "o/twice:p"}
LIVE = PRICED | {"o/unknown:p", "o/half:p"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    ids = sorted({row["model_id"] for row in OFFERS})
    rows = {"models": [model(name) for name in ids], "offers": OFFERS, "providers": [provider("p"), provider("q")]}
    return catalog(tmp_path / "catalog.sqlite", rows)


@pytest.fixture
def exported(made: Path) -> dict[str, Any]:
    """Every form of the made-up offers, read by the language's own reader, decimals kept."""
    found = {}
    with Catalog(str(made)) as opened:
        for name in FORMS:
            text = export(name, opened).text
            found[name] = yaml.safe_load(text) if form(name).FILE.endswith(".yaml") else read(text)
    return found


def read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def test_an_offer_without_both_prices_stands_in_no_price_list(exported: dict[str, Any]) -> None:
    assert exported["litellm"].keys() == {f"openai/{name}" for name in PRICED}
    ids = {f"{m['id']}:{p['id'].removeprefix('huggingface_')}" for p in exported["genai-prices"] for m in p["models"]}
    assert ids == PRICED
    assert {m["id"] for m in exported["openrouter"]["data"]} == PRICED
    assert {m["id"] for m in exported["llm-prices"]["models"]} == PRICED


def test_configurations_have_every_live_chat_offer_and_no_price_that_is_unknown(exported: dict[str, Any]) -> None:
    models = exported["opencode"]["provider"]["huggingface"]["models"]
    assert models.keys() == LIVE
    assert {name for name, said in models.items() if "cost" in said} == PRICED
    assert all("limit" not in said for said in models.values())
    partial = exported["models.dev-partial"]["huggingface"]["models"]
    assert {name for name, said in partial.items() if "cost" in said} == PRICED
    assert partial["o/unknown:p"]["missing"][-2:] == ["tool_call", "limit.context"]
    assert {m["model"] for m in exported["continue"]["models"]} == LIVE
    assert {m["model_name"] for m in exported["llm"]} == LIVE
    (endpoint,) = exported["librechat"]["endpoints"]["custom"]
    assert set(endpoint["models"]["default"]) == LIVE
    assert endpoint["tokenConfig"] == {"o/known:p": {"prompt": 0.7, "completion": 2.5, "context": 64000}}


def test_prices_are_exact_in_every_form(exported: dict[str, Any]) -> None:
    known = exported["litellm"]["openai/o/known:p"]
    assert (known["input_cost_per_token"], known["output_cost_per_token"]) == (Decimal("7e-7"), Decimal("2.5e-6"))
    small = exported["litellm"]["openai/o/known:q"]
    assert (small["input_cost_per_token"], small["output_cost_per_token"]) == (Decimal("1e-15"), Decimal("0.001"))
    pricing = {m["id"]: m["pricing"] for m in exported["openrouter"]["data"]}["o/known:q"]
    assert pricing == {"prompt": "0.000000000000001", "completion": "0.001000"}
    cost = exported["opencode"]["provider"]["huggingface"]["models"]["o/known:q"]["cost"]
    assert cost == {"input": Decimal("1e-9"), "output": Decimal(1000)}


def test_a_route_that_two_offers_share_is_that_of_the_model_of_its_own(exported: dict[str, Any]) -> None:
    assert exported["litellm"]["openai/o/twice:p"]["output_cost_per_token"] == Decimal("4e-6")


def test_no_key_is_one_that_litellm_prices_at_0(exported: dict[str, Any]) -> None:
    assert all(key.startswith("openai/") for key in exported["litellm"] | exported["aider"])


def test_hfp_says_what_is_left_out_and_what_is_listed_at_0(hfp: Hfp, made: Path) -> None:
    found = hfp("export", "litellm", "--snapshot", str(made))
    assert found.code == 0
    assert len(json.loads(found.out)) == len(PRICED)
    assert found.err == (
        "litellm of 2026-02-26: 6 offers; left out: 1 of other tasks than chat, 1 not live,"
        " 1 sharing a route with another, 2 without a known price;"
        " 1 listed at a price of 0, which no source calls free\n"
    )


def test_one_offer_a_model_and_the_filters(hfp: Hfp, made: Path) -> None:
    cheapest = json.loads(hfp("export", "litellm", "--cheapest", "--snapshot", str(made)).out)
    assert [key for key in cheapest if "known" in key] == ["openai/o/known:p"]
    other_mix = json.loads(hfp("export", "litellm", "--cheapest", "--mix", "1:0", "--snapshot", str(made)).out)
    assert [key for key in other_mix if "known" in key] == ["openai/o/known:q"]
    tools = hfp("export", "llm", "--tools", "--snapshot", str(made))
    assert [row["model_name"] for row in yaml.safe_load(tools.out)] == ["o/known:p"]
    assert "10 by the filters" in tools.err


@pytest.mark.parametrize("name", FORMS)
def test_an_empty_selection_is_exit_1_and_nothing_is_written(hfp: Hfp, made: Path, name: str) -> None:
    found = hfp("export", name, "--min-context", "1M", "--snapshot", str(made))
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("hfp: no offer to write")


@pytest.mark.parametrize("arguments", [["nope"], [], ["litellm", "--json"], ["litellm", "--format", "csv"]])
def test_no_such_form_is_wrong_usage(hfp: Hfp, arguments: list[str]) -> None:
    found = hfp("export", *arguments)
    assert (found.code, found.out) == (2, "")


def test_a_form_unknown_to_the_library_names_the_known_ones(made: Path) -> None:
    with Catalog(str(made)) as opened, pytest.raises(KeyError, match="litellm, genai-prices"):
        export("nope", opened)


def test_dated_prices_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    """genai-prices has no end of a price: what came before a gap would be taken to go on through it."""
    old = {"input_usd_per_mtok": Decimal(9), "output_usd_per_mtok": Decimal(9)}
    rows = {
        "models": [model("o/m")],
        "offers": [offer("o/m", "p", **PRICES)],
        "providers": [provider("p")],
        "price_history": [
            priced("o/m", "p", "2025-08-01", "2025-09-01", **old),
            priced("o/m", "p", "2025-10-01", "2026-01-01", **{key: value * 2 for key, value in old.items()}),
            priced("o/m", "p", "2026-01-01", None, **PRICES),
            priced("o/m", "p", "2026-08-01", None, **old),
        ],
    }
    with Catalog(str(catalog(tmp_path / "catalog.sqlite", rows))) as opened:
        genai, dated = read(export("genai-prices", opened).text), read(export("llm-prices", opened).text)
    assert [(p["prices"]["input_mtok"], p.get("constraint")) for p in genai[0]["models"][0]["prices"]] == [
        (18, None),
        (Decimal("0.7"), {"start_date": "2026-01-01"}),
    ]
    assert [(p["input"], p["from_date"], p["to_date"]) for p in dated["models"][0]["price_history"]] == [
        (9, "2025-08-01", "2025-09-01"),
        (18, "2025-10-01", "2026-01-01"),
        (Decimal("0.7"), "2026-01-01", None),
    ]


HOSTILE = {
    "a: b": ["x\n", {"": None}, [], {}],
    "- c": {"d": [[1], True]},
    "#": "\x1b[31m\u202e\t'\"\\",
    "é": Decimal("1e-9"),
}


def test_yaml_reads_back_as_json_does() -> None:
    assert yaml.safe_load(as_yaml(HOSTILE)) == json.loads(as_json(HOSTILE))
    assert "\x1b" not in as_yaml(HOSTILE)
    assert "0.000000001" in as_json(HOSTILE)
