"""The site's other files: the sitemap, robots.txt, llms.txt, the page for a missing address, and the icon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from pipeline.site.page import Page, Raw
from pipeline.site.render import FOLDER
from pipeline.site.source import Source

MOST: Final = 50_000
"""Most addresses of one sitemap, by the protocol."""
_SPACE: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def make(source: Source, urls: Sequence[str]) -> Iterator[Page | Raw]:
    """Give these files.

    Args:
        source: What the site is made of.
        urls: Every page for the sitemap, relative to the site's root.
    """
    yield Page(
        path="404.html",
        template="404.html",
        title="Not found",
        description="There is no page at this address.",
        listed=False,
    )
    yield Raw("robots.txt", f"User-agent: *\nAllow: /\nSitemap: {source.base_url}sitemap.xml\n".encode())
    yield Raw("llms.txt", llms(source).encode())
    yield Raw("favicon.svg", (FOLDER / "favicon.svg").read_bytes())
    yield from sitemaps(source.base_url, urls, f"{source.manifest.changed_at:%Y-%m-%dT%H:%M:%SZ}")


def llms(source: Source) -> str:
    """Return llms.txt, which tells language models what is on the site: https://llmstxt.org."""
    base = source.base_url
    return f"""# hf-providers

> Which provider serves which open model through Hugging Face, at what price, how fast, and is it ready. Facts of
> {source.manifest.checked_at:%Y-%m-%d}; what no source said is unknown, never 0.

## Answers as JSON

- [Index]({base}api/v1/index.json): every model and provider with its addresses, the cheapest and the fastest chat offer
- One model: {base}api/v1/models/OWNER/NAME.json
- One provider: {base}api/v1/providers/NAME.json
- Who was the cheapest for a chat model, when: {base}api/v1/cheapest/OWNER/NAME.json
- For what share of the known time a provider's routes were live: {base}api/v1/uptime/NAME.json
- What other pages show: [state of inference]({base}state/index.json), [providers]({base}providers/index.json),
  [tables and their columns]({base}tables/index.json)
- [Schema of a model's answer]({base}schema/answer.schema.json)

## Data

- [Tables]({base}tables/): Parquet files, their columns and units
- [Manifest]({base}data/manifest.json): every file with its hash
- [Changes]({base}changes.json), as a feed: {base}changes.atom

## Offline

- `pip install .` in a clone of https://github.com/hf-providers/hf-providers, then `hfp deepseek-r1`
"""


def sitemaps(base_url: str, urls: Sequence[str], changed_at: str, most: int = MOST) -> Iterator[Raw]:
    """Give sitemap.xml: of all pages, or an index of sitemaps where there are more than `most`."""
    parts = [urls[i : i + most] for i in range(0, len(urls), most)] or [[]]
    if len(parts) == 1:
        yield Raw("sitemap.xml", _sitemap("urlset", "url", base_url, parts[0], changed_at))
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    for name, part in zip(names, parts, strict=True):
        yield Raw(name, _sitemap("urlset", "url", base_url, part, changed_at))
    yield Raw("sitemap.xml", _sitemap("sitemapindex", "sitemap", base_url, names, changed_at))


def _sitemap(root: str, each: str, base_url: str, urls: Sequence[str], changed_at: str) -> bytes:
    lines = (f"<{each}><loc>{escape(base_url + url)}</loc><lastmod>{changed_at}</lastmod></{each}>\n" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {_SPACE}>\n{"".join(lines)}</{root}>\n'.encode()
