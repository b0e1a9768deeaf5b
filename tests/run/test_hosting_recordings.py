"""Recorded endpoint prices, Jobs hardware and configs, merged into a published dataset."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog.hosting_schema import ARCHITECTURES
from pipeline.backfill import endpoint_prices, jobs_hardware
from pipeline.backfill.merge import backfill
from pipeline.crawl.sources import architectures
from pipeline.errors import BackfillError
from pipeline.replay import serve
from tests.run.hosting_models import chat
from tests.run.runs import Pipe, facts

pytestmark = pytest.mark.usefixtures("wide")

MAY = datetime(2026, 5, 19, tzinfo=UTC)
RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "captures" / "hf-endpoints-pricing"


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded endpoint prices are not beside this checkout")
def test_the_recorded_prices_are_backfilled(pipe: Pipe) -> None:
    with serve(facts(chat("org/a", sha=None))) as server:
        assert pipe.run(server) == 0
    files = sorted(RECORDED.glob("*.csv"))
    backfill(pipe.out, files)
    current = list(csv.DictReader((RECORDED / "instance-prices-2026-05-19.csv").read_text().splitlines()))
    published = pipe.rows("endpoint_instances")
    assert len(published) == len(current) == 55
    assert {(r["cloud"], r["instance_type"], r["size"], r["usd_per_hour"], r["deprecated"]) for r in published} == {
        (r["cloud"], r["instance_type"], r["size"], Decimal(r["usd_per_hour"]), r["deprecated"] == "True")
        for r in current
    }
    history = pipe.rows("endpoint_price_history")
    assert min(row["valid_from"] for row in history).year == 2022
    assert sum(row["valid_to"] is None for row in history) == 55
    changes = list(csv.DictReader((RECORDED / "instance-price-changes.csv").read_text().splitlines()))
    assert len(history) == sum(row["event"] != "removed" for row in changes)
    assert {row["source"] for row in history} == {"hf-endpoints-documentation"}
    assert {row["observed_at"] for row in published} == {MAY}
    assert {row["last_observed_at"] for row in history if row["valid_to"] is None} == {MAY}
    before = pipe.manifest["version"]
    backfill(pipe.out, files)
    assert pipe.manifest["version"] == before


def reading(price: str, begin: datetime, end: datetime | None, seen: datetime, source: str) -> dict[str, Any]:
    place = {"cloud": "aws", "instance_type": "nvidia-t4", "size": "x1", "kind": "gpu", "deprecated": False}
    times = {"valid_from": begin, "valid_to": end, "last_observed_at": seen}
    return place | {"usd_per_hour": Decimal(price), "source": source} | times


@pytest.mark.parametrize(("price", "joined"), [("0.5", True), ("0.6", False)])
def test_an_earlier_history_goes_before_what_was_crawled(price: str, joined: bool) -> None:
    a, b, c, d = (MAY + timedelta(days=n) for n in range(4))
    earlier = [reading("0.5", a, None, b, "recorded")]
    known = [reading(price, c, None, d, "endpoints")]
    found = endpoint_prices.before(earlier, known)
    apart = [reading("0.5", a, c, b, "recorded"), *known]
    assert found == ([reading("0.5", a, None, d, "recorded")] if joined else apart)
    assert endpoint_prices.before(earlier, found) == found


@pytest.mark.parametrize("text", ["{changes}2026-05-19T00:00:00Z,x,vanished,aws,nvidia-t4,x1,1,1,14 GB,T4,False,\n"])
def test_an_event_that_is_not_known_changes_nothing(pipe: Pipe, tmp_path: Path, text: str) -> None:
    head = "commit_date,commit,event,cloud,instance_type,size,usd_per_hour,units,memory,architecture,deprecated,p\n"
    (tmp_path / "changes.csv").write_text(text.format(changes=head))
    with serve(facts(chat("org/a", sha=None))) as server:
        assert pipe.run(server) == 0
    with pytest.raises(BackfillError, match=r"changes\.csv.*vanished"):
        backfill(pipe.out, [tmp_path / "changes.csv"])


CONFIGS = RECORDED.parent / "hf-configs-aiconfigurator" / "configs"
JOBS = RECORDED.parent / "hf-jobs-hardware-prices" / "changes.csv"


@pytest.mark.skipif(not JOBS.exists(), reason="the recorded Jobs hardware is not beside this checkout")
def test_the_recorded_jobs_hardware_is_backfilled(pipe: Pipe) -> None:
    with serve(facts(chat("org/a", sha=None))) as server:
        assert pipe.run(server) == 0
        backfill(pipe.out, [JOBS], datetime(2026, 8, 22, tzinfo=UTC))
        assert pipe.run(server) == 0
    recorded = list(csv.DictReader(JOBS.read_text().splitlines()))
    published = {row["hardware"]: row for row in pipe.rows("jobs_hardware")}
    assert len(published) == len(recorded) == 26
    for said in recorded:
        row = published[said["hardware"]]
        assert row["usd_per_hour"] == Decimal(said["usd_per_hour"])
        gpu = said["gpu_memory"].removesuffix(" GB")
        assert (row["kind"], row["memory_bytes"]) == (("gpu", int(gpu) * 10**9) if gpu else ("cpu", None))
    assert {row["observed_at"] for row in published.values()} == {datetime(2026, 8, 22, tzinfo=UTC)}
    assert published["8x Nvidia H200"]["listed_at"] == datetime(2026, 2, 19, 10, 51, 10, tzinfo=UTC)
    assert published["8x Nvidia H200"]["units"] == 8
    assert published["Nvidia H200"]["units"] == 1


@pytest.mark.skipif(not CONFIGS.exists(), reason="the recorded config files are not beside this checkout")
def test_recorded_configs_are_backfilled_and_judge_the_models(pipe: Pipe) -> None:
    kimi = {"safetensors": {"total": 170_738_182_128}}
    with serve(facts(chat("moonshotai/Kimi-K2.5", sha=None, **kimi), chat("allenai/Olmo-3-7B", sha=None))) as server:
        assert pipe.run(server) == 0
        [row] = [row for row in pipe.rows("models") if row["model_id"] == "moonshotai/Kimi-K2.5"]
        assert row["parameters"] == row["counted_parameters"] == 170_738_182_128
        files = sorted(CONFIGS.glob("moonshotai*_config.json"))
        backfill(pipe.out, files, datetime(2026, 8, 21, tzinfo=UTC))
        for _ in range(2):
            [row] = [row for row in pipe.rows("models") if row["model_id"] == "moonshotai/Kimi-K2.5"]
            assert row["counted_parameters"] == 170_738_182_128
            assert (row["parameters_source"], row["parameters"]) == ("config", pytest.approx(1.03e12, rel=0.01))
            assert pipe.run(server) == 0
    assert len(pipe.rows("architectures")) == len(files) == 3


def test_every_fact_of_a_config_has_a_column() -> None:
    facts = architectures.absent()
    assert set(facts) | {"model_id", "sha", "observed_at", "source"} == set(ARCHITECTURES.column_names)


def test_broken_jobs_hardware_is_refused(pipe: Pipe, tmp_path: Path) -> None:
    head = "committed_at,commit,event,hardware,cpu,memory,gpu_memory,usd_per_hour\n"
    for line in (
        "2026-01-15T15:52:49+01:00,a,added,X,8 vCPU,32 GB,,-1",
        "2026-01-15T15:52:49+01:00,a,added,X,8 vCPU,much,,1",
        "2026-01-15T15:52:49,a,added,X,8 vCPU,32 GB,,1",
        "2026-01-15T15:52:49+01:00,a,vanished,X,8 vCPU,32 GB,,1",
        "2026-01-15T15:52:49+01:00,a,added,X,8 vCPU,32 GB,,NaN",
    ):
        with pytest.raises(BackfillError, match="no recorded Jobs hardware"):
            jobs_hardware.read(head + line)
    removed = head + "2026-01-15T00:00:00Z,a,added,X,,,,1\n2026-01-16T00:00:00Z,b,removed,X,,,,1\n"
    assert jobs_hardware.read(removed).machines == []
