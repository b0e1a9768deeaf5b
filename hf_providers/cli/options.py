"""The options that every command has, and the name that the program goes by."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import NoReturn, Self

    from hf_providers.catalog.database import Catalog

FORMATS = ("table", "json", "csv", "markdown")


class Options:
    """The options of a command: made once, by a parser, and never changed.

    The types of a command's options are in its own file and in `option_types`.
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"options are made once: {name} cannot be changed to {value!r:.40}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"options are made once: {name} cannot be removed")

    def replaced(self, **others: object) -> Self:
        """Return these options with others in place of some."""
        return type(self)(self.__dict__ | others)


def common(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the options that every command has, in the form that the command of this name has them."""
    group = parser.add_argument_group("output and snapshot")
    formats = (*FORMATS, "parquet") if name == "bill" else FORMATS
    group.add_argument("--format", choices=formats, default="table", help="how to print (default: table)")
    group.add_argument("--json", dest="format", action="store_const", const="json", help="short for --format json")
    group.add_argument("--raw", action="store_true", help="CSV without ' before what spreadsheets take for a formula")
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colour (default: auto)")
    group.add_argument("--snapshot", metavar="DIR", help="a dataset folder or catalog.sqlite, instead of the usual one")


def open_catalog(named: str | None) -> Catalog:
    """Open the snapshot that --snapshot or the environment names, or the usual one.

    Raises:
        SnapshotError: there is none, or it can't be read.
    """
    from hf_providers.catalog.locate import open_snapshot  # the help needs none

    return open_snapshot(named, os.environ)


def called() -> str:
    """Return the name that the program was called by: `hf` runs its extensions as a script named `hf-providers`."""
    return "hf providers" if os.path.basename(sys.argv[0]).startswith("hf-providers") else "hfp"  # noqa: PTH119
