"""The queries in another engine's SQL, translated by sqlglot; a test runs each dialect on offer.

Views come in the order in which they build on each other. `$name` becomes the engine's own named parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp

from hf_providers.catalog.schema import DERIVED, TABLES
from pipeline.publish.checks import CHECKS
from pipeline.publish.queries import QUERIES, Query, read_all


@dataclass(frozen=True, slots=True)
class Translated:
    """The queries in another dialect.

    Attributes:
        views: Queries over the dataset alone, by name, each after those it reads.
        others: Queries with parameters or over a user's own table, by name.
        checks: Queries that select rows which must not be published, by name.
    """

    views: Mapping[str, str]
    others: Mapping[str, str]
    checks: Mapping[str, str]

    def script(self) -> str:
        """Return the statements that create every view, each ending with a semicolon and a newline."""
        made = (f"CREATE OR REPLACE TEMPORARY VIEW {name} AS\n{sql};\n" for name, sql in self.views.items())
        return "\n".join(made)


def translate(dialect: str, folder: Path = QUERIES, checks: Path = CHECKS) -> Translated:
    """Return every query and check in the dialect of an engine: spark.

    Raises:
        QueryError: a query's comment does not describe it.
        sqlglot.errors.SqlglotError: a statement cannot be translated.
    """
    queries = {query.name: query for query in read_all(folder)}
    trees = {name: _parsed(query.sql) for name, query in queries.items()}
    sql = {name: _said(_inlined(tree, queries, trees), dialect) for name, tree in trees.items()}
    reads = {name: {table.name for table in tree.find_all(exp.Table)} - _own(tree) for name, tree in trees.items()}
    known = queries.keys() | TABLES.keys() | DERIVED.keys()
    plain = [name for name, query in queries.items() if not query.parameters and reads[name] <= known]
    return Translated(
        views={name: sql[name] for name in _ordered(plain, reads)},
        others={name: text for name, text in sql.items() if name not in plain},
        checks={path.stem: _said(_parsed(path.read_text(encoding="utf-8")), dialect) for path in _sql_files(checks)},
    )


def _sql_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sql"))


def _parsed(sql: str) -> exp.Expression:
    tree = sqlglot.parse_one(sql, read="duckdb")
    if not isinstance(tree, exp.Expression):
        raise TypeError("a query is an expression")
    return tree


def _own(tree: exp.Expression) -> set[str]:
    """Return the names that a statement defines itself, such as its CTEs."""
    return {cte.alias for cte in tree.find_all(exp.CTE)}


def _ordered(names: Sequence[str], reads: Mapping[str, set[str]]) -> list[str]:
    """Return the names, each after those that it reads."""
    ordered: list[str] = []

    def visit(name: str) -> None:
        for other in sorted(reads[name] & set(names)):
            visit(other)
        if name not in ordered:
            ordered.append(name)

    for name in names:
        visit(name)
    return ordered


def _inlined(tree: exp.Expression, queries: Mapping[str, Query], trees: Mapping[str, exp.Expression]) -> exp.Expression:
    """Return a statement with each call of a query with parameters replaced by that query and its arguments."""
    tree = tree.copy()
    for table in list(tree.find_all(exp.Table)):
        call = table.this
        if not isinstance(call, exp.Anonymous) or call.name not in queries:
            continue
        names = [parameter.name for parameter in queries[call.name].parameters]
        arguments = dict(zip(names, call.expressions, strict=True))
        body = trees[call.name].copy()
        for parameter in list(body.find_all(exp.Placeholder)):
            parameter.replace(arguments[parameter.name].copy())
        table.replace(exp.Subquery(this=body, alias=table.args.get("alias")))
    return tree


def _said(tree: exp.Expression, dialect: str) -> str:
    portable = tree.transform(_for_spark)
    return portable.sql(dialect=dialect, pretty=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _for_spark(node: exp.Expression) -> exp.Expression:
    """Return the expression that means in Spark, whatever a session's zone, what this one means in DuckDB."""
    replaced: exp.Expression = node
    if isinstance(node, exp.AtTimeZone):
        moment = exp.cast(node.this.copy(), exp.DType.TIMESTAMPNTZ)  # what a clock of the session's zone shows
        replaced = exp.Anonymous(this="CONVERT_TIMEZONE", expressions=[node.args["zone"].copy(), moment])
    elif isinstance(node, exp.DataType) and node.this is exp.DType.INT128:
        replaced = exp.DataType.build("DECIMAL(38, 0)")
    elif isinstance(node, exp.DateDiff) and node.text("unit").upper() == "SECOND":
        # DuckDB counts the second boundaries in between, Spark the whole seconds that passed.
        end, begin = (exp.func("unix_seconds", part.copy()) for part in (node.this, node.expression))
        replaced = exp.Paren(this=exp.Sub(this=end, expression=begin))
    return replaced
