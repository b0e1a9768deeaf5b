"""The SQL console: how it loads, what stands beside the query, and what it says when something fails."""

from __future__ import annotations

import re
from urllib.parse import quote

import duckdb
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Route, expect

from hf_providers.catalog.query_views import add_views
from pipeline.publish.queries import QUERIES, read_all
from tests.browser import oracle
from tests.browser.conftest import Visit
from tests.browser.console import ask, done, press, shown
from tests.site.conftest import DATA, ROOT

EMPTY = frozenset({"variants"})
"""Queries that the committed data give no row."""


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


def test_how_much_of_it_is_there_is_told_while_it_loads(visit: Visit) -> None:
    """Of what DuckDB weighs unpacked, as the site's own file says; gone when it is there."""
    page = visit().go("sql/")
    page.evaluate("""() => {
      window.told = [];
      const line = document.querySelector("#progress");
      new MutationObserver(() => window.told.push([line.querySelector("progress").value, line.innerText.trim()]))
        .observe(line, { subtree: true, childList: true, attributes: true });
    }""")
    page.get_by_role("button", name="Load the console").click()
    expect(page.get_by_role("status")).to_have_text("Ready.", timeout=60_000)
    expect(page.locator("#progress")).to_be_hidden()
    told = [(value, text) for value, text in page.evaluate("window.told") if text]
    assert len({value for value, _ in told}) > 3
    assert [value for value, _ in told] == sorted(value for value, _ in told)
    (engine,) = (ROOT / "site/node_modules/@duckdb/duckdb-wasm/dist").glob("duckdb-eh.wasm")
    whole = f"{engine.stat().st_size / 1e6:.1f} MB"
    assert all(re.fullmatch(rf"[\d.]+ of {whole} unpacked(, starting)?", text) for _, text in told), told


def test_names_of_the_schema_go_into_the_query(visit: Visit) -> None:
    """By mouse and by key, where the cursor is; what is put together so is answered."""
    tab = visit()
    page = tab.go("sql/")
    query = page.locator("#query")
    schema = page.get_by_role("region", name="Tables and columns")
    query.evaluate("(box) => { box.value = 'SELECT '; box.setSelectionRange(7, 7); }")
    schema.locator("summary", has_text=re.compile("^offers$")).click()
    schema.get_by_role("button", name="provider", exact=True).press("Enter")
    expect(query).to_be_focused()
    page.keyboard.type(", count(*) AS n FROM")
    schema.get_by_role("button", name="Insert offers", exact=True).click()
    page.keyboard.type(" GROUP BY provider ORDER BY ALL")
    expect(query).to_have_value("SELECT provider, count(*) AS n FROM offers GROUP BY provider ORDER BY ALL")
    press(page)
    sql = "SELECT provider, count(*)::VARCHAR FROM offers GROUP BY provider ORDER BY provider"
    assert [tuple(row) for row in shown(page)] == oracle.rows(sql)
    tab.unfold()
    tab.look()


def test_the_schema_has_every_table_with_its_columns_as_they_are(visit: Visit) -> None:
    """Names and descriptions as the Parquet files have them."""
    page = visit().go("sql/")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    listed = dict(
        page.locator("#schema details").evaluate_all(
            """(all) => all.map((one) => [one.querySelector("summary").innerText.trim(), [...one.querySelectorAll("dt")]
          .map((dt) => [dt.querySelector("button").innerText, dt.nextElementSibling.innerText])])"""
        )
    )
    files = sorted((DATA / "latest").glob("*.parquet"))
    assert len(files) > 15
    for file in files:
        schema = pq.read_schema(file)
        assert [name for name, _ in listed[file.stem]] == schema.names, file.stem
        for name, said in listed[file.stem]:
            assert said.startswith(schema.field(name).metadata[b"description"].decode()), (file.stem, name)


def test_every_query_of_the_repository_is_an_example_that_runs(visit: Visit) -> None:
    """With its own example's arguments; as many rows as DuckDB gives without a browser."""
    native = duckdb.connect()
    native.execute("SET TimeZone = 'UTC'")
    for path in sorted((DATA / "latest").glob("*.parquet")):
        native.execute(f"CREATE TABLE {path.stem} AS FROM '{path}'")
    native.execute(f"CREATE TABLE measurements AS FROM read_parquet('{DATA}/measurements/*/*.parquet')")
    add_views(native, QUERIES)
    waiting = [query for query in read_all() if query.name != "bill"]
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    expect(page.get_by_role("status")).to_have_text("Ready.", timeout=60_000)
    assert len(waiting) > 25
    for query in waiting:
        item = page.locator(".by-call li").filter(has=page.get_by_text(query.question))
        item.locator("summary").click()
        item.get_by_role("button").click()
        sql = page.locator("#query").input_value()
        assert query.name in sql
        press(page)
        ((count,),) = native.execute(f"SELECT count(*) FROM ({sql})").fetchall()
        assert page.get_by_role("status").inner_text().startswith(f"{count} row"), query.name
        assert count or query.name in EMPTY, query.name


def test_a_query_in_the_address_waits_for_a_press_and_can_be_shared(visit: Visit) -> None:
    """A link alone loads nothing and runs nothing: it could keep a processor busy for hours."""
    sql = "SELECT model_id FROM offers WHERE provider = 'groq' AND status = 'live' ORDER BY model_id"
    tab = visit()
    page = tab.go(f"sql/?q={quote(sql)}")
    expect(page.get_by_role("textbox", name=re.compile("Query"))).to_have_value(sql)
    expect(page.get_by_role("status")).to_contain_text("has not been run")
    page.wait_for_load_state("networkidle")
    assert [url for url in tab.requested if ".wasm" in url or ".parquet" in url] == []
    press(page)
    assert [row[0] for row in shown(page)] == oracle.column(sql)


def test_a_query_can_be_stopped_and_the_next_one_is_answered(visit: Visit) -> None:
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    ask(page, "SELECT count(*) FROM range(3000000000) a, range(10) b WHERE a.range % 7 = b.range")
    expect(page.get_by_role("status")).to_have_text("Running …", timeout=60_000)
    page.get_by_role("button", name="Stop").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.get_by_role("button", name="Run")).to_be_focused()
    sql = "SELECT count(*) FROM offers"
    ask(page, sql)
    done(page)
    assert shown(page) == [[str(oracle.column(sql)[0])]]


def test_loading_can_be_stopped_too(visit: Visit) -> None:
    tab = visit()
    page = tab.go("sql/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/offers.parquet", hold)
    page.get_by_role("button", name="Load the console").click()
    ask(page, "SELECT count(*) FROM offers")
    expect(page.get_by_role("status")).to_have_text("Loading offers …", timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("Stopped.")
    assert len(held) == 1
    held[0].abort()
    ask(page, "SELECT 7 AS seven")
    done(page)
    assert shown(page) == [["7"]]


def test_what_was_dropped_is_there_again(visit: Visit) -> None:
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    made = "FROM cheapest_at(input_mtok := 10, output_mtok := 1) SELECT count(*)"
    wanted = [[str(oracle.column("SELECT count(*) FROM providers")[0])]]
    ask(page, made)
    done(page)
    before = shown(page)
    for script in ("DROP TABLE IF EXISTS providers", "DROP MACRO TABLE cheapest_at"):
        ask(page, script)
        done(page)
    ask(page, "SELECT count(*) FROM providers")
    done(page)
    assert shown(page) == wanted
    ask(page, f"DROP MACRO TABLE cheapest_at; DROP TABLE offers; {made}")
    expect(page.get_by_role("status")).to_contain_text("of the last of 3 statements")
    assert shown(page) == before


def test_a_file_that_does_not_come_is_named_with_what_to_do(visit: Visit) -> None:
    tab = visit()
    tab.expected_status = {503}
    page = tab.go("sql/")
    page.get_by_role("button", name="Load the console").click()
    page.route("**/offers.parquet", lambda route: route.fulfill(status=503))
    ask(page, "SELECT count(*) FROM offers")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("data/latest/offers.parquet could not be loaded: the site answers 503")
    expect(alert).to_contain_text("Run the query again")
    page.unroute("**/offers.parquet")
    press(page)
    assert shown(page) == [[str(oracle.column("SELECT count(*) FROM offers")[0])]]


def test_markup_in_an_answer_is_text(visit: Visit) -> None:
    page = visit().go("sql/?q=" + quote("SELECT '<img src=x onerror=alert(1)>' AS \"<b>x</b>\""))
    press(page)
    assert shown(page) == [["<img src=x onerror=alert(1)>"]]
    assert page.locator("#result img, #result b").count() == 0


def test_views_of_the_repository_are_there(visit: Visit) -> None:
    sql = "SELECT model_id, provider FROM cheapest ORDER BY ALL LIMIT 20"
    page = visit().go(f"sql/?q={quote(sql)}")
    press(page)
    assert [tuple(row) for row in shown(page)] == oracle.rows(sql)


@pytest.mark.parametrize("file", ["catalog-*.json", "duckdb-browser-eh.worker*.js", "database*.js"])
def test_a_console_that_does_not_load_says_so_and_is_tried_again(visit: Visit, file: str) -> None:
    tab = visit()
    tab.expected_status = {503}
    page = tab.go("sql/")
    page.route(f"**/{file}", lambda route: route.fulfill(status=503))
    page.get_by_role("button", name="Load the console").click()
    expect(page.get_by_role("alert")).to_contain_text("DuckDB could not be loaded: ", timeout=60_000)
    page.unroute(f"**/{file}")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"^\d+ rows"), timeout=60_000)
    tab.problems.clear()  # the engine says in the browser's console what the page says too


def test_a_script_that_is_no_statement(visit: Visit) -> None:
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    for script in (";; -- nothing", "/* offers"):
        ask(page, script)
        expect(page.get_by_role("status")).to_have_text("There is no query to run.", timeout=60_000)
    ask(page, "SELECT 'it ends; nowhere")
    expect(page.get_by_role("alert")).to_contain_text("unterminated quoted string")


def test_the_list_of_tables_is_read_on_a_telephone(visit: Visit) -> None:
    """Nothing is squeezed: each table takes three lines at most, and names what is downloaded."""
    page = visit(width=360).go("sql/")
    rows = page.get_by_role("region", name="Tables").locator("tbody tr")
    assert rows.count() > 15
    for row in rows.all():
        box = row.bounding_box()
        assert box is not None
        assert box["height"] < 110, row.inner_text()
        for link in row.get_by_role("link").all():
            name = row.locator("th").inner_text()
            assert (link.get_attribute("aria-label") or "").startswith(f"Download {name}")
