"""Exact names: ids, names, known other names, providers' own ids; and the ids of a recording of the router."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hf_providers.catalog import candidates, pasted, search
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.exact import exact, former_ids, last_served
from hf_providers.cli import resolve_model
from hf_providers.snippets import POLICIES
from tests.cli.hfp import catalog, day, model, offer, priced, row

SHARED = Path(__file__).resolve().parents[3] / "shared"
ROUTER = SHARED / "captures/router-prices-2026-07-22/router-model-ids.txt"
KEY = {"task": "conversational", "status": "live", "source": "s"}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Catalog]:
    """Models of which some share a name, some are known from history alone; own ids of every form."""
    served = [
        ("acme/Gone-1", "alpha", "2026-04-01"),
        ("acme/Gone-1", "beta", "2026-05-01"),
        ("THUDM/GLM-9", "beta", "2025-07-15"),
    ]
    rows = {
        "models": [model(name) for name in ("acme/Lark-7B", "other/Lark-7B", "acme/Wren-3", "zai-org/GLM-9", "gpt2")],
        "offers": [
            offer("acme/Lark-7B", "alpha", provider_model_id="accounts/alpha/models/lark"),
            offer("acme/Wren-3", "alpha", provider_model_id="acme/Lark-7B"),
            offer("acme/Wren-3", "beta", provider_model_id="acme/wren-3-fp8"),
            offer("zai-org/GLM-9", "beta", provider_model_id="glm-nine"),
            offer("acme/Wren-3", "beta", provider_model_id="glm-nine", task="text-generation"),
            offer("gpt2", "beta", provider_model_id="gpt:5599ed30"),
        ],
        "price_history": [priced("acme/Priced-1", "alpha", "2026-01-01", "2026-02-01")],
        "status_history": [
            row("status_history", model_id=one, provider=who, valid_from=day(at), last_observed_at=day(at), **KEY)
            for one, who, at in served
        ],
    }
    with Catalog(str(catalog(tmp_path / "catalog.sqlite", rows))) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "ids", "how"),
    [
        ("acme/Lark-7B", ["acme/Lark-7B"], "id"),  # also alpha's own id of Wren-3: the Hub's id wins
        ("ACME/lark-7b", ["acme/Lark-7B"], "id"),
        ("gpt2", ["gpt2"], "id"),
        ("lark-7b", ["acme/Lark-7B", "other/Lark-7B"], "name"),
        ("WREN-3", ["acme/Wren-3"], "name"),
        ("THUDM/glm-9", ["zai-org/GLM-9"], "alias"),
        ("THUDM/GLM-9", ["zai-org/GLM-9"], "alias"),
        ("accounts/alpha/models/lark", ["acme/Lark-7B"], "alias"),
        ("glm-nine", ["acme/Wren-3", "zai-org/GLM-9"], "alias"),
        ("gpt:5599ed30", ["gpt2"], "alias"),
        ("huggingface/acme/Wren-3", ["acme/Wren-3"], "id"),
        ("acme/Gone-1", ["acme/Gone-1"], "id"),
        ("gone-1", ["acme/Gone-1"], "name"),
        (
            "https://huggingface.co/wren-3",
            ["acme/Wren-3"],
            "name",
        ),  # a page of before there were owners
    ],
)
def test_an_exact_name_is_found(opened: Catalog, text: str, ids: list[str], how: str) -> None:
    found = exact(opened, text)
    assert found is not None
    assert (sorted(found.model_ids), found.matched_by, found.clear) == (sorted(ids), how, len(ids) == 1)


@pytest.mark.parametrize(
    "text",
    [
        *("lark 7b", "acme/Lark_7B", "lark", "acme/Lark-7", "acme/Wren-4", "other/Wren-3", "THUDM/GLM-8", "", " ", "/"),
        *("acme/wren-3-fp8", "Accounts/alpha/models/lark", "acme/Wren-3:beta", "x" * 10_000, "a/" * 4000, ":", "::"),
    ],
)
def test_nothing_else_is(opened: Catalog, text: str) -> None:
    assert exact(opened, text) is None


def test_with_its_provider_an_own_id_is_one_whatever_it_looks_like(opened: Catalog) -> None:
    found = exact(opened, "acme/wren-3-fp8", "beta")
    assert found is not None
    assert found.model_ids == ["acme/Wren-3"]
    assert exact(opened, "acme/wren-3-fp8", "alpha") is None


def test_models_known_from_history_alone_say_when_they_were_last_served(opened: Catalog) -> None:
    assert former_ids(opened) == ["acme/Gone-1", "acme/Priced-1", "THUDM/GLM-9"]
    assert last_served(opened, "acme/Gone-1") == "last served 2026-05-01 by beta"
    assert last_served(opened, "acme/Priced-1") == "last listed 2026-02-01 by alpha"
    assert last_served(opened, "acme/Wren-3") is None
    gone = exact(opened, "acme/Gone-1")
    assert gone is not None
    assert not gone.listed


def test_an_older_catalog_without_the_table_of_them_knows_them_too(opened: Catalog, tmp_path: Path) -> None:
    import shutil
    import sqlite3

    older = tmp_path / "older.sqlite"
    shutil.copy(opened.path, older)
    with sqlite3.connect(older) as connection:
        connection.execute("DROP TABLE former")
        connection.execute("VACUUM")
    connection.close()
    with Catalog(str(older)) as read:
        assert former_ids(read) == former_ids(opened)


def test_the_routers_ids_are_answered_as_themselves_or_not_at_all(data: Path) -> None:
    if not ROUTER.exists():
        pytest.skip(f"needs the recording {ROUTER.parent.name} beside the checkout")
    ids = ROUTER.read_text().split()
    assert len(ids) == 126
    with Catalog(str(data / "latest" / "catalog.sqlite")) as snapshot:
        for model_id in ids:
            found = search.find(snapshot, model_id)
            assert found.matched_by == "nearest" or found.model_ids == [model_id]


def test_what_is_said_again_for_speed_is_the_same() -> None:
    assert set(pasted.POLICIES) == set(POLICIES)
    assert resolve_model.MOST_NARROWED == candidates.CANDIDATES


@pytest.mark.parametrize(
    ("typed", "text", "suffix", "provider", "foreign"),
    [
        ("a/B", "a/B", None, None, False),
        ("a/B:Groq", "a/B", "groq", None, False),
        ("accounts/x/models/m", "accounts/x/models/m", None, None, False),
        ("hf.co/a/B-GGUF:Q4_K_M", "a/B-GGUF", "q4_k_m", None, False),
        ("HF:a/B", "a/B", None, None, False),
        ("https://huggingface.co/a/B?inference_provider=Novita", "a/B", None, "novita", False),
        ("https://huggingface.co:443/a%2FB", "a/B", None, None, False),
        ("https://huggingface.co/api/models/a/B", "a/B", None, None, False),
        ("https://huggingface.co/models?other=x", "models", None, None, True),
        ("https://huggingface.co/datasets/a/B", "datasets/a", None, None, True),
        ("https://huggingface.co.example.org/a/B", "a/B", None, None, True),
        ("https://huggingface.co", "", None, None, True),
    ],
)
def test_pasted_forms(typed: str, text: str, suffix: str | None, provider: str | None, foreign: bool) -> None:
    read = pasted.read(typed)
    assert (read.text, read.suffix, read.provider, read.foreign) == (text, suffix, provider, foreign)
