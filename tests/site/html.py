"""Built pages as a browser's parser reads them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.site.build import BASE_URL

LINKS = {
    "a": "href",
    "form": "action",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "use": "href",
}
"""What names an address, and in which attribute."""


def pages(site: Path) -> list[Path]:
    """Every HTML file of the site."""
    return sorted(site.rglob("*.html"))


@lru_cache(maxsize=1)
def parsed(file: Path) -> LexborHTMLParser:
    """The file's tree; that of the last file is kept, so that several checks may ask for it."""
    return LexborHTMLParser(file.read_text(encoding="utf-8"))


def elements(file: Path) -> Iterator[LexborNode]:
    """Every element of a page."""
    return iter(parsed(file).css("*"))


def links(file: Path) -> Iterator[tuple[str, str]]:
    """Every address that the page names, with the element's name."""
    for name, attribute in LINKS.items():
        for node in parsed(file).css(f"{name}[{attribute}]"):
            yield name, node.attributes[attribute] or ""


def resolved(site: Path, page: Path, link: str) -> tuple[str | None, str]:
    """Return what a link on a page leads to: a file's path relative to the site, and its anchor.

    The path is None for an address outside the site.
    """
    whole = urljoin(BASE_URL + page.relative_to(site).as_posix(), link)
    if not whole.startswith(BASE_URL):
        return None, ""
    path = unquote(urlsplit(whole.removeprefix(BASE_URL)).path)
    return path + "index.html" if not path or path.endswith("/") else path, unquote(urlsplit(whole).fragment)


@cache
def anchors(file: Path) -> frozenset[str]:
    """Every id of the page."""
    return frozenset(node.attributes["id"] or "" for node in parsed(file).css("[id]"))
