"""A model's page: the calculator counts as `hfp cost`, code in tabs is copied whole, history is drawn and written."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.browser import oracle
from tests.browser.conftest import WIDTHS, Visit
from tests.browser.process import hfp_json

MODEL = "openai/gpt-oss-120b"
PAGE = f"models/{MODEL}/"


def test_the_calculator_is_hfp_cost(visit: Visit) -> None:
    """For several jobs, the last one larger than a float counts exactly."""
    page = visit().go(PAGE)
    for given, taken, requests in ((1234, 567, 89), (1, 0, 1), (999_999_999_999, 7, 999_999_999_999)):
        for label, value in (("Input tokens", given), ("Output tokens", taken), ("Requests", requests)):
            page.get_by_label(re.compile(f"^{label}")).fill(str(value))
        said = hfp_json("cost", MODEL, "--in", str(given), "--out", str(taken), "--requests", str(requests))
        wanted = {
            row["provider"]: Decimal(row["total_usd"])
            for row in said["rows"]
            if row["status"] == "live" and row["task"] == "conversational" and row["total_usd"] is not None
        }
        rows = [row.locator("th, td").all_inner_texts() for row in page.locator("#costs tr").all()]
        found = {cells[0].strip(): Decimal(cells[-1].replace(",", "")) for cells in rows}
        assert found == wanted


def test_the_calculator_reads_numbers_as_hfp_cost(visit: Visit) -> None:
    page = visit().go(PAGE)
    for label, value in (("Input tokens", "1M"), ("Output tokens", "0")):
        page.get_by_label(re.compile(f"^{label}")).fill(value)
    for typed in ("1.5k", "10M", ".5k", "1T"):
        page.get_by_label(re.compile("^Requests")).fill(typed)
        said = hfp_json("cost", MODEL, "--in", "1M", "--requests", typed)
        wanted = sorted(
            Decimal(row["total_usd"])
            for row in said["rows"]
            if row["status"] == "live" and row["task"] == "conversational" and row["total_usd"] is not None
        )
        assert [Decimal(total.replace(",", "")) for total in totals(page)] == wanted


def test_thousands_may_be_set_apart_and_nothing_else(visit: Visit) -> None:
    page = visit().go(PAGE)
    field = page.get_by_label(re.compile("^Requests"))
    for typed, meant in (("1,000", "1000"), ("1,234,567", "1234567"), ("10 000", "10000"), (" 42 ", "42")):
        field.fill(meant)
        wanted = totals(page)
        field.fill("x")
        assert set(totals(page)) == {"—"}
        field.fill(typed)
        expect(page.locator("#cost-said")).to_have_text(re.compile(f"^{int(meant):,} requests"))
        assert totals(page) == wanted
    field.fill("")
    field.press_sequentially("12,345,678,900")  # no letter of it is lost
    expect(page.locator("#cost-said")).to_have_text(re.compile("^12,345,678,900 requests"))
    for typed in ("a few", "1,0", "1,2,3", "1.5", "1,000k", "-1", "", "1e3", "1,000 000", "2000T"):
        field.fill("1")
        expect(field).to_have_attribute("aria-invalid", "false")
        field.fill(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        assert set(totals(page)) == {"—"}


def totals(page: Page) -> list[str]:
    """What all the requests cost, in the order shown."""
    return page.locator("#costs tr > :last-child").all_inner_texts()


def test_without_scripts_the_example_is_counted(visit: Visit) -> None:
    page = visit(scripts=False).go(PAGE)
    numbers = re.findall(r"[\d,]+", page.locator("#cost-said").inner_text())
    requests, given, taken = (number.replace(",", "") for number in numbers[:3])
    said = hfp_json("cost", MODEL, "--in", given, "--out", taken, "--requests", requests)
    wanted = [row["total_usd"] for row in said["rows"] if row["status"] == "live" and row["total_usd"] is not None]
    rows = [row.locator("td").all_inner_texts() for row in page.locator("#costs tr").all()]
    assert [Decimal(cells[-1].replace(",", "")) for cells in rows] == [Decimal(amount) for amount in wanted]
    for code in ("Python", "JavaScript", "curl"):
        expect(page.get_by_role("heading", name=re.compile(f"^{code}"))).to_be_visible()


def code_of(page: Page) -> str:
    return page.get_by_role("tabpanel").locator("pre").inner_text()


def test_tabs_show_one_language_and_move_by_the_keyboard(visit: Visit) -> None:
    tab = visit(theme="dark")
    page = tab.go(PAGE)
    tabs = page.get_by_role("tablist").get_by_role("tab")
    expect(tabs).to_have_text(["Python", "JavaScript", "curl"])
    assert "import " in code_of(page)
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    assert "curl " in code_of(page)
    tab.look()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_used_at_every_width_in_both_themes(visit: Visit, width: int) -> None:
    """The calculator, the tabs of code, and the numbers below a chart: all within the window, by tab and by key."""
    tab = visit(width=width)
    page = tab.go(PAGE)
    before = totals(page)
    page.get_by_label(re.compile("^Requests")).fill("2M")
    expect(page.locator("#cost-said")).to_have_text(re.compile("^2,000,000 requests of 3,000 input and 1,000 output"))
    assert [Decimal(one.replace(",", "")) for one in totals(page)] == [
        Decimal(one.replace(",", "")) * 2000 for one in before
    ]
    tabs = page.get_by_role("tablist").get_by_role("tab")
    for name, begin in (("curl", "curl "), ("JavaScript", "import "), ("Python", "import ")):
        tabs.get_by_text(name, exact=True).click()
        expect(page.get_by_role("tabpanel")).to_have_count(1)
        assert begin in code_of(page)
    page.locator("section:has(> #prices) summary").click()
    expect(page.get_by_role("region", name="Prices over time")).to_be_visible()
    tab.look_in_both_themes()


def test_copying_takes_the_code_whole(visit: Visit) -> None:
    """What lies on the clipboard is what `hfp run` prints, but for what a terminal adds."""
    tab = visit()
    page = tab.go(PAGE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown = page.get_by_role("tabpanel").locator("pre").text_content() or ""
    page.get_by_role("tabpanel").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("tabpanel").get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert MODEL in shown


def test_prices_over_time_are_drawn_and_written_as_the_dataset_has_them(visit: Visit) -> None:
    (model,) = oracle.column(
        "SELECT model_id FROM price_history WHERE model_id IN (SELECT model_id FROM own) GROUP BY 1"
        " ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    tab = visit()
    page = tab.go(f"models/{model}/")
    section = page.locator("section:has(> #prices)")
    expect(section.locator("svg.chart").first).to_be_visible()
    section.locator("summary").click()
    rows = [tuple(row.locator("th, td").all_inner_texts()[:5]) for row in section.locator("tbody tr").all()]
    wanted = oracle.rows(
        "SELECT provider, input_usd_per_mtok::DOUBLE, output_usd_per_mtok::DOUBLE, strftime(valid_from, '%Y-%m-%d'),"
        " strftime(last_observed_at, '%Y-%m-%d') FROM price_history WHERE model_id = ?"
        " AND (input_usd_per_mtok IS NOT NULL OR output_usd_per_mtok IS NOT NULL)",
        model,
    )
    found = [(p, price(given), price(taken), begin, seen) for p, given, taken, begin, seen in rows]
    assert found
    assert set(found) <= set(wanted)
    note = section.get_by_text(re.compile(r"^\d+ earlier"))
    left_out = int(note.inner_text().split()[0]) if note.count() else 0
    assert len(found) + left_out == len(wanted)
    tab.look()


def price(text: str) -> float | None:
    return None if text == "—" else float(text.replace(",", ""))
