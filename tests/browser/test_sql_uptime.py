"""The uptime that a model's page says, asked again in the SQL console by the call that the page names."""

from __future__ import annotations

from urllib.parse import quote

from tests.browser.test_sql import Visit, press, shown

R1 = "models/deepseek-ai/DeepSeek-R1/"


def test_the_console_gives_the_uptime_of_a_page(visit: Visit) -> None:
    page = visit().go(R1)
    call = page.locator("table.statuses caption code").inner_text()
    rows = page.locator("table.statuses tbody tr[data-live-share]")
    said = {row.get_attribute("data-provider"): row.locator(".of").inner_text() for row in rows.all()}
    assert len(said) > 3
    sql = f"SELECT provider, format('{{:.1f}} h', known_hours) {call} WHERE model_id = 'deepseek-ai/DeepSeek-R1'"
    page.goto(page.url.replace(R1, f"sql/?q={quote(sql)}"))
    press(page)
    assert dict(shown(page)) == said
