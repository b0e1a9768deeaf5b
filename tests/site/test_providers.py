"""The providers' pages beside the Parquet files: counts, price position, uptime, what was listed when, adapters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser

from hf_providers.catalog import duckdb_tables
from pipeline.site import paths, render
from pipeline.site.page import Page
from pipeline.site.pages import providers
from pipeline.site.source import opened
from tests.site import hostile
from tests.site.conftest import ASSETS, SINCE

URL = "https://example.org/"
Trees = dict[str, LexborHTMLParser]


def rendered(data: Path) -> Iterator[tuple[str, LexborHTMLParser]]:
    with opened(data, URL) as source:
        for page in providers.make(source):
            if not isinstance(page, Page):
                continue  # a provider's feed
            yield page.url, LexborHTMLParser(render.html(page, source, ASSETS).decode())


@pytest.fixture(scope="module")
def trees(data: Path) -> Trees:
    return dict(rendered(data))


@pytest.fixture(scope="module")
def hostile_trees(hostile_data: Path) -> Trees:
    return dict(rendered(hostile_data))


def connected(data: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for file in json.loads((data / "manifest.json").read_text())["files"]:
        if file["table"] in {"offers", "providers", "models", "status_history", "runs"}:
            connection.execute(f"CREATE VIEW {file['table']} AS FROM '{data / file['path']}'")
    return connection


def text(tree: LexborHTMLParser, find: str) -> str:
    node = tree.css_first(find)
    return " ".join(node.text().split()) if node else ""


def cells(tree: LexborHTMLParser, table: str) -> list[list[str]]:
    return [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in tree.css(f"{table} tbody tr")]


def test_the_table_counts_what_is_listed(data: Path, trees: Trees) -> None:
    wanted = (
        connected(data)
        .execute(
            "SELECT p.provider, count(DISTINCT o.model_id),"
            f" count(*) FILTER (o.status = 'live' AND o.observed_at >= {SINCE}),"
            f" count(*) FILTER (o.observed_at >= {SINCE}),"
            f" count(*) FILTER (o.status = 'live' AND o.observed_at >= {SINCE}"
            " AND o.task IN ('text-to-image', 'image-to-image',"
            " 'image-classification', 'image-segmentation', 'object-detection'))"
            " FROM providers AS p JOIN offers AS o USING (provider) WHERE p.active GROUP BY p.provider"
        )
        .fetchall()
    )
    shown = {row[0].split()[0]: row[1:] for row in cells(trees["providers/"], "table.providers")}
    assert len(shown) == len(wanted) > 10
    for provider, models, live, seen, images in wanted:
        row = shown[provider]
        assert (row[0], row[1], row[2], row[4]) == (str(models), str(live), f"{100 * live // seen} %", str(images))


def test_who_lists_nothing_is_named_with_the_last_day(data: Path, trees: Trees) -> None:
    days = "CAST(last_seen AS DATE), CAST(ended_at AS DATE), ended_source"
    wanted = connected(data).execute(f"SELECT provider, {days} FROM providers WHERE NOT active").fetchall()
    shown = {
        node.css_first("a").text(): " ".join(node.css_first(".muted").text().split())
        for node in trees["providers/"].css("ul.retired li")
    }
    assert shown == {
        provider: (f"ended {ended}, " if ended else "")
        + (f"last seen {last_seen}" if last_seen else "never seen listing anything")
        for provider, last_seen, ended, _ in wanted
    }
    assert {str(ended) for *_, ended, _ in wanted} == {"2026-02-23", "2026-07-01", "None"}
    for provider, _, ended, source in wanted:
        said = "It lists nothing now."
        if ended:
            said += (
                f" Its list was empty on {ended}."
                if source == "hub-list"
                else f" It was removed on {ended} ({source})."
            )
        assert said in " ".join(text(trees[paths.provider(provider)], "main").split())


def test_the_price_position_is_the_median_of_ratios_to_the_cheapest(data: Path, trees: Trees) -> None:
    """Computed from the offers with exact decimals, by hand."""
    asked: dict[tuple[str, str], dict[str, Decimal]] = {}
    for model, task, provider, given, taken in (
        connected(data)
        .execute(
            "SELECT model_id, task, provider, input_usd_per_mtok, output_usd_per_mtok FROM offers"
            f" WHERE status = 'live' AND least(observed_at, price_observed_at) >= {SINCE}"
            " AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL"
        )
        .fetchall()
    ):
        of_model = asked.setdefault((model, task), {})
        of_model[provider] = min(3 * given + taken, of_model.get(provider, Decimal("Infinity")))
    ratios: dict[str, list[Decimal]] = {}
    for by_provider in asked.values():
        if len(by_provider) > 1 and min(by_provider.values()) > 0:
            for provider, price in by_provider.items():
                ratios.setdefault(provider, []).append(price / min(by_provider.values()))
    assert len(ratios) > 5
    for row in cells(trees["providers/"], "table.providers"):
        found = ratios.get(row[0].split()[0])
        assert row[10] == (f"×{median(found):.2f} of {len(found)}" if found else "—")
    for provider, found in ratios.items():
        said = text(trees[paths.provider(provider)], "h2#position + p")
        assert said.startswith(f"×{median(found):.2f} is the median")
        assert f"over the {len(found)} model" in said
        assert f"of {sum(ratio == 1 for ratio in found)} it is the cheapest" in said


def test_each_offer_says_of_when_it_and_its_figures_are(trees: Trees, data: Path) -> None:
    """A price or a speed of another day than the offer has its own date beside it; what was not seen lately is dim."""
    day = "strftime({}, '%Y-%m-%d')".format
    wanted = (
        connected(data)
        .execute(
            f"SELECT model_id, task, {day('observed_at')}, observed_at < {SINCE},"
            " CASE WHEN input_usd_per_mtok IS NOT NULL THEN"
            f" nullif({day('price_observed_at')}, {day('observed_at')}) END,"
            f" CASE WHEN throughput_tps IS NOT NULL THEN nullif({day('measured_at')}, {day('observed_at')}) END,"
            f" CASE WHEN request_latency_ms IS NOT NULL THEN nullif({day('measured_at')}, {day('observed_at')}) END"
            " FROM offers WHERE provider = 'novita' AND type IS DISTINCT FROM 'tag-filter'",
        )
        .fetchall()
    )
    found = set()
    for row in trees["providers/novita/"].css("table.offers tbody tr"):
        dates = [row.css_first(f"{cell} .sub") for cell in (".in", ".tps", ".latency")]
        task = {"chat": "conversational"}.get(row.css_first(".task").text(), row.css_first(".task").text())
        told = row.css_first(".seen").text().removeprefix("seen ")
        old = row.attributes.get("class") == "old"
        found.add((row.css_first("th").text(), task, told, old, *(one and one.text() for one in dates)))
    assert found == set(wanted)
    assert any(row[5] for row in wanted)


def test_every_model_of_a_small_provider_is_listed_with_its_price(data: Path, trees: Trees) -> None:
    wanted = (
        connected(data)
        .execute(
            "SELECT model_id, task, input_usd_per_mtok, output_usd_per_mtok"
            " FROM offers WHERE provider = 'novita' AND type IS DISTINCT FROM 'tag-filter'"
        )
        .fetchall()
    )
    shown = {(row[0], row[2]): (row[3].split()[0], row[4]) for row in cells(trees["providers/novita/"], "table.offers")}
    assert len(shown) == len(wanted) > 50
    for model, task, given, taken in wanted:
        said = shown[model, "chat" if task == "conversational" else task]
        assert [None if text == "—" else Decimal(text) for text in said] == [given, taken]


def test_a_long_list_is_cut_at_the_most_used_and_leads_to_the_rest(data: Path, trees: Trees) -> None:
    tree = trees["providers/fal-ai/"]
    shown = [row[0] for row in cells(tree, "table.offers")]
    (most,) = connected(data).execute(
        "SELECT arg_max(model_id, likes) FROM models WHERE model_id IN (FROM offers SELECT model_id"
        " WHERE provider = 'fal-ai' AND type = 'single-model')"
    ).fetchall()[0]  # fmt: skip
    assert most in shown
    assert len(shown) <= providers.MODELS
    assert tree.css_first('a[href$="api/v1/providers/fal-ai.json"]') is not None


@pytest.mark.parametrize("provider", ["novita", "groq", "together", "sambanova", "fireworks-ai"])
def test_uptime_is_what_the_named_query_says_of_its_routes(data: Path, trees: Trees, provider: str) -> None:
    tree = trees[paths.provider(provider)]
    call = text(tree, "h2#uptime + p code")
    with duckdb_tables.connect(data) as connection:
        rows = connection.execute(f"SELECT known_hours, live_hours {call} WHERE provider = ?", [provider]).fetchall()
    known, live = sum(row[0] for row in rows), sum(row[1] for row in rows)
    said = text(tree, "h2#uptime + p")
    assert said.startswith(f"{int(1000 * (live / known)) / 10:g} % of the {known / 24:.1f} days for which")
    assert f"its {len(rows)} routes are known" in said
    assert len(cells(tree, 'table[aria-label="Routes by share of time live"]')) == min(
        providers.WORST, sum(row[1] < row[0] for row in rows)
    )


@pytest.mark.parametrize("provider", ["novita", "groq", "fal-ai"])
def test_the_last_count_of_the_catalogue_is_what_was_listed_then(data: Path, trees: Trees, provider: str) -> None:
    """A sighting is no list: the last look at the whole list counts."""
    day, listed, live = connected(data).execute(
        "WITH look AS (SELECT max(run_at) AS moment FROM runs WHERE source = 'hub-list' AND provider = $provider)"
        " SELECT strftime(any_value(moment) AT TIME ZONE 'UTC', '%Y-%m-%d'), count(*),"
        " count(*) FILTER (status = 'live') FROM status_history, look"
        " WHERE provider = $provider AND valid_from <= moment AND last_observed_at >= moment",
        {"provider": provider}
    ).fetchall()[0]  # fmt: skip
    rows = cells(trees[paths.provider(provider)], 'table[aria-label="Routes listed by day"]')
    assert rows[0] == [day, str(listed), str(live)]
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)


def test_adapters_of_a_provider_are_listed_and_lead_to_their_lines(hostile_trees: Trees) -> None:
    tree = hostile_trees[paths.provider(hostile.EVIL_PROVIDER)]
    section = tree.css_first("h2#adapters").parent
    assert section is not None
    assert {node.text() for node in section.css("li")} == {hostile.ADAPTER, hostile.ORPHAN}
    assert {node.attributes["href"] for node in section.css("li a")} == {
        f"../../adapters/#{paths.anchor(name)}" for name in (hostile.ADAPTER, hostile.ORPHAN)
    }
    assert "2 adapters" in section.text()


def test_hostile_facts_are_text_and_no_links(hostile_trees: Trees) -> None:
    for name in hostile.PROVIDERS:
        tree = hostile_trees[paths.provider(name)]
        links = [node.attributes["href"] or "" for node in tree.css("a")]
        assert [link for link in links if link.split(":")[0].lower() in {"javascript", "data"}] == []
        assert tree.css("eu, inc, script:not([src])") == []
    assert "<eu>, us" in text(hostile_trees["providers/"], "main")


def test_a_look_much_later_does_not_continue_a_line() -> None:
    """Two looks an hour apart are joined, and none of them with one of last month."""
    looks = [
        {"day": f"{at:%Y-%m-%d}", "at": at.timestamp(), "listed": Decimal(count), "live": Decimal(0)}
        for at, count in (
            (datetime(2026, 1, 1, tzinfo=UTC), 3),
            (datetime(2026, 2, 1, tzinfo=UTC), 4),
            (datetime(2026, 2, 2, tzinfo=UTC), 5),
        )
    ]
    made = providers._catalogue(looks)
    assert made is not None
    line = LexborHTMLParser(str(made["chart"])).css_first("g.s1 path.mark").attributes["d"] or ""
    assert line.count("M") == 2
    assert [row["listed"] for row in made["rows"]] == [5, 4, 3]
