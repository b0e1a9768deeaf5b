"""What the site consists of: pages that a template lays out, and files as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

PREVIEW: Final = "preview.png"
"""The picture that links to the site, and to a provider's page beside which it stands, are shown with elsewhere."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        path: The file, relative to the site's root, made by `paths`: `providers/groq/index.html`.
        template: A file of site/templates that extends base.html.
        title: What it is of, without the site's name.
        description: One plain sentence, for search engines and link previews.
        context: What the template is given.
        script: The entry module of site/scripts that the page loads, or None.
        section: The item of the navigation that it belongs to, by its path.
        wasm: Whether it runs WebAssembly, which its Content-Security-Policy must allow.
        listed: Whether it stands in the sitemap.
        linked_data: What it says as JSON-LD, or None.
        json: The same as JSON, by its address relative to the site's root, or None.
        preview: The picture that links to it are shown with, by its address relative to the site's root.
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
        """The address relative to the site's root: a folder's index is the folder."""
        return self.path.removesuffix("index.html")

    @property
    def root(self) -> str:
        """What leads from the page to the site's root: links are relative, so the site works under any address."""
        return "../" * self.path.count("/") or "./"


@dataclass(frozen=True, slots=True)
class Raw:
    """A file written as it is, at a path relative to the site's root."""

    path: str
    content: bytes


def to_json(value: object) -> bytes:
    """Return JSON as `hfp` writes it: on one line, ASCII alone."""
    return json.dumps(value, default=str).encode() + b"\n"


def with_json(page: Page, value: Mapping[str, Any]) -> Iterator[Page | Raw]:
    """Give a page, and beside it what it shows as JSON, which it links."""
    document = Raw(f"{page.url}index.json", to_json(value))
    yield replace(page, json=document.path)
    yield document
