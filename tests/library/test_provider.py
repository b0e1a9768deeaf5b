"""Providers as objects, and the adapter of a marketplace, over a small made-up catalog."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hf_providers import HuggingFaceAdapter, ModelNotFound, open_snapshot
from hf_providers.provider import Providers
from hf_providers.snapshot import Snapshot
from tests.cli.hfp import catalog, model, offer, provider

CHAT, TEXT, IMAGE = "acme/Talk-7B", "acme/Text-1", "acme/Paint-2"


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    price = {"input_usd_per_mtok": Decimal("0.100000000"), "output_usd_per_mtok": Decimal(0)}
    offers = [
        offer(CHAT, "groq", throughput_tps=1.0, **price, price_source="router", is_free=False),
        offer(CHAT, "novita", status="error", readiness="unavailable"),
        offer(TEXT, "groq", task="text-generation", readiness="cold"),
        offer(IMAGE, "groq", task="text-to-image", status="staging", readiness="unavailable"),
    ]
    models = [model(CHAT, likes=1), model(TEXT, likes=9, downloads=9), model(IMAGE, likes=5), model("acme/Alone-3")]
    providers = [provider("groq", name="Groq", models=3), provider("novita")]
    rows = {"models": models, "offers": offers, "providers": providers}
    return open_snapshot(catalog(tmp_path / "catalog.sqlite", rows))


def test_providers_can_be_listed_and_got(made: Snapshot) -> None:
    providers = Providers(made)
    assert [p.id for p in providers] == ["groq", "novita"]
    assert len(providers) == 2
    assert [(p.name, p.facts["models"]) for p in providers] == [("Groq", 3), ("novita", 1)]
    assert repr(providers.get("GROQ")) == "Provider('groq')"
    with pytest.raises(KeyError, match="no provider 'grok' in the snapshot: choose groq, novita"):
        providers.get("grok")


def test_a_providers_models_are_a_sequence_that_can_be_narrowed(made: Snapshot) -> None:
    models = Providers(made).get("groq").models
    assert [o.model_id for o in models] == [CHAT, TEXT, IMAGE]
    assert models[0].task == "conversational"
    assert [o.task for o in models[1:]] == ["text-generation", "text-to-image"]
    assert [o.model_id for o in models(task="text-generation")] == [CHAT, TEXT]
    assert [o.model_id for o in models(task="conversational")] == [CHAT]
    assert [o.model_id for o in models(status="staging")] == [IMAGE]
    assert [o.model_id for o in models(status="live")(status="cold")] == [TEXT]
    assert list(models(task="translation")) == []


def test_what_cannot_be_asked_for_is_refused_with_what_can(made: Snapshot) -> None:
    models = Providers(made).get("groq").models
    with pytest.raises(ValueError, match="no status 'xyz': choose live, staging, error, or hot, warm, cold, unavail"):
        models(status="xyz")
    with pytest.raises(ValueError, match=r"no task or group 'nonsense': groups are chat, .*text-to-image"):
        models(status="hot")(task="nonsense")


@pytest.mark.parametrize("given", [None, 7, b"groq"])
def test_an_id_that_is_no_text_is_refused(given: object, made: Snapshot) -> None:
    with pytest.raises(TypeError, match="no id of a provider: give its id"):
        Providers(made).get(given)  # type: ignore[arg-type]


def test_a_status_is_a_readiness_also_where_nothing_is_served(made: Snapshot) -> None:
    providers = Providers(made)
    assert providers.get("groq").status("talk-7b") == "hot"
    assert providers.get("novita").status("talk-7b") == "unavailable"
    assert providers.get("novita").status(TEXT) == "unavailable"
    with pytest.raises(ModelNotFound):
        providers.get("groq").status("qzxvkj")


def test_the_adapter_lists_models_the_most_used_first(made: Snapshot) -> None:
    adapter = HuggingFaceAdapter(made)
    assert adapter.key == "huggingface"
    listed = adapter.list_models()
    assert [m["model_id"] for m in listed] == [TEXT, IMAGE, CHAT]
    assert listed[2] == {
        "model_id": CHAT,
        "tasks": ["conversational"],
        "providers": ["groq", "novita"],
        "context_length": None,
    }
    assert [m["model_id"] for m in adapter.list_models(task="text-to-image")] == [IMAGE]
    with pytest.raises(ValueError, match="no task or group 'nonsense'"):
        adapter.list_models(task="nonsense")
    assert adapter.list_models(task="chat") == adapter.list_models(task="conversational")


def test_the_adapter_prices_exactly_and_says_what_is_unknown(made: Snapshot) -> None:
    pricing = HuggingFaceAdapter(made).get_pricing("talk-7b")
    as_of = "2026-02-26T11:27:29+00:00"
    assert pricing == {
        "groq": {
            "input_usd_per_mtok": "0.1",
            "output_usd_per_mtok": "0",
            "is_free": False,
            "price_source": "router",
            "live": True,
            "as_of": as_of,
        },
        "novita": {
            "input_usd_per_mtok": None,
            "output_usd_per_mtok": None,
            "is_free": None,
            "price_source": None,
            "live": False,
            "as_of": as_of,
        },
    }
