"""Exact money: integers of nano-USD, and the decimal text in which prices are published. A float never carries money.

A price is USD per million tokens with at most nine decimals, so in nano-USD it is a whole number. A cost is rounded up
to a whole nano-USD once a request, as Hugging Face bills. On the way to every answer: this imports nothing.
"""

from __future__ import annotations

NANO = 10**9
"""Nano-USD in one USD."""
MTOK = 10**6
"""Tokens in one million."""
MAX_SIZE = 10**15
_SUFFIXES = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}


def to_nano(text: str) -> int:
    """Return a decimal text of USD as nano-USD, exactly.

    Raises:
        ValueError: it is no plain decimal number, or has more than nine decimals.
    """
    whole, _, fraction = text.strip().partition(".")
    negative = whole.startswith("-")
    digits = whole.lstrip("+-") or "0"
    if not (text.isascii() and digits.isdecimal() and (not fraction or fraction.isdecimal())) or len(text) > 40:
        raise ValueError(f"{text[:40]!r} is no amount of money")
    if fraction[9:].strip("0"):
        raise ValueError(f"{text[:40]!r} has more than nine decimals")
    value = int(digits) * NANO + int(fraction[:9].ljust(9, "0"))
    return -value if negative else value


def nano_usd_per_mtok(price: str | None) -> int | None:
    """Return a published price as nano-USD per million tokens; None where it is unknown."""
    return None if price is None else to_nano(price)


def usd(nano: int) -> str:
    """Return nano-USD as plain decimal text of USD without trailing zeros: 12633000000 is 12.633."""
    sign = "-" if nano < 0 else ""
    whole, fraction = divmod(abs(nano), NANO)
    return sign + f"{whole}.{fraction:09d}".rstrip("0").rstrip(".")


def usd_per_mtok(nano: int, tokens: int) -> str:
    """Return a sum of prices divided by `tokens` as decimal text, rounded half up at the ninth decimal."""
    return usd((2 * nano + tokens) // (2 * tokens))


def display(amount: str | None) -> str:
    """Return an amount of USD as people read it: $0.70, $9.50, $0.075; at least two decimals, none cut off."""
    if amount is None:
        return "—"
    whole, _, fraction = amount.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}${int(whole.lstrip('-')):,}.{fraction.ljust(2, '0')}"


def ceil_div(value: int, by: int) -> int:
    """Return the quotient of two whole numbers, rounded up."""
    return -(-value // by)


def cost_nano(
    input_price: str | None,
    output_price: str | None,
    input_tokens: int,
    output_tokens: int,
    *,
    requests: int = 1,
) -> int | None:
    """Return what `requests` requests of this size cost in nano-USD; None where a price that is needed is unknown.

    Each request is rounded up to a whole nano-USD. A side without tokens needs no price.

    Raises:
        ValueError: a count is negative.
    """
    if min(input_tokens, output_tokens, requests) < 0:
        raise ValueError("a number of tokens or requests can't be negative")
    total = 0
    for price, tokens in ((input_price, input_tokens), (output_price, output_tokens)):
        if tokens:
            nano = nano_usd_per_mtok(price)
            if nano is None:
                return None
            total += nano * tokens
    return ceil_div(total, MTOK) * requests


def parse_size(text: str) -> int:
    """Return a number of tokens or requests: 1500, 1.5k, 10M, 2B. Letters in any case, steps of 1000.

    Raises:
        ValueError: it is none, is negative, no whole number, or absurd (above 10^15).
    """
    plain = text.strip().lower().replace(",", "").replace("_", "")
    factor = _SUFFIXES.get(plain[-1:], 1)
    digits = plain[:-1] if factor > 1 else plain
    whole, _, fraction = digits.partition(".")
    if not (whole + fraction).isdecimal() or not plain.isascii() or len(plain) > 30:
        raise ValueError(f"{text[:40]!r} is no size: give 1500, 1.5k, 10M or 2B")
    value, rest = divmod(int(whole + fraction) * factor, int("1" + "0" * len(fraction)))
    if rest or value > MAX_SIZE:
        raise ValueError(f"{text[:40]!r} is no size that anybody has: give a whole number up to 1000T")
    return value


def parse_mix(text: str) -> tuple[int, int]:
    """Return an input:output mix as two whole numbers, as in 3:1.

    Raises:
        ValueError: it is none, or both sides are 0.
    """
    given, colon, taken = text.partition(":")
    if not colon or not (given + taken).isdecimal() or not given or not taken or len(text) > 20:
        raise ValueError(f"{text[:40]!r} is no mix: give input:output, as in 3:1")
    if int(given) + int(taken) == 0:
        raise ValueError("a mix of 0:0 costs nothing: give input:output, as in 3:1")
    return int(given), int(taken)
