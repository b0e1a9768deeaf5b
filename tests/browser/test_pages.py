"""Every kind of page at every width in both themes: no error, nothing from elsewhere, nothing too wide, accessible."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import THEMES, WIDTHS, Visit

KINDS = {
    "home": "",
    "browse": "browse/",
    "adapters": "adapters/",
    "chat model": "models/deepseek-ai/DeepSeek-R1/",
    "image model": "models/black-forest-labs/FLUX.1-dev/",
    "providers": "providers/",
    "provider": "providers/novita/",
    "media provider": "providers/fal-ai/",
    "compare": "compare/",
    "comparison": "compare/?models=deepseek-ai/DeepSeek-R1&models=openai/gpt-oss-120b",
    "changes": "changes/",
    "state": "state/",
    "tables": "tables/",
    "sql": "sql/",
}
NARROWEST = 320
"""What WCAG's criterion of reflow asks for: a page of 1280 px enlarged four times."""
BETWEEN = (600, 800, 961, 1100, 1200)
"""Where tables are widest for their window: just above a width at which they fold, and windows beside another."""
SIDEWAYS = {"Comparison"}
"""A table that is read in both directions, so that it keeps its columns on a telephone."""
HOSTILE = ("", "providers/", "changes/", "state/", "tables/")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page(visit: Visit, kind: str, theme: str) -> None:
    """At every width. What axe-core sees differs between a telephone and a desk, and by the theme in colours alone."""
    tab = visit(width=NARROWEST, theme=theme)
    page = tab.go(KINDS[kind])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    tab.no_wider()
    tab.unfold()
    for width in (NARROWEST, *WIDTHS, *BETWEEN):
        tab.resize(width)
        tab.no_wider()
        if width == WIDTHS[0]:
            assert set(tab.scrolled()) <= SIDEWAYS
        if width == WIDTHS[-1] or (width == WIDTHS[0] and theme == THEMES[0]):
            tab.look()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_a_list_is_split_between_columns(visit: Visit, width: int) -> None:
    page = visit(width=width).go("providers/")
    lines = page.locator(".retired li")
    assert lines.count() > 3
    pieces = lines.evaluate_all("lines => lines.map((line) => line.getClientRects().length)")
    assert set(pieces) == {1}
    dates = page.locator(".retired .date").evaluate_all("dates => dates.map((date) => date.getClientRects().length)")
    assert dates
    assert set(dates) == {1}


def test_no_cell_of_the_tables_looks_like_a_notice(visit: Visit) -> None:
    cells = visit().go("tables/").locator(".files td")
    assert cells.count() > 20
    colours = cells.evaluate_all("cells => cells.map((cell) => getComputedStyle(cell).backgroundColor)")
    assert set(colours) == {"rgba(0, 0, 0, 0)"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_without_scripts(visit: Visit, kind: str) -> None:
    tab = visit(width=NARROWEST, scripts=False)
    page = tab.go(KINDS[kind])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(page.get_by_role("main").inner_text()) > 200
    assert page.get_by_text("Loading", exact=False).count() == 0
    for width in (NARROWEST, *WIDTHS):
        tab.resize(width)
        tab.no_wider()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_an_address_that_is_nothing(visit: Visit, width: int, scripts: bool) -> None:
    """The 404 page stands at any depth: its links and styles lead to the site all the same."""
    tab = visit(width=width, scripts=scripts)
    tab.expected_status = {404}
    page = tab.go("models/nobody/nothing/at/all/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    tab.no_wider()
    page.get_by_role("banner").get_by_role("link", name="hf-providers").click()
    expect(page).to_have_url(tab.root)


@pytest.mark.parametrize("theme", THEMES)
def test_the_chosen_theme_is_kept(visit: Visit, theme: str) -> None:
    tab = visit(theme=theme)
    page = tab.go()
    other = THEMES[1 - THEMES.index(theme)]
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name=f"Switch to the {other} theme").click()
    after = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert after != before
    page = tab.go("providers/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after
    tab.look()


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_names_are_text(visit: Visit, path: str) -> None:
    tab = visit("hostile_served")
    page = tab.go(path)
    page.wait_for_load_state("networkidle")
    tab.no_wider()
    tab.resize(WIDTHS[0])
    tab.look()
