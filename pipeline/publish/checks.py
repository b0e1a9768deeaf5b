"""The SQL checks that every run has to pass before it publishes.

They catch our own mistakes: keys, intervals and derived values. An odd statement of a source is published, held or
quarantined as one row, and is never a reason to publish nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

CHECKS = Path(__file__).resolve().parents[2] / "queries" / "checks"


def sql_checks(tables: Mapping[str, pa.Table], folder: Path = CHECKS) -> list[str]:
    """Run every check over the tables and return one line for each that selects rows.

    Raises:
        duckdb.Error: a check is not valid SQL over the tables.
    """
    findings = []
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        for check in sorted(folder.glob("*.sql")):
            query = f"SELECT columns(*)::VARCHAR FROM ({check.read_text(encoding='utf-8')}) LIMIT 4"  # noqa: S608 our own file
            bad = connection.execute(query).fetchall()
            if bad:
                examples = "; ".join(", ".join(map(str, row)) for row in bad[:3])
                findings.append(f"{check.stem}: {examples}{' …' if len(bad) > 3 else ''}")
    return findings
