"""Comparing: what is picked stands in the address, values are those of `hfp --json`, and the best is said in words."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from hf_providers.catalog import duckdb_tables
from tests.browser import oracle
from tests.browser.conftest import WIDTHS, Visit
from tests.browser.home import RECENT
from tests.browser.process import hfp_json
from tests.site.conftest import DATA

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
        oracle.column(f"SELECT count(DISTINCT provider) FROM offers WHERE model_id = ? AND {RECENT}", name)[0]
        for name in MODELS
    ]
    assert [int(value.split()[0]) for value in live] == counts
    said = page.locator("#comparison svg.chart .hit")
    assert sorted(said.evaluate_all("points => points.map((point) => point.ariaLabel)")) == sorted(cheapest_prices())
    said.first.focus()
    expect(page.locator(".tip")).to_have_text(said.first.get_attribute("aria-label") or "")
    tab.look()


def cheapest_prices() -> list[str]:
    """What the published query says of the models' cheapest prices, as a reader is told it."""
    with duckdb_tables.connect(DATA) as connection:
        rows = connection.execute(
            "SELECT model_id, rtrim(rtrim(blended_usd_per_mtok::VARCHAR, '0'), '.'), provider,"
            " strftime(from_at, '%Y-%m-%d'), strftime(to_at, '%Y-%m-%d')"
            " FROM cheapest_over_time WHERE task = 'conversational' AND list_contains(?, model_id)",
            [list(MODELS)],
        ).fetchall()
    last = str(oracle.column("SELECT max(observed_at)::DATE FROM offers")[0])
    assert {model for model, *_ in rows} == set(MODELS)
    return [
        f"{model}: ${price if len(price.partition('.')[2]) > 1 else f'{Decimal(price):.2f}'} on {provider}"
        f" · {begin} to {end or last}"
        for model, price, provider, begin, end in rows
    ]


def test_picking_goes_into_the_address_and_back_takes_it_out(visit: Visit) -> None:
    tab = visit()
    page = tab.go("compare/")
    box = page.get_by_role("combobox")
    for name in MODELS[:2]:
        box.fill(name)
        expect(page.get_by_role("option").first).to_have_text(name)
        box.press("Enter")
        expect(page).to_have_url(re.compile(re.escape(quote(name, safe=""))))
    expect(page.locator("#comparison .compare thead th")).to_have_text(list(MODELS[:2]))
    tab.look()
    page.go_back()
    expect(page.locator("#comparison .compare thead th")).to_have_text([MODELS[0]])
    page.go_forward()
    expect(page.locator("#comparison .compare thead th")).to_have_text(list(MODELS[:2]))
    page.get_by_role("button", name=f"Remove {MODELS[0]}").click()
    expect(page.locator("#comparison .compare thead th")).to_have_text([MODELS[1]])


def test_providers_side_by_side(visit: Visit) -> None:
    tab = visit(width=360)
    page = tab.go("compare/?providers=novita&providers=groq")
    lines = compared(page, "novita", "groq")
    counted = [
        oracle.column(f"SELECT count(*) FROM offers WHERE provider = ? AND {RECENT}", name)[0]
        for name in ("novita", "groq")
    ]
    assert [int(value.split()[0].replace(",", "")) for value in lines["Live offers"]] == counted
    tab.look()


def test_providers_are_compared_by_the_models_that_they_share(visit: Visit) -> None:
    """Both prices and speeds of each, the cheapest marked; sorted by a provider's price at a click."""
    tab = visit()
    page = tab.go("compare/?providers=novita&providers=deepinfra")
    table = page.locator("table.shared")
    expect(table.locator("thead th")).to_have_text(["Model", "novita", "deepinfra"])
    texts = table.locator("tbody tr").evaluate_all("rows => rows.map((row) => [...row.cells].map((c) => c.innerText))")
    offers = {
        (model, task, provider): (given, taken, speed)
        for model, task, provider, given, taken, speed in oracle.rows(
            "SELECT model_id, task, provider, input_usd_per_mtok, output_usd_per_mtok, throughput_tps FROM offers"
            f" WHERE {RECENT} AND provider IN ('novita', 'deepinfra')"
        )
    }
    both = {key[:2] for key in offers if all((*key[:2], name) in offers for name in ("novita", "deepinfra"))}
    assert len(texts) == len(both) > 20
    for name, *cells in texts:
        model, _, task = name.partition("\n")
        sides = [offers[model, task.strip() or "conversational", who] for who in ("novita", "deepinfra")]
        blends = [None if None in side[:2] else 3 * side[0] + side[1] for side in sides]
        known = [blend for blend in blends if blend is not None]
        for cell, side, blend in zip(cells, sides, blends, strict=True):
            prices = re.match(r"([\d.]+) / ([\d.]+)", cell)
            assert [Decimal(text) for text in prices.groups()] == list(side[:2]) if prices else blend is None, name
            assert (f"{side[2]:.0f} tok/s" if side[2] and side[2] > 10 else "") in cell
            assert ("best" in cell) == (len(set(known)) > 1 and blend == min(known)), name
    table.get_by_role("button", name="novita").click()
    least = min(
        3 * given + taken
        for (model, task, who), (given, taken, _) in offers.items()
        if (model, task) in both and who == "novita" and None not in (given, taken)
    )
    prices = re.match(r"([\d.]+) / ([\d.]+)", table.locator("tbody tr td").first.inner_text())
    assert prices
    assert 3 * Decimal(prices[1]) + Decimal(prices[2]) == least
    tab.look()
    tab.resize(320)
    tab.no_wider()


def test_a_name_is_taken_in_any_case(visit: Visit) -> None:
    page = visit().go("compare/?models=OPENAI/gpt-oss-120B")
    expect(page.locator("#comparison .compare thead th")).to_have_text(["openai/gpt-oss-120b"])
    page = visit().go("compare/?providers=Novita&providers=GROQ")
    expect(page.locator("#comparison .compare thead th")).to_have_text(["novita", "groq"])


def test_providers_are_not_compared_by_a_table_of_models(visit: Visit) -> None:
    page = visit().go(f"compare/?models={MODELS[0]}")
    expect(page.locator("#comparison .compare thead th")).to_have_text([MODELS[0]])
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
    expect(page.locator("#comparison .compare thead th")).to_have_text(list(MODELS[:2]))
    tab.look_in_both_themes()


def test_an_old_speed_has_its_date(visit: Visit) -> None:
    """No line of dashes where speeds are known: of both kinds of comparison."""
    page = visit().go("compare/?providers=novita&providers=together")
    since = "(SELECT max(observed_at) - INTERVAL 45 DAY FROM offers)"
    shown = compared(page, "novita", "together")["Highest throughput, tokens/s"]
    for text, name in zip(shown, ("novita", "together"), strict=True):
        speeds = oracle.rows(
            f"SELECT throughput_tps, measured_at::DATE::VARCHAR, measured_at >= {since} FROM offers"
            f" WHERE provider = ? AND {RECENT} AND throughput_tps IS NOT NULL ORDER BY 3 DESC, 1 DESC",
            name,
        )
        speed, day, recent = speeds[0]
        assert text == (f"{speed:.0f}" if recent else f"{speed:.0f} ({day})")
    assert any("(" in text for text in shown)


def test_what_reads_the_same_is_equally_good(visit: Visit) -> None:
    page = visit().go("compare/?providers=novita&providers=together")
    contexts = compared(page, "novita", "together")["Largest context"]
    assert contexts == ["1M", "1M"]
    largest = "SELECT max(context_length) FROM offers WHERE provider = ? AND " + RECENT
    assert oracle.column(largest, "novita") != oracle.column(largest, "together")


def test_more_than_four_are_not_dropped_in_silence(visit: Visit) -> None:
    names = oracle.column(f"SELECT DISTINCT provider FROM offers WHERE {RECENT} ORDER BY 1 LIMIT 6")
    page = visit().go("compare/?" + "&".join(f"providers={name}" for name in names))
    expect(page.locator("#comparison table.compare thead th")).to_have_text(names[:4])
    expect(page.locator("#said")).to_have_text("Only the first 4 of 6 are compared.")


def test_what_is_not_there_is_said(visit: Visit) -> None:
    page = visit().go(f"compare/?models={MODELS[0]}&models=nobody/nothing")
    expect(page.locator("#comparison .compare thead th")).to_have_text([MODELS[0]])
    expect(page.locator("#said")).to_contain_text("nobody/nothing")


def test_without_scripts_the_most_used_are_compared(visit: Visit) -> None:
    page = visit(scripts=False).go("compare/")
    names = page.locator("#comparison .compare thead th").all_inner_texts()
    used = oracle.column(
        "SELECT m.model_id FROM models AS m JOIN own AS o USING (model_id) GROUP BY ALL"
        " HAVING bool_or(o.task = 'conversational' AND o.status = 'live')"
        " ORDER BY (1 + count_if(o.status = 'live'))::HUGEINT * (1 + coalesce(any_value(m.likes), 0))"
        " * (1 + coalesce(any_value(m.downloads), 0)) DESC, m.model_id LIMIT 4"
    )
    assert names == used
