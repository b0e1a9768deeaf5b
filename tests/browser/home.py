"""The home page in a tab: what it counts, names and shows."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

CHAT = "task = 'conversational'"
RECENT = "status = 'live' AND observed_at >= (SELECT max(observed_at) - INTERVAL 45 DAY FROM offers)"


def counted(page: Page) -> tuple[int, int]:
    """How many models the page says it has found, and of how many."""
    expect(page.locator("#count")).to_have_text(re.compile(r"^[\d,]+ of [\d,]+ models"))
    found = re.match(r"([\d,]+) of ([\d,]+)", page.locator("#count").inner_text())
    assert found
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def names(page: Page) -> list[str]:
    """The models in the order shown, every one of them."""
    page.evaluate("() => { const more = document.getElementById('more'); while (!more.hidden) more.click(); }")
    expect(page.locator("#rows tr")).to_have_count(counted(page)[0])
    return [name.strip() for name in page.locator("#rows tr th").all_text_contents()]


def cells(page: Page, column: str) -> list[str]:
    """What a column shows of the models that somebody saw lately."""
    names(page)
    return [cell.strip() for cell in page.locator(f"#rows tr:not(.old) > .{column}").all_inner_texts()]
