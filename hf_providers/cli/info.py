"""Which snapshot answers: where it is, when its facts were observed, and where they come from."""

from __future__ import annotations

from hf_providers.catalog import READS_SCHEMA
from hf_providers.cli import OK, answer, output, pick
from hf_providers.cli.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

COUNTED = ("models", "offers", "providers", "price_history", "status_history", "changes")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments of its own."""


def main(args: argparse.Namespace) -> int:
    """Show the snapshot's facts about itself."""
    with pick.catalog(args) as catalog:
        meta = catalog.meta()
        there = {row[0] for row in catalog.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        counts = {name: catalog.query(f"SELECT count(*) FROM {name}")[0][0] for name in COUNTED if name in there}  # noqa: S608 our own names
        found = {"path": catalog.path, **meta, "rows": counts}
        if args.format == "json":
            output.write_json({"schema_version": READS_SCHEMA, "snapshot": found})
        else:
            lines = {**found, "rows": ", ".join(f"{name} {count}" for name, count in counts.items())}
            print("\n".join(f"{key:<14} {clean(str(value))}" for key, value in lines.items()))
            print(answer.footer(output.Screen(args.color), catalog))
    return OK
