"""Only what a statement names is made, and the answer is that of a connection with everything."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from hf_providers.catalog import duckdb_tables, query_views
from hf_providers.catalog.schema import TABLES
from pipeline.assemble.tables import empty
from pipeline.publish.queries import QUERIES

STATEMENTS = [
    "SELECT 1 AS one",
    "SELECT count(*) AS n FROM offers",
    'SELECT "model_id" FROM "CHEAPEST" ORDER BY ALL LIMIT 3',
    "WITH offers AS (SELECT 1 AS n) SELECT n FROM offers",
    "SELECT provider, models FROM provider_summary ORDER BY ALL",
    "SELECT * FROM price_as_of('2026-03-01') ORDER BY ALL LIMIT 5",
    'SELECT count(*) AS n FROM U&"off\\0065rs"',
    "SELECT table_name FROM information_schema.tables ORDER BY 1",
    "SHOW TABLES",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_answer_is_that_of_a_connection_with_everything(data: Path, statement: str) -> None:
    with duckdb_tables.connect(data) as whole:
        try:
            wanted = whole.execute(statement).fetchall()
        except duckdb.Error as error:
            wanted = [(type(error),)]
    try:
        found = duckdb_tables.run(str(data), {}, statement)[1]
    except duckdb.Error as error:
        found = [(type(error),)]
    assert found == [tuple(map(duckdb_tables.plain, row)) for row in wanted]


@pytest.mark.parametrize(
    ("statement", "made"),
    [
        ("SELECT 1", set()),
        ("FROM offers", {"offers"}),
        ("SELECT 'cheapest' FROM models -- offers", {"models", "cheapest", "offers", "recent_offers"}),
        ("FROM cheapest", {"offers", "recent_offers", "cheapest"}),
    ],
)
def test_what_a_statement_names_is_made_and_nothing_else(data: Path, statement: str, made: set[str]) -> None:
    """A name in a text or a comment of the statement costs its view, and changes nothing."""
    with duckdb_tables.connect(data, statement) as connection:
        there = {
            name for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        }
        macros = "SELECT count(*) FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
        assert connection.execute(macros).fetchall() == [(0,)]
    assert there == made


def test_a_name_that_is_not_there_is_answered_as_with_everything(data: Path) -> None:
    """With the names that are like it."""
    with pytest.raises(duckdb.CatalogException, match="cheapest"):
        duckdb_tables.run(str(data), {}, "FROM cheapst")


def test_each_query_comes_after_what_it_builds_on() -> None:
    """DuckDB is the judge: it makes no view on what is not there, and such a query would be left out."""
    every = sorted(path.stem for path in QUERIES.glob("*.sql"))
    with duckdb.connect() as connection:
        duckdb_tables.register(connection, {name: empty(table) for name, table in TABLES.items()})
        query_views.add_views(connection, QUERIES, reversed(every))
        views = "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        macros = "SELECT function_name FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
        made = {name for (name,) in connection.execute(f"{views} UNION ALL {macros}").fetchall()}
    assert made >= set(every) - {"bill"}, "bill reads a table of the user's own"


def test_names_in_comments_and_texts_order_nothing() -> None:
    texts = {"a": "-- as in b\nSELECT 1", "b": "SELECT 'c' FROM a", "c": "FROM b"}
    assert query_views.in_order(texts, ["a", "c"]) == ["a", "b", "c"]


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.sql")), ids=lambda path: path.stem)
def test_no_column_is_taken_for_a_parameter(path: Path) -> None:
    """In a table macro an argument's name means the argument, unless a table stands before it."""
    tree = sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb")
    parameters = {placeholder.name for placeholder in tree.find_all(exp.Placeholder)}
    assert {column.name for column in tree.find_all(exp.Column) if not column.table} & parameters == set()
