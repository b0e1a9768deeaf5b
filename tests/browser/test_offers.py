"""Tables that sort, by heading and where headings are hidden; the reader's mix; the id that is copied."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.browser import oracle
from tests.browser.conftest import WIDTHS, Visit
from tests.browser.home import CHAT, RECENT, counted

MODEL = "openai/gpt-oss-120b"
PAGE = f"models/{MODEL}/"


def live(page: Page) -> list[str]:
    """The providers of the offers that were seen lately and state a price, in the order shown."""
    rows = page.locator("table.offers tbody tr:not(.old)[data-output-usd-per-mtok]")
    return [name.strip() for name in rows.locator("th").all_text_contents()]


def prices(column: str, order: str = "") -> list[tuple[str, Decimal]]:
    return oracle.rows(
        f"SELECT provider, {column} FROM own WHERE model_id = ? AND {CHAT} AND {RECENT}"
        f" AND output_usd_per_mtok IS NOT NULL ORDER BY {column} {order}, provider",
        MODEL,
    )


def test_the_cheapest_comes_first(visit: Visit) -> None:
    """Blended at 3:1, before anybody sorts, and without scripts too."""
    for scripts in (True, False):
        page = visit(scripts=scripts).go(PAGE)
        found = live(page)
        known = dict(prices(oracle.BLENDED))
        assert set(found) == set(known)
        assert [known[name] for name in found] == sorted(known.values())


def test_offers_sort_by_a_heading_with_the_keyboard_both_ways(visit: Visit) -> None:
    page = visit().go(PAGE)
    head = page.locator("table.offers thead th.out")
    known = dict(prices("output_usd_per_mtok"))
    for direction in ("ascending", "descending"):
        head.get_by_role("button").press("Enter")
        expect(head).to_have_attribute("aria-sort", direction)
        found = [known[name] for name in live(page)]
        assert found == sorted(known.values(), reverse=direction == "descending")


@pytest.mark.parametrize("width", WIDTHS[:2])
def test_offers_sort_where_they_are_cards(visit: Visit, width: int) -> None:
    """Their headings are hidden there, and no stop of the tab key."""
    tab = visit(width=width)
    page = tab.go(PAGE)
    hidden = page.locator("table.offers thead button").evaluate_all("all => all.map((one) => one.tabIndex)")
    assert set(hidden) == {-1}
    line = page.locator(".sorter")
    expect(line.get_by_label("Sort by")).to_have_value("4")
    known = dict(prices("output_usd_per_mtok"))
    line.get_by_label("Sort by").select_option("Out $/1M")
    assert [known[name] for name in live(page)] == sorted(known.values())
    line.get_by_role("button", name="Reverse").click()
    assert [known[name] for name in live(page)] == sorted(known.values(), reverse=True)
    tab.look_in_both_themes()
    tab.resize(WIDTHS[2])
    expect(line).to_be_hidden()
    expect(page.locator("table.offers thead th.out")).to_have_attribute("aria-sort", "descending")


@pytest.mark.parametrize("width", [WIDTHS[0], WIDTHS[2]])
def test_providers_sort(visit: Visit, width: int) -> None:
    page = visit(width=width).go("providers/")
    if width == WIDTHS[0]:
        page.get_by_label("Sort by").select_option("Models")
    else:
        page.locator("table.providers thead").get_by_role("button", name="Models").click()
    shown = [int(count) for count in page.locator("table.providers td.listed").all_text_contents()]
    assert len(shown) > 10
    assert shown == sorted(shown, reverse=True)


def test_the_reader_s_mix_is_kept_on_all_pages(visit: Visit) -> None:
    """Typed on a model's page: its blended prices are exact, and home and other models use it."""
    tab = visit()
    page = tab.go(PAGE)
    page.get_by_label(re.compile("^Your mix")).fill("1:4")
    expect(page.locator("#mix-said")).to_have_text("1:4")
    wanted = dict(prices("(input_usd_per_mtok + 4 * output_usd_per_mtok) / 5"))
    rows = page.locator("table.offers tbody tr:not(.old)[data-output-usd-per-mtok]")
    names = [name.strip() for name in rows.locator("th").all_text_contents()]
    shown = [float(text) for text in rows.locator(".blended").all_text_contents()]
    assert shown == pytest.approx([float(wanted[name]) for name in names])
    assert shown == sorted(shown)
    page = tab.go("models/deepseek-ai/DeepSeek-R1/")
    expect(page.get_by_label(re.compile("^Your mix"))).to_have_value("1:4")
    expect(page.locator("#mix-said")).to_have_text("1:4")
    page = tab.go()
    counted(page)
    expect(page.locator("#mix-said")).to_have_text("1:4")


def test_the_id_is_copied(visit: Visit) -> None:
    page = visit().go(PAGE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy id").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == MODEL
