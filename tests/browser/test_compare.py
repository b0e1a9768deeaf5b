"""Comparing: what is picked stands in the address, values are those of `hfp --json`, and the best is said in words."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser import oracle
from tests.browser.conftest import WIDTHS, Visit
from tests.browser.process import hfp_json

MODELS = ("deepseek-ai/DeepSeek-R1", "openai/gpt-oss-120b", "meta-llama/Llama-3.3-70B-Instruct")


def compared(page: Page, *names: str) -> dict[str, list[str]]:
    """The lines of the comparison of these, by their label."""
    table = page.locator("#comparison table.compare")
    expect(table.locator("thead th")).to_have_text(list(names))
    lines = table.locator("tbody tr").all()
    return {line.locator("th").inner_text(): line.locator("td").all_inner_texts() for line in lines}


def test_models_side_by_side_have_the_values_of_hfp(visit: Visit) -> None:
    tab = visit()
    page = tab.go("compare/?" + "&".join(f"models={quote(name)}" for name in MODELS))
    lines = compared(page, *MODELS)
    answers = [hfp_json(name) for name in MODELS]
    blended = next(values for label, values in lines.items() if "blended" in label.lower())
    wanted = [Decimal(answer["cheapest"]["blended_usd_per_mtok"]) for answer in answers]
    assert [Decimal(value.split()[0]) for value in blended] == wanted
    assert ["best" in value for value in blended] == [price == min(wanted) for price in wanted]
    live = next(values for label, values in lines.items() if label.lower().startswith("live providers"))
    counts = [
        oracle.column("SELECT count(DISTINCT provider) FROM offers WHERE model_id = ? AND status = 'live'", name)[0]
        for name in MODELS
    ]
    assert [int(value.split()[0]) for value in live] == counts
    tab.look()


def test_picking_goes_into_the_address_and_back_takes_it_out(visit: Visit) -> None:
    tab = visit()
    page = tab.go("compare/")
    box = page.get_by_role("combobox")
    for name in MODELS[:2]:
        box.fill(name)
        expect(page.get_by_role("option").first).to_have_text(name)
        box.press("Enter")
        expect(page).to_have_url(re.compile(re.escape(quote(name, safe=""))))
    expect(page.locator("#comparison thead th")).to_have_text(list(MODELS[:2]))
    tab.look()
    page.go_back()
    expect(page.locator("#comparison thead th")).to_have_text([MODELS[0]])
    page.go_forward()
    expect(page.locator("#comparison thead th")).to_have_text(list(MODELS[:2]))
    page.get_by_role("button", name=f"Remove {MODELS[0]}").click()
    expect(page.locator("#comparison thead th")).to_have_text([MODELS[1]])


def test_providers_side_by_side(visit: Visit) -> None:
    tab = visit(width=360)
    page = tab.go("compare/?providers=novita&providers=groq")
    lines = compared(page, "novita", "groq")
    counted = [
        oracle.column("SELECT count(*) FROM offers WHERE provider = ? AND status = 'live'", name)[0]
        for name in ("novita", "groq")
    ]
    assert [int(value.split()[0].replace(",", "")) for value in lines["Live offers"]] == counted
    tab.look()


def test_a_name_is_taken_in_any_case(visit: Visit) -> None:
    page = visit().go("compare/?models=OPENAI/gpt-oss-120B")
    expect(page.locator("#comparison thead th")).to_have_text(["openai/gpt-oss-120b"])
    page = visit().go("compare/?providers=Novita&providers=GROQ")
    expect(page.locator("#comparison thead th")).to_have_text(["novita", "groq"])


def test_providers_are_not_compared_by_a_table_of_models(visit: Visit) -> None:
    page = visit().go(f"compare/?models={MODELS[0]}")
    expect(page.locator("#comparison thead th")).to_have_text([MODELS[0]])
    page.get_by_label("providers", exact=True).check()
    expect(page.locator("#said")).to_have_text("Add two to four providers to compare them.")
    expect(page.locator("#comparison table")).to_have_count(0)


def test_what_was_said_of_a_word_goes_with_the_word(visit: Visit) -> None:
    page = visit().go("compare/")
    box, said = page.get_by_role("combobox"), page.locator("#said")
    box.fill("zzqq")
    expect(said).to_have_text("No model is called like that.")
    box.fill("llama")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(said).to_have_text("")
    box.fill("zzqq")
    expect(said).to_have_text("No model is called like that.")
    box.press("Escape")
    expect(said).to_have_text("")


def test_an_adapter_is_not_said_to_be_nowhere(visit: Visit) -> None:
    adapter = oracle.column("SELECT model_id FROM offers WHERE type = 'tag-filter' ORDER BY 1 LIMIT 1")[0]
    page = visit().go(f"compare/?models={MODELS[0]}&models={quote(adapter)}")
    expect(page.locator("#said")).to_contain_text(f"{adapter} has no page here")


@pytest.mark.parametrize("width", WIDTHS)
def test_picking_two_works_at_every_width_in_both_themes(visit: Visit, width: int) -> None:
    tab = visit(width=width)
    page = tab.go("compare/")
    for name in MODELS[:2]:
        page.get_by_role("combobox").fill(name)
        page.get_by_role("option").first.click()
    expect(page.locator("#comparison thead th")).to_have_text(list(MODELS[:2]))
    tab.look_in_both_themes()


def test_what_is_not_there_is_said(visit: Visit) -> None:
    page = visit().go(f"compare/?models={MODELS[0]}&models=nobody/nothing")
    expect(page.locator("#comparison thead th")).to_have_text([MODELS[0]])
    expect(page.locator("#said")).to_contain_text("nobody/nothing")


def test_without_scripts_the_most_used_are_compared(visit: Visit) -> None:
    page = visit(scripts=False).go("compare/")
    names = page.locator("#comparison thead th").all_inner_texts()
    used = oracle.column(
        "SELECT m.model_id FROM models AS m JOIN own AS o USING (model_id) GROUP BY ALL"
        " HAVING bool_or(o.task = 'conversational' AND o.status = 'live')"
        " ORDER BY (1 + count_if(o.status = 'live'))::HUGEINT * (1 + coalesce(any_value(m.likes), 0))"
        " * (1 + coalesce(any_value(m.downloads), 0)) DESC, m.model_id LIMIT 4"
    )
    assert names == used
