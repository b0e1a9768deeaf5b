"""Which snapshot answers: where it is, when its facts were observed, and where they come from."""

from __future__ import annotations

from hf_providers.catalog import READS_SCHEMA
from hf_providers.cli import OK, output, pick
from hf_providers.cli.table import Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

COUNTED = ("models", "offers", "providers", "price_history", "status_history", "changes")
FIELDS = (output.Field("key", Column("Key")), output.Field("value", Column("Value")))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments of its own."""


def main(args: argparse.Namespace) -> int:
    """Show the snapshot's facts about itself, and how many rows it has of what."""
    with pick.catalog(args) as catalog:
        there = {row[0] for row in catalog.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        counts = {name: catalog.query(f"SELECT count(*) FROM {name}")[0][0] for name in COUNTED if name in there}  # noqa: S608 our own names
        meta = {"path": catalog.path, **catalog.meta()}
        if args.format == "json":
            output.write_json({"schema_version": READS_SCHEMA, "snapshot": {**meta, "rows": counts}})
        else:
            rows = [{"key": key, "value": value} for key, value in (meta | counts).items()]
            output.listing(args, FIELDS, rows, catalog)
    return OK
