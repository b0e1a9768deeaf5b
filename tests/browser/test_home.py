"""The home page: search, each filter, order and mix, beside DuckDB on the Parquet."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from hf_providers.rules.tasks import GROUPS
from tests.browser import oracle
from tests.browser.conftest import Visit
from tests.browser.home import CHAT, RECENT, cells, counted, names

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
