"""docs/cli.md, made from `hfp`'s own --help; with it docs/library.md, and docs/schema/ of what `hfp --json` prints."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.parser import parser
from pipeline.docs import library_page
from pipeline.docs.json_schemas import schemas

DOCS = Path(__file__).resolve().parents[2] / "docs"
WIDTH = 100
_INTRODUCTION = """\
# `hfp`

Generated from `--help` by `python -m pipeline docs`. `hf-providers` is the same program.

The snapshot that answers is `--snapshot` or `$HFP_SNAPSHOT` (a dataset folder or a `catalog.sqlite`), else the synced
cache (`$HFP_CACHE`, by default `hf-providers` in `$XDG_CACHE_HOME` or `~/.cache`; on macOS in `~/Library/Caches`, on
Windows in `%LOCALAPPDATA%`), else the snapshot that was installed with the program.
A damaged or too new one is refused (exit 3), and the error names the next one that can be read.

`--json` prints one object as [the schemas](schema/) describe it: prices are strings of decimals, times ISO in UTC, and
unknown values null. A pipe gets no colour; `$NO_COLOR` and `--color never` switch it off on a terminal, too.
`$COLUMNS` sets the width.

Completion: `source <(hfp completion bash)`, `source <(hfp completion zsh)`, or `hfp completion fish | source`.
"""


def reference() -> str:
    """Return docs/cli.md: the help of the default command, then of every other."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(WIDTH)  # the only way to tell argparse how wide it may write
    try:
        sections = [_section(name) for name in ("answer", *COMMANDS)]
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return "\n".join([_INTRODUCTION, *sections])


def _section(name: str) -> str:
    made = parser(name, import_module(f"hf_providers.cli.commands.{name}"))
    title = "hfp MODEL" if name == "answer" else made.prog
    return f"## `{title}`\n\n```text\n{made.format_help().rstrip()}\n```\n"


def files() -> dict[Path, str]:
    """Return every generated file's text by its path."""
    documents = {DOCS / "schema" / name: json.dumps(schema, indent=2) + "\n" for name, schema in schemas().items()}
    return {DOCS / "cli.md": reference(), DOCS / "library.md": library_page.page()} | documents
