"""The SQL console: DuckDB in the browser answers as DuckDB does on the files, decimals to the last digit."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.browser import oracle
from tests.browser.conftest import Visit

PRICES = """
SELECT model_id, provider, provider_model_id, input_usd_per_mtok, output_usd_per_mtok, supports_tools, first_seen_at
FROM offers WHERE input_usd_per_mtok IS NOT NULL ORDER BY ALL
"""
MEANS = """
SELECT provider, count(*) AS offers, sum(output_usd_per_mtok) AS total, max(throughput_tps) AS fastest
FROM offers GROUP BY provider ORDER BY provider
"""
JOINED = """
SELECT m.modality, count(DISTINCT o.provider) AS providers, min(h.valid_from) AS since, sum(m.likes) AS likes
FROM offers AS o JOIN models AS m USING (model_id) LEFT JOIN price_history AS h USING (model_id, provider, task)
GROUP BY m.modality ORDER BY m.modality
"""


def ask(page: Page, sql: str) -> None:
    page.get_by_role("textbox", name=re.compile("Query")).fill(sql)
    page.get_by_role("button", name="Run").click()


def done(page: Page) -> None:
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"^[\d,]+ rows"), timeout=60_000)


def shown(page: Page) -> list[list[str]]:
    return [row.get_by_role("cell").all_inner_texts() for row in page.locator("#result tbody tr").all()]


def downloaded(page: Page, tmp_path: Path) -> list[list[str]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    waiting.value.save_as(tmp_path / "answer.csv")
    return list(csv.reader(io.StringIO((tmp_path / "answer.csv").read_text(encoding="utf-8"))))


def test_nothing_of_it_is_loaded_until_it_is_asked_for(visit: Visit) -> None:
    tab = visit()
    page = tab.go("sql/")
    page.wait_for_load_state("networkidle")
    assert [url for url in tab.requested if ".wasm" in url or ".parquet" in url] == []
    page.get_by_role("button", name="Load the console").click()
    expect(page.get_by_role("status")).to_have_text("Ready.", timeout=60_000)
    assert [url for url in tab.requested if ".wasm" in url]
    assert [url for url in tab.requested if ".parquet" in url] == []
    tab.look()


def test_it_answers_as_duckdb_on_the_files(visit: Visit, tmp_path: Path) -> None:
    """One session: exact decimals, sums, a join, NULLs, moments in UTC; then an error, and it still answers."""
    tab = visit()
    page = tab.go("sql/")
    page.get_by_role("button", name="Load the console").click()
    expect(page.get_by_role("status")).to_have_text("Ready.", timeout=60_000)
    for sql in (PRICES, MEANS, JOINED):
        ask(page, sql)
        done(page)
        wanted = oracle.rows(sql)
        header, *found = downloaded(page, tmp_path)
        assert header == [said[0] for said in oracle.connection().execute(sql).description or ()]
        assert len(found) == len(wanted)
        for row, expected in zip(found, wanted, strict=True):
            for text, value in zip(row, expected, strict=True):
                assert same(text, value), (text, value)
    tab.look()
    ask(page, "SELECT no_such_column FROM offers")
    expect(page.get_by_role("alert")).to_contain_text("no_such_column")
    ask(page, "SELECT 1.000000001::DECIMAL(18,9) AS nano, NULL AS nothing")
    done(page)
    assert shown(page) == [["1.000000001", "NULL"]]


def same(text: str, value: Any) -> bool:
    """Whether the text of a CSV means the value: decimals and whole numbers exactly, moments by what they are."""
    if value is None:
        return text == ""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(text) == value
    if isinstance(value, float):
        return abs(float(text) - value) <= abs(value) * 1e-6
    if isinstance(value, datetime):
        return datetime.fromisoformat(re.sub(r"(Z|\+00(:00)?)$", "", text)) == value.replace(tzinfo=None)
    return text == (str(value).lower() if isinstance(value, bool) else value)


def test_a_query_in_the_address_runs_and_can_be_shared(visit: Visit) -> None:
    sql = "SELECT model_id FROM offers WHERE provider = 'groq' AND status = 'live' ORDER BY model_id"
    page = visit().go(f"sql/?q={quote(sql)}")
    done(page)
    assert [row[0] for row in shown(page)] == oracle.column(sql)


def test_markup_in_an_answer_is_text(visit: Visit) -> None:
    page = visit().go("sql/?q=" + quote("SELECT '<img src=x onerror=alert(1)>' AS \"<b>x</b>\""))
    done(page)
    assert shown(page) == [["<img src=x onerror=alert(1)>"]]
    assert page.locator("#result img, #result b").count() == 0


def test_views_of_the_repository_are_there(visit: Visit) -> None:
    sql = "SELECT model_id, provider FROM cheapest ORDER BY ALL LIMIT 20"
    page = visit().go(f"sql/?q={quote(sql)}")
    done(page)
    assert [tuple(row) for row in shown(page)] == oracle.rows(sql)
