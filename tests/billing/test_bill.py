"""`hfp bill` against a plain sum over the same log."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hf_providers import calculate_cost, open_snapshot
from pipeline.docs.json_schemas import schema_of
from tests.hosting.made import ROOT, T, hfp, said, usual

pytestmark = pytest.mark.usefixtures("wide")

PRICES = {"alpha": [("2026-02-01", 1, 3), ("2026-01-01", 2, 6)], "beta": [("2026-01-15", 2, 6)]}
"""USD per million tokens since a day, the latest first."""


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "catalog.sqlite"))


def log(count: int) -> list[dict[str, Any]]:
    chance = random.Random(7)
    return [
        {
            "time": f"2026-0{chance.randint(1, 3)}-{chance.randint(1, 28):02d}T{chance.randint(0, 23):02d}:00:00Z",
            "model": T,
            "provider": chance.choice(["alpha", "beta"]),
            "input_tokens": chance.randint(0, 5000),
            "output_tokens": chance.randint(0, 5000),
        }
        for _ in range(count)
    ]


def plain_cost(row: dict[str, Any]) -> int | None:
    """Micro-USD per token is USD per million: whole micro-USD, so no rounding in this log."""
    since = [(given, taken) for day, given, taken in PRICES[row["provider"]] if row["time"][:10] >= day]
    if not since:
        return None
    given, taken = since[0]
    return (row["input_tokens"] * given + row["output_tokens"] * taken) * 1000


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_totals_and_rows_are_the_plain_sums(tmp_path: Path) -> None:
    rows = log(2000)
    usage = write(tmp_path / "u.jsonl", rows)
    costs = [plain_cost(row) for row in rows]
    result = hfp("bill", usage, "--json")
    found = said(result)
    jsonschema.validate(found, schema_of("bill"))
    assert found["total_cost_nano_usd"] == sum(cost for cost in costs if cost is not None)
    assert found["unknown"] == sum(cost is None for cost in costs) > 0
    assert result.code == 5
    for group, key in (("provider", "provider"), ("day", "time"), ("model", "model")):
        plain: Counter[str] = Counter()
        for row, cost in zip(rows, costs, strict=True):
            if cost is not None:
                plain[row[key][:10] if group == "day" else row[key]] += cost
        assert {r["name"]: r["cost_nano_usd"] for r in found["rows"] if r["group"] == group} == plain
    lines = [json.loads(line) for line in hfp("bill", usage, "--rows", "--json").out.splitlines()]
    assert [line["cost_nano_usd"] for line in lines] == costs
    assert [line["line"] for line in lines] == list(range(1, 2001))


def test_csv_is_read_and_written_like_json(tmp_path: Path) -> None:
    rows = log(300)
    path = tmp_path / "u.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert (
        said(hfp("bill", str(path), "--json"))["rows"]
        == said(hfp("bill", write(tmp_path / "u.jsonl", rows), "--json"))["rows"]
    )
    priced = list(csv.DictReader(io.StringIO(hfp("bill", str(path), "--rows").out)))
    assert [row["cost_nano_usd"] for row in priced] == ["" if (c := plain_cost(r)) is None else str(c) for r in rows]
    assert priced[0]["line"] == "2"


def test_broken_lines_are_named_and_the_rest_is_priced(tmp_path: Path) -> None:
    good = {"time": "2026-03-01T00:00:00Z", "model": T, "provider": "alpha", "input_tokens": 1, "output_tokens": 0}
    broken = {
        2: "{", 3: "[1]", 5: json.dumps(good | {"input_tokens": -1}), 6: json.dumps(good | {"time": "soon"}),
        7: json.dumps(good | {"input_tokens": 1.5}), 8: json.dumps(good | {"currency": "EUR"}),
        9: json.dumps(good | {"output_tokens": 10**40}), 10: json.dumps(good | {"model": None}),
        11: json.dumps(good | {"input_tokens": True}), 12: "x" * 3_000_000, 13: json.dumps(good | {"time": None}),
    }  # fmt: skip
    path = tmp_path / "u.jsonl"
    path.write_text("\n".join(broken.get(n, json.dumps(good)) for n in range(1, 15)) + "\n")
    result = hfp("bill", str(path), "--json")
    found = said(result)
    assert result.code == 5
    assert [line["line"] for line in found["broken"]] == list(broken)
    assert found["broken_lines"] == len(broken)
    assert found["total_cost_nano_usd"] == 1000 * (14 - len(broken))
    assert [line.split(":")[0] for line in result.err.splitlines()] == [f"line {n}" for n in broken]
    assert "EUR" in result.err


@pytest.mark.slow
def test_line_one_million_is_named(tmp_path: Path) -> None:
    good = json.dumps({"time": "2026-03-01", "model": T, "provider": "alpha", "input_tokens": 1, "output_tokens": 1})
    path = tmp_path / "u.jsonl"
    path.write_text((good + "\n") * 999_999 + "{broken\n" + good + "\n")
    result = hfp("bill", str(path), "--json")
    assert result.code == 5
    assert result.err.startswith("line 1000000: ")
    assert said(result)["total_cost_nano_usd"] == 4000 * 1_000_000


def test_what_is_not_known_is_counted_with_its_reason(tmp_path: Path) -> None:
    good = {"time": "2026-03-01T00:00:00Z", "model": T, "input_tokens": 1, "output_tokens": 0}
    rows = [good, good | {"provider": "gamma"}, good | {"model": "no/such:alpha"}, good | {"model": f"{T}:alpha"}]
    found = said(hfp("bill", write(tmp_path / "u.jsonl", [*rows, rows[1]]), "--json"))
    assert (found["requests"], found["unknown"], found["total_cost_nano_usd"]) == (5, 4, 1000)
    counts = {
        word: count
        for why, count in found["unknown_reasons"].items()
        for word in ("--assume", "gamma", "no/such")
        if word in why
    }
    assert counts == {"--assume": 1, "gamma": 2, "no/such": 1}
    assert said(hfp("bill", str(tmp_path / "u.jsonl"), "--provider", "alpha", "--json"))["unknown"] == 3


@pytest.mark.parametrize("name", [T, "talk-7b", "ACME/talk-7B", "huggingface/acme/Talk-7B"])
def test_an_exact_name_is_as_good_as_the_id(tmp_path: Path, name: str) -> None:
    row = {"time": "2026-03-01", "model": name, "provider": "alpha", "input_tokens": 1, "output_tokens": 0}
    found = said(hfp("bill", write(tmp_path / "u.jsonl", [row, row | {"task": "text-generation"}]), "--json"))
    assert (found["unknown"], found["total_cost_nano_usd"]) == (0, 2000)
    assert [row["name"] for row in found["rows"] if row["group"] == "model"] == [T]
    library = calculate_cost([row | {"at": row["time"]}], open_snapshot())
    assert library["total_cost_nano_usd"] == 1000


def test_an_unknown_model_is_told_before_a_missing_provider(tmp_path: Path) -> None:
    row = {"time": "2026-03-01", "model": "no/such", "input_tokens": 1, "output_tokens": 0}
    found = said(hfp("bill", write(tmp_path / "u.jsonl", [row]), "--json"))
    assert found["unknown_reasons"] == {"no model has the id or the exact name no/such": 1}


@pytest.mark.parametrize("policy", ["cheapest", "fastest", "preferred"])
def test_a_policy_of_the_router_is_no_provider(tmp_path: Path, policy: str) -> None:
    row = {"time": "2026-03-01", "model": f"{T}:{policy}", "input_tokens": 1, "output_tokens": 0}
    usage = write(tmp_path / "u.jsonl", [row])
    (reason,) = said(hfp("bill", usage, "--json"))["unknown_reasons"]
    assert reason == "it names no provider: --assume says who served such requests"
    assert said(hfp("bill", usage, "--assume", "alpha", "--json"))["total_cost_nano_usd"] == 1000


def test_what_is_yet_to_come_has_no_price(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    rows = [
        {"time": at.isoformat(), "model": T, "provider": "alpha", "input_tokens": 1, "output_tokens": 0}
        for at in (now - timedelta(hours=1), now + timedelta(minutes=1), now + timedelta(hours=1))
    ]
    found = said(hfp("bill", write(tmp_path / "u.jsonl", rows), "--json"))
    assert (found["total_cost_nano_usd"], found["unknown_reasons"]) == (2000, {"it is dated after now": 1})


def test_seconds_since_1970_are_a_time_in_json_and_in_csv(tmp_path: Path) -> None:
    # 1769947200 is 2026-02-01T12:00Z, when alpha had its later price; 1771012319 reads as a day in 1771, too.
    for stamp in ("1769947200", "1769947200.5", "1771012319"):
        (tmp_path / "u.csv").write_text(f"time,model,provider,input_tokens,output_tokens\n{stamp},{T},alpha,1,1\n")
        row = {"time": float(stamp), "model": T, "provider": "alpha", "input_tokens": 1, "output_tokens": 1}
        for usage in (str(tmp_path / "u.csv"), write(tmp_path / "u.jsonl", [row])):
            result = hfp("bill", usage, "--json")
            assert (result.code, said(result)["total_cost_nano_usd"]) == (0, 4000)


def test_a_task_that_is_no_text_is_told_by_its_line(tmp_path: Path) -> None:
    row = {"time": "2026-03-01", "model": T, "provider": "alpha", "task": [], "input_tokens": 1, "output_tokens": 0}
    assert "line 1: its task '[]' is not text" in hfp("bill", write(tmp_path / "u.jsonl", [row])).err


def test_a_price_counts_on_after_it_was_last_seen_and_that_is_said(tmp_path: Path) -> None:
    rows = [{"time": "2026-03-01", "model": T, "provider": "beta", "input_tokens": 1, "output_tokens": 0}]
    result = hfp("bill", write(tmp_path / "u.jsonl", rows))
    assert result.code == 0
    assert "1 requests have a price that was last seen before them" in result.out


def test_stdin_is_read_and_streamed(tmp_path: Path) -> None:
    rows = "".join(json.dumps(row) + "\n" for row in log(50))
    command = [
        sys.executable,
        "-c",
        "import sys; from hf_providers.cli.main import main; sys.exit(main())",
        "bill",
        "-",
        "--json",
    ]
    done = subprocess.run(command, input=rows, capture_output=True, text=True, cwd=ROOT, check=False)
    costs = [plain_cost(row) for row in map(json.loads, rows.splitlines())]
    assert json.loads(done.stdout)["total_cost_nano_usd"] == sum(cost or 0 for cost in costs)


@pytest.mark.parametrize(
    ("name", "text", "word"), [("gone.jsonl", None, "can't be read"), ("u.csv", "a,b\n1,2\n", "no column named model")]
)
def test_a_log_that_is_none_is_refused(tmp_path: Path, name: str, text: str | None, word: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    result = hfp("bill", str(tmp_path / name))
    assert (result.code, result.out) == (74, "")
    assert word in result.err
    assert len(result.err.splitlines()) == 2


def test_an_empty_log_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "u.jsonl").write_text("")
    result = hfp("bill", str(tmp_path / "u.jsonl"), "--json")
    assert (result.code, said(result)["requests"], said(result)["total_cost_nano_usd"]) == (0, 0, 0)


def test_a_log_of_which_nothing_can_be_read_costs_an_unknown_amount(tmp_path: Path) -> None:
    (tmp_path / "u.jsonl").write_text("{}\n")
    path = str(tmp_path / "u.jsonl")
    result = hfp("bill", path, "--json")
    assert (result.code, said(result)["total_cost_nano_usd"], said(result)["rows"][0]["cost_usd"]) == (5, None, None)
    assert "$0" not in hfp("bill", path).out


def test_names_from_a_log_can_not_rewrite_the_terminal(tmp_path: Path) -> None:
    rows = [{"time": "2026-03-01", "model": "a\x1b[2Jb", "provider": "x", "input_tokens": 1, "output_tokens": 0}]
    result = hfp("bill", write(tmp_path / "u.jsonl", rows))
    assert "\x1b" not in result.out + result.err


def test_a_header_that_is_no_csv_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(b"time,model\r,x\n")
    result = hfp("bill", str(tmp_path / "log.csv"))
    assert result.code == 74
    assert "no CSV header" in result.err
    assert "defect" not in result.err
