"""Runs that go on from what another release published, and back: histories and dates are as if it had been one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog import duckdb_tables
from pipeline.publish.dataset import load
from pipeline.replay import Facts, Offer, read_dataset, serve
from tests.dataset_samples import ROOT
from tests.publish.test_other_releases import FIRST_RELEASE, NEW, newer, rewritten
from tests.run.outage_worlds import at, hour
from tests.run.runs import Pipe, entry, facts, model, priced

HISTORIES = ("price_history", "status_history", "changes")
OF_LATER_RELEASES = ["listed", "missing_since", "free_until", "observed_at", "price_observed_at", "measured_at"]


def world(number: int) -> Facts:
    """Six offers, of which one changes its price, one its status, and one its speed, an hour."""
    speed = {"tokensPerSecond": 10 + number, "firstTokenLatencyMs": 100}
    offers = [
        Offer(entry(providerId="a"), router=priced(1 + number, 2) | {"is_free": False}),
        Offer(entry(providerId="b", status=("live", "error", "live", "live")[number])),
        Offer(entry(providerId="c", performance=speed)),
        *(Offer(entry(providerId=name, providerDetails=priced(1, 2))) for name in "def"),
    ]
    return facts(*(model(f"o/{n}", offer) for n, offer in enumerate(offers)))


def older_release(root: Path) -> None:
    """Leave the dataset as a release before these columns and the manifest's memory left it."""
    rewritten(root, "offers", lambda data: data.drop_columns(OF_LATER_RELEASES))
    rewritten(root, "measurements", lambda data: data.drop_columns(["status"]))
    document = json.loads((root / "manifest.json").read_bytes())
    for source in document["sources"]:
        source.pop("memory", None)
    (root / "manifest.json").write_text(json.dumps(document))


def newer_release(root: Path) -> None:
    """Leave the dataset as a release with a further column everywhere, and further words in the manifest."""
    for table in ("offers", "providers", "models", "measurements", *HISTORIES[:2], "runs"):
        rewritten(root, table, newer)
    document = json.loads((root / "manifest.json").read_bytes())
    document["of_a_newer_release"] = {"a": 1}
    for source in document["sources"]:
        source["of_a_newer_release"] = 1
        source["memory"] = source.get("memory", {}) | {"of_a_newer_release": [1]}
    (root / "manifest.json").write_text(json.dumps(document))


def hours(pipe: Pipe, between: dict[int, Callable[[Path], None]]) -> dict[str, list[dict[str, Any]]]:
    """Run four hours, the dataset rewritten before some of them, and return what was published."""
    for number in range(4):
        if number in between:
            between[number](pipe.out)
        with serve(world(number)) as server:
            assert pipe.run(server, *at(number)) == 0
    return {table: pipe.rows(table) for table in (*HISTORIES, "offers")}


@pytest.mark.parametrize(
    "between",
    [{1: older_release}, {2: newer_release}, {1: newer_release, 2: older_release, 3: newer_release}],
    ids=["older", "newer", "both"],
)
def test_what_other_releases_leave_changes_nothing(
    pipe: Pipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    between: dict[int, Callable[[Path], None]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone = hours(Pipe(monkeypatch, tmp_path / "alone"), {})
    capsys.readouterr()
    assert hours(pipe, between) == alone
    said = capsys.readouterr().err
    assert (f"offers has columns of a newer release, which are left out: {NEW}" in said) is (
        newer_release in between.values()
    )
    with duckdb_tables.connect(pipe.out) as connection:
        measured = connection.execute("SELECT throughput_tps FROM measurements ORDER BY observed_at").fetchall()
    assert [value for (value,) in measured] == [10, 11, 12, 13]


def test_a_run_goes_on_from_the_first_release(pipe: Pipe) -> None:
    archive = subprocess.run(["git", "archive", FIRST_RELEASE, "data"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("this checkout has no history of the first release")
    pipe.out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-x", "-C", pipe.out.parent], input=archive.stdout, check=True)
    (pipe.out.parent / "data").rename(pipe.out)
    before = load(pipe.out)
    assert before is not None
    kept = {row["provider_model_id"]: row["changed_at"] for row in before.table("offers").to_pylist()}
    begun = {table: before.table(table).num_rows for table in HISTORIES[:2]}
    with serve(read_dataset(pipe.out)) as server:
        later = before.manifest.checked_at + timedelta(hours=1)
        assert pipe.run(server, "--observed-at", later.isoformat()) in (0, 4)
    offers = pipe.rows("offers")
    assert {row["provider_model_id"]: row["changed_at"] for row in offers} == kept
    assert {table: len(pipe.rows(table)) for table in begun} == begun
    assert {row["observed_at"] for row in offers if not row["stale"]} == {later}
    assert hour(0) < later
