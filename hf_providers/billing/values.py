"""Read the values of a usage log: times, counts, amounts of money. Exact: a float never carries money."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from hf_providers.rules.money import MAX_SIZE, NANO

_UNITS_PER_SECOND = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))
"""Largest epoch times in seconds, ms, µs and ns: seconds reach the year 5138, ms begin in 1973."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
_MAYBE_GROUPED = re.compile(r"[1-9]\d{0,2}\.000")
"""A point as the separator of thousands, as in much of the world."""
_AMOUNT = re.compile(r"[1-9]\d{0,2}(,\d{3})+\.\d+|[^,]*")
"""A comma in an amount separates thousands if a point follows; otherwise it may be a decimal point."""
_DIGITS = len(str(MAX_SIZE))
_LONGEST = 100
"""Most characters of an amount."""


def moment(value: object) -> datetime:
    """Return a time in UTC: ISO 8601 text (UTC where it names no zone), or s, ms, µs or ns since 1970, also as text.

    Raises:
        ValueError: it is not a time, or outside the calendar.
    """
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _from_epoch(value)
    raise ValueError("it has no time" if value is None else _no_time(value))


def _no_time(value: object) -> str:
    return f"{str(value)[:40]!r} is not a time like 2026-02-26T11:27:29Z"


def _from_text(text: str) -> datetime:
    whole, _, fraction = text.partition(".")
    # A date without separators has eight digits; fromisoformat reads longer ones, too, but as another time.
    if text.isascii() and len(whole) > 8 and (whole + fraction).isdecimal():
        if len(whole) > 20:
            raise ValueError(_no_time(text))
        return _from_epoch(Decimal(text[:40]) if fraction else int(whole))
    try:
        return _utc(datetime.fromisoformat(text.removesuffix(" UTC").replace("z", "Z")))
    except ValueError:
        raise ValueError(_no_time(text)) from None


def _utc(at: datetime) -> datetime:
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:  # year 1 or 9999 with an offset
        raise ValueError(_no_time(at.isoformat())) from None


def _from_epoch(value: float | Decimal) -> datetime:
    exact = Decimal(str(value))  # the digits that the float prints, not its binary value
    for below, per_second in _UNITS_PER_SECOND:
        if exact.is_finite() and 0 <= exact < below:
            return _EPOCH + timedelta(microseconds=int(exact * 10**6) // per_second)
    raise ValueError(_no_time(value))


def count(value: object) -> int:
    """Return a number of tokens or requests: 2006, 2006.0, "2006", "2,006".

    Raises:
        ValueError: it is negative, not a whole number, or above 10^15.
    """
    if type(value) is int:
        number = value
    elif isinstance(value, float | Decimal) and 0 <= value <= MAX_SIZE and value == int(value):
        number = int(value)
    elif isinstance(value, str):
        number = _count_of_text(value.strip())
    else:
        number = -1
    if type(value) in (int, float, Decimal) and number < 0 and value < 0:  # type: ignore[operator] # they are numbers
        raise ValueError(f"a number of tokens can't be negative: {str(value).removesuffix('.0')[:40]}")
    if not 0 <= number <= MAX_SIZE:
        raise ValueError(f"{str(value)[:40]!r} is not a number of tokens: it must be a whole number up to {MAX_SIZE:,}")
    return number


def _count_of_text(text: str) -> int:
    if _MAYBE_GROUPED.fullmatch(text):
        raise ValueError(f"{text!r} is not a number of tokens: it may be {text[:-4]} or {text.replace('.', '')}")
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    whole, _, fraction = text.partition(".")
    plain = whole.isascii() and whole.isdecimal() and len(whole) <= _DIGITS and not fraction.strip("0")
    return int(whole) if plain else -1


def nano_usd(value: object) -> int:
    """Return an amount of USD that a client wrote, as nano-USD: 0.002, "2e-06", "$0.002", {"value": 0.002}.

    Digits behind the ninth decimal are rounded: clients write floats.

    Raises:
        ValueError: it is not an amount.
    """
    amount = value.get("value") if isinstance(value, dict) else value
    if (
        isinstance(amount, int | float | Decimal | str)
        and not isinstance(amount, bool)
        and len(str(amount)) <= _LONGEST
    ):
        try:
            text = str(amount).strip().removeprefix("$")
            usd = Decimal(text.replace(",", "") if _AMOUNT.fullmatch(text) else "NaN")
        except InvalidOperation:
            usd = Decimal("NaN")
        if usd.is_finite() and abs(usd) < 10**12:
            return int((usd * NANO).to_integral_value())
    raise ValueError(f"{str(value)[:40]!r} is not an amount of USD")
