"""Charts that speak: what a point says by mouse, by key and by touch; and charts as wide as any page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import oracle
from tests.browser.conftest import WIDTHS, Visit

MODEL = "deepseek-ai/DeepSeek-R1"
PAGE = f"models/{MODEL}/"
SAID = re.compile(r"^(?P<who>[\w-]+): \$(?P<price>[\d.]+) · (?P<days>[\d-]+( to [\d-]+)?) · (?P<source>.+)$")


def points(page: Page) -> Locator:
    """The points of the chart of input prices."""
    return page.locator("section:has(> #prices) svg.chart").first.locator(".hit")


def middle(point: Locator) -> tuple[float, float]:
    """Where a point is in the window: a line has no height, so it counts as unseen for the driver."""
    at = point.evaluate(
        "(point) => { point.scrollIntoView({ block: 'center' }); const { x, y, width } = point.getBoundingClientRect();"
        " return [x + width / 2, y]; }"
    )
    return at[0], at[1]


def test_a_price_says_its_date_its_value_and_its_source(visit: Visit) -> None:
    """Every one of them, as the dataset has it."""
    page = visit().go(PAGE)
    labels = points(page).evaluate_all("points => points.map((point) => point.getAttribute('aria-label'))")
    said = [SAID.match(label) for label in labels]
    found = {(one["who"], float(one["price"]), one["days"], one["source"]) for one in said if one}
    assert len(labels) == len(found) > 3
    wanted = oracle.rows(
        "SELECT provider, input_usd_per_mtok::DOUBLE, strftime(valid_from, '%Y-%m-%d'),"
        " strftime(last_observed_at, '%Y-%m-%d'), source FROM price_history"
        " WHERE model_id = ? AND input_usd_per_mtok IS NOT NULL",
        MODEL,
    )
    days = [(who, price, begin if begin == end else f"{begin} to {end}", by) for who, price, begin, end, by in wanted]
    assert found == set(days)


def test_a_point_speaks_under_the_mouse(visit: Visit) -> None:
    page = visit().go(PAGE)
    point = points(page).last
    page.mouse.move(*middle(point))
    expect(page.locator(".tip")).to_be_visible()
    expect(page.locator(".tip")).to_have_text(point.get_attribute("aria-label") or "-")
    page.mouse.move(5, 5)
    expect(page.locator(".tip")).to_be_hidden()


def test_a_point_speaks_at_a_touch(visit: Visit) -> None:
    page = visit(width=WIDTHS[0], touch=True).go(PAGE)
    point = points(page).last
    page.touchscreen.tap(*middle(point))
    expect(page.locator(".tip")).to_be_visible()
    expect(page.locator(".tip")).to_have_text(point.get_attribute("aria-label") or "-")


def test_arrows_go_from_point_to_point(visit: Visit) -> None:
    """One stop of the tab key a chart; Escape takes away what is said."""
    page = visit().go(PAGE)
    chart = points(page)
    assert chart.evaluate_all("points => points.filter((point) => point.tabIndex === 0).length") == 1
    chart.first.focus()
    for at, key in ((0, ""), (1, "ArrowRight"), (2, "ArrowDown"), (1, "ArrowLeft")):
        if key:
            page.keyboard.press(key)
        expect(chart.nth(at)).to_be_focused()
        expect(page.locator(".tip")).to_have_text(chart.nth(at).get_attribute("aria-label") or "-")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("path", [PAGE, "state/", "compare/"])
def test_a_chart_is_as_wide_as_the_page(visit: Visit, path: str, scripts: bool, width: int) -> None:
    """All of it is in the window, and its texts are as large as they are anywhere."""
    page = visit(width=width, scripts=scripts).go(path)
    charts = page.locator("svg.chart.fluid")
    assert charts.count() > 0
    for chart in charts.all():
        room = page.get_by_role("main").bounding_box()
        texts = [text.bounding_box() for text in chart.locator("text").all()]
        assert room
        for box in filter(None, texts):
            assert box["x"] >= room["x"]
            assert box["x"] + box["width"] <= room["x"] + room["width"]
            assert 11 <= box["height"] <= 18
        box = chart.bounding_box()
        assert box
        assert box["width"] >= room["width"] * 0.7


def test_each_dot_of_the_scatter_is_named_and_leads_to_its_offer(visit: Visit) -> None:
    page = visit().go("state/")
    dots = page.locator("h2#pareto ~ .aside svg.chart a.hit")
    wanted = oracle.rows("SELECT model_id, provider FROM pareto WHERE blended_usd_per_mtok > 0 AND throughput_tps > 0")
    names = dots.evaluate_all("dots => dots.map((dot) => dot.getAttribute('aria-label'))")
    assert len(names) == len(wanted) > 0
    for model, provider in wanted:
        assert [name for name in names if model in name and provider in name]
    dots.first.focus()
    expect(page.locator(".tip")).to_have_text(names[0])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/models/.+#offer/"))
    expect(page.locator("tr:target")).to_have_count(1)
