"""Build the site in a staging folder, then rename it into place. The same dataset gives the same bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from pipeline.errors import DatasetError
from pipeline.publish.disk import plainly
from pipeline.site import assets as bundle
from pipeline.site import render
from pipeline.site.page import Page, Raw
from pipeline.site.pages import frame
from pipeline.site.source import Source, opened

BASE_URL: Final = "https://hf-providers.github.io/hf-providers/"
"""The public address of the site, for canonical links and the sitemap."""

PAGES: Final = (
    "home",
    "browse",
    "adapters",
    "model",
    "api",
    "providers",
    "changes",
    "state",
    "tables",
    "compare",
    "sql",
    "previews",
)
"""The modules of `pipeline.site.pages`, one for each kind of page."""


def build(data: Path, out: Path, base_url: str = BASE_URL, assets: Path | None = None) -> int:
    """Make the site of the dataset in `data` into the folder `out`, and return how many files it has.

    Args:
        data: The dataset's folder.
        out: The site's folder; it is replaced once everything is made.
        base_url: The site's public address.
        assets: A folder of bundled assets; by default they are bundled now.

    Raises:
        DatasetError: there is no whole dataset, or `out` cannot be written.
        AssetError: the scripts cannot be bundled.
    """
    out = out.resolve()
    _refuse_foreign(out)
    with opened(data, base_url.rstrip("/") + "/") as source, plainly(out, "the site there is as it was"):
        out.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        try:
            stage.chmod(0o755)
            named = bundle.into(stage, assets)
            count = write(made(source), source, named, stage)
            _swap(stage, out)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    return count


def made(source: Source) -> Iterator[Page | Raw]:
    """Give every page and file of the site; last the sitemap and the like, which list all pages."""
    urls: list[str] = []
    for name in PAGES:
        for item in import_module(f"pipeline.site.pages.{name}").make(source):
            if isinstance(item, Page) and item.listed:
                urls.append(item.url)
            yield item
    yield from frame.make(source, urls)


def write(hashes: Iterable[Page | Raw], source: Source, assets: Mapping[str, str], stage: Path) -> int:
    """Write pages and files below `stage`, and return how many.

    Raises:
        DatasetError: two of them have the same path.
    """
    written = 0
    for item in hashes:
        target = stage / item.path
        content = item.content if isinstance(item, Raw) else render.html(item, source, assets)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("xb") as file:
                file.write(content)
        except FileExistsError:
            raise DatasetError(f"two pages have the path {item.path}", "this is a bug: report it") from None
        written += 1
    return written


def _refuse_foreign(out: Path) -> None:
    """Refuse to replace a folder that is not a site: a wrong --out must not delete anything else."""
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "sitemap.xml").is_file())):
        raise DatasetError(f"{out} is not empty and is no site of this project", "name another --out, or remove it")


def _swap(stage: Path, out: Path) -> None:
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    if out.exists():
        out.rename(old / out.name)
    stage.rename(out)
    shutil.rmtree(old)
