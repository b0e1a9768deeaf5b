"""Names that are markup, paths or direction marks come out as text, and nothing they ask for happens."""

from __future__ import annotations

import json
from pathlib import Path
from unicodedata import category

import pytest

from hf_providers.text import clean
from pipeline.site import paths
from tests.site import hostile
from tests.site.html import elements, pages, parsed

PAGED = sorted(hostile.names() - {hostile.ADAPTER, hostile.ORPHAN})


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", PAGED)
def test_a_model_s_page_says_its_name(hostile_site: Path, name: str) -> None:
    tree = parsed(hostile_site / paths.model(name) / "index.html")
    assert squeezed(clean(name)) in squeezed(tree.css_first("h1").text())
    assert squeezed(clean(name)) in squeezed(tree.css_first("title").text())


@pytest.mark.parametrize("name", PAGED)
def test_its_answer_has_the_name_as_it_is(hostile_site: Path, name: str) -> None:
    said = json.loads((hostile_site / paths.model_json(name)).read_text())
    assert said["model"]["model_id"] == name


@pytest.mark.parametrize("name", hostile.PROVIDERS)
def test_a_provider_s_page_says_its_name(hostile_site: Path, name: str) -> None:
    tree = parsed(hostile_site / paths.provider(name) / "index.html")
    assert tree.body is not None
    assert squeezed(clean(name)) in squeezed(tree.body.text())


def test_no_element_comes_from_a_name(hostile_site: Path) -> None:
    """The elements and attributes that the names are full of stand on no page."""
    for page in pages(hostile_site):
        assert parsed(page).css("eu, inc, source, img[src=x], [onerror], [onload], u, knows, usual") == [], page
        assert [
            node.text() for node in parsed(page).css("script") if "alert" in node.text() and not json_ld(node)
        ] == []
        assert [node.html for node in elements(page) if "{{" in (node.attributes.get("id") or "")] == []


def json_ld(node: object) -> bool:
    return getattr(node, "attributes", {}).get("type") == "application/ld+json"


def test_an_address_that_is_no_web_page_is_no_link(hostile_site: Path) -> None:
    """A registry's or the Hub's word for a home page may be a script."""
    for page in pages(hostile_site):
        for node in parsed(page).css("[href], [src], [action]"):
            for name in ("href", "src", "action"):
                address = (node.attributes.get(name) or "").strip().lower()
                assert not address.startswith(("javascript:", "data:text", "vbscript:")), (page, node.html)


READ = ("alt", "aria-label", "content", "placeholder", "summary", "title")
"""Attributes that are read out or shown; others carry names as they are."""


def test_no_direction_mark_or_control_character_reaches_a_reader(hostile_site: Path) -> None:
    for page in pages(hostile_site):
        root = parsed(page).root
        assert root is not None
        shown = root.text() + "".join(str(node.attributes.get(name)) for node in elements(page) for name in READ)
        odd = {character for character in shown if category(character) in {"Cc", "Cf"}} - {"\n"}
        assert odd == set(), page


def test_templates_are_not_rendered_twice(hostile_site: Path) -> None:
    tree = parsed(hostile_site / paths.model("evil/{{ 7*7 }}{% raw %}") / "index.html")
    assert "evil/{{ 7*7 }}{% raw %}" in tree.css_first("h1").text()


def test_names_that_differ_by_case_have_their_own_pages(hostile_site: Path) -> None:
    assert {
        json.loads((hostile_site / paths.model_json(name)).read_text())["model"]["model_id"] for name in hostile.CASES
    } == set(hostile.CASES)


def test_unknown_is_a_dash_and_zero_is_zero(hostile_site: Path) -> None:
    """A model listed at 0 by one provider and without a price by another; one that costs a nano-dollar."""
    zero = parsed(hostile_site / paths.model(hostile.ZERO) / "index.html").body
    exact = parsed(hostile_site / paths.model(hostile.EXACT) / "index.html").body
    assert zero is not None
    assert exact is not None
    rows = {row.css_first("th, td").text(strip=True): row.text() for row in zero.css_first("table").css("tbody tr")}
    assert "—" in rows[".."]
    assert "0" in rows["usual"]
    assert "free" not in rows["usual"].lower()
    for amount in ("0.000000001", "1234.123456789", "0.123456789"):
        assert amount in exact.text()


def test_a_model_with_no_live_offer_has_no_cheapest(hostile_site: Path) -> None:
    said = json.loads((hostile_site / paths.model_json(hostile.NO_OFFER_LIVE)).read_text())
    assert {offer["status"] for offer in said["offers"]} == {"error"}
    assert said.get("cheapest") is None
