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

import duckdb
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, Route, expect

from hf_providers.catalog.query_views import add_views
from pipeline.publish.queries import QUERIES, read_all
from tests.browser import oracle
from tests.browser.conftest import Visit
from tests.site.conftest import DATA, ROOT

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


MONEY = (
    "SELECT model_id, input_usd_per_mtok, first_seen_at FROM offers WHERE input_usd_per_mtok > 0 ORDER BY ALL LIMIT 9"
)
BEGINNINGS = (
    f"/* cheapest */ {MONEY}",
    f"-- of models\n{MONEY}",
    f"{MONEY}; -- that is all",
    f"{MONEY};;",
    f"({MONEY})",
    f"SET default_null_order = 'nulls_last'; {MONEY}",
    f"SELECT ';', 1; {MONEY}",
    "FROM offers SELECT provider, output_usd_per_mtok WHERE output_usd_per_mtok > 0 ORDER BY ALL LIMIT 9",
    f"WITH o AS ({MONEY}) SELECT * FROM o ORDER BY ALL DESC",
    "VALUES (0.000000001::DECIMAL(18, 9), TIMESTAMP '2024-02-29 23:59:59.000001'), (-1.5, NULL)",
    "PIVOT offers ON status IN ('live') USING max(input_usd_per_mtok) GROUP BY provider ORDER BY provider",
    "CREATE OR REPLACE TEMP TABLE made (a DECIMAL(18, 9)); INSERT INTO made VALUES (0.01), (2) RETURNING a, a * 3 AS b",
    "DESCRIBE SELECT input_usd_per_mtok, supports_tools FROM offers",
    f"PREPARE priced AS {MONEY}; EXECUTE priced",
)
"""Statements that begin and end in other ways than by SELECT and with it."""
TEXTS = (
    "0.010000000::DECIMAL(18, 9)",
    "(-0.5)::DECIMAL(38, 9)",
    "99999999999999999999999999999.123456789::DECIMAL(38, 9)",
    "5::DECIMAL(2, 0)",
    "-170141183460469231731687303715884105727::HUGEINT",
    "sum(9223372036854775807::BIGINT)",
    "340282366920938463463374607431768211455::UHUGEINT",
    "18446744073709551615::UBIGINT",
    "(-128)::TINYINT",
    "DATE '2024-02-29'",
    "'0044-03-15 (BC)'::DATE",
    "'400000-01-01'::DATE",
    "'infinity'::DATE",
    "TIME '23:59:59.000100'",
    "TIMESTAMP '1969-12-31 23:59:59.999999'",
    "TIMESTAMP '290000-01-01 00:00:00.5'",
    "'-infinity'::TIMESTAMP",
    "'2024-02-29 01:02:03'::TIMESTAMP_S",
    "'1960-02-29 01:02:03.004'::TIMESTAMP_MS",
    "'2024-02-29 01:02:03.000000004'::TIMESTAMP_NS",
    "INTERVAL '-13 months 2 days -3.5 seconds'",
    "INTERVAL '30 hours 1 month 0.000001 seconds'",
    "INTERVAL '0 days'",
    "0.1::FLOAT",
    "16777216::FLOAT",
    "1e16::DOUBLE",
    "1e-5::DOUBLE",
    "'-0.0'::DOUBLE",
    "123456.75::DOUBLE",
    "'nan'::DOUBLE",
    "'-inf'::FLOAT",
    "true",
    "NULL::DECIMAL(18, 9)",
    "'null'",
    "'\\xAB\\x00a'::BLOB",
    "'b'::ENUM('a', 'b')",
    "[1.5, 2, NULL]",
    "['a b', 'it''s', NULL, '', 'null', 'a,b', 'x=y', ' a']",
    "[]",
    "[[1, 2], []]",
    "[DATE '2024-02-29']",
    "[1.25, 2]::DECIMAL(9, 2)[2]",
    "{'in': 0.000000001::DECIMAL(18, 9), 'it''s': NULL, 'at': TIMESTAMP '2024-02-29 01:02:03', 'of': INTERVAL 1 day}",
    "row(1.5, 'x')",
    "MAP {'a b': 1.25, 'k=v': NULL}",
    "MAP {1: [{'a': 0.05::DECIMAL(9, 3)}]}",
    "union_value(k := 1.5)",
)
"""Values of every type that DuckDB has here, where a reader of Arrow errs most easily."""


EMPTY = frozenset({"variants"})
"""Queries that the committed data give no row."""


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


def test_it_answers_exactly_however_a_statement_begins(visit: Visit, tmp_path: Path) -> None:
    """Money and moments are those of the files, shown and in the CSV; of several statements the last one's answer."""
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    for sql in BEGINNINGS:
        ask(page, sql)
        done(page)
        wanted = oracle.rows(sql)
        assert wanted, sql
        for found in (downloaded(page, tmp_path)[1:], [[t.replace("NULL", "") for t in row] for row in shown(page)]):
            assert len(found) == len(wanted), sql
            for row, expected in zip(found, wanted, strict=True):
                assert all(same(*pair) for pair in zip(row, expected, strict=True)), (sql, row, expected)


def test_values_of_every_type_are_the_texts_that_duckdb_makes(visit: Visit) -> None:
    """NULLs before and after, so that a value's place in Arrow's buffers counts."""
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    columns = ", ".join(f"{value} AS c{i}" for i, value in enumerate(TEXTS))
    nothing = ", ".join("NULL" for _ in TEXTS)
    wanted = oracle.rows("SELECT " + ", ".join(f"({value})::VARCHAR" for value in TEXTS))[0]
    script = f"WITH v AS (SELECT {columns}) FROM v UNION ALL SELECT {nothing} UNION ALL FROM v"
    ask(page, script)
    done(page)
    rows = [page.locator(f"#result tbody tr:nth-child({n}) td").all_text_contents() for n in (1, 2, 3)]
    for value, text, *found in zip(TEXTS, wanted, *rows, strict=True):
        assert found == [text or "NULL", "NULL", text or "NULL"], value


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


UNQUERIED = (
    "0.010000000::DECIMAL(18, 9)",
    "(-0.5)::DECIMAL(38, 9)",
    "-99999999999999999999999999999.123456789::DECIMAL(38, 9)",
    "5::DECIMAL(2, 0)",
    "sum(9223372036854775807::BIGINT)",
    "18446744073709551615::UBIGINT",
    "(-128)::TINYINT",
    "0.1::FLOAT",
    "0.1::DOUBLE",
    "true",
    "'it''s'",
    "DATE '1924-02-29'",
    "TIMESTAMP '1969-12-31 23:59:59.999999'",
    "TIMESTAMP '2024-02-29 01:02:00'",
    "'2024-02-29 01:02:03'::TIMESTAMP_S",
    "'1960-02-29 01:02:03.004'::TIMESTAMP_MS",
    "'2024-02-29 01:02:03.000000040'::TIMESTAMP_NS",
    "TIMESTAMPTZ '2024-01-01 01:00:00+13'",
)
"""Values of the flat types, which statements that are no queries answer with too."""


def test_what_is_no_query_answers_as_exactly(visit: Visit) -> None:
    """EXECUTE cannot stand in FROM, so that no cast can be put around it."""
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    columns = ", ".join(f"{value} AS c{i}" for i, value in enumerate(UNQUERIED))
    nothing = ", ".join("NULL" for _ in UNQUERIED)
    ask(page, f"PREPARE flat AS WITH v AS (SELECT {columns}) FROM v UNION ALL SELECT {nothing} UNION ALL FROM v")
    done(page)
    ask(page, "EXECUTE flat")
    done(page)
    wanted = (
        oracle.connection()
        .execute("SET TimeZone = 'UTC'")
        .execute("SELECT " + ", ".join(f"({value})::VARCHAR" for value in UNQUERIED))
        .fetchall()[0]
    )
    rows = [page.locator(f"#result tbody tr:nth-child({n}) td").all_text_contents() for n in (1, 2, 3)]
    for value, text, *found in zip(UNQUERIED, wanted, *rows, strict=True):
        assert found == [text, "NULL", text], value
    ask(page, "PREPARE nested AS SELECT [1.5] AS listed; EXECUTE nested")
    expect(page.get_by_role("alert")).to_contain_text("the column listed")


def test_a_query_is_described_in_duckdbs_own_words(visit: Visit, tmp_path: Path) -> None:
    """Names as they were given, twice too; types; times in UTC wherever the reader is; errors at the reader's place."""
    page = visit().go("sql/")
    page.get_by_role("button", name="Load the console").click()
    ask(
        page,
        "SELECT 1 AS a, 2.5 AS a, {'k': [1]} AS s, TIMESTAMPTZ '2024-01-01 01:00:00+13' AS t, sum(1) AS h -- the end",
    )
    done(page)
    assert shown(page) == [["1", "2.5", "{'k': [1]}", "2023-12-31 12:00:00+00", "1"]]
    heads = page.locator("#result th")
    assert heads.all_inner_texts() == ["a", "a", "s", "t", "h"]
    types = [head.get_attribute("title") for head in heads.all()]
    assert types == ["INTEGER", "DECIMAL(2,1)", "STRUCT(k INTEGER[])", "TIMESTAMP WITH TIME ZONE", "HUGEINT"]
    assert [("n" in (head.get_attribute("class") or "").split()) for head in heads.all()] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert downloaded(page, tmp_path)[0] == ["a", "a", "s", "t", "h"]
    ask(page, "SELECT 1,\n  'x'::INTEGER")
    expect(page.get_by_role("alert")).to_contain_text("LINE 2")
    ask(page, "SELECT 1) UNION ALL (SELECT 2")
    expect(page.get_by_role("alert")).to_contain_text("syntax error")
    ask(page, "BEGIN; CREATE TEMP TABLE held (a INTEGER); INSERT INTO held VALUES (7) RETURNING a; COMMIT; FROM held")
    done(page)
    assert shown(page) == [["7"]]


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
