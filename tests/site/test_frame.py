"""The sitemap, robots.txt, the 404 page and the icon."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.site import build, render
from pipeline.site.page import Page, Raw
from pipeline.site.pages import frame
from pipeline.site.source import opened
from tests.site.conftest import ASSETS

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
BASE = "https://example.org/some/where/"


def locations(content: bytes) -> Iterator[str]:
    return (node.text or "" for node in ET.fromstring(content).iter(f"{SPACE}loc"))


def test_the_sitemap_names_every_listed_page_and_when_the_dataset_changed(data: Path) -> None:
    with opened(data, BASE) as source:
        made = list(build.made(source))
        changed_at = source.manifest.changed_at
    pages = [item for item in made if isinstance(item, Page)]
    (sitemap,) = [item for item in made if item.path == "sitemap.xml"]
    assert isinstance(sitemap, Raw)
    named = list(locations(sitemap.content))
    assert sorted(named) == sorted(BASE + page.url for page in pages if page.path != "404.html")
    assert len(named) > 500
    times = {node.text for node in ET.fromstring(sitemap.content).iter(f"{SPACE}lastmod")}
    assert times == {changed_at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def test_many_pages_are_split_and_an_index_names_the_parts() -> None:
    urls = [f"models/a&b/{number}/" for number in range(7)]
    made = {raw.path: raw.content for raw in frame.sitemaps(BASE, urls, "2026-01-02T03:04:05Z", most=3)}
    assert list(made)[-1] == "sitemap.xml"
    assert ET.fromstring(made["sitemap.xml"]).tag == f"{SPACE}sitemapindex"
    parts = [location.removeprefix(BASE) for location in locations(made["sitemap.xml"])]
    assert parts == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]
    assert [url for part in parts for url in locations(made[part])] == [BASE + url for url in urls]
    assert max(len(list(locations(made[part]))) for part in parts) == 3


def test_exactly_as_many_as_one_sitemap_holds_need_no_index() -> None:
    (raw,) = frame.sitemaps(BASE, ["a/", "b/"], "2026-01-02T03:04:05Z", most=2)
    assert ET.fromstring(raw.content).tag == f"{SPACE}urlset"


def test_robots_may_read_everything_and_learn_of_the_sitemap(hostile_data: Path) -> None:
    with opened(hostile_data, BASE) as source:
        files = {item.path: item for item in frame.make(source, [])}
    robots = files["robots.txt"]
    assert isinstance(robots, Raw)
    assert robots.content.decode().splitlines() == ["User-agent: *", "Allow: /", f"Sitemap: {BASE}sitemap.xml"]
    icon = files["favicon.svg"]
    assert isinstance(icon, Raw)
    assert ET.fromstring(icon.content).tag.endswith("svg")


@pytest.mark.parametrize(
    ("base", "root"), [(BASE, "/some/where/"), ("https://example.org/", "/"), ("http://localhost:8000/x/", "/x/")]
)
def test_the_404_page_works_at_any_depth(hostile_data: Path, base: str, root: str) -> None:
    """It answers for addresses of any depth, so every link of it is from the host's root; its form leads home."""
    with opened(hostile_data, base) as source:
        (page,) = (item for item in frame.make(source, []) if isinstance(item, Page))
        tree = LexborHTMLParser(render.html(page, source, ASSETS).decode())
    own = [node.attributes["href"] or "" for node in tree.css("a[href], link[href]")]
    assert [link for link in own if not link.startswith((root, "#", "https://github.com/"))] == []
    form = tree.css_first("main form")
    assert (form.attributes["action"], form.attributes["method"]) == (root, "get")
    assert form.css_first("input").attributes["name"] == "q"
    assert tree.css_first("meta[name=robots]").attributes["content"] == "noindex"
    assert tree.css("link[rel=canonical]") == []
