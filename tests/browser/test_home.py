"""The models: search, each filter, order, mix, cards, and all of it in the address, beside DuckDB on the Parquet."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from hf_providers.rules.tasks import GROUPS
from tests.browser import oracle
from tests.browser.conftest import THEMES, WIDTHS, Visit
from tests.site.conftest import DATA

CHAT = "task = 'conversational'"
RECENT = "status = 'live' AND observed_at >= (SELECT max(observed_at) - INTERVAL 45 DAY FROM offers)"
FILTERS = {
    "image/?task=text-to-image": "task = 'text-to-image'",
    "embeddings/": "task IN ('feature-extraction', 'sentence-similarity')",
    "?provider=novita": f"{CHAT} AND provider = 'novita'",
    "?region=eu": f"{CHAT} AND list_contains(regions, 'eu')",
    "?ready=hot": f"{CHAT} AND {RECENT} AND readiness = 'hot'",
    "image/?ready=live": f"task IN {GROUPS['image']} AND {RECENT}",
    "?ready=live": f"{CHAT} AND {RECENT}",
    "?tools=1": f"{CHAT} AND supports_tools",
    "?json=1": f"{CHAT} AND supports_structured_output",
    "?context=64k": f"{CHAT} AND context_length >= 64000",
    "?price=0.5": f"{CHAT} AND {oracle.BLENDED} <= 0.5",
    "?tps=100": f"{CHAT} AND throughput_tps >= 100",
    "?provider=novita&tools=1&price=1": f"{CHAT} AND provider = 'novita' AND supports_tools AND {oracle.BLENDED} <= 1",
}


def kind_of(query: str) -> str:
    """The condition for the models of the tab that an address is of."""
    if query.startswith("image/"):
        return f"task IN {GROUPS['image']}"
    return FILTERS["embeddings/"] if query.startswith("embeddings/") else CHAT


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
    return [name.strip() for name in page.locator("#rows tr th").all_text_contents()]


def cells(page: Page, column: str) -> list[str]:
    """What a column shows of the models that somebody saw lately."""
    names(page)
    return [cell.strip() for cell in page.locator(f"#rows tr:not(.old) > .{column}").all_inner_texts()]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_passes_the_models_that_one_offer_of_passes(visit: Visit, query: str) -> None:
    wanted = oracle.passing(FILTERS[query])
    page = visit().go(query)
    assert counted(page) == (len(wanted), len(oracle.passing(kind_of(query))))
    assert set(names(page)) == wanted


def test_over_all_priced_models_the_rows_name_the_cheapest(visit: Visit) -> None:
    """Made by the script, which reckons for itself."""
    page = visit().go("?sort=price&reverse=1")
    counted(page)
    names(page)
    said = page.locator("#rows tr[data-model]").evaluate_all(
        "rows => rows.map((row) => [row.dataset.model, row.dataset.provider, row.dataset.inUsdPerMtok])"
    )
    wanted = oracle.rows(f"SELECT model_id, provider, input_usd_per_mtok FROM cheapest WHERE {CHAT}")
    assert {(name, provider, Decimal(price)) for name, provider, price in said} == set(wanted)


def test_over_all_measured_models_the_rows_name_the_fastest(visit: Visit) -> None:
    page = visit().go("?sort=speed")
    counted(page)
    names(page)
    rows = page.locator("#rows tr:has(> .speed:not(.old))")
    said = dict(zip(rows.locator("th").all_text_contents(), rows.locator(".speed a").all_text_contents(), strict=True))
    wanted = oracle.rows(f"SELECT model_id, provider, throughput_tps FROM fastest WHERE {CHAT}")
    assert set(said) == {name for name, *_ in wanted}
    for name, provider, speed in wanted:
        value = re.fullmatch(rf"up to ([\d.]+) tok/s · {re.escape(provider)}", said[name])
        assert value, said[name]
        assert abs(float(value[1]) - speed) <= 0.51


def test_a_filter_changes_which_offer_a_row_names(visit: Visit) -> None:
    """The cheapest of those that pass, beside the query of the same filter."""
    page = visit().go("?tools=1&sort=price")
    counted(page)
    names(page)
    wanted = oracle.rows(
        f"SELECT model_id, min({oracle.BLENDED}) FROM own WHERE {CHAT} AND supports_tools AND {RECENT}"
        " AND price_observed_at >= (SELECT max(observed_at) - INTERVAL 45 DAY FROM offers) GROUP BY 1"
        f" HAVING min({oracle.BLENDED}) IS NOT NULL"
    )
    said = page.locator("#rows tr[data-model]").evaluate_all("rows => rows.map((row) => row.dataset.model)")
    assert set(said) == {name for name, _ in wanted}
    assert [dict(wanted)[name] for name in said] == sorted(price for _, price in wanted)


def test_each_filter_is_set_by_its_control(visit: Visit) -> None:
    page = visit().go()
    counted(page)
    for label, value in (("Provider", "novita"), ("Readiness", "live")):
        page.get_by_label(label, exact=True).select_option(value)
    page.get_by_label("tools").check()
    page.get_by_label(re.compile("Context at least")).fill("32k")
    page.get_by_label(re.compile("Price at most")).fill("2")
    wanted = oracle.passing(
        f"{CHAT} AND provider = 'novita' AND {RECENT} AND supports_tools AND context_length >= 32000"
        f" AND {oracle.BLENDED} <= 2"
    )
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{len(wanted)} of "))
    assert set(names(page)) == wanted
    for said in ("provider=novita", "ready=live", "tools=1", "context=32k", "price=2"):
        assert said in page.url


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("column", ["context", "live", "seen", "tools"])
def test_each_heading_sorts_both_ways_and_the_unknown_last(visit: Visit, column: str, reverse: bool) -> None:
    page = visit().go()
    counted(page)
    head = page.locator(f"#models thead th.{column}")
    head.get_by_role("button").press("Enter")
    if reverse:
        head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending" if reverse else "descending")
    expect(page).to_have_url(re.compile(f"sort={column}" + ("&reverse=1" if reverse else "")))
    shown = cells(page, column)
    known = [_number(value) for value in shown if value != "—"]
    assert known
    assert shown[len(known) :] == ["—"] * (len(shown) - len(known))
    assert known == sorted(known, reverse=not reverse)


def _number(text: str) -> float | str:
    """A cell's value as something that sorts."""
    if text in {"✓", "–"}:
        return float(text == "✓")
    size = {"k": 1e3, "M": 1e6}.get(text[-1], 1)
    return text if "-" in text else float(text.rstrip("kM")) * size


def test_newest_sorts_by_when_a_model_was_created(visit: Visit) -> None:
    page = visit().go("?sort=new&ready=live")
    counted(page)
    shown = names(page)
    created = dict(oracle.rows("SELECT model_id, created_at::DATE FROM models WHERE created_at IS NOT NULL"))
    known = [created[name] for name in shown if name in created]
    assert known == sorted(known, reverse=True)
    assert all(name not in created for name in shown[len(known) :])


def test_the_order_by_price_is_the_cheapest_live_offer_s_at_the_reader_s_mix(visit: Visit) -> None:
    page = visit().go("?sort=price&mix=1:4")
    counted(page)
    cheapest = dict(
        oracle.rows(
            f"SELECT model_id, min((input_usd_per_mtok + 4 * output_usd_per_mtok) / 5) FROM own WHERE {RECENT}"
            " AND price_observed_at >= (SELECT max(observed_at) - INTERVAL 45 DAY FROM offers)"
            f" AND {CHAT} AND output_usd_per_mtok IS NOT NULL AND input_usd_per_mtok IS NOT NULL GROUP BY 1"
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
    wanted = oracle.passing("lower(model_id) LIKE '%qwen%' AND lower(model_id) LIKE '%coder%' AND " + CHAT)
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
    llamas = len(oracle.passing(f"lower(model_id) LIKE '%llama%' AND {CHAT}"))
    expect(page.locator("#count")).to_have_text(re.compile(f"^{llamas} of "))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_search_filter_order_and_cards_at_every_width_in_both_themes(visit: Visit, width: int, theme: str) -> None:
    """Where there is little room the filters are folded away, and opened by who wants them."""
    tab = visit(width=width, theme=theme)
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
