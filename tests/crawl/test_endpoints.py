"""Dedicated endpoints: the page read, its history, and the arithmetic, against the documentation and recorded facts."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from hf_providers.hosting import endpoints, hardware
from hf_providers.hosting.memory import GB
from hf_providers.hub import Tally
from pipeline.crawl.sources import endpoints as source
from tests.hub.hubserver import hub_for, response, serving

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT.parent / "shared/captures"
PRICING = CAPTURES / "hf-endpoints-pricing"
recorded = pytest.mark.skipif(not PRICING.exists(), reason="the recorded endpoint prices are not beside this checkout")

NOON = datetime(2026, 5, 19, 12, tzinfo=UTC)
PAGE = """# Pricing

## CPU Instances

| Provider | Instance Type | Instance Size | Hourly rate | vCPUs | Memory | Architecture |
| -------- | :-----------: | ------------- | ----------- | ----- | ------ | ------------ |
| aws      | intel-spr     | x2            | $0.067      | 2     | 4 GB   | Intel Sapphire Rapids |
| *aws* | *intel-icl* | *x1* | *$0.032* | *1* | *2 GB* | *Intel Ice Lake - Deprecated from July 2025*| \n

## GPU Instances

| Provider | Instance Type | Instance Size | Hourly rate | GPUs | Memory | Architecture |
| -------- | ------------- | ------------- |------------ | ---- | ------ | ------------ |
| aws      | nvidia-t4     | x1            | $0.5        | 1    | 14 GB  | NVIDIA T4    |
| aws | nvidia-h100 | x1 | $4.5 | 1 | 80 GB | *NVIDIA H100 - To be deprecated December 2025* |
| aws      | nvidia-h200   | x8            | $40         | 8    | 1128 GB| NVIDIA H200  |

## INF2 Instances

| Provider | Instance Type | Instance Size | Hourly rate | Accelerators | Accelerator Memory | RAM | Architecture |
| --- | --- | --- |--- | --- | --- | --- | --- |
| aws | inf2 | x1 | $0.75 | 1 | 32 GB | 14.5 GB | AWS Inferentia2 |
"""


def parsed(page: str) -> source.Pricing:
    return source.parse(page.encode())


def by_type(pricing: source.Pricing) -> dict[str, dict[str, Any]]:
    return {row["instance_type"]: row for row in pricing.records}


def test_the_three_tables_are_read() -> None:
    pricing = parsed(PAGE)
    assert not pricing.problems
    assert not pricing.drift
    assert pricing.complete == {"cpu", "gpu", "inf2"}
    rows = by_type(pricing)
    assert len(pricing.records) == len(rows) == 6
    assert rows["nvidia-t4"] == {
        "cloud": "aws",
        "instance_type": "nvidia-t4",
        "size": "x1",
        "kind": "gpu",
        "usd_per_hour": Decimal("0.5"),
        "units": 1,
        "memory_bytes": 14_000_000_000,
        "ram_bytes": None,
        "architecture": "NVIDIA T4",
        "deprecated": False,
    }
    assert rows["inf2"]["memory_bytes"] == 32_000_000_000
    assert rows["inf2"]["ram_bytes"] == 14_500_000_000
    assert rows["intel-icl"]["usd_per_hour"] == Decimal("0.032")
    assert {name for name, row in rows.items() if row["deprecated"]} == {"intel-icl", "nvidia-h100"}


def test_the_page_is_fetched_with_one_request() -> None:
    tally = Tally()
    with (
        serving(lambda _: response(body=PAGE.encode(), content_type="text/markdown")) as server,
        hub_for(server) as hub,
    ):
        pricing = source.fetch(hub, tally)
        assert server.targets == ["/docs/inference-endpoints/support/pricing.md"]
    assert pricing == parsed(PAGE)
    assert tally.requests == 1


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("| vCPUs |", "| Cores |", "cpu"),
        ("| GPUs |", "| GPUs | Power |", "gpu"),
        ("| $0.5        | 1    |", "| $0.5        |", "gpu"),
        ("| 14 GB  | NVIDIA T4    |", "| 14 GB  | NVIDIA T4    | new |", "gpu"),
        ("| RAM |", "| Memory |", "inf2"),
    ],
)
def test_of_a_table_with_a_changed_layout_nothing_is_taken_and_it_is_said(old: str, new: str, lost: str) -> None:
    assert PAGE.count(old) == 1
    pricing = parsed(PAGE.replace(old, new))
    assert {row["kind"] for row in pricing.records} == {"cpu", "gpu", "inf2"} - {lost}
    assert pricing.complete == {"cpu", "gpu", "inf2"} - {lost}
    assert pricing.problems or pricing.drift


@pytest.mark.parametrize("page", ["", "<!doctype html><html><body>Pricing</body></html>", "\x00\xff", "|\n|\n|"])
def test_a_page_without_the_tables_is_drift_and_gives_nothing(page: str) -> None:
    pricing = source.parse(page.encode("latin-1"))
    assert pricing.records == []
    assert {f'no endpoints table "{kind}"' for kind in ("cpu", "gpu", "inf2")} <= set(pricing.drift)
    assert pricing.complete == frozenset()


@pytest.mark.parametrize("cell", ["$-1", "contact us", "0.5", "$nan", "$0", "$1e3", "$99999", "", "$0.0000000001"])
def test_a_price_that_cannot_be_read_costs_its_row_and_ends_nothing(cell: str) -> None:
    pricing = parsed(PAGE.replace("| $0.5        |", f"| {cell} |"))
    assert "nvidia-t4" not in by_type(pricing)
    assert "nvidia-h200" in by_type(pricing)
    assert [problem.record_id for problem in pricing.problems] == ["gpu row 1"]
    assert "gpu" not in pricing.complete


@pytest.mark.parametrize("cell", ["14", "14 GiB", "-1 GB", "0 GB", "x GB", "GB", "9999999 GB", "1e3 GB"])
def test_a_memory_that_cannot_be_read_costs_its_row(cell: str) -> None:
    assert "nvidia-t4" not in by_type(parsed(PAGE.replace("14 GB ", cell)))


def test_an_instance_that_stands_twice_is_not_chosen_from() -> None:
    line = next(line for line in PAGE.splitlines() if "nvidia-t4" in line)
    pricing = parsed(PAGE.replace(line, line + "\n" + line.replace("$0.5 ", "$0.4 ")))
    assert "nvidia-t4" not in by_type(pricing)
    assert pricing.problems
    assert "gpu" not in pricing.complete


def test_an_instance_that_stands_in_two_tables_is_left_out_of_both() -> None:
    pricing = parsed(PAGE.replace("| aws      | nvidia-t4     | x1 ", "| aws      | intel-spr     | x2 "))
    assert by_type(pricing).keys() == {"intel-icl", "nvidia-h100", "nvidia-h200", "inf2"}
    assert pricing.complete == {"inf2"}
    assert [problem.reason for problem in pricing.problems] == ["stands in two tables: left out"] * 2


def test_rows_are_sorted_and_dated() -> None:
    rows = source.instance_rows(parsed(PAGE).records, NOON)
    assert [row["instance_type"] for row in rows] == sorted(row["instance_type"] for row in rows)
    assert {row["observed_at"] for row in rows} == {NOON}


def observe(history: list[dict[str, Any]], page: str, at: datetime) -> list[dict[str, Any]]:
    pricing = parsed(page)
    return source.merge(history, pricing.records, at, source.NAME, pricing.complete)


def test_history_has_a_row_only_where_something_changed() -> None:
    hour = timedelta(hours=1)
    first = observe([], PAGE, NOON)
    assert len(first) == 6
    assert observe(first, PAGE, NOON) == first
    same = observe(first, PAGE, NOON + hour)
    assert [row | {"last_observed_at": NOON} for row in same] == first
    assert {row["last_observed_at"] for row in same} == {NOON + hour}
    cheaper = observe(same, PAGE.replace("$0.5 ", "$0.4 "), NOON + 2 * hour)
    t4 = [row for row in cheaper if row["instance_type"] == "nvidia-t4"]
    assert [(row["usd_per_hour"], row["valid_from"], row["valid_to"], row["last_observed_at"]) for row in t4] == [
        (Decimal("0.5"), NOON, NOON + 2 * hour, NOON + hour),
        (Decimal("0.4"), NOON + 2 * hour, None, NOON + 2 * hour),
    ]
    assert len(cheaper) == 7
    assert observe(cheaper, PAGE, NOON) == cheaper, "a reading older than what is known changes nothing"


def test_only_a_whole_table_ends_an_instance() -> None:
    first = observe([], PAGE, NOON)
    line = next(line for line in PAGE.splitlines(keepends=True) if "nvidia-t4" in line)
    later = NOON + timedelta(days=1)
    ended = [row for row in observe(first, PAGE.replace(line, ""), later) if row["valid_to"]]
    assert [(row["instance_type"], row["valid_to"]) for row in ended] == [("nvidia-t4", later)]
    broken = PAGE.replace(line, "").replace("| GPUs |", "| Chips |")
    assert [row for row in observe(first, broken, later) if row["valid_to"]] == []
    back = observe(observe(first, PAGE.replace(line, ""), later), PAGE, later + timedelta(days=1))
    assert [row["valid_to"] for row in back if row["instance_type"] == "nvidia-t4"] == [later, None]


@recorded
def test_the_recorded_rows_come_back_from_a_page_made_of_them() -> None:
    with (PRICING / "instance-prices-2026-05-19.csv").open() as file:
        rows = list(csv.DictReader(file))
    page = PAGE.splitlines()
    headers = [line for line in page if line.startswith("| Provider")]
    kinds = {"intel": 0, "nvidia": 1, "inf2": 2}
    tables = [[header, "|---" * (header.count("|") - 1) + "|"] for header in headers]
    for row in rows:
        index = kinds[row["instance_type"].split("-")[0]]
        cells = [
            row["cloud"],
            row["instance_type"],
            row["size"],
            f"${row['usd_per_hour']}",
            row["units"],
            row["memory"],
        ]
        cells += ["14.5 GB"] * (index == 2) + [row["architecture"]]
        mark = "*" if row["deprecated"] == "True" else ""
        tables[index].append("| " + " | ".join(f"{mark}{cell}{mark}" for cell in cells) + " |")
    pricing = parsed("\n\n".join("\n".join(table) for table in tables))
    assert (pricing.problems, dict(pricing.drift)) == ([], {})
    key = ("cloud", "instance_type", "size")
    found = {
        tuple(row[name] for name in key): (row["usd_per_hour"], row["units"], row["memory_bytes"], row["deprecated"])
        for row in pricing.records
    }
    assert found == {
        tuple(row[name] for name in key): (
            Decimal(row["usd_per_hour"]),
            int(row["units"]),
            int(Decimal(row["memory"].split()[0]) * 10**9),
            row["deprecated"] == "True",
        )
        for row in rows
    }
    assert len(found) == 55
    current = source.read_current((PRICING / "instance-prices-2026-05-19.csv").read_text())
    rows = source.instance_rows(pricing.records, NOON)
    assert [row | {"ram_bytes": None} for row in rows] == source.instance_rows(current, NOON)


@recorded
def test_the_recorded_changes_lead_to_the_recorded_rows_and_tell_the_price_of_any_day() -> None:
    text = (PRICING / "instance-price-changes.csv").read_text()
    history = source.read_changes(text)
    events = list(csv.DictReader(io.StringIO(text)))
    assert len(events) == 166
    # Each event but a removal begins an interval, and nothing else does.
    assert len(history) == sum(event["event"] != "removed" for event in events) == 131
    with (PRICING / "instance-prices-2026-05-19.csv").open() as file:
        today = {(r["cloud"], r["instance_type"], r["size"]): r for r in csv.DictReader(file)}
    running = [row for row in history if row["valid_to"] is None]
    assert len(running) == len(today) == 55
    for row in running:
        now = today[row["cloud"], row["instance_type"], row["size"]]
        assert (row["usd_per_hour"], str(row["deprecated"])) == (Decimal(now["usd_per_hour"]), now["deprecated"])
    t4 = [
        row
        for row in history
        if row["instance_type"] == "nvidia t4" and row["size"] == "small" and row["cloud"] == "aws"
    ]
    assert [(row["usd_per_hour"], row["valid_from"].date().isoformat()) for row in t4] == [
        (Decimal("0.6"), "2022-10-01"),
        (Decimal("0.5"), "2024-04-04"),
    ]
    for row in history:
        assert row["valid_from"] <= row["last_observed_at"]
        assert row["valid_to"] is None or row["last_observed_at"] < row["valid_to"]


def test_a_change_that_does_not_fit_is_refused() -> None:
    header = (
        "commit_date,commit,event,cloud,instance_type,size,usd_per_hour,units,memory,architecture,deprecated,prev\n"
    )
    added = "2024-01-01T00:00:00+00:00,a,added,aws,nvidia-t4,x1,0.5,1,14 GB,NVIDIA T4,False,\n"
    assert len(source.read_changes(header + added)) == 1
    for wrong in (
        added.replace("added", "removed"),
        added.replace("added", "price"),
        added.replace("added", "renamed"),
        added + added,
        added.replace("nvidia-t4", "abacus"),
    ):
        with pytest.raises(ValueError, match=r"does not fit|unknown kind"):
            source.read_changes(header + wrong)


def test_the_examples_of_the_documentation() -> None:
    # 0.5 x (1 x 1 + 0.25 x 2) = 0.75; 0.5 x (730 + 182.5 x 2) = 547.5; 0.067 x 730 = 48.91
    hour = endpoints.cost_nano("0.5", 60, scale_up_minutes=15, extra_replicas=2)
    month = endpoints.cost_nano("0.5", scale_up_minutes=15 * 730, extra_replicas=2)
    assert (hour, month) == (750_000_000, 547_500_000_000)
    assert endpoints.cost_nano("0.067") == 48_910_000_000
    assert endpoints.cost_nano("40", 1) == 666_666_667  # a minute of $40 an hour, rounded up
    assert endpoints.cost_nano("40", 60, min_replicas=0) == 0
    with pytest.raises(ValueError, match="negative"):
        endpoints.cost_nano("0.5", -1)


def test_scaling_to_zero_bills_the_idle_wait_of_every_burst_but_never_more_than_all_the_time() -> None:
    assert endpoints.billed_minutes(30, 1) == 90
    assert endpoints.billed_minutes(30, 3, idle_minutes=15) == 75
    assert endpoints.billed_minutes(0, 0) == 0
    assert endpoints.billed_minutes(730, 730) == 730 * 60, "a minute in every hour keeps it running"
    with pytest.raises(ValueError, match="burst"):
        endpoints.billed_minutes(30, 0)


def instance(**columns: Any) -> dict[str, Any]:
    return {
        "cloud": "aws",
        "instance_type": "nvidia-h200",
        "size": "x1",
        "kind": "gpu",
        "usd_per_hour": "5",
        "units": 1,
        "memory_bytes": 141 * GB,
        "deprecated": False,
        **columns,
    }


def test_the_cheapest_instance_that_fits_and_is_not_deprecated_is_recommended() -> None:
    instances = [
        instance(),
        instance(size="x2", usd_per_hour="10", units=2, memory_bytes=282 * GB),
        instance(instance_type="nvidia-a100", usd_per_hour="2.5", memory_bytes=80 * GB),
        instance(instance_type="nvidia-h100", usd_per_hour="1", memory_bytes=80 * GB, deprecated=True),
        instance(instance_type="nvidia-l4", usd_per_hour="0.8", memory_bytes=24 * GB),
        instance(instance_type="intel-spr", usd_per_hour="0.1", memory_bytes=512 * GB, kind="cpu"),
        instance(instance_type="unknown", usd_per_hour="0.1", memory_bytes=None),
    ]
    random.Random(1).shuffle(instances)
    found = endpoints.fitting(instances, 60 * GB, 5 * GB)
    assert [(row["instance_type"], row["size"]) for row in found] == [
        ("nvidia-a100", "x1"),
        ("nvidia-h200", "x1"),
        ("nvidia-h200", "x2"),
        ("nvidia-h100", "x1"),
    ]
    best = endpoints.recommended(found)
    assert best is not None
    assert best["instance_type"] == "nvidia-a100"
    assert best["usable_bytes"] == 72 * GB
    assert endpoints.recommended(found[3:]) is None
    assert endpoints.fitting(instances, None, 5 * GB) == endpoints.fitting(instances, 60 * GB, None) == []


def test_weights_of_141_gb_need_two_of_141_gb() -> None:
    weights = 70_550_000_000 * 2
    one, two = instance(), instance(size="x2", units=2, usd_per_hour="10", memory_bytes=282 * GB)
    assert [row["size"] for row in endpoints.fitting([one, two], weights, GB)] == ["x2"]


@pytest.mark.parametrize("mix", [(3, 1), (10, 1), (1, 0), (0, 1)])
def test_at_break_even_paying_by_token_costs_what_the_hour_costs(mix: tuple[int, int]) -> None:
    found = endpoints.break_even("2.5", "0.7", "2.5", mix, tokens_per_request=1_000, capacity_tps=500)
    assert found is not None
    price = (Fraction("0.7") * mix[0] + Fraction("2.5") * mix[1]) / sum(mix) / 10**6
    assert found["tokens_per_hour"] * price >= Fraction("2.5") > (found["tokens_per_hour"] - 1) * price
    assert found["requests_per_hour"] == -(-found["tokens_per_hour"] // 1_000)
    output = Fraction(found["tokens_per_hour"] * mix[1], sum(mix) * 3600)
    assert found["output_tps"] - 1 < output <= found["output_tps"]
    assert found["utilisation"] == pytest.approx(float(output / 500))


def test_there_is_no_break_even_with_an_unknown_price_or_one_of_zero() -> None:
    assert endpoints.break_even("2.5", None, "2.5", (3, 1)) is None
    assert endpoints.break_even("2.5", "0", "0", (3, 1)) is None
    assert endpoints.break_even("2.5", "0.7", None, (1, 0)) is not None


def test_local_machines_are_listed_by_memory_with_the_share_that_is_theirs() -> None:
    found = hardware.fitting(20 * GB, 2 * GB)
    assert found == sorted(found, key=lambda row: row["memory_bytes"])
    by_name = {(row["name"], row["memory_bytes"] // GB): row for row in found}
    # 23 GB are more than 90 % of 24 GB and 75 % of 16 GB, less than 90 % of 32 GB and 75 % of 32 GB.
    assert ("RTX 4090", 24) not in by_name
    assert by_name["RTX 5090", 32]["usable_bytes"] == 28_800_000_000
    assert by_name["Apple M4", 32]["usable_bytes"] == 24 * GB
    assert hardware.fitting(None, 0) == []


@pytest.mark.skipif(not CAPTURES.exists(), reason="the recorded hardware list is not beside this checkout")
def test_every_local_machine_is_in_the_hardware_list_with_this_memory() -> None:
    listed = json.loads((CAPTURES / "packages/huggingface-tasks-hardware.json").read_text())
    assert f"{listed['package']} {listed['version']}" == hardware.SOURCE
    memories = {
        name: sku.get("memory", [])
        for vendors in listed["SKUS"].values()
        for skus in vendors.values()
        for name, sku in skus.items()
    }
    assert [(name, memory) for name, memory, _ in hardware.MACHINES if memory not in memories[name]] == []
    assert len({machine[:2] for machine in hardware.MACHINES}) == len(hardware.MACHINES)


def test_nothing_slow_is_imported_on_the_way_to_an_answer() -> None:
    slow = ("dataclasses", "decimal", "json", "re", "typing")
    code = "import sys, hf_providers.hosting.endpoints, hf_providers.hosting.hardware; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert [name for name in done.stdout.split() if name in slow] == []
