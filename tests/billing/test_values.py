"""Times, counts and amounts as clients write them, against values written out."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.billing.values import count, moment, nano_usd

NOON = datetime(2026, 2, 26, 12, tzinfo=UTC)
EPOCH_S = 1_772_107_200  # date -ud '2026-02-26 12:00' +%s


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-26T12:00:00Z", "2026-02-26t12:00:00z", "2026-02-26T13:00:00+01:00", "2026-02-26 12:00:00 UTC",
        "2026-02-26 12:00:00", "20260226T120000Z", " 2026-02-26T12:00Z ", NOON, NOON.replace(tzinfo=None),
        EPOCH_S, float(EPOCH_S), EPOCH_S * 10**3, EPOCH_S * 10**6, EPOCH_S * 10**9, str(EPOCH_S), f"{EPOCH_S}.0",
        str(EPOCH_S * 10**3), str(EPOCH_S * 10**6), Decimal(f"{EPOCH_S}.0"), Decimal("1.7721072E+9"),
    ],
)  # fmt: skip
def test_one_time_in_every_form(value: Any) -> None:
    assert moment(value) == NOON
    assert moment(value).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None, "", "soon", True, -1, 10**21, float("nan"), float("inf"), [], "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00", "2026-02-30", "9" * 23, "2026-02-26T25:00:00Z", Decimal("1E+400"), "²⁰²⁶",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="time"):
        moment(value)


def test_a_microsecond_is_kept() -> None:
    for value in (Decimal("1772107200.123457"), "1772107200.123457", 1772107200.123457):
        assert moment(value) == NOON + timedelta(microseconds=123457)


@pytest.mark.parametrize(
    "value", [2006, 2006.0, Decimal("2.006E+3"), "2006", "2,006", "2006.0", " 2006 ", "002006", "2006.000"]
)
def test_one_count_in_every_form(value: Any) -> None:
    assert count(value) == 2006


@pytest.mark.parametrize(
    "value",
    [
        None, True, -1, "-1", 1.5, "1.5", float("nan"), 10**15 + 1, "2,00", "20,06", "2.000", "200.000", "0,002",
        "002,006", "2.006,0", "1e3", "٣", "", [], {},
        "0" * 20 + "123", "9" * 23, 10**400, Decimal("1E-400"), Decimal("1E+999999"), Decimal("-1E-400"),
    ],
)  # fmt: skip
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="number of tokens"):
        count(value)


@pytest.mark.parametrize(
    ("value", "nano"),
    [
        (0.002, 2_000_000), ("2e-06", 2_000), ("$1,234.50", 1_234_500_000_000), (0, 0), (3, 3 * 10**9),
        ({"value": 0.06, "currency": "usd"}, 60_000_000), (1e-10, 0), (Decimal("1E-400"), 0), ("0.0000000015", 2),
    ],
)  # fmt: skip
def test_an_amount_of_a_client(value: Any, nano: int) -> None:
    assert nano_usd(value) == nano


@pytest.mark.parametrize(
    "value",
    [None, True, "", "NaN", "inf", "free", [], 1e300, "1" * 101, Decimal("1E+400"), "0,002", "0,5", "1,234", "1.234,5"],
)
def test_what_is_no_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="amount of USD"):
        nano_usd(value)


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.none(), st.booleans(), st.binary(max_size=9)))
def test_any_value_is_read_or_refused_in_words(value: Any) -> None:
    for read in (moment, count, nano_usd):
        with suppress(ValueError):
            assert read(value) is not None
