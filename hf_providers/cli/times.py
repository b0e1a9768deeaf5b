"""Read moments as people type them: a date, or a number of days, weeks or hours back. All in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hf_providers.rules.recency import utc_text

UNITS = {"h": 1, "d": 24, "w": 24 * 7}


def since(text: str) -> str:
    """Return the ISO moment that `2026-01-01`, `7d`, `24h` or `2w` means, counted back from now.

    Raises:
        argparse.ArgumentTypeError: it means none.
    """
    unit = UNITS.get(text[-1:])
    try:
        if unit and text[:-1].isdecimal():
            moment = datetime.now(UTC) - timedelta(hours=int(text[:-1]) * unit)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text!r} is not a date like 2026-01-31 or a span like 7d") from None
    return utc_text(moment)


def seconds(moment: str) -> float:
    """Return an ISO moment as seconds since the epoch."""
    return datetime.fromisoformat(moment).timestamp()


def day(stamp: float) -> str:
    """Return the day of seconds since the epoch."""
    return f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d}"
