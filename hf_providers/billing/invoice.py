"""Compare a log's totals with what Hugging Face billed: by month, and by session where the log has X-HF-Session-id.

This reads the answers of `…/billing/usage-by-inference-session` and `…/billing/usage-by-resource-group`, whose shapes
the Hub's OpenAPI states. Any other shape, including `usage-v2`, is refused with the keys that it has.
"""

from __future__ import annotations

import json
from pathlib import Path

from hf_providers.billing.json_rows import number
from hf_providers.billing.values import count, moment, nano_usd
from hf_providers.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hf_providers.billing.bill_types import BilledRow
    from hf_providers.billing.pricing import Priced
    from hf_providers.billing.request import Request
    from hf_providers.catalog.row_types import JsonObject

MAX_BYTES = 64 << 20
CENTS = 100
UNDERSTOOD = "save the answer of /api/settings/billing/usage-by-inference-session, or of usage-by-resource-group"
PRICED, REST, COST, REQUESTS = range(4)


class Invoice:
    """What was billed by month or session, and what the log has of it."""

    def __init__(self, billed: dict[tuple[str, str | None], tuple[int, int]]) -> None:
        """Begin with what was billed: requests and nano-USD by month and session (None: the whole month)."""
        self._billed = billed
        self._months = {month for month, _ in billed}
        self._logged: dict[tuple[str, str | None], list[int]] = {}

    def add(self, request: Request, priced: Priced) -> None:
        """Add a request of the log to its month, and to its session where that was billed."""
        month = f"{request.at:%Y-%m}"
        keys: list[tuple[str, str | None]] = [(month, None)]
        if (month, request.session) in self._billed and request.session is not None:
            keys.append((month, request.session))
        for key in keys:
            sums = self._logged.setdefault(key, [0, 0, 0, 0])
            sums[REQUESTS] += request.requests
            if priced.cost_nano is None:
                sums[REST] += request.requests
            else:
                sums[PRICED] += request.requests
                sums[COST] += priced.cost_nano

    def rows(self) -> list[BilledRow]:
        """Return each month of the log or the invoice, then its sessions; what one of them lacks is None."""
        keys = self._billed.keys() | self._logged.keys()
        return [self._row(key) for key in sorted(keys, key=lambda key: (key[0], key[1] or ""))]

    def _row(self, key: tuple[str, str | None]) -> BilledRow:
        requests, billed = self._billed.get(key, (None, None))
        logged = self._logged.get(key)
        cost = logged[COST] if logged and logged[PRICED] else None
        whole = logged is not None and not logged[REST]
        return {
            "month": key[0],
            "session": key[1],
            "billed_requests": requests,
            "log_requests": logged[REQUESTS] if logged else None,
            "unpriced_requests": logged[REST] if logged else None,
            "billed_nano_usd": billed,
            "cost_nano_usd": cost,
            "difference_nano_usd": billed - cost if billed is not None and cost is not None and whole else None,
        }


def read(path: str) -> Invoice:
    """Return what a saved answer of the Hub's billing says.

    Raises:
        LogError: it can't be read, is of an unknown shape, or in another currency than USD.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        value = json.loads(data, parse_float=number) if len(data) <= MAX_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        reason = f"{error.strerror}: {error.filename!r}" if isinstance(error, OSError) and error.strerror else error
        raise LogError(f"the invoice can't be read: {reason}", UNDERSTOOD) from None
    if value is None:
        raise LogError(f"the invoice is larger than {MAX_BYTES >> 20} MiB, or empty", UNDERSTOOD)
    return Invoice(_billed(value))


def _billed(value: Any) -> dict[tuple[str, str | None], tuple[int, int]]:
    periods = value.get("periods") if isinstance(value, dict) else None
    if not isinstance(periods, list):
        raise _unknown_shape(value)
    if str(value.get("currency", "")).upper() != "USD":
        raise LogError(f"the invoice is in {str(value.get('currency'))[:20]!r}, prices are in USD", UNDERSTOOD)
    billed: dict[tuple[str, str | None], tuple[int, int]] = {}
    for period in periods:
        try:
            month = f"{moment(period['period']):%Y-%m}"
            if "sessions" in period:
                sums = [(str(one["id"]), *_sums(one)) for one in period["sessions"]]
            else:
                sums = [("", *_sums(one["inference"])) for one in period["resourceGroups"]]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _unknown_shape(period) from None
        billed.setdefault((month, None), (0, 0))
        for session, requests, nano in sums:
            for key in ((month, None), (month, session)) if session else ((month, None),):
                before = billed.get(key, (0, 0))
                billed[key] = (before[0] + requests, before[1] + nano)
    return billed


def _sums(billed: JsonObject) -> tuple[int, int]:
    """Return the requests and the nano-USD of what was billed in cents."""
    nano_cents = nano_usd(billed["costCents"])
    return count(billed["requestCount"]), -(-nano_cents // CENTS)


def _unknown_shape(value: Any) -> LogError:
    keys = ", ".join(list(value)[:20]) if isinstance(value, dict) else type(value).__name__
    return LogError(f"the invoice has a shape that is not known: its keys are {keys[:300]}", UNDERSTOOD)
