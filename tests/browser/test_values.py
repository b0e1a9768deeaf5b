"""Thirty models: what their page shows is what `hfp ID --json` prints, value by value."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from pipeline.site import paths
from tests.browser import oracle
from tests.browser.conftest import Visit
from tests.browser.process import hfp_json
from tests.site.conftest import DATA

COUNT = 30
ASKED = ("query", "matched_by")
"""What `hfp --json` says of what was typed: a page was not asked."""
EXACT = ("provider", "task", "provider_model_id", "status", "readiness", "input_usd_per_mtok", "output_usd_per_mtok")
NUMBERS = ("throughput_tps", "ttft_ms", "request_latency_ms", "context_length")
FLAGS = ("supports_tools", "supports_structured_output")


def chosen() -> list[str]:
    """Ten that most providers serve, and others by lot: of each task, and such that nobody serves now."""
    if not (DATA / "manifest.json").is_file():
        return []
    most = oracle.column("SELECT model_id FROM own GROUP BY 1 ORDER BY count(DISTINCT provider) DESC, 1 LIMIT 10")
    tasks = oracle.column("SELECT min(model_id) FROM own WHERE task <> 'conversational' GROUP BY task ORDER BY task")
    gone = oracle.column("SELECT model_id FROM own GROUP BY 1 HAVING bool_and(status <> 'live') ORDER BY 1 LIMIT 4")
    first = list(dict.fromkeys([*most, *Random(7).sample(tasks, 8), *gone]))
    others = [name for name in oracle.column("SELECT DISTINCT model_id FROM own ORDER BY 1") if name not in first]
    return first + Random(7).sample(others, COUNT - len(first))


@pytest.mark.parametrize("model_id", chosen())
def test_the_page_is_what_hfp_prints(visit: Visit, model_id: str) -> None:
    answer = hfp_json(model_id)
    page = visit().go(paths.model(model_id))
    rows = page.locator("table.offers tbody tr").all()
    assert len(rows) == len(answer["offers"])
    by_price = page.locator("table.offers tbody tr").evaluate_all(
        "rows => rows.map((row) => [row.dataset.provider, row.dataset.task, row.dataset.providerModelId ?? null])"
    )
    offers = {(o["provider"], o["task"], o["provider_model_id"]): o for o in answer["offers"]}
    assert sorted(map(str, offers)) == sorted(str(tuple(key)) for key in by_price)
    for row, offer in zip(rows, (offers[tuple(key)] for key in by_price), strict=True):
        carried(row, offer)
        shown(row, offer)
    picks(page, answer)
    raw = page.evaluate("async (path) => (await fetch(path)).json()", json_link(page))
    assert raw == {name: value for name, value in answer.items() if name not in ASKED}


def json_link(page: Page) -> str:
    return page.get_by_role("link", name="JSON").first.get_attribute("href") or ""


def carried(row: Locator, offer: dict[str, Any]) -> None:
    """The exact values that the row carries for scripts."""
    said = row.evaluate("row => ({ ...row.dataset })")

    def named(column: str) -> str | None:
        first, *rest = column.split("_")
        value: str | None = said.get(first + "".join(part.title() for part in rest))
        return value

    for column in EXACT:
        assert named(column) == offer[column], column
    for column in NUMBERS:
        value = named(column)
        assert (value if value is None else float(value)) == offer[column], column
    for column in FLAGS:
        assert named(column) == {None: None, True: "true", False: "false"}[offer[column]], column


def shown(row: Locator, offer: dict[str, Any]) -> None:
    """What a reader sees in the row."""
    texts = row.evaluate(
        "row => Object.fromEntries([...row.cells].map((c) => [c.classList.item(1), c.innerText.trim()]))"
    )
    assert row.locator("th").inner_text().strip() == offer["provider"]
    measured = any(offer[name] is not None for name in NUMBERS[:3])
    live = offer["readiness"] if measured or offer["readiness"] != "cold" else "unmeasured"
    ready = live if offer["status"] == "live" else offer["status"]
    assert ready in row.locator(".state").inner_text()
    if offer["task"] == "conversational":
        assert texts.keys() >= {"in", "out", "tps", "ttft", "tools", "json"}
    else:
        assert "latency" in texts
    for label, column in (("in", "input_usd_per_mtok"), ("out", "output_usd_per_mtok")):
        if label in texts:
            price = offer[column]
            assert texts[label] == "—" if price is None else Decimal(texts[label].split()[0]) == Decimal(price)
    for label, column in (("ttft", "ttft_ms"), ("latency", "request_latency_ms")):
        if label in texts:
            assert close(texts[label].split()[0].removesuffix("s"), offer[column], 1000, 0.06)
    if "tps" in texts:
        assert close(texts["tps"].split()[0], offer["throughput_tps"], 1, 0.51)
    for label, column in (("tools", FLAGS[0]), ("json", FLAGS[1])):
        if label in texts:
            assert texts[label] == {None: "—", True: "✓", False: "–"}[offer[column]]


def close(text: str, value: float | None, unit: float, by: float) -> bool:
    """Whether the text is the rounded value, — where that is unknown."""
    return text == "—" if value is None else abs(float(text.replace(",", "")) - value / unit) <= by


def picks(page: Page, answer: dict[str, Any]) -> None:
    """The cheapest, the fastest, and the router's choices."""
    texts = [text.strip() for text in page.locator("dl.picks > div").all_inner_texts()]
    router = answer["router_choice"] or {}
    wanted = {
        "Cheapest": answer["cheapest"],
        "Fastest": answer["fastest"],
        "Router, :fastest": router.get("fastest"),
        "Router, :cheapest": router.get("cheapest"),
    }
    for name, offer in wanted.items():
        found = [text.removeprefix(name).strip() for text in texts if text.split("\n")[0].strip() == name]
        if name.startswith("Router") and not router:
            assert found == []
            continue
        assert len(found) == 1, (name, texts)
        assert found[0].split()[0] == (offer["provider"] if offer else "none")
