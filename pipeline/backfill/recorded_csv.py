"""Readers for every recorded CSV: rows, times in UTC, ids as the Hub writes them, plausible prices."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from hf_providers.catalog.schema import PRICE_SCALE
from hf_providers.hub.wire import MODEL_ID
from pipeline.errors import BackfillError

LEAST, MOST = Decimal("0.0001"), Decimal(10_000)
"""Limits of a plausible price per million tokens; one in a wrong unit, a million times off, is outside."""
_NANO: Final = Decimal(1).scaleb(-PRICE_SCALE)
_MODEL_ID: Final = re.compile(MODEL_ID)
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def csv_rows(text: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the number of its line.

    Raises:
        BackfillError: it is no CSV, has other columns, or a row has more or fewer cells than columns.
    """
    reader = csv.DictReader(io.StringIO(text))
    try:
        if list(reader.fieldnames or ()) != list(columns):
            raise BackfillError("it has other columns", f"give {','.join(columns)}")
        for raw in reader:
            if None in raw or None in raw.values():
                raise BackfillError(f"line {reader.line_num}: not {len(columns)} cells", f"give {','.join(columns)}")
            yield reader.line_num, raw
    except csv.Error as error:
        raise BackfillError(f"not a CSV: {error}", "end lines with a line feed, and quote in pairs") from None


def moment(text: str) -> datetime:
    """Return a time in UTC; ValueError where it is invalid or has no offset."""
    parsed = datetime.fromisoformat(text[:40])
    if parsed.utcoffset() is None:
        raise ValueError(f"{text[:40]!r} has no time zone")
    return parsed.astimezone(UTC)


def is_model(text: str) -> bool:
    """Return whether this is a model's id."""
    return _MODEL_ID.fullmatch(text) is not None


def is_word(text: str) -> bool:
    """Return whether this could be the id of a provider, a task or a commit."""
    return _WORD.fullmatch(text) is not None


def price(text: str) -> Decimal | None:
    """Return a price at nano-USD scale, None for a blank; ValueError for anything that is no plausible price."""
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError("negative or not finite")
    if amount and not LEAST <= amount <= MOST:
        raise ValueError("implausible: the unit is USD per million tokens")
    return amount.quantize(_NANO, ROUND_HALF_EVEN)
