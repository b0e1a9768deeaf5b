"""The home page in use: its address is its state, by mouse and by key, and back again."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import expect

from tests.browser import oracle
from tests.browser.conftest import WIDTHS, Visit
from tests.browser.home import CHAT, counted, names
from tests.site.conftest import DATA


def test_the_address_is_the_state(visit: Visit) -> None:
    """Another reader who is sent it sees the same; back undoes."""
    page = visit().go()
    counted(page)
    page.get_by_role("searchbox").fill("llama")
    page.get_by_label("Provider", exact=True).select_option("together")
    page.get_by_label("Sort", exact=True).select_option("price")
    expect(page).to_have_url(re.compile("q=llama.*sort=price|sort=price.*q=llama"))
    found = names(page)
    other = visit().go(page.url.partition("/hf-providers/")[2] + "&view=cards")
    counted(other)
    expect(other.locator("#models")).to_have_class(re.compile(r"\bcards\b"))
    assert other.get_by_role("searchbox").input_value() == "llama"
    assert names(other) == found
    page.go_back()
    assert page.get_by_label("Sort", exact=True).input_value() == ""
    page.go_back()
    assert page.get_by_label("Provider", exact=True).input_value() == ""
    llamas = len(oracle.passing(f"lower(model_id) LIKE '%llama%' AND {CHAT}"))
    expect(page.locator("#count")).to_have_text(re.compile(f"^{llamas} of "))


@pytest.mark.parametrize("width", WIDTHS)
def test_search_filter_order_and_cards_at_every_width_in_both_themes(visit: Visit, width: int) -> None:
    """Where there is little room the filters are folded away, and opened by who wants them."""
    tab = visit(width=width)
    page = tab.go()
    counted(page)
    if not page.get_by_label("Provider", exact=True).is_visible():
        page.get_by_text("Filters").click()
    page.get_by_role("searchbox").fill("qwen")
    page.get_by_label("tools").check()
    page.get_by_label("Sort", exact=True).select_option("price")
    wanted = oracle.passing("lower(model_id) LIKE '%qwen%' AND task = 'conversational' AND supports_tools")
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{len(wanted)} of "))
    shown = names(page)
    assert set(shown) == wanted
    tab.look_in_both_themes()
    page.get_by_role("button", name="Cards").click()
    expect(page.locator("#models")).to_have_class(re.compile(r"\bcards\b"))
    assert names(page) == shown
    tab.look()
    page.get_by_role("link", name=shown[0], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(shown[0])


def test_what_an_address_says_in_vain_is_said(visit: Visit) -> None:
    """Until the reader chooses something else; nobody shall take all the models for the chosen ones."""
    tab = visit()
    total = len(oracle.passing(CHAT))
    wrong = (
        "provider=novitaa",
        "task=vidoe",
        "region=mars",
        "ready=zzz",
        "sort=foo",
        "tools=perhaps",
        "view=x",
        "price=a",
    )
    for query in wrong:
        name = query.partition("=")[0]
        page = tab.go(f"?{query}")
        expect(page.locator("#count")).to_have_text(re.compile(rf"^{total} of .* · not understood: {name}$"))
        page.get_by_label(re.compile("Price at most")).fill("2")
        expect(page.locator("#count")).not_to_have_text(re.compile("not understood"))
        expect(page).to_have_url(re.compile(r"/\?price=2$"))


def test_the_case_of_a_choice_in_an_address_does_not_matter(visit: Visit) -> None:
    tab = visit()
    for name, value in (("provider", "NOVITA"), ("region", "EU"), ("ready", "LIVE")):
        found = counted(tab.go(f"?{name}={value.lower()}"))
        assert found[0] < found[1]
        assert counted(tab.go(f"?{name}={value}")) == found
        assert tab.page.locator(f"#f-{name}").input_value() == value.lower()
        assert "not understood" not in tab.page.locator("#count").inner_text()


def test_back_from_a_model_is_where_it_was_left(visit: Visit) -> None:
    page = visit().go("?sort=name")
    counted(page)
    page.locator("#more").click()
    link = page.locator("#rows tr th a").nth(70)
    name = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.go_back()
    expect(page.locator("#rows tr")).to_have_count(80)
    expect(page.get_by_role("link", name=name, exact=True)).to_be_in_viewport()
    page.get_by_label("tools").check()
    expect(page.locator("#rows tr")).to_have_count(20)
    page.go_back()
    expect(page.locator("#rows tr")).to_have_count(80)


def test_the_choice_of_cards_is_remembered(visit: Visit) -> None:
    tab = visit(width=768)
    page = tab.go()
    counted(page)
    page.get_by_role("button", name="Cards").click()
    page = tab.go()
    counted(page)
    expect(page.locator("#models")).to_have_class(re.compile(r"\bcards\b"))
    tab.look()


def test_cards_are_no_step_to_go_back_from(visit: Visit) -> None:
    page = visit().go()
    counted(page)
    page.get_by_label("Provider", exact=True).select_option("together")
    page.get_by_role("button", name="Cards").click()
    expect(page).to_have_url(re.compile("provider=together.*view=cards"))
    page.go_back()
    expect(page.get_by_label("Provider", exact=True)).to_have_value("")
    expect(page.locator("#models")).to_have_class(re.compile(r"\bcards\b"))


def test_it_is_used_by_the_keyboard_alone(visit: Visit) -> None:
    page = visit().go()
    counted(page)
    before = page.locator("#count").inner_text()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("deepseek-r1")
    expect(page.locator("#count")).not_to_have_text(before)
    expect(page.locator("#rows tr th").first).to_contain_text("DeepSeek-R1")
    first = page.locator("#rows tr th").first.inner_text().strip()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name=first, exact=True).first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.keyboard.type("deepseek-r1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/models/deepseek-ai/DeepSeek-R1"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)


def test_enter_opens_the_first_model_found_and_back_finds_the_search_again(visit: Visit) -> None:
    """Typed and entered at once: what was typed counts, whatever is painted by then."""
    page = visit().go()
    counted(page)
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("deepseek-r1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/models/deepseek-ai/DeepSeek-R1/$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?q=deepseek-r1$"))
    expect(page.get_by_role("searchbox")).to_have_value("deepseek-r1")


def test_enter_opens_no_name_that_was_only_guessed(visit: Visit) -> None:
    page = visit().go()
    counted(page)
    page.get_by_role("searchbox").fill("deepsek-r1")
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr th a").first).to_be_focused()
    expect(page.locator("#rows tr th a").first).to_have_text(re.compile("deepseek-r1", re.IGNORECASE))


def test_no_model_is_answered_by_another_without_a_word(visit: Visit) -> None:
    """As on the command line: numbers are never taken for others, and an id is that id or none."""
    page = visit().go()
    counted(page)
    box, count, first = page.get_by_role("searchbox"), page.locator("#count"), page.locator("#rows tr th a").first
    for typed, said, near in (
        (
            "gpt-oss-121b",
            "nothing is called like that: the nearest names, whose numbers may differ",
            "openai/gpt-oss-120b",
        ),
        ("openai/gpt-oss-121b", "the nearest names, whose numbers may differ", "openai/gpt-oss-120b"),
        ("qwen3 9b", "no name has these numbers: names with others", "Qwen/Qwen3.5-9B"),
        ("deepseek-ai/deepseek", "no model has this id: names with its words", ""),
    ):
        box.fill(typed)
        expect(count).to_contain_text(said)
        if near:
            expect(first).to_have_text(near)
        page.keyboard.press("Enter")
        expect(first).to_be_focused()
        expect(page).to_have_url(re.compile(r"/\?q="))
    box.fill("gpt-oss-120b")
    expect(count).to_have_text(re.compile(r"^[1-9]\d* of [^:]*$"))
    expect(first).to_have_text("openai/gpt-oss-120b")


def test_an_adapter_is_found_where_it_is_listed(visit: Visit) -> None:
    (name,) = oracle.column(
        "SELECT max(model_id) FROM offers WHERE model_id NOT IN (SELECT model_id FROM own) AND length(model_id) > 20"
    )
    tab = visit(width=360)
    page = tab.go()
    counted(page)
    page.get_by_role("searchbox").fill(name)
    link = page.get_by_role("link", name=name, exact=True)
    expect(link).to_be_visible()
    link.click()
    line = page.locator("#adapters tr").filter(has=page.get_by_role("rowheader", name=name, exact=True))
    expect(line).to_be_in_viewport()
    for provider in oracle.column("SELECT DISTINCT provider FROM offers WHERE model_id = ?", name):
        expect(line.get_by_role("link", name=provider, exact=True)).to_be_visible()
    tab.look()


def test_nothing_of_the_database_is_loaded_here(visit: Visit) -> None:
    tab = visit()
    counted(tab.go())
    tab.page.wait_for_load_state("networkidle")
    assert [url for url in tab.requested if ".wasm" in url or ".parquet" in url or "duckdb" in url] == []


def test_a_group_of_tasks_in_an_address_is_its_tab(visit: Visit) -> None:
    """As addresses of earlier pages say it; an exact task stays chosen."""
    tab = visit()
    for said, place in (
        ("?task=chat", "$"),
        ("?task=image&q=flux", r"image/\?q=flux$"),
        ("?task=audio", "speech/$"),
        ("?task=text-to-image", r"image/\?task=text-to-image$"),
        ("image/?task=conversational&tools=1", r"/\?tools=1$"),
    ):
        tab.page.goto(tab.root + said)
        expect(tab.page).to_have_url(re.compile(place))
        counted(tab.page)
    assert tab.page.locator("#tabs a[aria-current]").inner_text() == "Chat"


def test_what_other_tabs_have_is_said_and_a_click_away(visit: Visit) -> None:
    tab = visit()
    page = tab.go()
    counted(page)
    page.get_by_role("searchbox").fill("flux")
    wanted = oracle.passing("lower(model_id) LIKE '%flux%' AND task LIKE '%image%'")
    link = page.locator("#tabs a", has_text="Image")
    expect(link).to_have_text(re.compile(rf"Image {len(wanted)}$"))
    expect(page.locator("#elsewhere")).to_contain_text("FLUX.1-dev")
    tab.look()
    link.click()
    expect(page).to_have_url(re.compile(r"image/\?q=flux$"))
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{len(wanted)} of "))
    assert set(names(page)) == wanted


def test_ticked_models_are_compared(visit: Visit) -> None:
    """Two to four, and they stay ticked while others are searched for."""
    tab = visit(width=360)
    page = tab.go()
    counted(page)
    chosen = names(page)[:5]
    bar = page.locator("#picks")
    boxes = page.locator("#rows .pick")
    boxes.nth(0).check()
    expect(bar).to_contain_text("tick one more")
    for box in range(1, 4):
        boxes.nth(box).check()
    boxes.nth(4).click()
    expect(boxes.nth(4)).not_to_be_checked()
    expect(bar).to_contain_text("four are the most")
    tab.look()
    boxes.nth(3).uncheck()
    page.get_by_role("searchbox").fill(chosen[1])
    expect(page.get_by_role("checkbox", name=f"Compare {chosen[1]}", exact=True)).to_be_checked()
    bar.get_by_role("link", name="Compare").click()
    expect(page.locator("table.compare thead th")).to_have_text(chosen[:3])


def test_a_row_leads_to_the_offer_that_it_names(visit: Visit) -> None:
    page = visit().go("?sort=price&ready=live")
    counted(page)
    link = page.locator("#rows tr[data-model] .price a").first
    provider = page.locator("#rows tr[data-model]").first.get_attribute("data-provider")
    link.click()
    expect(page.locator("tr:target")).to_have_attribute("data-provider", str(provider))
    expect(page.locator("tr:target")).to_be_in_viewport()


def test_the_age_of_the_facts_is_reckoned_by_the_reader_s_clock(visit: Visit) -> None:
    tab = visit()
    facts = datetime.fromisoformat(json.loads((DATA / "manifest.json").read_text())["checked_at"])
    ages = ((0, "today", ""), (2, "2 days old", ""), (3, "3 days old", "older"), (30, "30 days old", "very-old"))
    for days, said, kind in ages:
        tab.page.clock.set_fixed_time(facts + timedelta(days=days, hours=1))
        box = tab.go("providers/").locator("#age")
        expect(box).to_contain_text(said)
        assert kind in str(box.get_attribute("class"))
        tab.look()


WATCH = """() => {
  globalThis.batches = [];
  const added = (records) => records.flatMap(({ addedNodes }) => [...addedNodes]);
  const watch = new MutationObserver((records) => {
    batches.push(added(records).filter(({ localName }) => localName === "tr").length);
  });
  watch.observe(document.getElementById("rows"), { childList: true });
}"""


def test_a_key_paints_three_rows_and_the_others_follow(visit: Visit) -> None:
    """A reader waits for few rows at a key; in the end there are the same as where nobody typed."""
    page = visit().go("?q=q")
    counted(page)
    expect(page.locator("#rows tr")).to_have_count(20)
    wanted = page.locator("#rows tr th").all_text_contents()
    page = visit().go()
    counted(page)
    page.evaluate(WATCH)
    page.get_by_role("searchbox").press("q")
    expect(page.locator("#rows tr")).to_have_count(20)
    assert page.locator("#rows tr th").all_text_contents() == wanted
    batches = page.evaluate("batches")
    assert (batches[0], sum(batches)) == (3, 20)


SHOWN = """() => [...document.querySelectorAll("#rows tr")].map((row) => {
  const copy = row.cloneNode(true);
  for (const one of [copy, ...copy.querySelectorAll('[class=""]')]) if (!one.className) one.removeAttribute("class");
  return copy.outerHTML;
})"""
TICKED = "() => [...document.querySelectorAll('#rows .pick:checked')].map((box) => box.closest('th').textContent)"


@pytest.mark.parametrize("path", ["", "image/"])
def test_a_row_filled_again_says_what_a_new_one_says(visit: Visit, path: str) -> None:
    """Prices, speeds, days, dashes, ticks and links of the model before leave nothing behind."""
    page, other = visit().go(path), visit()
    counted(page)
    chosen = page.locator("#rows tr th").first.inner_text().strip()
    page.locator("#rows .pick").first.check()
    row = None
    for typed in ("l", "qwen", "r", "b 1", "x", chosen):
        page.get_by_role("searchbox").fill(typed)
        expect(page).to_have_url(re.compile(f"q={re.escape(quote_plus(typed))}$"))
        fresh = other.go(f"{path}?q={quote_plus(typed)}")
        counted(fresh)
        assert page.evaluate(SHOWN) == fresh.evaluate(SHOWN)
        found = page.locator("#rows th").all_text_contents()
        assert page.evaluate(TICKED) == [chosen] * found.count(chosen)
        assert row is None or row.evaluate("(row) => row.isConnected")
        row = page.locator("#rows tr").first.element_handle()
