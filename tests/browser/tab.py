"""A page in Chromium that takes note of what must not happen: errors, requests elsewhere, violations of the policy."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests.site.conftest import ROOT

AXE = ROOT / "site/node_modules/axe-core/axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SERIOUS = {"serious", "critical"}
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));
"""
WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const over = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 1);
  return over.slice(0, 5).map((e) => e.outerHTML.slice(0, 160)).concat(`${document.documentElement.scrollWidth} px`);
}"""
SIDEWAYS = """() => [...document.querySelectorAll("main *")]
  .filter((e) => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1)
  .filter((e) => e.localName !== "pre").map((e) => e.getAttribute("aria-label") ?? e.outerHTML.slice(0, 160))"""
RUN_AXE = """async (levels) => {
  const found = await axe.run({ runOnly: { type: "tag", values: levels }, resultTypes: ["violations"] });
  return found.violations.map((v) => [v.impact, v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200))]);
}"""


@lru_cache(maxsize=1)
def axe() -> str:
    """The source of axe-core, which site/package-lock.json names."""
    return AXE.read_text(encoding="utf-8")


class Tab:
    """One tab on the served site, and `problems`: what it has seen that must not be."""

    def __init__(self, context: BrowserContext, root: str) -> None:
        self.root = root
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.expected_status: set[int] = set()
        self.requested: list[str] = []
        context.add_init_script(WATCH_POLICY)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        self.page.on("dialog", self._asked)
        self.page.on("response", self._answered)
        context.on("request", self._asked_for)

    def go(self, path: str = "") -> Page:
        """Open a page of the site, and give it when it and what it loads are there."""
        self.page.goto(self.root + path)
        return self.page

    def resize(self, width: int) -> None:
        """Give the window another width."""
        self.page.set_viewport_size({"width": width, "height": 900})

    def unfold(self) -> None:
        """Open all that a reader may: what is closed isn't looked at."""
        self.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")

    def look(self) -> None:
        """Note what is wider than the window, and what axe-core finds serious."""
        self.no_wider()
        self.page.evaluate("scrollTo(0, 0)")  # what a sticky heading happens to cover is reached by scrolling
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe())
        found: list[Any] = self.page.evaluate(RUN_AXE, LEVELS)
        self.problems += [f"axe: {said}" for said in found if said[0] in SERIOUS]

    def look_in_both_themes(self) -> None:
        """Look in the theme that the page was opened in, and in the other, which changes colours alone."""
        self.look()
        self.page.emulate_media(color_scheme="dark")
        self.look()

    def no_wider(self) -> None:
        """Note what is wider than the window."""
        self.problems += [f"too wide: {said}" for said in self.page.evaluate(WIDER)]

    def scrolled(self) -> list[str]:
        """The names of what has to be moved sideways to be read, code aside."""
        found: list[str] = self.page.evaluate(SIDEWAYS)
        return found

    def _said(self, message: ConsoleMessage) -> None:
        known = "the server responded with a status of" in message.text and bool(self.expected_status)
        if message.type in {"error", "warning"} and not known:
            self.problems.append(f"console: {message.text} ({message.location})")

    def _asked(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_status:
            self.problems.append(f"{response.status}: {response.url}")

    def _asked_for(self, request: Request) -> None:
        self.requested.append(request.url)
        origin = urlsplit(self.root)
        at = urlsplit(request.url)
        if at.scheme not in {"data", "blob"} and (at.scheme, at.netloc) != (origin.scheme, origin.netloc):
            self.problems.append(f"request elsewhere: {request.url}")
