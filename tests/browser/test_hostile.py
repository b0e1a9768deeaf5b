"""A page of each hostile name, opened by its own link: inert, within the window, and at the address that was meant."""

from __future__ import annotations

from playwright.sync_api import expect

from hf_providers.text import clean
from pipeline.site import paths
from tests.browser.conftest import Visit
from tests.site import hostile


def test_every_hostile_page_opens_at_its_address_and_does_nothing(visit: Visit) -> None:
    """All in one tab: a script that a name smuggled in would show as an error, a request or a dialog."""
    tab = visit("hostile_served", width=360)
    for name in sorted(hostile.names() - {hostile.ADAPTER, hostile.ORPHAN}):
        page = tab.go(paths.model(name))
        assert page.url == tab.root + paths.model(name)
        assert " ".join(clean(name).split()) in page.get_by_role("heading", level=1).inner_text()
        tab.no_wider()
    for name in hostile.PROVIDERS:
        page = tab.go(paths.provider(name))
        assert page.url == tab.root + paths.provider(name)
        tab.no_wider()


def test_the_search_shows_hostile_names_as_text(visit: Visit) -> None:
    tab = visit("hostile_served")
    page = tab.go()
    page.get_by_role("searchbox").first.fill("<script>alert")
    link = page.get_by_role("link", name=hostile.SCRIPT)
    expect(link.first).to_be_visible()
    link.first.click()
    expect(page).to_have_url(tab.root + paths.model(hostile.SCRIPT))
    expect(page.get_by_role("heading", level=1)).to_contain_text(hostile.SCRIPT)


def test_a_state_in_the_address_that_nobody_made_is_harmless(visit: Visit) -> None:
    tab = visit()
    for query in (
        "?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "?sort=__proto__&task=constructor&mix=NaN:-1&price=1e999&context=%00&provider=%F0%9F%98%80",
        "?q=" + "a" * 5000,
        "?q=(%5B*+&sort=&sort=&view=%22%3E",
        "?%E0%A4%A",
    ):
        page = tab.go(query)
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("searchbox").first).to_be_visible()
        tab.no_wider()
    for query in ("?models=..%2F..&models=%3Cimg%3E&models=a&models=b&models=c", "?providers=__proto__&providers=%00"):
        tab.expected_status = {404}
        page = tab.go("compare/" + query)
        page.wait_for_load_state("networkidle")
        tab.no_wider()
