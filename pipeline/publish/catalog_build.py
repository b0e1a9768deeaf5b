"""The published tables as one SQLite file, from which `hfp` and the library answer.

Each table keeps its name and columns; a price is exact text without trailing zeros, a time ISO text of whole
seconds, a list or map JSON. Added for answers alone: models in the order of their use, which model was made from which,
families of names, daily medians, models known only from the histories, and a trigram index over the ids. The same
content gives the same bytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.candidates import VARIANT_WORDS
from hf_providers.catalog.columns import Column, Table
from hf_providers.catalog.database import APPLICATION_ID
from hf_providers.catalog.exact import FORMER, NAME_KEY
from hf_providers.catalog.names import index_text, words
from hf_providers.catalog.schema import DERIVED, ROUTE, SCHEMA_VERSION, TABLES
from hf_providers.rules import readiness
from hf_providers.rules.recency import recent_since
from pipeline.assemble.column_values import converted, values
from pipeline.assemble.tables import BATCH_ROWS

PAGE_SIZE: Final = 4096
"""As in file systems: an answer reads about ten pages, and larger ones would only mean more bytes."""
LEFT_OUT: Final = frozenset({"measurements", "runs", "quarantine"})
"""Tables left out: measurements are condensed to days; runs concern the operator, and are in the Parquet."""

_SQL_TYPES: Final = {
    "string": "TEXT",
    "bool": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "INTEGER",
    "float32": "REAL",
    "float64": "REAL",
    "timestamp": "TEXT",
    "price": "TEXT",
}
_DAILY: Final = readiness.MEASUREMENTS

GENERIC_WORDS: Final = VARIANT_WORDS | {
    "instruct",
    "chat",
    "it",
    "base",
    "thinking",
    "reasoning",
    "preview",
    "hf",
    "bf16",
}
"""Words at the end of a name that do not make it a different family."""


def build(tables: Mapping[str, pa.Table], path: Path, meta: Mapping[str, str]) -> None:
    """Write the catalog of `tables`, which must hold models and offers, to `path`; a file there is replaced.

    Args:
        tables: published tables by name, each in its declared schema and sorted by its key.
        path: the file to write.
        meta: facts about the snapshot itself, by key.

    Raises:
        OSError, sqlite3.Error: the file can't be written.
    """
    unpacked = path.with_name(f"{path.name}.unpacked")
    for left in (path, unpacked):
        left.unlink(missing_ok=True)
    connection = sqlite3.connect(unpacked, isolation_level=None)
    try:
        _write(connection, tables, meta)
        connection.execute("VACUUM INTO ?", (str(path),))  # in place, it would hold a copy of all in memory
    finally:
        connection.close()
        unpacked.unlink(missing_ok=True)


def _write(connection: sqlite3.Connection, tables: Mapping[str, pa.Table], meta: Mapping[str, str]) -> None:
    run = connection.execute
    # No journal: nobody reads the file before it is complete, and a half-written one is deleted.
    for pragma in (f"page_size={PAGE_SIZE}", "journal_mode=OFF", "synchronous=OFF", "temp_store=MEMORY",
                   f"application_id={APPLICATION_ID}", f"user_version={SCHEMA_VERSION}"):  # fmt: skip
        run(f"PRAGMA {pragma}")
    run("BEGIN")
    popularity = _popularity(tables["models"], tables["offers"])
    known = TABLES | DERIVED
    for name in sorted(tables.keys() & known.keys() - LEFT_OUT):
        data = _most_used_first(tables[name], popularity) if name == "models" else tables[name]
        _insert_table(connection, known[name], data)
    if "measurements" in tables:
        _insert_days(connection, tables["measurements"])
    _insert(connection, "meta", ("key TEXT", "value TEXT"), sorted((_dates(tables["offers"]) | dict(meta)).items()))
    _insert_lineage(connection)
    _insert_ranks(connection, popularity)
    _insert_names(connection)
    if {"price_history", "status_history"} <= tables.keys():
        run(f"CREATE TABLE former AS {FORMER}")
    run("CREATE INDEX offers_own_id ON offers (provider_model_id)")
    run("CREATE INDEX offers_provider ON offers (provider)")
    run(f"CREATE INDEX models_name ON models ({NAME_KEY})")
    run("COMMIT")


def _dates(offers: pa.Table) -> dict[str, str]:
    """Return the newest observation of an offer, and since when one counts as recent; nothing where none is dated."""
    newest = pc.max(offers["observed_at"]).as_py()
    since = recent_since([{"observed_at": newest}])
    return {} if since is None else {"observed_at": _iso(newest), "recent_since": _iso(since)}


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _popularity(models: pa.Table, offers: pa.Table) -> dict[str, int]:
    """How much each model is used: live offers, likes and downloads multiplied, so that no single one decides.

    An unknown count is treated as 0: the figure is used for ordering only.
    """
    live = Counter(offers.filter(pc.equal(offers["status"], "live"))["model_id"].to_pylist())
    counts = zip(*(models[name].to_pylist() for name in ("model_id", "likes", "downloads")), strict=True)
    return {
        model_id: min((1 + live[model_id]) * (1 + (likes or 0)) * (1 + (downloads or 0)), 2**63 - 1)
        for model_id, likes, downloads in counts
    }


def _most_used_first(models: pa.Table, popularity: Mapping[str, int]) -> pa.Table:
    ids = models["model_id"].to_pylist()
    order = sorted(range(len(ids)), key=lambda row: (-popularity[ids[row]], ids[row]))
    return models.take(pa.array(order, pa.int64()))


def _insert_table(connection: sqlite3.Connection, table: Table, data: pa.Table) -> None:
    columns = [f"{column.name} {_SQL_TYPES.get(column.type, 'JSON')}" for column in table.columns]
    _insert(connection, table.name, columns, _rows(table, data))
    # Answers look up a model or a provider, which has few rows of a table: an index over the whole key would be large.
    connection.execute(f"CREATE INDEX {table.name}_key ON {table.name} ({table.key[0]})")


def _rows(table: Table, data: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Yield the rows, made in parts: as Python's objects they take several times the memory that Arrow needs."""
    for start in range(0, data.num_rows, BATCH_ROWS):
        part = data.slice(start, BATCH_ROWS)
        yield from zip(*(_values(column, part[column.name]) for column in table.columns), strict=True)


def _insert(connection: sqlite3.Connection, name: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Create a table and fill it. Its name and columns are the project's own, so the SQL may contain them."""
    connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608


def _values(column: Column, data: pa.ChunkedArray) -> list[Any]:
    if column.type == "timestamp":
        return converted(data.cast(pa.timestamp("s", "UTC"), safe=False), _moments)
    if column.type == "price":
        return converted(data, _prices)
    if column.type == "list<base_model>":
        return _base_models(data)
    if column.type not in _SQL_TYPES:
        return [None if value is None else json.dumps(value, ensure_ascii=False) for value in values(data)]
    return values(data)


def _moments(times: pa.Array) -> list[Any]:
    texts: list[Any] = pc.strftime(times, "%Y-%m-%dT%H:%M:%SZ").to_pylist()
    return texts


def _prices(prices: pa.Array) -> list[Any]:
    return [format(price.normalize(), "f") for price in prices.to_pylist()]


def _base_models(lists: pa.ChunkedArray) -> list[str | None]:
    """Return lists of base models as JSON; what thousands of models are made from is written once."""
    found: list[str | None] = []
    known: dict[tuple[str, str], str] = {}
    for chunk in lists.chunks:
        models = chunk.flatten()
        pairs = zip(*(values(pa.chunked_array([models.field(name)])) for name in ("model_id", "relation")), strict=True)
        texts = iter([known.get(pair) or known.setdefault(pair, _base_model(*pair)) for pair in pairs])
        lengths = pc.list_value_length(chunk).to_pylist()
        found += [None if length is None else f"[{', '.join(islice(texts, length))}]" for length in lengths]
    return found


def _base_model(model_id: str, relation: str) -> str:
    return json.dumps({"model_id": model_id, "relation": relation}, ensure_ascii=False)


def _insert_days(connection: sqlite3.Connection, measurements: pa.Table) -> None:
    """Add the medians of the values first seen on a day (UTC), and the number of observations."""
    frame = pl.DataFrame(measurements)
    days = (
        frame.group_by(*ROUTE, pl.col("observed_at").dt.strftime("%Y-%m-%d").alias("day"))
        .agg(*(pl.col(name).cast(pl.Float64).median() for name in _DAILY), pl.len().alias("n"))
        .sort(*ROUTE, "day")
    )
    columns = [f"{name} TEXT" for name in (*ROUTE, "day")] + [f"{name} REAL" for name in _DAILY] + ["n INTEGER"]
    _insert(connection, "measurements_daily", columns, days.iter_rows())
    connection.execute("CREATE INDEX measurements_daily_key ON measurements_daily (model_id)")


def _insert_lineage(connection: sqlite3.Connection) -> None:
    """Add which model declares to be made from which; by row number, so that the index gives the most used first."""
    _insert(connection, "lineage", ("model INTEGER", "base_id TEXT", "relation TEXT"), ())
    connection.execute(
        "INSERT INTO lineage SELECT m.rowid, j.value ->> 'model_id', j.value ->> 'relation'"
        " FROM models m, json_each(m.base_models) j ORDER BY m.rowid, j.key"
    )
    connection.execute("CREATE INDEX lineage_model ON lineage (model, base_id)")
    connection.execute("CREATE INDEX lineage_base ON lineage (base_id, model)")


def _insert_ranks(connection: sqlite3.Connection, popularity: Mapping[str, int]) -> None:
    """Add each model's use, and its family where another model shares it."""
    named = connection.execute("SELECT rowid, model_id, name FROM models ORDER BY rowid").fetchall()
    family = families(name for _, _, name in named)
    members = Counter(family[name] for _, _, name in named)
    shared = {name: family[name] if members[family[name]] > 1 else None for _, _, name in named}
    rows = ((row, popularity[model_id], shared[name]) for row, model_id, name in named)
    _insert(connection, "ranks", ("model INTEGER PRIMARY KEY", "popularity INTEGER", "family TEXT"), rows)
    connection.execute("CREATE INDEX ranks_family ON ranks (family, model) WHERE family IS NOT NULL")


def families(names: Iterable[str]) -> dict[str, str | None]:
    """Return the family of each name: the shortest other name with a version that it begins with.

    DeepSeek-R1-0528 and DeepSeek-R1-Distill-Qwen-32B are of the family `deepseek r1`, because there is a
    DeepSeek-R1. A guess, and to be shown as one. None where the name has no number: `stable diffusion` is no family.
    """
    stems = {name: _stem(words(name)) for name in names}
    known = set(stems.values())
    return {name: next(_known_beginnings(stem, known), None) for name, stem in stems.items()}


def _known_beginnings(stem: tuple[str, ...], known: set[tuple[str, ...]]) -> Iterator[str]:
    for length in range(2, len(stem) + 1):
        beginning = stem[:length]
        if beginning in known and any(letter.isdigit() for word in beginning for letter in word):
            yield " ".join(beginning)


def _stem(match: list[str]) -> tuple[str, ...]:
    """Return the words without the generic and dated ones at the end; at least two of them."""
    end = len(match)
    while end > 2 and (match[end - 1] in GENERIC_WORDS or _is_date(match[end - 1])):
        end -= 1
    return tuple(match[:end])


def _is_date(word: str) -> bool:
    """Whether it looks like 0528 or 2507."""
    return word.isdigit() and len(word) == 4


def _insert_names(connection: sqlite3.Connection) -> None:
    """Add the trigram index: row numbers only, no text or positions. `trigrams` counts the models that have each."""
    run = connection.execute
    options = "content='', detail=none, columnsize=0, tokenize='trigram'"
    run(f"CREATE VIRTUAL TABLE names USING fts5(text, {options})")
    ids = run("SELECT rowid, model_id FROM models ORDER BY rowid").fetchall()
    texts = ((row, index_text(model_id)) for row, model_id in ids)
    connection.executemany("INSERT INTO names (rowid, text) VALUES (?, ?)", texts)
    run("INSERT INTO names (names) VALUES ('optimize')")
    run("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, names, row)")
    run("CREATE TABLE trigrams (term TEXT PRIMARY KEY, models INTEGER) WITHOUT ROWID")
    run("INSERT INTO trigrams SELECT term, doc FROM temp.terms")
    run("DROP TABLE temp.terms")
