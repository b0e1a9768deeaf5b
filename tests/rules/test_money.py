"""Money is exact: every figure here is worked out by hand, or with `decimal` and `fractions`, not by the code."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.rules import money

CAPTURE = (
    Path(__file__).resolve().parents[2].parent / "shared/captures/hub-list-2026-02/models-2026-02-26T1227-8f91cbd.json"
)

prices = st.decimals(min_value=0, max_value=1000, places=9, allow_nan=False).map(lambda price: f"{price:f}")
counts = st.integers(min_value=0, max_value=10**9)


@pytest.mark.parametrize(
    ("text", "nano"),
    [
        ("0.06", 60_000_000),
        ("0", 0),
        ("2.5", 2_500_000_000),
        ("2.500000000000", 2_500_000_000),
        (".5", 500_000_000),
        ("7.", 7_000_000_000),
        ("-1.25", -1_250_000_000),
        ("0.000000001", 1),
        ("0.5", 500_000_000),
    ],
)
def test_decimal_text_becomes_nano_usd(text: str, nano: int) -> None:
    assert money.to_nano(text) == nano


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "-", "--5", "+-5", "1e-3", "nan", "inf", "1,5", "$5", "0x10", "٣", "²", "1 2", "1.2.3", "9" * 41],
)
def test_what_is_no_amount_is_refused_and_is_not_zero(text: str) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        money.to_nano(text)


def test_what_nano_usd_cannot_hold_is_refused_rather_than_rounded() -> None:
    with pytest.raises(ValueError, match="more than nine decimals"):
        money.to_nano("0.0000000001")


def test_an_unknown_price_stays_unknown_and_a_negative_one_is_refused() -> None:
    assert money.nano_usd_per_mtok(None) is None
    assert money.nano_usd_per_mtok("0") == 0
    with pytest.raises(ValueError, match="negative"):
        money.nano_usd_per_mtok("-0.06")


@given(st.integers(min_value=-(10**20), max_value=10**20))
def test_text_of_nano_usd_is_exact_and_plain(nano: int) -> None:
    text = money.usd(nano)
    assert Decimal(text) == Decimal(nano).scaleb(-9)
    assert "e" not in text.lower()
    assert text == "0" or "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.7", "$0.70"),
        ("9.5", "$9.50"),
        ("22", "$22.00"),
        ("0", "$0.00"),
        ("0.000123", "$0.000123"),
        ("12.633", "$12.633"),
        ("0.000000001", "$0.000000001"),
        ("1234.5", "$1,234.50"),
        ("-0.5", "-$0.50"),
        (None, "—"),
    ],
)
def test_display_has_two_decimals_at_least_and_cuts_none(text: str | None, shown: str) -> None:
    assert money.display(text) == shown


def test_the_worked_examples() -> None:
    # 10 x 0.70 + 1 x 2.50 = 9.50; 10 x 2 + 1 x 2 = 22
    assert money.cost_nano("0.7", "2.5", 10_000_000, 1_000_000) == 9_500_000_000
    assert money.cost_nano("2", "2", 10_000_000, 1_000_000) == 22_000_000_000
    # 10.5 x 1 + 0.711 x 3 = 12.633
    assert money.cost_nano("1", "3", 10_500_000, 711_000) == 12_633_000_000
    assert money.display(money.usd(12_633_000_000)) == "$12.633"
    assert money.display(money.usd(500_000_000)) == "$0.50"


def test_a_fraction_of_a_nano_usd_bills_a_whole_one_once_a_request() -> None:
    # 1,002 tokens at $0.0001 per million are 100.2 nano-USD.
    assert money.cost_nano("0.0001", None, 1_002, 0) == 101
    # Half and half: 50.1 + 50.1 is rounded up once, not twice.
    assert money.cost_nano("0.0001", "0.0001", 501, 501) == 101
    assert money.cost_nano("0.0001", "0.0001", 501, 501, requests=3) == 303


def test_a_side_without_tokens_needs_no_price_and_one_with_tokens_does() -> None:
    assert money.cost_nano("1", None, 1_000_000, 0) == 1_000_000_000
    assert money.cost_nano(None, "1", 0, 1_000_000) == 1_000_000_000
    assert money.cost_nano("1", None, 1_000_000, 1) is None
    assert money.cost_nano("0", "0", 1_000_000, 1_000_000) == 0
    assert money.cost_nano(None, None, 0, 0) == 0


def test_cached_tokens_cost_what_the_cache_costs_or_nobody_knows() -> None:
    # 0.4 x 1 + 0.6 x 0.1 + 1 x 2 = 2.46
    assert money.cost_nano("1", "2", 10**6, 10**6, cached_tokens=600_000, cached_price="0.1") == 2_460_000_000
    assert money.cost_nano("1", "2", 10**6, 10**6, cached_tokens=1) is None
    with pytest.raises(ValueError, match="more than"):
        money.cost_nano("1", "2", 10, 10, cached_tokens=11, cached_price="0.1")


@pytest.mark.parametrize(
    "wrong", [{"input_tokens": -1}, {"output_tokens": -1}, {"requests": -1}, {"cached_tokens": -1}]
)
def test_negative_counts_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="negative"):
        money.cost_nano("1", "1", **{"input_tokens": 1, "output_tokens": 1, **wrong})


@given(prices, prices, counts, counts)
def test_a_cost_is_the_exact_one_rounded_up(input_price: str, output_price: str, given_: int, taken: int) -> None:
    exact = (Fraction(input_price) * given_ + Fraction(output_price) * taken) * 1000
    whole = -(-exact.numerator // exact.denominator)
    assert money.cost_nano(input_price, output_price, given_, taken) == whole


@pytest.mark.skipif(not CAPTURE.exists(), reason="the recorded hub list is not beside this checkout")
def test_every_recorded_price_costs_what_decimal_says() -> None:
    checked = 0
    for model in json.loads(CAPTURE.read_text(), parse_float=Decimal):
        for mapping in model.get("inferenceProviderMapping") or ():
            pricing = (mapping.get("providerDetails") or {}).get("pricing") or {}
            if None in (pricing.get("input"), pricing.get("output")):
                continue
            sides = [Decimal(pricing[side]).quantize(Decimal("1e-9")) for side in ("input", "output")]
            exact = (sides[0] * 123_457 + sides[1] * 891) * 1000
            expected = int(exact.to_integral_value(ROUND_CEILING))
            assert money.cost_nano(f"{sides[0]:f}", f"{sides[1]:f}", 123_457, 891) == expected
            checked += 1
    assert checked == 233


@given(prices, prices, st.integers(1, 100), st.integers(1, 100))
def test_the_mean_of_a_mix_is_exact_to_nine_decimals_and_never_falls_to_zero(
    input_price: str, output_price: str, given_: int, taken: int
) -> None:
    sum_nano = money.blended(input_price, output_price, (given_, taken))
    assert sum_nano is not None
    mean = (Fraction(input_price) * given_ + Fraction(output_price) * taken) / (given_ + taken)
    shown = Fraction(money.usd_per_mtok(sum_nano, given_ + taken))
    assert 0 <= shown - mean < Fraction(1, 10**9)
    assert (shown == 0) == (mean == 0)


def test_blended_prices_compare_exactly_and_need_both_sides_that_count() -> None:
    # 3 x 0.7 + 2.5 = 4.6; a quarter of it is 1.15
    assert money.blended("0.7", "2.5", (3, 1)) == 4_600_000_000
    assert money.usd_per_mtok(4_600_000_000, 4) == "1.15"
    assert money.blended("0.7", None, (3, 1)) is None
    assert money.blended("0.7", None, (1, 0)) == 700_000_000


def test_compute_seconds_cost_what_the_documentation_says() -> None:
    assert money.compute_cost_nano("10", "0.00012") == 1_200_000  # $0.0012
    assert money.compute_cost_nano("0.001", "0.00012") == 120
    assert money.compute_cost_nano("0.0000001", "0.00012") == 1  # 0.012 of a nano-USD
    with pytest.raises(ValueError, match="negative"):
        money.compute_cost_nano("-1", "0.00012")


def test_credits_are_rounded_up_and_exact() -> None:
    # $0.00075 at $0.01 a credit is 0.075 credits
    assert money.credits_for(750_000, "0.01") == 1
    assert money.credits_for(0, "0.01") == 0
    assert money.credits_for(10_000_000, "0.01") == 1
    # $9.50 + 20 % = $11.40 = 1,140 credits of a cent
    assert money.credits_for(9_500_000_000, "0.01", "20") == 1_140
    assert money.credits_for(9_500_000_001, "0.01", "20") == 1_141
    for credit, markup in (("0", "0"), ("-1", "0"), ("0.01", "-101")):
        with pytest.raises(ValueError, match=r"credit|markup"):
            money.credits_for(1, credit, markup)


def test_what_monthly_credits_buy_is_rounded_down() -> None:
    free, pro = money.MONTHLY_CREDITS_NANO_USD["free"], money.MONTHLY_CREDITS_NANO_USD["pro"]
    # $0.10 at $0.70 per million: 142,857.142… tokens; $2.00 at $9.50 a request: none
    assert money.tokens_within(free, "0.7") == 142_857
    assert money.requests_within(pro, 9_500_000_000) == 0
    assert money.requests_within(pro, 101) == 19_801_980
    assert money.tokens_within(free, None) is None
    assert money.tokens_within(free, "0") is None
    assert money.requests_within(pro, None) is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1500", 1_500),
        ("1.5k", 1_500),
        ("10M", 10_000_000),
        ("2B", 2_000_000_000),
        ("1000T", 10**15),
        ("0", 0),
        (" 64k ", 64_000),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert money.parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "k", ".", "-1", "-1k", "1.5", "1e6", "1,5k", "1,500", "1_0", "ten", "10X", "1001T", "9" * 31, "٣", "nan"],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a size|is out of range"):
        money.parse_size(text)


def test_mixes_are_read() -> None:
    assert money.parse_mix("3:1") == (3, 1)
    assert money.parse_mix("1:0") == (1, 0)
    for text in ("3", "3:", ":1", "3:1:1", "-3:1", "3/1", "a:b", "0:0", "1.5:1", "٣:1"):
        with pytest.raises(ValueError, match="mix"):
            money.parse_mix(text)


def test_it_imports_nothing() -> None:
    """It stands on the way to every answer, where each import is felt."""
    path = money.__file__
    load = f"exec(open({path!r}).read())"
    code = f"import sys, __future__; before = set(sys.modules); {load}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
