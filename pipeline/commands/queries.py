"""Print the queries in another engine's SQL, or write them into a folder: the views, and each query with parameters."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "translate the queries into another engine's SQL"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--dialect", choices=("spark",), required=True, help="whose SQL")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write views.sql, NAME.sql and checks/NAME.sql into it")


def main(args: argparse.Namespace) -> int:
    """Print what creates the views, or write every query and check into a folder."""
    from pipeline.publish import dialects

    translated = dialects.translate(args.dialect)
    if args.out is None:
        print(translated.script())
        return 0
    (args.out / "checks").mkdir(parents=True, exist_ok=True)
    (args.out / "views.sql").write_text(translated.script(), encoding="utf-8")
    for name, sql in translated.others.items():
        (args.out / f"{name}.sql").write_text(f"{sql}\n", encoding="utf-8")
    for name, sql in translated.checks.items():
        (args.out / "checks" / f"{name}.sql").write_text(f"{sql}\n", encoding="utf-8")
    print(f"wrote {len(translated.views)} views, {len(translated.others)} queries and {len(translated.checks)} checks")
    return 0
