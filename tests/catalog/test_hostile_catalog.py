"""A catalog from a stranger, or from a bad disk: refused as such, in bounded time and memory, and never a defect."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from hf_providers.catalog import damage, database
from hf_providers.catalog.database import Catalog
from hf_providers.errors import SnapshotError
from tests.cli.hfp import AT, Hfp, catalog, model, offer, priced, provider

PRICE = {"input_usd_per_mtok": Decimal("0.5"), "output_usd_per_mtok": Decimal("2.5")}
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
PROGRAMS = {
    "a view in place of a table": (
        f"ALTER TABLE meta RENAME TO m; CREATE VIEW meta AS {ENDLESS} SELECT i AS key, i AS value FROM n"
    ),
    "a view beside": f"CREATE VIEW v AS {ENDLESS} SELECT i FROM n",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM meta; END",
    "another virtual table": "CREATE VIRTUAL TABLE v USING fts5vocab(names, row)",
    "a generated column": "ALTER TABLE meta ADD COLUMN big AS (zeroblob(1000000000))",
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    measured = {"throughput_tps": 9.5, "ttft_ms": 100.0, "context_length": 8192, "observed_at": AT, "measured_at": AT}
    rows = {
        "models": [model("acme/Chat-7B", parameters=7 * 10**9, created_at=AT, likes=3), model("acme/Chat-70B")],
        "offers": [offer("acme/Chat-7B", by, price_observed_at=AT, **PRICE, **measured) for by in ("a", "b")],
        "providers": [provider("a", regions=["eu"]), provider("b")],
        "price_history": [priced("acme/Chat-7B", "a", "2026-01-01", None, **PRICE)],
    }
    changes = [("2026-02-25T00:00:00Z", "price", "a", "acme/Chat-7B", "1", "2", 12.5)]
    path = catalog(tmp_path / "catalog.sqlite", rows, changes)
    monkeypatch.setenv("HFP_SNAPSHOT", str(path))
    return path


def change(path: Path, script: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    connection.close()


@pytest.mark.parametrize("how", PROGRAMS)
def test_only_plain_tables_are_read(hfp: Hfp, small: Path, how: str) -> None:
    change(small, PROGRAMS[how])
    result = hfp("acme/Chat-7B")
    assert (result.code, result.out) == (3, "")
    assert "it has more than plain tables" in result.err


def test_a_statement_has_an_end(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million steps are enough for what is asked for; an endless statement would not come back."""
    monkeypatch.setattr(database, "MOST_STEPS", 1)
    with Catalog(str(small)) as opened:
        for _ in range(3):
            assert opened.offers("acme/Chat-7B")
        with pytest.raises(SnapshotError, match="interrupted"):
            opened.query(f"{ENDLESS} SELECT max(i) FROM n")
        assert opened.offers("acme/Chat-7B"), "each statement has its own steps"


def test_a_huge_value_is_not_read(hfp: Hfp, small: Path) -> None:
    change(small, "UPDATE models SET license = printf('%.*c', 100000000, 'x')")
    assert hfp("acme/Chat-7B").code == 3


COMMANDS = (
    ["acme/Chat-7B"], ["acme/Chat-7B", "--json"], ["models"], ["history", "acme/Chat-7B"], ["providers"], ["info"],
    ["changes", "--since", "2026-01-01"], ["cost", "acme/Chat-7B", "--in", "1M", "--out", "1M"], ["chat"],
)  # fmt: skip


def test_a_flipped_bit_is_damage_and_no_defect(hfp: Hfp, small: Path) -> None:
    whole = small.read_bytes()
    used = [place for place, byte in enumerate(whole) if byte]
    chosen, codes = random.Random(17), []
    for number in range(360):
        flipped = bytearray(whole)
        flipped[chosen.choice(used)] ^= 1 << chosen.randrange(8)
        small.write_bytes(flipped)
        result = hfp(*COMMANDS[number % len(COMMANDS)])
        assert result.code in {0, 1, 3, 5, 6}, result.err
        codes.append(result.code)
    assert codes.count(3) > 36, "else nothing was damaged"


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE offers SET output_usd_per_mtok = 'much'",
        "UPDATE offers SET provider = NULL",
        "UPDATE models SET created_at = 'soon'",
        "UPDATE providers SET regions = '[eu'",
        "ALTER TABLE offers RENAME COLUMN throughput_tps TO speed",
        "DELETE FROM meta WHERE key = 'checked_at'",
    ],
)
def test_what_a_column_cannot_hold_is_damage(small: Path, script: str) -> None:
    assert damage.of_snapshot(str(small), {}) is None
    change(small, script)
    assert "is damaged" in str(damage.of_snapshot(str(small), {}))


def test_other_bytes_than_the_manifests_are_damage(data: Path, tmp_path: Path) -> None:
    assert damage.of_snapshot(str(data), {}) is None
    copied = Path(shutil.copytree(data, tmp_path / "data"))
    document = json.loads((copied / "manifest.json").read_text())
    [path] = [file["path"] for file in document["files"] if file["path"].endswith("catalog.sqlite")]
    (copied / path).chmod(0o600)
    change(copied / path, "UPDATE models SET likes = 7")
    assert "its SHA-256 differs" in str(damage.of_snapshot(str(copied), {}))
