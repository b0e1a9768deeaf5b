"""What a statement of `hfp sql` may do: read the dataset, and the files that were named for it, and nothing else.

A statement may come from a web page or an agent. DuckDB by itself would let it read and overwrite any file of the
user's, fetch from any host, and load extensions, which are programs.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from hf_providers.errors import StatementRefused

_READING: Final = frozenset({"SELECT", "MULTI", "EXPLAIN", "CREATE", "SET"})
"""MULTI is a PIVOT; CREATE makes tables and macros in memory; of a locked configuration SET changes variables alone."""
_EXPLAIN: Final = re.compile(r"\s*EXPLAIN\b(?:\s*\([^)]*\)|\s+ANALYZE\b)?", re.IGNORECASE)
_READERS: Final = re.compile(
    r"read_\w+|parquet_\w+|glob|sniff_csv|unnest|range|generate_series|repeat(_row)?|json_(each|tree)|query_table|"
    r"summary|histogram(_values)?|duckdb_\w+|pragma_\w+|\w+_names|test_all_types"
)
"""Table functions that read. Others run a text as SQL, change the parser, or write a log or a profile."""
UNSAFE: Final = "where you trust the statement: hfp sql --unsafe …"
READ: Final = "let a file of your own be read: hfp sql --read FILE …; --unsafe lifts every limit"


def check_reads_only(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raise where one of the statements does more than read: some write into a folder that may only be read.

    Raises:
        StatementRefused: one does.
        duckdb.Error: it is no SQL.
    """
    for statement in connection.extract_statements(query):
        name = _kind(statement)
        if name not in _READING:
            raise _refused(name)
        if name == "EXPLAIN":  # with ANALYZE it runs what it explains
            try:
                check_reads_only(connection, _EXPLAIN.sub("", statement.query, count=1))
            except duckdb.Error:
                raise StatementRefused("hfp sql cannot tell what this EXPLAIN would run", UNSAFE) from None
    _check_words(connection, query)


def _kind(statement: duckdb.Statement) -> str:
    """Return the kind of a statement; DuckDB has some for which its own list has no name."""
    try:
        return statement.type.name
    except ValueError:
        return statement.query.split(maxsplit=1)[0].upper()[:20]


def _check_words(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Refuse COPY, which may also stand within a SELECT, and calls of table functions that do more than read."""
    words = _words(query)
    if "COPY" in map(str.upper, words):
        raise _refused("COPY")
    called = {word.strip('"').lower() for word, after in itertools.pairwise(words) if after.startswith("(")}
    if not (asked := sorted(name for name in called if not _READERS.fullmatch(name))):
        return  # DuckDB's list of its functions takes as long to make as a connection
    sql = (
        "SELECT DISTINCT function_name FROM duckdb_functions()"
        " WHERE function_type IN ('table', 'pragma') AND list_contains(?, function_name)"
    )
    for (name,) in connection.execute(sql, [asked]).fetchall():
        raise _refused(f"{name}()")


def _words(query: str) -> list[str]:
    """Return the words and signs of statements, without strings and comments.

    Places are counted in bytes, and other spaces than ASCII's end a word for DuckDB, but not where it tells tokens.
    """
    plain = "".join(sign if sign.isascii() else "x" if sign.isalnum() else " " for sign in query)
    tokens = duckdb.tokenize(plain)
    ends = [place for place, _ in tokens[1:]] + [len(plain)]
    left_out = (duckdb.token_type.string_const, duckdb.token_type.comment)
    return [plain[place:end].strip() for (place, kind), end in zip(tokens, ends, strict=True) if kind not in left_out]


def _refused(what: str) -> StatementRefused:
    return StatementRefused(f"hfp sql only reads: {what} is not allowed", UNSAFE)


def confine(connection: duckdb.DuckDBPyConnection, root: Path, readable: Sequence[str]) -> None:
    """Close the connection to all but the dataset's folder and the files and folders that may be read, for good.

    Args:
        connection: What the statement will run in.
        root: The dataset's folder.
        readable: Files and folders that were named for this statement.
    """
    named = [place for path in readable for place in (os.path.abspath(path), os.path.realpath(path))]  # noqa: PTH100
    folders = [str(root.resolve()), *(place for place in named if Path(place).is_dir())]
    plain_files = [place for place in named if not Path(place).is_dir()]
    connection.execute(f"SET allowed_directories = [{_listed(folders)}]")
    connection.execute(f"SET allowed_paths = [{_listed(plain_files)}]")
    for setting in (
        "python_enable_replacements = false",  # a name would mean a variable of this program
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "temp_directory = ''",  # what does not fit into memory would be written beside the user's files
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def _listed(paths: Sequence[str]) -> str:
    return ", ".join("'" + path.replace("'", "''") + "'" for path in dict.fromkeys(paths))
