"""The SQL console answers as DuckDB does on the files: decimals to the last digit, every type as its own text."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser import oracle
from tests.browser.conftest import Visit
from tests.browser.console import ask, done, downloaded, shown

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
    assert page.get_by_role("alert").inner_text().count("LINE 2") == 1
    ask(page, "SELECT 1) UNION ALL (SELECT 2")
    expect(page.get_by_role("alert")).to_contain_text("syntax error")
    ask(page, "BEGIN; CREATE TEMP TABLE held (a INTEGER); INSERT INTO held VALUES (7) RETURNING a; COMMIT; FROM held")
    done(page)
    assert shown(page) == [["7"]]
