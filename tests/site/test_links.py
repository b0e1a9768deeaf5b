"""Every link and anchor of every page leads somewhere, every page is found from home, and the sitemap is the site."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.site.build import BASE_URL
from tests.site.html import anchors, links, pages, parsed, resolved

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(params=["", "hostile_"], ids=["committed", "hostile"])
def built(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """A site and the dataset it was made of, which is deployed beside it as data/."""
    return request.getfixturevalue(f"{request.param}site"), request.getfixturevalue(f"{request.param}data")


def place(built: tuple[Path, Path], path: str) -> Path:
    """Where a file of the deployed site stands now."""
    site, data = built
    return data / path.removeprefix("data/") if path.startswith("data/") else site / path


@lru_cache(maxsize=2)
def all_links(site: Path) -> dict[Path, list[tuple[str, str]]]:
    return {page: list(dict.fromkeys(links(page))) for page in pages(site)}


def test_every_link_leads_to_a_file_and_an_anchor_of_it(built: tuple[Path, Path]) -> None:
    site, _ = built
    missing = set()
    for page, found in all_links(site).items():
        for _, link in found:
            path, anchor = resolved(site, page, link)
            if path is None:
                continue
            target = place(built, path)
            asked = path == "sql/index.html" and (anchor or "").startswith("q=")  # a query for the console
            if not target.is_file() or (anchor and not asked and anchor not in anchors(target)):
                missing.add((page.relative_to(site).as_posix(), link))
    assert sorted(missing)[:10] == []


def test_what_leads_out_of_the_site_is_https(built: tuple[Path, Path]) -> None:
    """And only a reader follows it: a page itself asks for nothing elsewhere."""
    site, _ = built
    wrong = [
        (page.relative_to(site).as_posix(), name, link)
        for page, found in all_links(site).items()
        for name, link in found
        if resolved(site, page, link)[0] is None and (name != "a" or urlsplit(link).scheme != "https")
    ]
    assert wrong[:10] == []


def test_every_page_is_found_from_home_without_scripts(built: tuple[Path, Path]) -> None:
    site, _ = built
    seen: set[Path] = set()
    todo = [site / "index.html"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".html" or not page.is_file():
            continue
        seen.add(page)
        paths = (resolved(site, page, link)[0] for name, link in all_links(site).get(page, ()) if name == "a")
        todo.extend(site / path for path in paths if path)
    assert sorted(set(pages(site)) - seen - {site / "404.html"}) == []


def test_links_are_relative_so_that_the_site_works_anywhere(built: tuple[Path, Path]) -> None:
    site, _ = built
    wrong = [
        (page, link)
        for page, found in all_links(site).items()
        for name, link in found
        if name != "link" and page.name != "404.html" and (link.startswith(("/", BASE_URL)))
    ]
    assert wrong[:10] == []


def test_the_canonical_address_is_the_page(built: tuple[Path, Path]) -> None:
    site, _ = built
    for page in pages(site):
        node = parsed(page).css_first("link[rel=canonical]")
        if page == site / "404.html":
            assert node is None
            continue
        own = page.relative_to(site).as_posix().removesuffix("index.html")
        assert node.attributes["href"] == BASE_URL + own
        assert parsed(page).css_first('meta[property="og:url"]').attributes["content"] == BASE_URL + own


def sitemap_entries(site: Path) -> Iterator[str]:
    """Every address of the sitemap, those of the maps that it is an index of included."""
    todo = [site / "sitemap.xml"]
    while todo:
        root = ET.parse(todo.pop()).getroot()
        for node in root:
            address = node.findtext(f"{SITEMAP}loc")
            assert address is not None
            assert address.startswith(BASE_URL)
            if root.tag == f"{SITEMAP}sitemapindex":
                todo.append(site / address.removeprefix(BASE_URL))
            else:
                yield address.removeprefix(BASE_URL)


def test_the_sitemap_is_every_page(built: tuple[Path, Path]) -> None:
    site, _ = built
    named = list(sitemap_entries(site))
    assert len(named) == len(set(named))
    files = {name + "index.html" if not name or name.endswith("/") else name for name in named}
    noindex = {page for page in pages(site) if parsed(page).css_matches('meta[name=robots][content*="noindex"]')}
    assert {site / name for name in files} == set(pages(site)) - noindex
    assert f"Sitemap: {BASE_URL}sitemap.xml" in (site / "robots.txt").read_text().splitlines()


def test_the_api_s_index_is_every_answer(built: tuple[Path, Path]) -> None:
    site, _ = built
    index = site / "api/v1/index.json"
    said = json.loads(index.read_text())
    named = {resolved(site, index, row["json"])[0] for row in (*said["models"], *said["providers"])}
    answers = {
        path.relative_to(site).as_posix() for folder in ("models", "providers") for path in
        (site / "api/v1" / folder).rglob("*.json")
    }  # fmt: skip
    assert answers
    assert named == answers
    pages_of = {resolved(site, index, row["page"])[0] for row in (*said["models"], *said["providers"])}
    assert all((site / str(path)).is_file() for path in pages_of)
