"""Create the queries as views of a DuckDB connection: those that a statement names, each after those it reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import duckdb

PARAMETER = re.compile(r"\$([a-z]\w*)")
"""A parameter in a query."""
_ASKS_WHICH = re.compile(r"\b(?:show|describe|pragma\w*|information_schema|(?:duckdb|sqlite|pg)_\w+)\b", re.IGNORECASE)
"""Statements that ask which tables exist, not for rows."""
_NO_NAME = re.compile(r"--[^\n]*|'[^']*'")
"""Parts of a query that name nothing: comments and string literals."""
_HERE = Path(__file__).resolve().parents[1]


def queries_folder() -> Path:
    """Return the folder of the queries: installed with the program, or in a checkout."""
    bundled = _HERE / "_bundled" / "queries"
    return bundled if bundled.is_dir() else _HERE.parent / "queries"


def named(statement: str, names: Collection[str]) -> set[str]:
    """Return which of the names a statement may use: all of them where it asks which tables exist."""
    return set(names) if _ASKS_WHICH.search(statement) else _words(statement) & set(names)


def read_by(folder: Path, statement: str, tables: Collection[str]) -> tuple[set[str], list[str]]:
    """Return which tables and which queries a statement may read, a query after what it builds on."""
    texts = _texts(folder)
    views = in_order(texts, named(statement, texts))
    read = set[str]().union(*(_words(_NO_NAME.sub(" ", texts[name])) for name in views))
    return named(statement, tables) | (read & set(tables)), views


def in_order(texts: Mapping[str, str], wanted: Iterable[str]) -> list[str]:
    """Return the wanted queries and those that they read, each after these.

    Args:
        texts: The SQL of every query by its name.
        wanted: Names of queries.
    """
    found: dict[str, None] = {}
    seen = set[str]()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for other in sorted(_words(_NO_NAME.sub(" ", texts[name])) & set(texts)):
            visit(other)
        found[name] = None

    for name in wanted:
        visit(name)
    return list(found)


def add_views(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    wanted: Iterable[str] | None = None,
    *,
    computed: bool = False,
) -> None:
    """Create queries under their names, and those that they read.

    A query becomes a view; one with parameters (`$name`) a table macro with arguments of these names. One that reads a
    table which this dataset does not have is left out.

    Args:
        connection: Where the tables are known by name.
        folder: The queries.
        wanted: Names of queries; all of them if None.
        computed: Whether the rows of each are kept, for a caller that reads most of them: a query that builds on
            another then does not compute it again.

    Raises:
        duckdb.Error: a query is not valid SQL over the tables.
    """
    texts = _texts(folder)
    for name in in_order(texts, sorted(texts) if wanted is None else wanted):
        try:
            connection.execute(creation(name, texts[name], computed=computed))
        except duckdb.CatalogException:
            continue


def creation(name: str, sql: str, *, computed: bool = False) -> str:
    """Return the statement that creates a query: a view or temporary table, or with parameters a table macro."""
    parameters = dict.fromkeys(PARAMETER.findall(sql))
    if not parameters:
        return f'CREATE {"TEMP TABLE" if computed else "VIEW"} "{name}" AS {sql}'
    # An argument stands for every unqualified column of its name: queries qualify those.
    arguments, body = ", ".join(parameters), PARAMETER.sub(r"\1", sql)
    return f'CREATE MACRO "{name}"({arguments}) AS TABLE {body}'


def _words(sql: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w+", sql)}


def _texts(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
