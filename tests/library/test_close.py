"""No connection is left open: Python 3.13 warns of one that is, and every version keeps its file descriptor."""

from __future__ import annotations

import gc
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hf_providers import Model, SnapshotError, calculate_cost, open_snapshot
from hf_providers.catalog import database
from hf_providers.provider import Providers
from tests.cli.hfp import ROOT, catalog, model

PROGRAMS = (
    "from hf_providers import Model; Model('r1').cheapest",
    "from hf_providers import open_snapshot; open_snapshot()",
    "from hf_providers import Model, open_snapshot; Model('r1', open_snapshot()).fastest",
    "from hf_providers import providers; len(list(providers))",
    "from hf_providers.cli.main import main; main(['r1'])",
    "from hf_providers.cli.main import main; main(['__complete', 'deepseek-r'])",
)


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Every connection that the catalog opens, kept so that only `close` can close it."""
    kept: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def keep(*args: object, **options: object) -> sqlite3.Connection:
        kept.append(connect(*args, **options))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(database.sqlite, "connect", keep)
    return kept


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return catalog(tmp_path / "catalog.sqlite", {"models": [model("a/Big-1")]})


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def no_database(path: Path) -> None:
    path.write_bytes(b"<html>404</html>" * 100)


def holed(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def of_another(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA application_id = 7")
    connection.close()


@pytest.mark.parametrize("damage", [cut, no_database, holed, of_another])
def test_a_catalog_that_is_refused_is_closed(
    path: Path, opened: list[sqlite3.Connection], damage: Callable[[Path], None]
) -> None:
    damage(path)
    opened.clear()
    with pytest.raises(SnapshotError):
        database.Catalog(str(path)).models()
    gc.collect()
    with pytest.raises(SnapshotError):
        open_snapshot(path).catalog.models()
    gc.collect()
    assert len(opened) >= 2
    assert all(map(is_closed, opened))


def test_whatever_is_raised_while_opening_closes(
    path: Path, opened: list[sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(database.Catalog, "query", interrupted)
    with pytest.raises(KeyboardInterrupt):
        database.Catalog(str(path))
    assert list(map(is_closed, opened)) == [True]


def test_a_snapshot_is_a_context_manager(path: Path, opened: list[sqlite3.Connection]) -> None:
    with open_snapshot(path) as snapshot:
        assert Model("a/Big-1", snapshot).name == "Big-1"
        assert not any(map(is_closed, opened))
    assert all(map(is_closed, opened))
    snapshot.close()  # once more does no harm
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        snapshot.catalog.models()


def test_a_snapshot_lives_as_long_as_what_reads_from_it(path: Path, opened: list[sqlite3.Connection]) -> None:
    found = open_snapshot(path).catalog
    gc.collect()
    assert [row["model_id"] for row in found.models()] == ["a/Big-1"]
    held = Model("a/Big-1", open_snapshot(path))
    other = Providers(open_snapshot(path))
    gc.collect()
    assert (held.variants, len(other)) == ((), 0)
    assert calculate_cost([], open_snapshot(path))["total_cost_nano_usd"] == 0
    del found, held, other
    gc.collect()
    assert len(opened) == 4
    assert all(map(is_closed, opened))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_ends_leaves_nothing_open(program: str, data: Path) -> None:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    environment = {**os.environ, "HFP_SNAPSHOT": str(data)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_statement_numbers_its_placeholders() -> None:
    """Bound from a sequence they are deprecated from Python 3.12 on, and 3.12.0 to 3.12.3 warn of `?1` too."""
    sources = [path for folder in ("hf_providers", "pipeline") for path in (ROOT / folder).rglob("*.py")]
    numbered = re.compile(r"(SELECT|WHERE|VALUES|LIKE|LIMIT|=)[^\n]*\?[0-9]")
    assert numbered.search("SELECT a WHERE b LIKE ?1")
    assert [str(path) for path in sources if numbered.search(path.read_text(encoding="utf-8"))] == []
