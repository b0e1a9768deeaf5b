"""Models that only the histories know keep a page: what they cost, and when they were last served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hf_providers.catalog.database import Catalog
from hf_providers.catalog.exact import former_ids, last_served
from hf_providers.catalog.locate import find
from pipeline.site import paths


@pytest.fixture
def catalog(data: Path) -> Iterator[Catalog]:
    """The committed catalog."""
    with Catalog(find(str(data), {})) as opened:
        if not former_ids(opened):
            pytest.skip("the committed dataset knows no model from history alone")
        yield opened


def test_each_has_a_page_with_when_it_was_last_served(site: Path, catalog: Catalog) -> None:
    for model_id in former_ids(catalog):
        page = (site / paths.model(model_id) / "index.html").read_text()
        assert f"No provider offers it: {last_served(catalog, model_id)}." in page
        assert not (site / paths.model_json(model_id)).exists(), "there is no answer of today"


def test_one_with_prices_shows_them(site: Path, catalog: Catalog) -> None:
    priced = next(
        one for one in former_ids(catalog) if any(r["output_usd_per_mtok"] for r in catalog.price_history(one))
    )
    assert 'id="prices"' in (site / paths.model(priced) / "index.html").read_text()


def test_all_are_listed_on_a_page_of_their_own_and_not_among_those_of_today(site: Path, catalog: Catalog) -> None:
    listed = (site / "former" / "index.html").read_text()
    today = (site / "browse" / "index.html").read_text()
    assert "former/" in today
    for model_id in former_ids(catalog)[:20]:
        assert paths.model(model_id) in listed
        assert f">{model_id}<" not in today
