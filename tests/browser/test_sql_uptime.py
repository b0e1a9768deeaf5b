"""The uptime that a provider's page says, asked again in the SQL console by the call that the page names."""

from __future__ import annotations

from urllib.parse import quote

from tests.browser.conftest import Visit
from tests.browser.console import press, shown

NOVITA = "providers/novita/"


def test_the_console_gives_the_uptime_of_a_page(visit: Visit) -> None:
    page = visit().go(NOVITA)
    said = page.locator("h2#uptime + p")
    call = said.locator("code").inner_text()
    sql = (
        "SELECT format('{:.1f} days', sum(known_hours) / 24), format('its {} routes', count(*))"
        f" {call} WHERE provider = 'novita'"
    )
    text = said.inner_text()
    page.goto(page.url.replace(NOVITA, f"sql/?q={quote(sql)}"))
    press(page)
    ((days, routes),) = shown(page)
    assert days in text
    assert routes in text
