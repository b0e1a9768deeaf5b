"""The page of changes narrowed: what is left is what DuckDB counts, in the address, and the same as SQL."""

from __future__ import annotations

import re
from urllib.parse import unquote

from playwright.sync_api import Page, expect

from tests.browser import oracle
from tests.browser.conftest import Visit


def left(page: Page) -> int:
    """How many lines are not hidden, folded away or not."""
    return int(page.evaluate("() => [...document.querySelectorAll('.changed li')].filter((li) => !li.hidden).length"))


def counted(condition: str) -> int:
    """How many of the changes pass."""
    return int(oracle.column(f"SELECT count(*) FROM changes WHERE {condition}")[0])


def test_changes_are_narrowed(visit: Visit) -> None:
    tab = visit(width=360)
    page = tab.go("changes/?kind=price&provider=novita&since=nonsense")
    count = page.locator("#count")
    total = counted("true")
    wanted = counted("kind = 'price' AND provider = 'novita'")
    expect(count).to_have_text(re.compile(rf"^{wanted} of {total} changes · "))
    assert 3 < left(page) == wanted < total
    feed = count.get_by_role("link", name="Atom feed of novita")
    feed_url = feed.evaluate("link => link.href")
    assert page.evaluate("async (url) => (await fetch(url)).status", feed_url) == 200
    asked = unquote(str(count.get_by_role("link", name=re.compile("SQL")).get_attribute("href")).partition("#q=")[2])
    assert len(oracle.rows(asked)) == wanted
    expect(count).to_contain_text("not understood: since")
    tab.look()
    page.get_by_label("Provider", exact=True).select_option("")
    expect(count).not_to_contain_text("not understood")
    page.get_by_label("Model", exact=True).fill("Llama 3.3 70b")
    seventy = "model_id ILIKE '%llama%3.3%70b%'"
    expect(count).to_have_text(re.compile(rf"^{counted(f'kind = $$price$$ AND {seventy}')} of "))
    page.get_by_label("Kind", exact=True).select_option("")
    page.get_by_label("Since", exact=True).fill("2026-02-24")
    wanted = counted(f"{seventy} AND changed_at >= '2026-02-24'")
    expect(count).to_have_text(re.compile(rf"^{wanted} of "))
    assert 0 < left(page) == wanted
    days = oracle.column(
        f"SELECT DISTINCT strftime(changed_at, '%Y-%m-%d') FROM changes WHERE {seventy} AND changed_at >= '2026-02-24'"
    )
    assert set(page.locator(".days a:visible").all_inner_texts()) == set(days)
    url = page.url
    page.get_by_role("button", name="Reset").click()
    expect(count).to_have_text(f"{total} of {total} changes")
    assert left(page) == total
    page.goto(url)
    expect(count).to_have_text(re.compile(rf"^{wanted} of "))
