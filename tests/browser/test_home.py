"""The models: search, each filter, order, mix, cards, and all of it in the address, beside DuckDB on the Parquet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import oracle
from tests.browser.conftest import THEMES, WIDTHS, Visit

FILTERS = {
    "task=image": "task IN ('text-to-image', 'image-to-image', 'image-classification', 'image-segmentation',"
    " 'object-detection')",
    "task=embedding": "task IN ('feature-extraction', 'sentence-similarity')",
    "provider=groq": "provider = 'groq'",
    "region=eu": "list_contains(regions, 'eu')",
    "ready=hot": "status = 'live' AND readiness = 'hot'",
    "ready=live": "status = 'live'",
    "tools=1": "supports_tools",
    "json=1": "supports_structured_output",
    "context=64k": "context_length >= 64000",
    "price=0.5": f"{oracle.BLENDED} <= 0.5",
    "tps=100": "throughput_tps >= 100",
    "provider=novita&tools=1&price=1": f"provider = 'novita' AND supports_tools AND {oracle.BLENDED} <= 1",
}
BLENDED, TPS = 6, 7
"""Cells of a row, its name being the first."""


def counted(page: Page) -> tuple[int, int]:
    """How many models the page says it has found, and of how many."""
    expect(page.locator("#count")).to_have_text(re.compile(r"^[\d,]+ of [\d,]+ models"))
    found = re.match(r"([\d,]+) of ([\d,]+)", page.locator("#count").inner_text())
    assert found
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def names(page: Page) -> list[str]:
    """The models in the order shown, every one of them."""
    while page.locator("#more").is_visible():
        page.locator("#more").click()
    return [name.strip() for name in page.locator("#rows tr th").all_inner_texts()]


def cells(page: Page, number: int) -> list[str]:
    names(page)
    return [cell.strip() for cell in page.locator(f"#rows tr > :nth-child({number + 1})").all_inner_texts()]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_passes_the_models_that_one_offer_of_passes(visit: Visit, query: str) -> None:
    wanted = oracle.passing(FILTERS[query])
    page = visit().go(f"?{query}")
    assert wanted
    assert counted(page) == (len(wanted), len(oracle.passing("true")))
    assert set(names(page)) == wanted


def test_each_filter_is_set_by_its_control(visit: Visit) -> None:
    page = visit().go()
    counted(page)
    for label, value in (("Task", "chat"), ("Provider", "together"), ("Readiness", "hot")):
        page.get_by_label(label, exact=True).select_option(value)
    page.get_by_label("tools").check()
    page.get_by_label(re.compile("Context at least")).fill("32k")
    page.get_by_label(re.compile("Price at most")).fill("2")
    wanted = oracle.passing(
        "task = 'conversational' AND provider = 'together' AND status = 'live' AND"
        f" readiness = 'hot' AND supports_tools AND context_length >= 32000 AND {oracle.BLENDED} <= 2"
    )
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{len(wanted)} of "))
    assert set(names(page)) == wanted
    for said in ("task=chat", "provider=together", "ready=hot", "tools=1", "context=32k", "price=2"):
        assert said in page.url


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("sort", "cell"), [("price", BLENDED), ("tps", TPS)])
def test_unknown_sorts_last_in_both_directions(visit: Visit, sort: str, cell: int, reverse: bool) -> None:
    page = visit().go(f"?ready=live&sort={sort}" + "&reverse=1" * reverse)
    counted(page)
    shown = cells(page, cell)
    known = [float(value.replace(",", "")) for value in shown if value != "—"]
    assert known
    assert shown[len(known) :] == ["—"] * (len(shown) - len(known))
    falling = (sort == "tps") != reverse
    assert known == sorted(known, reverse=falling)


def test_the_order_by_price_is_the_cheapest_live_offer_s_at_the_reader_s_mix(visit: Visit) -> None:
    page = visit().go("?task=chat&sort=price&mix=1:4")
    counted(page)
    cheapest = dict(
        oracle.rows(
            "SELECT model_id, min((input_usd_per_mtok + 4 * output_usd_per_mtok) / 5) FROM own WHERE status = 'live'"
            " AND task = 'conversational' AND input_usd_per_mtok IS NOT NULL GROUP BY 1"
        )
    )
    shown = names(page)[: len(cheapest)]
    assert set(shown) == set(cheapest)
    assert [cheapest[name] for name in shown] == sorted(cheapest.values())


def test_typing_finds_by_words_in_any_order_and_by_a_typo(visit: Visit) -> None:
    page = visit().go()
    counted(page)
    box = page.get_by_role("searchbox")
    box.press_sequentially("coder qwen")
    expect(page.locator("#rows tr th").first).to_have_text(re.compile("qwen.*coder|coder.*qwen", re.IGNORECASE))
    wanted = oracle.passing("lower(model_id) LIKE '%qwen%' AND lower(model_id) LIKE '%coder%'")
    expect(page.locator("#rows tr")).to_have_count(min(len(wanted), 20))  # the rows below come when nobody types
    assert set(names(page)) == wanted
    box.fill("deepsek-r1")
    expect(page.locator("#rows tr th").first).to_have_text(re.compile("deepseek-r1", re.IGNORECASE))
    box.fill("deepseek-ai/DeepSeek-R1")
    expect(page.locator("#rows tr th").first).to_have_text("deepseek-ai/DeepSeek-R1")
    box.fill("qzxvkj wwwww")
    expect(page.locator("#count")).to_have_text(re.compile("^0 of"))


def test_the_address_is_the_state(visit: Visit) -> None:
    """Another reader who is sent it sees the same; back undoes."""
    page = visit().go()
    counted(page)
    page.get_by_role("searchbox").fill("llama")
    page.get_by_label("Provider", exact=True).select_option("together")
    page.get_by_label("Sort", exact=True).select_option("price")
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
    llamas = len(oracle.passing("lower(model_id) LIKE '%llama%'"))
    expect(page.locator("#count")).to_have_text(re.compile(f"^{llamas} of "))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_search_filter_order_and_cards_at_every_width_in_both_themes(visit: Visit, width: int, theme: str) -> None:
    """Where there is little room the filters are folded away, and opened by who wants them."""
    tab = visit(width=width, theme=theme)
    page = tab.go()
    counted(page)
    if not page.get_by_label("Task", exact=True).is_visible():
        page.get_by_text("Filters").click()
    page.get_by_role("searchbox").fill("qwen")
    page.get_by_label("Task", exact=True).select_option("chat")
    page.get_by_label("tools").check()
    page.get_by_label("Sort", exact=True).select_option("price")
    wanted = oracle.passing("lower(model_id) LIKE '%qwen%' AND task = 'conversational' AND supports_tools")
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{len(wanted)} of "))
    shown = names(page)
    assert set(shown) == wanted
    tab.look()
    page.get_by_role("button", name="Cards").click()
    expect(page.locator("#models")).to_have_class(re.compile(r"\bcards\b"))
    assert names(page) == shown
    tab.look()
    page.get_by_role("link", name=shown[0], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(shown[0])


def test_what_an_address_says_in_vain_is_said(visit: Visit) -> None:
    """Until the reader chooses something else; nobody shall take all the models for the chosen ones."""
    tab = visit()
    total = len(oracle.passing("true"))
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
        page.locator("#more").click()
        expect(page.locator("#count")).to_have_text(re.compile(rf"the first 80 shown · not understood: {name}$"))
        page.get_by_label(re.compile("Price at most")).fill("2")
        expect(page.locator("#count")).not_to_have_text(re.compile("not understood"))
        expect(page).to_have_url(re.compile(r"/\?price=2$"))


def test_the_case_of_a_choice_in_an_address_does_not_matter(visit: Visit) -> None:
    tab = visit()
    for name, value in (("provider", "NOVITA"), ("task", "Chat"), ("region", "EU"), ("ready", "HOT")):
        found = counted(tab.go(f"?{name}={value.lower()}"))
        assert found[0] < found[1]
        assert counted(tab.go(f"?{name}={value}")) == found
        assert tab.page.locator(f"#f-{name}").input_value() == value.lower()
        assert "not understood" not in tab.page.locator("#count").inner_text()


def test_back_from_a_model_is_where_it_was_left(visit: Visit) -> None:
    page = visit().go("?task=chat")
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
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("deepseek-r1")
    expect(page.locator("#rows tr th").first).to_contain_text("DeepSeek-R1")
    first = names(page)[0]
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
