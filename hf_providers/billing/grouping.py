"""Find the group of a request in the totals: its model, provider or day, or the value of a column of the log."""

from __future__ import annotations

import json
from decimal import Decimal

from hf_providers.billing.fields import compared
from hf_providers.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hf_providers.billing.bill_types import LogRow
    from hf_providers.billing.pricing import Priced
    from hf_providers.billing.request import Request

_OF_REQUEST: dict[str, Callable[[Request, Priced], str | None]] = {
    "model": lambda _, priced: clean(priced.model)[:200],
    "provider": lambda _, priced: priced.provider and clean(priced.provider)[:200],
    "day": lambda request, _: request.at.isoformat()[:10],
    "month": lambda request, _: request.at.isoformat()[:7],
    "task": lambda request, _: clean(request.task)[:200],
    "session": lambda request, _: request.session and clean(request.session)[:200],
}


def group_value(grouping: str, row: LogRow, request: Request, priced: Priced) -> str | None:
    """Return the group of a request: one of its own values, or the value of a column of the log."""
    own = _OF_REQUEST.get(grouping)
    return column_value(grouping, row) if own is None else own(request, priced)


def column_value(column: str, row: LogRow) -> str | None:
    """Return a row's value in a column, by its exact name or as field names are compared."""
    value = row.get(column)
    if value is None and column not in row:
        value = next((row[key] for key in row if compared(key) == compared(column)), None)
    return None if value is None else clean(_text(value))[:200]


def _text(value: object) -> str:
    if isinstance(value, str | Decimal):
        return str(value)
    try:
        return json.dumps(value, default=str)
    except RecursionError:
        return "(nested too deep)"
