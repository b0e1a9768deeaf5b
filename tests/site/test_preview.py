"""The pictures of links: their text is there, where it belongs, and each page names the one that stands there."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.site import preview
from pipeline.site.build import BASE_URL
from tests.site.conftest import skip_unless_ci


@pytest.fixture(autouse=True)
def _drawn() -> None:
    if not preview.DRAWN:
        skip_unless_ci("resvg-py is not installed")


def dark(picture: bytes, box: tuple[int, int, int, int]) -> int:
    """How many pixels of a part of a picture are as dark as its heading."""
    from PIL import Image

    with Image.open(BytesIO(picture)) as image:
        assert image.size == (preview.WIDTH, preview.HEIGHT)
        grey = image.convert("L").crop(box)
        return sum(grey.histogram()[:64])


def test_text_has_pixels() -> None:
    """An unknown family gives a picture without text, and no error."""
    heading = (70, 150, 1200, 300)
    assert dark(preview.png("novita", [], "2026-08-22"), heading) > 2000
    assert dark(preview.png(" ", [], "2026-08-22"), heading) == 0


def test_without_its_font_a_text_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "FAMILY", "No Such Family")
    assert dark(preview.png("novita", [], "2026-08-22"), (70, 150, 1200, 300)) == 0


@pytest.mark.parametrize("name", ["x" * 400, "a b " * 90, '<svg onload="x">&', "日本", "\u202e\x00", ""])
def test_any_name_makes_a_picture_within_its_frame(name: str) -> None:
    picture = preview.png(name, ["12 models live", "<b>3</b> offers"], "2026-08-22")
    assert dark(picture, (1190, 0, 1200, 630)) == 0
    assert picture == preview.png(name, ["12 models live", "<b>3</b> offers"], "2026-08-22")


def test_each_page_names_a_picture_of_the_site(site: Path) -> None:
    pages = ["index.html", "providers/novita/index.html", "models/deepseek-ai/DeepSeek-R1/index.html"]
    named = []
    for page in pages:
        tree = LexborHTMLParser((site / page).read_text(encoding="utf-8"))
        (address,) = (node.attributes["content"] or "" for node in tree.css('meta[property="og:image"]'))
        assert address.startswith(BASE_URL)
        named.append(address.removeprefix(BASE_URL))
        assert dark((site / named[-1]).read_bytes(), (70, 150, 1200, 300)) > 2000
    assert named == ["preview.png", "providers/novita/preview.png", "preview.png"]
    providers = {path.parent for path in (site / "providers").glob("*/index.html")}
    assert {path.parent for path in (site / "providers").glob("*/preview.png")} == providers
