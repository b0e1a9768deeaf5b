"""Verify a published dataset: every file's hash, every table's schema and keys, and the SQL checks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hf_providers.catalog.schema import TABLES
from pipeline.publish import dataset
from pipeline.publish.checks import sql_checks

HELP = "verify a published dataset"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "dataset", type=Path, nargs="?", default=Path("data"), help="the dataset folder (default: data)"
    )


def main(args: argparse.Namespace) -> int:
    """Return 0 if every check passes; otherwise print what fails, and return 1."""
    checked = dataset.load_existing(args.dataset)
    content = {name: checked.table(name) for name in TABLES}
    findings = sql_checks(content)
    for finding in findings:
        print(finding, file=sys.stderr)
    if not findings:
        sizes = ", ".join(f"{name} {table.num_rows}" for name, table in content.items())
        print(f"{args.dataset} holds {checked.manifest.version}: {sizes}")
    return 1 if findings else 0
