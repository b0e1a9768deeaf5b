"""Render a page as HTML: the templates, and the functions they may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hf_providers import text
from hf_providers.documents.provenance import made_of
from hf_providers.rules.readiness import spoken
from hf_providers.text import UNKNOWN, clean
from pipeline.site import marks, paths
from pipeline.site.page import Page
from pipeline.site.preview import DRAWN
from pipeline.site.source import Context, Source

FOLDER: Final = Path(__file__).parents[2] / "site"
NAVIGATION: Final = (
    ("", "Models"),
    ("providers/", "Providers"),
    ("compare/", "Compare"),
    ("changes/", "Changes"),
    ("state/", "State"),
    ("tables/", "Data"),
)
"""The main pages: their address relative to the site's root, and their name."""


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates' environment: every value is escaped, an undefined name is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    plain: dict[str, Callable[..., str]] = {
        name: getattr(text, name) for name in ("day", "price", "rounded", "seconds", "short", "tick", "tokens")
    }
    made.filters |= plain | {"clean": _clean, "moment": moment}
    made.globals |= {
        "UNKNOWN": UNKNOWN,
        "spoken": spoken,
        "made_of": lambda manifest: made_of([entry.model_dump(by_alias=True) for entry in manifest.provenance]),
        "navigation": NAVIGATION,
        "previews": DRAWN,
        "mark_colour": marks.colour,
        "mark_letters": marks.letters,
        "to_model": paths.model,
        "to_provider": paths.provider,
        "to_model_json": paths.model_json,
        "to_provider_json": paths.provider_json,
    }
    return made


def _clean(value: object) -> str:
    """Return untrusted text without control and direction characters; — for None."""
    return UNKNOWN if value is None else clean(str(value))


def moment(iso: str | None) -> str:
    """Return an ISO moment in UTC to the minute; — for None."""
    return f"{iso[:10]} {iso[11:16]} UTC" if iso else UNKNOWN


def policy(*, wasm: bool) -> str:
    """Return the Content-Security-Policy of a page: nothing from other sites, nothing inline."""
    scripts = "'self' 'wasm-unsafe-eval'" if wasm else "'self'"
    workers = "; worker-src 'self'" if wasm else ""
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        f" manifest-src 'self'; base-uri 'none'; form-action 'self'{workers}"
    )


def html(page: Page, source: Source, assets: Mapping[str, str]) -> bytes:
    """Return the page's HTML.

    Args:
        page: The page.
        source: What it was made of.
        assets: The address of each asset relative to the site's root, by its name: `site.css`, `home.js`.
    """
    root = urlsplit(source.base_url).path if page.path == "404.html" else page.root
    values: Context = {
        "page": page,
        "root": root,
        "base_url": source.base_url,
        "canonical": source.base_url + page.url,
        "policy": policy(wasm=page.wasm),
        "assets": assets,
        "address": source.address,
        "manifest": source.manifest,
        "as_of": source.manifest.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return environment().get_template(page.template).render(values | dict(page.context)).encode()
