"""Chromium; the built sites beside their data, served; and tabs on them that tolerate no trouble."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from pipeline.deploy.artifact import deploy
from tests.browser.served import serve
from tests.browser.tab import Tab
from tests.site.conftest import (  # noqa: F401 fixtures
    Once,
    hostile_data,
    hostile_site,
    once,
    site,
    skip_unless_ci,
)

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""For one that runs as root in a container, and asks nobody anything by itself."""
WIDTHS = (360, 768, 1440)
THEMES = ("light", "dark")
Visit = Callable[..., Tab]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, for a file of tests: while it runs, no other event loop can run in this thread."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        skip_unless_ci("Chromium is not on this machine: make browser installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def served(once: Once, site: Path, data: Path) -> Iterator[str]:  # noqa: F811
    """The address of the site of the committed dataset; a release's layout is copied as it stands."""

    def fill(out: Path) -> None:
        shutil.copytree(site, out)
        shutil.copytree(data, out / "data")

    with serve(once("deployed", fill)) as address:
        yield address


@pytest.fixture(scope="session")
def hostile_served(once: Once, hostile_site: Path, hostile_data: Path) -> Iterator[str]:  # noqa: F811
    """The address of the site of hostile names, as it would be uploaded."""
    folder = once("hostile-deployed", lambda out: deploy(hostile_data, out, hostile_site))
    with serve(folder) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return a function that opens a tab on a served site; the test fails by what any of them has noted."""
    tabs: list[Tab] = []

    def opened(
        site_fixture: str = "served",
        *,
        width: int = 1440,
        theme: str = "light",
        scripts: bool = True,
        touch: bool = False,
    ) -> Tab:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            java_script_enabled=scripts,
            has_touch=touch,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Pacific/Auckland",
        )
        context.set_default_timeout(15_000)
        tabs.append(Tab(context, request.getfixturevalue(site_fixture)))
        return tabs[-1]

    yield opened
    problems = [problem for tab in tabs for problem in tab.problems]
    _keep_screenshots(request, tabs)
    for tab in tabs:
        tab.page.context.close()
    assert problems == []


def _keep_screenshots(request: pytest.FixtureRequest, tabs: list[Tab]) -> None:
    """With SCREENSHOTS=DIR, keep how each test left its tabs: somebody must look at them."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    for number, tab in enumerate(tabs):
        name = "".join(c if c.isalnum() else "-" for c in request.node.name)
        tab.page.screenshot(path=Path(folder) / f"{name}-{number}.png", full_page=True)
