"""Exact money: integers of nano-USD, and prices as decimal text. A float never carries money.

A price is USD per million tokens with at most nine decimals, so in nano-USD it is a whole number. A cost is rounded up
to a whole nano-USD once a request, as Hugging Face bills. Imported for every answer, so it imports nothing itself.
"""

from __future__ import annotations

NANO = 10**9
"""Nano-USD in one USD."""
MTOK = 10**6
"""Tokens in one million."""
PRICE_COLUMNS = ("input_usd_per_mtok", "output_usd_per_mtok")
"""The columns of an offer that hold its price."""
MAX_SIZE = 10**15
MONTHLY_CREDITS_NANO_USD = {"free": 10**8, "pro": 2 * 10**9, "team": 2 * 10**9, "enterprise": 2 * 10**9}
"""Nano-USD of inference credits a month: an account's, and with team and enterprise each seat's.

https://huggingface.co/docs/inference-providers/pricing; the free tier's is "subject to change". Calls with a provider
key of one's own use none.
"""
_SUFFIXES = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}


def to_nano(text: str) -> int:
    """Return a decimal text of USD as nano-USD, exactly.

    Raises:
        ValueError: it is no plain decimal number, or has more than nine decimals.
    """
    whole, _, fraction = text.strip().removeprefix("-").partition(".")
    if not (text.isascii() and (whole + fraction).isdecimal()) or len(text) > 40:
        raise ValueError(f"{text[:40]!r} is not an amount of money: give a plain decimal number, as in 0.06")
    if fraction[9:].strip("0"):
        raise ValueError(f"{text[:40]!r} has more than nine decimals")
    value = int(whole or "0") * NANO + int(fraction[:9].ljust(9, "0"))
    return -value if text.strip().startswith("-") else value


def nano_usd_per_mtok(price: str | None) -> int | None:
    """Return a published price as nano-USD per million tokens; None where it is unknown.

    Raises:
        ValueError: it is no plain decimal number, is negative, or has more than nine decimals.
    """
    nano = None if price is None else to_nano(price)
    if nano is not None and nano < 0:
        raise ValueError(f"{price!r} is not a price: it is negative")
    return nano


def usd(nano: int) -> str:
    """Return nano-USD as plain decimal text of USD without trailing zeros: 12633000000 is 12.633."""
    sign = "-" if nano < 0 else ""
    whole, fraction = divmod(abs(nano), NANO)
    return sign + f"{whole}.{fraction:09d}".rstrip("0").rstrip(".")


def usd_per_mtok(nano: int, tokens: int) -> str:
    """Return a sum of prices divided by `tokens` as decimal text, rounded up at the ninth decimal: never down to 0."""
    return usd(ceil_div(nano, tokens))


def blended(input_price: str | None, output_price: str | None, mix: tuple[int, int]) -> int | None:
    """Return what `mix` input and output megatokens cost in nano-USD; None where a side that counts is unknown.

    At one mix these compare exactly; `usd_per_mtok(…, sum(mix))` is the mean price as text.
    """
    return cost_nano(input_price, output_price, mix[0] * MTOK, mix[1] * MTOK)


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


def refuse_no_count(value: object) -> None:
    """Raise unless the value is a number of tokens.

    Raises:
        ValueError: it is no whole number (a float or a bool is none), or it is too large to be one.
    """
    if type(value) is not int or abs(value) > MAX_SIZE:
        raise ValueError(f"{value!r:.40} is not a number of tokens: give a whole number like 1000")


def cost_nano(
    input_price: str | None,
    output_price: str | None,
    input_tokens: int,
    output_tokens: int,
    *,
    requests: int = 1,
    cached_tokens: int = 0,
    cached_price: str | None = None,
) -> int | None:
    """Return what `requests` requests of this size cost in nano-USD; None where a price that is needed is unknown.

    Each request is rounded up to a whole nano-USD, once. A side without tokens needs no price.

    Args:
        input_price: USD per million input tokens.
        output_price: USD per million output tokens.
        input_tokens: Input tokens of one request, cached ones included.
        output_tokens: Output tokens of one request.
        requests: How many such requests.
        cached_tokens: Input tokens of one request that were read from the provider's cache.
        cached_price: USD per million cached tokens; unknown is not the input price.

    Raises:
        ValueError: a count is negative, or more cached tokens than input tokens.
    """
    if min(input_tokens, output_tokens, requests, cached_tokens) < 0:
        raise ValueError("a number of tokens or requests can't be negative")
    if cached_tokens > input_tokens:
        raise ValueError(f"{cached_tokens} cached tokens are more than the {input_tokens} put in")
    total = 0
    fresh_tokens = input_tokens - cached_tokens
    sides = ((input_price, fresh_tokens), (cached_price, cached_tokens), (output_price, output_tokens))
    for price, tokens in sides:
        if tokens:
            nano = nano_usd_per_mtok(price)
            if nano is None:
                return None
            total += nano * tokens
    return ceil_div(total, MTOK) * requests


def compute_cost_nano(seconds: str, usd_per_second: str) -> int:
    """Return what compute time costs in nano-USD, rounded up: how hf-inference bills.

    Args:
        seconds: Decimal text, down to nanoseconds.
        usd_per_second: Decimal text; the documentation's example is 0.00012.

    Raises:
        ValueError: one of them is negative or no plain decimal number.
    """
    time, rate = to_nano(seconds), to_nano(usd_per_second)
    if min(time, rate) < 0:
        raise ValueError("compute time and its price can't be negative")
    return ceil_div(time * rate, NANO)


def credits_for(nano: int, credit_usd: str, markup_pct: str = "0") -> int:
    """Return a cost in whole credits of a marketplace, rounded up: 0.075 of a credit is one credit, not none.

    Args:
        nano: The cost in nano-USD.
        credit_usd: What one credit is worth in USD, as decimal text.
        markup_pct: What the marketplace adds, in percent, as decimal text.

    Raises:
        ValueError: a credit is worth nothing, or the markup takes away more than everything.
    """
    credit, markup = to_nano(credit_usd), to_nano(markup_pct)
    if credit <= 0:
        raise ValueError(f"a credit must be worth more than 0, not {credit_usd} USD")
    if markup < -100 * NANO:
        raise ValueError(f"a markup of {markup_pct} % takes away more than everything")
    return ceil_div(nano * (100 * NANO + markup), credit * 100 * NANO)


def requests_within(budget_nano: int, cost_nano_each: int | None) -> int | None:
    """Return how many whole requests a budget pays for; None where their cost is unknown, or 0 and so no limit."""
    return budget_nano // cost_nano_each if cost_nano_each else None


def tokens_within(budget_nano: int, price: str | None) -> int | None:
    """Return how many whole tokens a budget pays for; None where their price is unknown, or 0 and so no limit."""
    nano = nano_usd_per_mtok(price)
    return budget_nano * MTOK // nano if nano else None


def parse_size(text: str) -> int:
    """Return a number of tokens or requests: 1500, 1.5k, 10M, 2B. Letters in any case, steps of 1000.

    Raises:
        ValueError: it is none, is negative, no whole number, or absurd (above 10^15).
    """
    plain = text.strip().lower()
    factor = _SUFFIXES.get(plain[-1:], 1)
    digits = plain[:-1] if factor > 1 else plain
    whole, _, fraction = digits.partition(".")
    if not (whole + fraction).isdecimal() or not plain.isascii() or len(plain) > 30:
        raise ValueError(f"{text[:40]!r} is not a size: give 1500, 1.5k, 10M or 2B")
    value, rest = divmod(int(whole + fraction) * factor, int("1" + "0" * len(fraction)))
    if rest or value > MAX_SIZE:
        raise ValueError(f"{text[:40]!r} is out of range: give a whole number up to 1000T")
    return value


def parse_mix(text: str) -> tuple[int, int]:
    """Return an input:output mix as two whole numbers, as in 3:1.

    Raises:
        ValueError: it is none, or both sides are 0.
    """
    given, colon, taken = text.partition(":")
    if not colon or not text.isascii() or not (given + taken).isdecimal() or not given or not taken or len(text) > 20:
        raise ValueError(f"{text[:40]!r} is not a mix: give input:output, as in 3:1")
    if int(given) + int(taken) == 0:
        raise ValueError("a mix of 0:0 costs nothing: give input:output, as in 3:1")
    return int(given), int(taken)
