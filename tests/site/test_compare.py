"""The comparison that stands in the page, beside DuckDB on the published queries' results."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from hf_providers.catalog import duckdb_tables
from hf_providers.documents.answer import document
from pipeline.site.pages import compare
from pipeline.site.source import opened
from tests.site.conftest import SINCE
from tests.site.rendered import first_page


@pytest.fixture(scope="module")
def tree(data: Path) -> LexborHTMLParser:
    return first_page(data, compare.make)


def line(tree: LexborHTMLParser, label: str) -> list[str]:
    """The values of a line, with the mark of the best."""
    for row in tree.css("table.compare tbody tr"):
        if row.css_first("th").text() == label:
            return [" ".join(cell.text().split()) for cell in row.css("td")]
    raise AssertionError(label)


def shown_text(value: dict[str, Any]) -> str:
    return value["text"] + (f" ({value['date']})" if value["date"] else "") + " best" * value["best"]


def names(tree: LexborHTMLParser) -> list[str]:
    return [cell.text() for cell in tree.css("table.compare thead th")]


def column(data: Path, sql: str, models: list[str]) -> list[Any]:
    with duckdb_tables.connect(data) as connection:
        found = dict(connection.execute(sql).fetchall())
    return [found.get(model) for model in models]


def test_it_compares_four_models_that_chat(data: Path, tree: LexborHTMLParser) -> None:
    live = "SELECT DISTINCT model_id, true FROM offers WHERE task = 'conversational' AND status = 'live'"
    assert column(data, live, names(tree)) == [True] * compare.SHOWN


def test_the_lowest_price_is_the_best_and_exact(data: Path, tree: LexborHTMLParser) -> None:
    known = column(
        data, "SELECT model_id, blended_usd_per_mtok FROM cheapest WHERE task = 'conversational'", names(tree)
    )
    for said, price in zip(line(tree, "Cheapest, blended 3:1, $/1M"), known, strict=True):
        if price is None:
            assert said == "—"
        else:
            assert type(price)(said.removesuffix(" best")) == price
            assert said.endswith(" best") == (price == min(one for one in known if one is not None))


def test_the_fastest_is_the_best(data: Path, tree: LexborHTMLParser) -> None:
    speeds = column(
        data,
        "SELECT model_id, max(throughput_tps) FILTER (status = 'live' AND task = 'conversational' AND"
        f" least(observed_at, measured_at) >= {SINCE}) FROM offers GROUP BY 1",
        names(tree),
    )
    older = column(
        data,
        "SELECT model_id, max((throughput_tps, measured_at::DATE)) FILTER (status = 'live' AND task = 'conversational'"
        f" AND observed_at >= {SINCE} AND throughput_tps IS NOT NULL) FROM offers GROUP BY 1",
        names(tree),
    )
    said = line(tree, "Fastest, tokens/s")
    wanted = [
        f"{s:.0f}" if s else f"{old[0]:.0f} ({old[1]})" if old else "—" for s, old in zip(speeds, older, strict=True)
    ]
    assert [text.removesuffix(" best") for text in said] == wanted
    known = [f"{speed:.0f}" for speed in speeds if speed is not None]
    best = max(known, key=int) if len(set(known)) > 1 else None
    assert [text.endswith("best") for text in said] == [s is not None and f"{s:.0f}" == best for s in speeds]


def test_providers_are_counted_where_an_offer_is_live(data: Path, tree: LexborHTMLParser) -> None:
    counts = column(
        data,
        f"SELECT model_id, count(DISTINCT provider) FILTER (status = 'live' AND observed_at >= {SINCE})"
        " FROM offers GROUP BY 1",
        names(tree),
    )
    assert [int(text.removesuffix(" best")) for text in line(tree, "Live providers")] == counts


def test_nothing_is_best_where_all_are_the_same_or_unknown() -> None:
    likes = compare.Property("x", "model.likes", best="most")

    def best(*values: int | None) -> list[bool]:
        row = compare._row(likes, [{"model": {"likes": value}} for value in values])
        return [value["best"] for value in row["values"]]

    for values in ((2, 2), (None, None), (None, 3), (3,)):
        assert not any(best(*values))
    assert best(1, 2, None) == [False, True, False]


def test_what_reads_the_same_is_equally_good() -> None:
    context = compare.Property("x", "model.context_length", "tokens", "most")
    values = (1_048_576, 1_000_000, 262_144)
    row = compare._row(context, [{"model": {"context_length": value}} for value in values])
    assert [(value["text"], value["best"]) for value in row["values"]] == [("1M", True), ("1M", True), ("262k", False)]
    row = compare._row(context, [{"model": {"context_length": value}} for value in values[:2]])
    assert not any(value["best"] for value in row["values"])


def test_the_script_makes_the_same_table_of_the_same_models(node: str, data: Path, tree: LexborHTMLParser) -> None:
    """The page's list of properties is all that the script has: it counts and writes the values by itself."""
    properties = json.loads(str(tree.css_first("#comparison").attributes["data-properties"]))
    with opened(data, "https://example.org/") as source:
        answers = [document(source.catalog, name) for name in names(tree)]
    given = json.dumps({"properties": properties, "answers": answers})
    script = Path(__file__).parent / "js" / "lines.mjs"
    done = subprocess.run([node, str(script)], input=given, capture_output=True, text=True, timeout=120, check=True)
    cells = [[row["label"], *(shown_text(value) for value in row["values"])] for row in json.loads(done.stdout)]
    shown = [
        [row.css_first("th").text(), *(" ".join(cell.text().split()) for cell in row.css("td"))]
        for row in tree.css("table.compare tbody tr")
    ]
    assert cells == shown
    assert sum(cell.endswith(" best") for row in shown for cell in row) > 3


def test_the_script_and_the_page_say_the_same_of_any_models(node: str, data: Path) -> None:
    """Of every task, with recent and with old speeds: an old one has its date, and is never the best."""
    with opened(data, "https://example.org/") as source:
        answers = [document(source.catalog, row["model_id"]) for row in source.models]
    given = {"properties": [asdict(line) for line in compare.PROPERTIES], "answers": answers}
    script = Path(__file__).parent / "js" / "lines.mjs"
    done = subprocess.run(
        [node, str(script)], input=json.dumps(given), capture_output=True, text=True, timeout=120, check=True
    )
    made = [compare._row(line, answers) for line in compare.PROPERTIES]
    assert json.loads(done.stdout) == made
    texts = next(row["values"] for row in made if row["label"] == "Fastest, tokens/s")
    with duckdb_tables.connect(data) as connection:
        (newest,) = connection.execute(f"SELECT {SINCE}::DATE::VARCHAR").fetchone() or ("",)
    old = [value for value in texts if value["date"]]
    assert len(old) > 20
    assert all(
        re.fullmatch(r"[\d.]+", value["text"]) and value["date"] <= newest and not value["best"] for value in old
    )
