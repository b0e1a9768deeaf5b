"""Make the pictures of docs/screenshots from the committed dataset: `python -m tests.browser.screenshots`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from pipeline.site.build import build
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.served import serve
from tests.site.conftest import DATA, ROOT

OUT = ROOT / "docs" / "screenshots"
QUALITY = 70


class Picture(NamedTuple):
    """A page at a width in a theme, from some heading on."""

    path: str
    width: int = 1280
    height: int = 860
    theme: str = "light"
    heading: str = ""


PICTURES = {
    "home": Picture(""),
    "home-dark-360": Picture("", 360, 780, "dark"),
    "model": Picture("models/openai/gpt-oss-120b/", heading="#offers"),
    "model-360": Picture("models/openai/gpt-oss-120b/", 360, 780, heading="#offers"),
    "state": Picture("state/", heading="#cheapest"),
    "compare": Picture("compare/?providers=novita&providers=together", theme="dark"),
}


def taken(browser: Browser, address: str, picture: Picture) -> bytes:
    """Return a picture of a page, with all that its scripts load, as WebP."""
    size = {"width": picture.width, "height": picture.height}
    with browser.new_context(viewport=size, color_scheme=picture.theme, reduced_motion="reduce") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address + picture.path, wait_until="networkidle")
        if picture.heading:
            page.locator(picture.heading).evaluate("(heading) => heading.scrollIntoView()")
        shot = page.screenshot()
    packed = BytesIO()
    with Image.open(BytesIO(shot)) as image:
        image.save(packed, "WEBP", quality=QUALITY, method=6)
    return packed.getvalue()


def main() -> int:
    """Write every picture."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        sys.exit("Chromium is not on this machine: make browser installs it")
    with tempfile.TemporaryDirectory() as name:
        site = Path(name) / "site"
        build(DATA, site)
        shutil.copytree(DATA, site / "data")
        with serve(site) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=QUIET)
            for file, picture in PICTURES.items():
                (OUT / f"{file}.webp").write_bytes(taken(browser, address, picture))
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
