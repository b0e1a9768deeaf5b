"""A page as a browser gets it: made from a dataset, rendered, and parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from pipeline.site import render
from pipeline.site.page import Page, Raw
from pipeline.site.source import Source, opened
from tests.site.conftest import ASSETS

URL = "https://example.org/"


def first_page(data: Path, make: Callable[[Source], Iterator[Page | Raw]]) -> LexborHTMLParser:
    """The first page that `make` gives."""
    with opened(data, URL) as source:
        page = next(page for page in make(source) if isinstance(page, Page))
        return LexborHTMLParser(render.html(page, source, ASSETS).decode())
