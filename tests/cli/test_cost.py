"""`hfp cost`, and the library's prices of a time, against sums done by hand."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from hf_providers import calculate_cost, open_snapshot
from tests.hosting.made import DATA, T, hfp, said, usual

pytestmark = pytest.mark.usefixtures("wide")

R1 = "deepseek-ai/DeepSeek-R1"


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = usual(tmp_path / "catalog.sqlite")
    monkeypatch.setenv("HFP_SNAPSHOT", path)
    return path


@pytest.mark.skipif(not (DATA / "manifest.json").is_file(), reason="the repository's data/ holds no dataset")
def test_captured_r1_costs_what_the_documents_say() -> None:
    result = hfp("cost", R1, "--in", "10M", "--out", "1M", "--snapshot", str(DATA), "--json")
    rows = {row["provider"]: row for row in said(result)["rows"]}
    assert rows["novita"]["total_nano_usd"] == 9_500_000_000
    assert rows["novita"]["price_last_seen_at"].startswith("2026-07-22")
    assert rows["together"]["total_nano_usd"] == 37_000_000_000
    assert said(result)["cheapest"]["provider"] == "novita"
    table = hfp("cost", R1, "--in", "10M", "--out", "1M", "--snapshot", str(DATA))
    assert table.code == 0
    assert "$9.50" in table.out
    assert "$37.00" in table.out
    assert "seen 2026-02-26" in table.out


def test_a_job_of_one_and_three_dollars(snapshot: str) -> None:
    rows = said(hfp("cost", T, "--in", "10.5M", "--out", "711k", "--json"))["rows"]
    assert rows[0]["total_usd"] == "12.633"
    assert [row["provider"] for row in rows] == ["alpha", "beta", "gamma"]


def test_a_request_is_rounded_up_and_then_multiplied(snapshot: str) -> None:
    (row,) = said(hfp("cost", T, "--in", "1", "--requests", "3", "--provider", "alpha", "--json"))["rows"]
    assert (row["request_nano_usd"], row["total_nano_usd"]) == (1000, 3000)
    (row,) = said(hfp("cost", f"{T}:beta", "--in", "7", "--requests", "2k", "--monthly", "--json"))["rows"]
    assert row["total_nano_usd"] == 7 * 2000 * 2000 * 30


def test_cached_tokens_have_a_price_of_their_own_or_none(snapshot: str) -> None:
    job = ("cost", T, "--in", "1M", "--cached", "400k", "--out", "1M", "--provider", "alpha", "--json")
    assert said(hfp(*job))["rows"][0]["total_nano_usd"] is None
    known = said(hfp(*job, "--cached-price", "0.25"))["rows"][0]["total_nano_usd"]
    assert known == (Fraction(6, 10) * 1 + Fraction(4, 10) * Fraction(1, 4) + 3) * 10**9


def test_per_day_is_a_month_of_thirty_days(snapshot: str) -> None:
    each = said(hfp("cost", T, "--in", "7", "--per-day", "2k", "--json"))
    assert each == said(hfp("cost", T, "--in", "7", "--requests", "2k", "--monthly", "--json"))
    assert (each["job"]["requests"], each["job"]["monthly"]) == (60_000, True)
    for row in each["rows"]:
        assert row["total_nano_usd"] is None or row["total_nano_usd"] == row["request_nano_usd"] * 60_000


@pytest.mark.parametrize("more", [["--requests", "3"], ["--monthly"]])
def test_per_day_beside_requests_is_wrong_usage(more: list[str]) -> None:
    found = hfp("cost", T, "--in", "7", "--per-day", "2", *more)
    assert (found.code, found.out) == (2, "")
    assert "leave --requests and --monthly out" in found.err


def test_the_monthly_credits_buy_whole_requests(snapshot: str) -> None:
    found = said(hfp("cost", T, "--in", "1000", "--out", "1000", "--json"))["monthly_credits"]
    assert {plan: bought["requests"] for plan, bought in found.items()} == {
        "free": 25, "pro": 500, "team": 500, "enterprise": 500,
    }  # fmt: skip


def test_credits_of_a_marketplace_are_rounded_up(snapshot: str) -> None:
    job = ("cost", T, "--in", "3000", "--provider", "alpha", "--json", "--credit-usd", "0.04", "--markup")
    assert said(hfp(*job, "100"))["rows"][0]["credits"] == ceil(Fraction(3, 1000) * 2 / Fraction(4, 100)) == 1
    job = ("cost", T, "--in", "100M", "--provider", "alpha", "--json", "--credit-usd", "0.04", "--markup", "100")
    assert said(hfp(*job))["rows"][0]["credits"] == 5000


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-01-10", {"alpha": 2_000_000}),
        ("2026-01-20", {"alpha": 2_000_000, "beta": 2_000_000}),
        ("2026-02-01", {"alpha": 1_000_000, "beta": 2_000_000}),
    ],
)
def test_the_prices_of_a_time(snapshot: str, as_of: str, expected: dict[str, int]) -> None:
    rows = said(hfp("cost", T, "--in", "1000", "--as-of", as_of, "--json"))["rows"]
    assert {row["provider"]: row["total_nano_usd"] for row in rows} == expected


@pytest.mark.parametrize(
    ("argv", "code", "word"),
    [
        (["--in", "-5"], 2, "--in"),
        (["--in=-5"], 2, "not a size"),
        (["--in", "2000T"], 2, "is out of range"),
        (["--in", "1.5"], 2, "whole number"),
        ([], 2, "how many tokens"),
        (["--in", "1k", "--cached", "2k"], 2, "cached"),
        (["--in", "1k", "--as-of", "yesterday"], 2, "not a date"),
        (["--in", "1k", "--as-of", "2026-13-40"], 2, "not a date"),
        (["--in", "1k", "--as-of", "9000-01-01"], 2, "future"),
        (["--in", "1k", "--as-of", "2020-01-01"], 1, "2020-01-01"),
        (["--in", "1k", "--provider", "nobody"], 1, "nobody"),
        (["--in", "1k", "--credit-usd", "€4"], 2, "not an amount of money"),
        (["--in", "1k", "--credit-usd", "-4"], 2, "--credit-usd"),
        (["--in", "1k", "--credit-usd", "0"], 2, "must be above 0"),
    ],
)
def test_bad_input_is_refused_in_two_lines(snapshot: str, argv: list[str], code: int, word: str) -> None:
    result = hfp("cost", T, *argv)
    assert (result.code, result.out) == (code, "")
    assert word in result.err
    assert len(result.err.splitlines()) == 2


def test_the_library_prices_at_a_time_like_the_command(snapshot: str) -> None:
    opened = open_snapshot(snapshot)
    request = {"model": T, "provider": "alpha", "input_tokens": 1000, "output_tokens": 1000}
    times = [
        "2026-01-10T00:00:00Z",
        "2026-01-31T23:59:59+00:00",
        "2026-02-01T00:30:00+01:00",
        "2026-02-01",
        1_770_000_000,
    ]
    found = calculate_cost([request | {"at": at} for at in times], opened)
    assert [cost["cost_nano_usd"] for cost in found["costs"]] == [8_000_000] * 3 + [4_000_000] * 2
    assert found["total_cost_nano_usd"] == 32_000_000


def test_the_library_takes_the_cheapest_of_a_time_and_says_where_nothing_is_known(snapshot: str) -> None:
    opened = open_snapshot(snapshot)
    tokens = {"model": T, "input_tokens": 1000, "output_tokens": 0}
    early, late, gamma = calculate_cost(
        [
            tokens | {"at": "2025-01-01"},
            tokens | {"at": "2026-03-01"},
            tokens | {"at": "2026-03-01", "provider": "gamma"},
        ],
        opened,
    )["costs"]
    assert (early["cost_nano_usd"], "2025-01-01" in early["reason"]) == (None, True)
    assert (late["provider"], late["cost_nano_usd"]) == ("alpha", 1_000_000)
    assert (gamma["cost_nano_usd"], "gamma" in gamma["reason"]) == (None, True)
    with pytest.raises(ValueError, match="not a time"):
        calculate_cost([tokens | {"at": "soon"}], opened)
    with pytest.raises(ValueError, match="negative"):
        calculate_cost([tokens | {"input_tokens": -1, "at": "2026-03-01"}], opened)
