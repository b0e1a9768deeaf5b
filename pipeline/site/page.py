"""The parts of the site: pages that a template lays out, and files written as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

PREVIEW: Final = "preview.png"
"""The file of the picture that other sites show with a link to this site, or to a provider's page."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        path: The file, relative to the site's root, made by `paths`: `providers/groq/index.html`.
        template: A file of site/templates that extends base.html.
        title: Its subject, without the site's name.
        description: One plain sentence, for search engines and link previews.
        context: The variables of the template.
        script: The entry module of site/scripts that the page loads, or None.
        section: The path of its item in the navigation.
        wasm: Whether it runs WebAssembly, which its Content-Security-Policy must allow.
        listed: Whether it is in the sitemap.
        linked_data: Its content as JSON-LD, or None.
        json: The address of its content as JSON, relative to the site's root, or None.
        preview: The address of the picture shown with links to it, relative to the site's root.
        feed: The feed of its changes, by its address relative to the site's root.
    """

    path: str
    template: str
    title: str
    description: str
    context: Mapping[str, Any] = field(default_factory=dict)
    script: str | None = None
    section: str = ""
    wasm: bool = False
    listed: bool = True
    linked_data: Mapping[str, Any] | None = None
    json: str | None = None
    preview: str = PREVIEW
    feed: str = "changes.atom"

    @property
    def url(self) -> str:
        """The address relative to the site's root: the folder for its index.html."""
        return self.path.removesuffix("index.html")

    @property
    def root(self) -> str:
        """The relative path from the page to the site's root: with it the site works at any address."""
        return "../" * self.path.count("/") or "./"


@dataclass(frozen=True, slots=True)
class Raw:
    """A file written as it is, at a path relative to the site's root."""

    path: str
    content: bytes


def to_json(value: object) -> bytes:
    """Return JSON as `hfp` writes it: on one line, ASCII only."""
    return json.dumps(value, default=str).encode() + b"\n"


def with_json(page: Page, value: Mapping[str, Any]) -> Iterator[Page | Raw]:
    """Give a page, and next to it its content as JSON, which it links."""
    document = Raw(f"{page.url}index.json", to_json(value))
    yield replace(page, json=document.path)
    yield document
