"""A model's page, read as a browser's parser reads it, beside the Parquet files read by DuckDB."""

from __future__ import annotations

import json
import math
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any
from unicodedata import category

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser

from hf_providers.catalog import duckdb_tables
from hf_providers.documents import answer
from hf_providers.rules import money
from pipeline.site import feed, history, paths, render
from pipeline.site.build import BASE_URL
from pipeline.site.page import Page
from pipeline.site.pages import model
from pipeline.site.source import Row, Source, opened
from pipeline.site.spread import spread
from tests.site.conftest import ASSETS, ROOT, SINCE, skip_unless_ci

R1 = "deepseek-ai/DeepSeek-R1"
V4 = "deepseek-ai/DeepSeek-V4-Pro"
"""A model with several recent prices."""
K3 = "moonshotai/Kimi-K3"
"""A model that was measured lately; of some of its offers no price is known."""
RECENT = SINCE.replace("offers", "{offers}")
FLUX = "black-forest-labs/FLUX.1-dev"
MOST_BYTES = 60_000
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def source(data: Path) -> Iterator[Source]:
    with opened(data, BASE_URL) as found:
        yield found


def html(source: Source, model_id: str) -> str:
    """The page of a model."""
    changes = [row for row in source.catalog.changes() if row["model_id"] == model_id]
    page = model.page(source, answer.document(source.catalog, model_id), changes)
    return render.html(page, source, ASSETS).decode()


def tree(source: Source, model_id: str) -> LexborHTMLParser:
    return LexborHTMLParser(html(source, model_id))


def parquet(data: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a query that names tables as {table}."""
    tables = {file.stem: f"'{file}'" for file in (data / "latest").glob("*.parquet")}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(query.format_map(tables), values).fetchall()


def said(value: object) -> str | None:
    """A value as an attribute has it; prices without trailing zeros, as the catalog's."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def test_the_offers_carry_what_the_parquet_file_has(data: Path, source: Source) -> None:
    """Of thirty models: every value, and no attribute for what is unknown."""
    columns = ", ".join(model.DATA)
    for row in source.models[:20] + source.models[-10:]:
        rows = parquet(data, f"SELECT {columns} FROM {{offers}} WHERE model_id = ?", row["model_id"])
        shown = [
            tuple(node.attributes.get(f"data-{name.replace('_', '-')}") for name in model.DATA)
            for node in tree(source, row["model_id"]).css("table.offers tbody tr")
        ]
        assert sorted(shown, key=str) == sorted((tuple(map(said, values)) for values in rows), key=str), row["model_id"]


def test_the_cheapest_the_fastest_and_the_router_s_are_those_of_the_queries(data: Path, source: Source) -> None:
    live = "FROM {offers} WHERE model_id = ? AND status = 'live' AND task = 'conversational'"
    lately = f"{live} AND least(observed_at, {{dated}}) >= {RECENT}"
    expected = [
        parquet(data, f"SELECT provider {lately.replace('{dated}', dated)} ORDER BY {order} NULLS LAST LIMIT 1", K3)[0][
            0
        ]
        for dated, order in (
            ("price_observed_at", "3 * input_usd_per_mtok + output_usd_per_mtok, throughput_tps DESC"),
            ("measured_at", "throughput_tps DESC"),
            ("measured_at", "throughput_tps DESC"),
            ("price_observed_at", "output_usd_per_mtok, throughput_tps DESC"),
        )
    ]
    picks = tree(source, K3).css("dl.picks > div")
    assert [node.css_first("dt").text() for node in picks] == [
        "Cheapest",
        "Fastest",
        "Router, :fastest",
        "Router, :cheapest",
    ]
    assert [node.css_first("dd a").text() for node in picks] == expected


def test_an_unknown_price_is_said_to_be_unknown(source: Source) -> None:
    page = tree(source, K3)
    unknown = [row for row in page.css("table.offers tbody tr") if "data-input-usd-per-mtok" not in row.attributes]
    assert unknown
    for row in unknown:
        assert [cell.text() for cell in row.css(".in, .out")] == ["—", "—"]
    assert "Some live offers state no price" in page.body.text()
    assert f"{len(unknown)} live offers state no price, which is not 0" in page.body.text()


def test_the_example_s_costs_are_worked_out_exactly(data: Path, source: Source) -> None:
    """By decimals, rounded up at a nano-dollar a request: 3000 and 1000 tokens, a thousand times."""
    priced = parquet(
        data,
        f"""SELECT provider, input_usd_per_mtok, output_usd_per_mtok FROM {{offers}} WHERE model_id = ?
        AND status = 'live' AND output_usd_per_mtok IS NOT NULL
        AND least(observed_at, price_observed_at) >= {RECENT}""",
        V4,
    )
    expected = {}
    for provider, given, taken in priced:
        one = ((given * 3000 + taken * 1000) / 1_000_000).quantize(Decimal("1e-9"), ROUND_CEILING)
        expected[provider] = (one, one * 1000)
    rows = tree(source, V4).css("#costs tr")
    shown = {row.css_first("th").text(): tuple(Decimal(cell.text()) for cell in row.css("td")) for row in rows}
    assert shown == expected
    assert len(shown) > 2
    assert list(shown.values()) == sorted(shown.values())


def test_the_price_history_is_that_of_the_parquet_file(data: Path, source: Source) -> None:
    query = """SELECT provider, input_usd_per_mtok, strftime(valid_from, '%Y-%m-%d') FROM {price_history}
        WHERE model_id = ? AND (input_usd_per_mtok IS NOT NULL OR output_usd_per_mtok IS NOT NULL)"""
    rows = tree(source, R1).css('table[aria-label="Prices over time"] tbody tr')
    shown = [(row.css_first("th").text(), Decimal(row.css("td")[0].text()), row.css("td")[2].text()) for row in rows]
    assert sorted(shown) == sorted(parquet(data, query, R1))


def known_for_a_day(source: Source) -> tuple[str, dict[tuple[str, str], Row]]:
    """A model with the most routes whose status is known for 24 hours, and these by provider and task."""
    found = {
        model_id: {(row["provider"], row["task"]): row for row in rows if row["known_hours"] >= 24}
        for model_id, rows in source.uptime.items()
        if source.address(model_id) == paths.model(model_id)
    }
    return max(found.items(), key=lambda item: (len(item[1]), item[0]))


def test_the_uptime_is_the_query_s_from_a_day_of_knowledge_on(data: Path, source: Source) -> None:
    model_id, routes = known_for_a_day(source)
    if not routes:
        pytest.skip("of no route the status is known for a day")
    page = tree(source, model_id)
    rows = page.css("table.statuses > tbody > tr")
    call = page.css_first("table.statuses caption code").text()
    with duckdb_tables.connect(data) as connection:
        query = f"SELECT provider, live_share {call} WHERE model_id = ? AND known_hours >= 24"
        expected = connection.execute(query, [model_id]).fetchall()
    shown = [(row.attributes["data-provider"], float(row.attributes["data-live-share"] or "")) for row in rows]
    assert sorted(name for name, _ in shown) == sorted(name for name, _ in expected)
    for (name, share), (other, wanted) in zip(sorted(shown), sorted(expected), strict=True):
        assert name == other
        assert math.isclose(share, wanted, abs_tol=1e-6)


def test_what_is_known_for_less_than_a_day_tells_no_share(source: Source) -> None:
    short = next(
        (
            name
            for name, rows in source.uptime.items()
            if all(row["known_hours"] < 24 for row in rows) and source.address(name) == paths.model(name)
        ),
        None,
    )
    assert short is not None
    assert tree(source, short).css("table.statuses") == []


def test_a_change_that_was_taken_back_that_day_says_so(source: Source) -> None:
    page = tree(source, R1)
    lines = [" ".join(node.text().split()) for node in page.css("h2#changes ~ ul.changes li")]
    assert "2026-02-26 tools on hyperbolic: no, changed 2 times that day, now as before" in lines
    assert [line for line in lines if "false" in line or "×" in line] == []


def test_the_price_chart_says_that_not_every_look_is_known(source: Source) -> None:
    said = " ".join(tree(source, R1).css_first("h2#prices ~ figure figcaption").text().split())
    assert "from a price’s first to its last observation" in said
    assert "not every look between is known" in said
    assert "nobody looked" not in said


@pytest.mark.parametrize(("value", "text"), [(None, "—"), (1.0, "100 %"), (0.99999, "99.9 %"), (0.0, "0 %")])
def test_a_share_is_never_rounded_up_to_all(value: float | None, text: str) -> None:
    assert history.share(value) == text


def test_each_language_has_its_code_and_says_which_provider(source: Source) -> None:
    page = tree(source, R1)
    codes = {node.attributes["data-tab"]: node.css_first("pre").text() for node in page.css("[data-tab]")}
    assert list(codes) == ["Python", "JavaScript", "curl"]
    compile(codes["Python"], "snippet", "exec")
    cheapest = source.sql(f"SELECT provider FROM cheapest WHERE model_id = '{R1}'")[0]["provider"]
    assert all(f"deepseek-ai/DeepSeek-R1:{cheapest}" in code for code in codes.values())
    assert page.css_first("#code ~ p a").text() == cheapest
    assert "the cheapest" in page.css_first("#code ~ p").text()


def test_a_model_that_nobody_serves_says_so(data: Path, source: Source) -> None:
    name = parquet(data, "SELECT model_id FROM {offers} GROUP BY 1 HAVING bool_and(status <> 'live') ORDER BY 1")[0][0]
    page = tree(source, name)
    assert "There is no code to show: no provider serves" in page.body.text()
    assert page.css_first("#costs") is None
    assert page.css_first("dl.picks dd").text().startswith("none known")


def test_a_variant_that_was_not_seen_lately_is_not_said_to_be_gone(data: Path, source: Source) -> None:
    """Of these models' variants some are served, some were not seen lately, and of one nobody knows who serves it."""
    recent = f"status = 'live' AND observed_at >= {RECENT}"
    served = dict(parquet(data, f"SELECT model_id, count(DISTINCT provider) FROM {{offers}} WHERE {recent} GROUP BY 1"))
    known = {name for (name,) in parquet(data, "SELECT DISTINCT model_id FROM {offers}")}
    said = {}
    for name in (R1, "zai-org/GLM-5.2"):
        for line in tree(source, name).css('table[aria-label="Variants"] tbody tr'):
            said[line.css_first("th a").text()] = line.css("td")[-1].text()
    assert set(said.values()) > {"not seen lately", "nobody known"}
    for name, words in said.items():
        assert words == (str(served.get(name) or "") or ("not seen lately" if name in known else "nobody known")), name


def test_a_model_that_somebody_unknown_served_is_not_said_to_have_no_provider(data: Path, source: Source) -> None:
    unknown = "FROM {models} WHERE model_id NOT IN (SELECT model_id FROM {offers}) AND last_seen_at IS NOT NULL"
    name, seen = parquet(data, f"SELECT model_id, last_seen_at {unknown} ORDER BY 1")[0]
    body = tree(source, name).body.text()
    assert f"It was served on {seen:%Y-%m-%d}; by whom is not recorded." in body
    assert "No provider offers it" not in body


def test_another_task_has_its_own_columns(source: Source) -> None:
    page = tree(source, FLUX)
    heads = [node.text() for node in page.css("table.offers thead th")]
    assert heads == ["Provider", "Ready", "Task", "Latency", "Seen", "Provider’s model"]
    assert page.css_first("#cost") is None


def test_links_lead_to_the_hub_the_json_and_the_comparison(source: Source) -> None:
    links = {node.text(): node.attributes["href"] for node in tree(source, R1).css(".links a")}
    assert links["On the Hub"] == f"https://huggingface.co/{R1}"
    assert links["This page as JSON"] == f"../../../{paths.model_json(R1)}"
    assert links["Compare"] == "../../../compare/?models=deepseek-ai%2FDeepSeek-R1"


def test_adapters_of_a_model_are_listed_up_to_fifty_and_counted(data: Path) -> None:
    with opened(data, BASE_URL) as source:
        rows = [{"model_id": f"someone/<lora>-{i}"} for i in range(60)]
        source.__dict__["adapters_by_base"] = {R1: rows}
        page = tree(source, R1)
    assert page.css_first("#adapters ~ p").text().startswith("60 adapters (LoRAs)")
    assert [node.text() for node in page.css("#adapters ~ ul a")] == [row["model_id"] for row in rows[:50]]
    assert page.css_first("#adapters ~ ul a").attributes["href"] == "https://huggingface.co/someone/%3Clora%3E-0"


def test_charts_have_their_units_and_names_and_the_numbers_as_a_table(source: Source) -> None:
    page = tree(source, R1)
    charts = page.css("svg.chart")
    assert [chart.css_first("title").text() for chart in charts] == ["Input price", "Output price", "Throughput"]
    assert [chart.css_first("text").text() for chart in charts] == ["USD per 1M tokens"] * 2 + ["tokens per second"]
    assert all(chart.attributes["role"] == "img" for chart in charts)
    assert len(page.css("details table.numbers")) >= 2
    prices = page.css("svg.chart .hit title")
    assert prices
    assert any(re.match(r"\S+: \$[\d.]+ · \d{4}-\d\d-\d\d.* · \S", title.text()) for title in prices)


def test_the_spread_of_speeds_is_weighted_by_time() -> None:
    """Ten hours at 10, five at 20, then at 30 for no more than a day of the week until the next."""
    rows = [
        {"provider": "p", "task": "t", "observed_at": f"2026-01-{day:02d}T{hour:02d}:00:00Z", "tps": tps}
        for day, hour, tps in ((1, 0, 10.0), (1, 10, 20.0), (1, 15, 30.0), (8, 15, 10.0), (8, 16, None))
    ]
    (found,) = spread(rows, "tps", "t")
    assert (found["hours"], found["p10"], found["p50"], found["p90"]) == (10 + 5 + 24 + 1, 10.0, 30.0, 30.0)
    assert spread(rows[:1], "tps", "t") == []


def test_offers_stand_by_price_and_what_was_not_seen_lately_below(source: Source) -> None:
    since = source.catalog.recent_since()
    for row in source.models[:40]:
        offers = [node.attributes for node in tree(source, row["model_id"]).css("table.offers tbody tr")]
        old = ["old" in str(one.get("class") or "") for one in offers]
        assert old == sorted(old)
        blended = [
            3 * Decimal(str(one["data-input-usd-per-mtok"])) + Decimal(str(one["data-output-usd-per-mtok"]))
            for one, is_old in zip(offers, old, strict=True)
            if one.get("data-output-usd-per-mtok") and not is_old and one["data-status"] == "live"
        ]
        if since is None:
            assert not any(old)
        assert blended[:1] == sorted(blended)[:1]


def test_a_model_s_feed_has_its_changes_with_links(source: Source) -> None:
    changes: dict[str, list[Row]] = {}
    for row in source.catalog.changes():
        if row["model_id"] is not None and source.address(row["model_id"]) == paths.model(row["model_id"]):
            changes.setdefault(row["model_id"], []).append(row)
    model_id, rows = max(changes.items(), key=lambda item: len(item[1]))
    document = ET.fromstring(feed.atom(source, model_id, paths.model(model_id), rows))
    entries = document.findall(f"{ATOM}entry")
    assert len(entries) == min(feed.OWN_ENTRIES, len({(r["changed_at"][:10], r["kind"], r["provider"]) for r in rows}))
    links = {str(entry.find(f"{ATOM}link").attrib["href"]) for entry in entries}  # type: ignore[union-attr]
    assert links == {BASE_URL + paths.model(model_id)}
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)


def test_every_page_is_light_and_has_no_style_of_its_own(source: Source) -> None:
    for item in model.make(source):
        if isinstance(item, Page):
            content = render.html(item, source, ASSETS)
            assert len(content) <= MOST_BYTES, item.path
            assert b" style=" not in content


def test_hostile_names_are_text(hostile_data: Path) -> None:
    with opened(hostile_data, BASE_URL) as source:
        for row in source.models:
            content = html(source, row["model_id"])
            page = LexborHTMLParser(content)
            assert [node.attributes.get("src") for node in page.css("script")] == [
                f"{'../' * (paths.model(row['model_id']).count('/'))}assets/{name}"
                for name in ("theme.js", "page.js", "model.js")
            ]
            assert page.css("img, iframe, object, embed, b, i, style") == []
            assert not {c for c in content if category(c) in {"Cc", "Cf"}} - {"\n"}, row["model_id"]


NODE = """import { requestCost } from "%s";
const given = JSON.parse(process.argv[1]);
const big = (value) => (value === null ? null : BigInt(value));
const made = given.map(([i, o, input, output]) => requestCost(big(i), big(o), BigInt(input), BigInt(output)));
console.log(JSON.stringify(made.map((cost) => (cost === null ? null : String(cost)))));"""


def test_the_calculator_s_costs_are_those_of_the_library() -> None:
    node = shutil.which("node")
    if node is None:
        skip_unless_ci("the calculator is tested with node")
        return
    pick = random.Random(7)
    prices = [None, 0, 1, 999_999, 10**6 + 1, 700_000_000, 10**12]
    cases = [
        [pick.choice(prices), pick.choice(prices), pick.choice([0, 1, 999_999, 10**11]), pick.randrange(10**7)]
        for _ in range(300)
    ]
    script = NODE % (ROOT / "site/scripts/lib/money.js").as_uri()
    command = [node, "--input-type=module", "--eval", script, json.dumps(cases)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    expected = []
    for given, taken, tokens_in, tokens_out in cases:
        texts = [None if price is None else money.usd(price) for price in (given, taken)]
        cost = money.cost_nano(texts[0], texts[1], tokens_in, tokens_out)
        expected.append(None if cost is None else str(cost))
    assert json.loads(done.stdout) == expected
    assert None in expected
