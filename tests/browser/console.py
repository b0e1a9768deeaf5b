"""What the tests of the SQL console do in it, and what they read there."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Page, expect


def ask(page: Page, sql: str) -> None:
    page.get_by_role("textbox", name=re.compile("Query")).fill(sql)
    page.get_by_role("button", name="Run").click()


def press(page: Page) -> None:
    """Run the query that is there."""
    page.get_by_role("button", name="Run").click()
    done(page)


def done(page: Page) -> None:
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"^[\d,]+ rows?\b"), timeout=60_000)


def shown(page: Page) -> list[list[str]]:
    return [row.get_by_role("cell").all_inner_texts() for row in page.locator("#result tbody tr").all()]


def downloaded(page: Page, tmp_path: Path) -> list[list[str]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    waiting.value.save_as(tmp_path / "answer.csv")
    return list(csv.reader(io.StringIO((tmp_path / "answer.csv").read_text(encoding="utf-8"))))
