"""The models: the home page."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.site.page import Page, Raw
from pipeline.site.source import Source


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the home page."""
    yield Page(
        path="index.html",
        template="home.html",
        title="Who serves an open model",
        description="Who serves an open model on Hugging Face, at what price, how fast, and is it ready.",
        context={"models": source.models[:100]},
    )
