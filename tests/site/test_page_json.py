"""What pages link as their JSON: there, and what they show."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

WITHOUT = {"404.html", "sql/index.html"}
"""Pages that show nothing until the reader asks for it."""


def parsed(file: Path) -> LexborHTMLParser:
    return LexborHTMLParser(file.read_text("utf-8"))


def said(site: Path, page: str) -> Any:
    """Return the JSON that a page links."""
    file = site / page
    (link,) = parsed(file).css('link[rel="alternate"][type="application/json"]')
    return json.loads((file.parent / str(link.attributes["href"])).read_text("utf-8"))


def rows(site: Path, page: str, table: str = "main table") -> list[list[str]]:
    found = parsed(site / page).css(f"{table} tbody tr")
    return [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in found]


def test_every_page_of_facts_links_its_json(site: Path) -> None:
    for file in sorted(site.rglob("*.html")):
        links = parsed(file).css('link[rel="alternate"][type="application/json"]')
        page = file.relative_to(site).as_posix()
        former = page.startswith("models/") and not links  # history alone
        assert len(links) == (page not in WITHOUT and not former), page
        for link in links:
            json.loads((file.parent / str(link.attributes["href"])).read_text("utf-8"))


@pytest.mark.parametrize("page", ["browse/index.html", "browse/2/index.html", "former/index.html"])
def test_models_by_name(site: Path, page: str) -> None:
    told = said(site, page)
    shown = rows(site, page)
    assert len(shown) > 10
    assert [row[0] for row in shown] == [row["model_id"] for row in told["models"]]
    if not page.startswith("former"):
        assert [row[1:] for row in shown] == [
            [", ".join(row["tasks"]), str(row["providers"]), str(row["live"])] for row in told["models"]
        ]


def test_adapters_by_name(site: Path) -> None:
    told = said(site, "adapters/index.html")
    shown = rows(site, "adapters/index.html")
    assert len(shown) > 50
    assert [[row[0], row[1], row[-1]] for row in shown] == [
        [row["model_id"], ", ".join(row["bases"]) or "—", str(row["live"])] for row in told["adapters"]
    ]
    assert f"{told['total']} adapters" in parsed(site / "adapters/index.html").text()


def test_compare(site: Path) -> None:
    """Of the models in the page as it comes; the JSON of any other comparison is that of its models."""
    told = said(site, "compare/index.html")["models"]
    heads = [node.text().strip() for node in parsed(site / "compare/index.html").css("main table thead th a")]
    assert len(heads) == 4
    assert heads == [one["model"]["model_id"] for one in told]
    for one in told:
        assert one == json.loads((site / "api/v1/models" / f"{one['model']['model_id']}.json").read_text("utf-8"))
    shown = {row[0]: row[1:] for row in rows(site, "compare/index.html")}
    assert [Decimal(value) for value in shown["… input, $/1M"]] == [
        Decimal(one["cheapest"]["input_usd_per_mtok"]) for one in told
    ]


def test_providers(site: Path) -> None:
    told = {row["provider"]: row for row in said(site, "providers/index.html")["providers"]}
    found = parsed(site / "providers/index.html").css("main table tbody tr")
    assert len(found) > 10
    for row in found:
        name = str(row.css_first("a").attributes["href"]).rstrip("/").rpartition("/")[2]
        assert str(told[name]["live"]) in [cell.text().strip() for cell in row.css("td")], name


def test_state_of_inference(site: Path) -> None:
    """Each chart's SQL stands in the page, and its rows are what the page shows."""
    told = said(site, "state/index.html")
    tree = parsed(site / "state/index.html")
    queries = {node.text() for node in tree.css("details pre code")}
    answers = {name: value for name, value in told.items() if name not in {"schema_version", "snapshot"}}
    assert queries == {answer["query"] for answer in answers.values()}
    assert all(answer["rows"] for answer in answers.values())
    tasks = [row.css_first("th, td").text().strip() for row in tree.css('[aria-label="Coverage by task"] tbody tr')]
    assert [task.replace("chat", "conversational") for task in tasks] == [
        row["task"] for row in told["coverage"]["rows"]
    ]


def test_tables_and_their_columns(site: Path) -> None:
    told = said(site, "tables/index.html")
    for table in told["tables"] + told["views"] + told["queries"]:
        shown = rows(site, "tables/index.html", f'table[aria-label="Columns of {table["name"]}"]')
        assert [(row[0], row[-1]) for row in shown] == [
            (column["name"], " ".join(column["text"].split())) for column in table["columns"]
        ]
    assert [row[0] for row in rows(site, "tables/index.html", "table.sources")] == [
        one["source"] for one in told["sources"]
    ]
