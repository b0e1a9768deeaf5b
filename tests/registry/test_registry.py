"""The curated registry: every fact has the page it was read on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline import registry

PACKAGE = Path(__file__).resolve().parents[2].parent / "shared/captures/packages/huggingface-inference-providers.json"


@pytest.mark.parametrize("provider", sorted(registry.providers()))
def test_no_page_no_value(provider):
    facts = registry.providers()[provider]
    known = {"name", "kind", "hub_org", "homepage", "source", "regions", "region_source"}
    assert set(facts) <= known
    assert not facts or facts["source"].startswith("https://")
    assert ("regions" in facts) == ("region_source" in facts)
    assert facts.get("kind", "serverless") in ("serverless", "hf-inference")
    assert all(region in ("eu", "us") for region in facts.get("regions", ()))


@pytest.mark.skipif(not PACKAGE.exists(), reason="the recorded package list is not beside the checkout")
def test_organisations_are_those_of_the_published_client():
    client = json.loads(PACKAGE.read_text(encoding="utf-8"))
    facts = registry.providers()
    assert set(client["INFERENCE_PROVIDERS"]) <= set(facts)
    for provider, organisation in client["PROVIDERS_HUB_ORGS"].items():
        assert facts[provider]["hub_org"] == organisation
