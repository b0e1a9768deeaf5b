"""What requests cost, exactly: the library's side of `hfp bill`. Offline: read from the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from hf_providers.billing.bill import GROUPINGS, Bill
from hf_providers.billing.pricing import Pricer
from hf_providers.billing.request import Layouts, Request, read
from hf_providers.billing.usage_log import open_log
from hf_providers.billing.whole_log import total
from hf_providers.errors import ModelNotFound, NoSuchProvider, Unpriced
from hf_providers.model import Model
from hf_providers.rules.money import nano_usd_per_mtok, refuse_no_count
from hf_providers.rules.validation import unknown_provider
from hf_providers.snapshot import Snapshot, default_snapshot

if TYPE_CHECKING:
    from hf_providers.billing.bill_types import LogRow
    from hf_providers.documents.object_types import LoggedCost, Route


class CostReport(dict[str, Any]):  # a class of its own cannot be a TypedDict, too
    """What requests cost: a dict, and what `json` writes.

    >>> calculate_cost([{"model": "deepseek-r1", "input_tokens": 10, "output_tokens": 1}]).as_of.year
    2026

    Attributes:
        as_of: When the snapshot's facts were observed, UTC.
    """

    as_of: datetime

    def to_dict(self) -> dict[str, Any]:
        """Return it as a plain dict of plain values."""
        return dict(self) | {"costs": [dict(cost) for cost in self["costs"]]}


def calculate_cost(requests: Iterable[Mapping[str, Any]], snapshot: Snapshot | None = None) -> CostReport:
    """Return what some requests cost, exactly, in nano-USD.

        >>> r1 = {"model": "deepseek-ai/DeepSeek-R1", "input_tokens": 10_000_000, "output_tokens": 1_000_000}
        >>> calculate_cost([r1])["total_cost_nano_usd"]
        9500000000

    Args:
        requests: Each has `model` (an id, an exact name or a provider's own id), `input_tokens`, `output_tokens`, and
            may have `provider`, `task` and a time, or the other names that `hfp bill` understands. Where no provider
            is named, the cheapest live offer for just these counts is taken. With a time (`at`, `time`: ISO 8601,
            seconds since 1970, or a datetime) the price in force then counts.
        snapshot: Whose prices; by default those of the snapshot that `open_snapshot` opens.

    Returns:
        `costs`: for each request its `model`, `provider`, `task`, `cost_nano_usd` (rounded up, as Hugging Face bills)
        and, where that is None because it is not known, the `reason`; `total_cost_nano_usd`: the sum of those that
        are known; `unknown`: how many are not. `to_dict()` gives a plain dict.

    Raises:
        KeyError: a request lacks a model or a count.
        TypeError: it is one request and no list of them.
        ValueError: a count is negative or no whole number, or a time is none.
        UnknownProvider: there is no such provider. A ValueError.
    """
    if isinstance(requests, Mapping | str):
        raise TypeError("give a list of requests, each a dict: calculate_cost([{...}])")
    snapshot = snapshot or default_snapshot()
    pricer, layouts = Pricer(snapshot.catalog, "cheapest"), Layouts()
    costs = [_one(dict(request), snapshot, pricer, layouts) for request in requests]
    known = [cost["cost_nano_usd"] for cost in costs if cost["cost_nano_usd"] is not None]
    report = CostReport(total_cost_nano_usd=sum(known), unknown=len(costs) - len(known), costs=costs)
    report.as_of = snapshot.observed_at
    return report


def bill(
    log: str | PathLike[str],
    *,
    assume: str | None = None,
    cached_price: str | None = None,
    group_by: str | None = None,
    snapshot: Snapshot | None = None,
) -> Bill:
    """Return what a usage log cost, as `hfp bill` prices it; `to_dict()` gives what `hfp bill --json` prints.

        >>> from tempfile import NamedTemporaryFile
        >>> usage = '{"prompt_tokens": 1000, "completion_tokens": 10}'
        >>> row = f'{{"created": 1772105249, "model": "deepseek-ai/DeepSeek-R1:novita", "usage": {usage}}}'
        >>> with NamedTemporaryFile("w") as log:
        ...     print(row, file=log, flush=True)
        ...     total: Bill = bill(log.name)
        >>> total.to_dict()["total_cost_nano_usd"]
        725000

    Args:
        log: The path of a log, in any of the forms that `hfp bill` reads.
        assume: Who served requests that name no provider: `router`, `cheapest` or a provider; None: they are unpriced.
        cached_price: USD per million input tokens read from a cache, as decimal text; None: such tokens are unpriced.
        group_by: A column to total by, in place of model, provider and day.
        snapshot: Whose prices; by default those of the snapshot that `open_snapshot` opens.

    Raises:
        UnknownProvider: there is no such provider to assume. A ValueError.
        ValueError: `cached_price` is no price.
        TypeError: `cached_price` is no text: a float is no exact amount.
        LogError: the log can't be read at all.
    """
    if not isinstance(cached_price, str | None):
        raise TypeError(f"give cached_price as text, as in '0.06': {cached_price!r} is a {type(cached_price).__name__}")
    snapshot = snapshot or default_snapshot()
    try:
        pricer = Pricer(snapshot.catalog, assume, nano_usd_per_mtok(cached_price))
    except Unpriced as error:
        raise unknown_provider(str(error), snapshot.catalog) from None
    made = Bill(pricer, GROUPINGS if group_by is None else (group_by,))
    with open_log(fspath(log)) as opened:
        total(opened, made)
    return made


def _one(row: LogRow, snapshot: Snapshot, pricer: Pricer, layouts: Layouts) -> LoggedCost:
    for meaning in ("input", "output"):
        for key in (key for key, field, _ in layouts.of(tuple(row)) if field and field.meaning == meaning):
            if row[key] is None or isinstance(row[key], str):  # a log's text is a program's mistake
                refuse_no_count(row[key])
    request = read(row, layouts, datetime.now(UTC))
    try:
        for word in request.providers:
            pricer.names.provider_id(word)
        pricer.names.served(request.model, request.providers, request.client)
    except NoSuchProvider as error:
        raise unknown_provider(str(error), snapshot.catalog) from None
    except Unpriced:  # the answer says why
        pass
    if "time" in layouts.values(row):
        priced = pricer.price(request)
        route: Route = {"model": priced.model, "provider": priced.provider, "task": request.task}
        return _cost(route, priced.cost_nano, priced.reason)
    return _now(row, request, snapshot, pricer)


def _cost(route: Route, nano: int | None, reason: str | None) -> LoggedCost:
    said: LoggedCost = {
        "model": route["model"],
        "provider": route["provider"],
        "task": route["task"],
        "cost_nano_usd": nano,
    }
    if nano is None:
        said["reason"] = reason
    return said


def _now(row: LogRow, request: Request, snapshot: Snapshot, pricer: Pricer) -> LoggedCost:
    """Return what a request costs with today's offers."""
    task = request.task if row.get("task") else None
    route: Route = {"model": request.model, "provider": row.get("provider"), "task": task}
    try:
        served = pricer.names.served(request.model, request.providers, request.client)
        route = {"model": served.model_id, "provider": served.provider, "task": task}
        model = Model(served.model_id, snapshot)
    except (Unpriced, ModelNotFound) as error:
        return _cost(route, None, str(error))
    if request.problem is not None:
        return _cost(route, None, request.problem)
    if request.cached_tokens or request.written_tokens:
        return _cost(route, None, "no price known of tokens that go through a cache")
    if others := [name for name, _ in (*request.other_input, *request.other_output)]:
        return _cost(route, None, f"no price known of {' and '.join(others)[:100]}")
    counts = {"input_tokens": request.input_tokens, "output_tokens": request.output_tokens}
    cost = model.cost(**counts, provider=served.provider, task=task)
    if cost is None:
        return _cost(route, None, f"no known price{f' with {served.provider}' if served.provider else ''}")
    route = {"model": served.model_id, "provider": cost.offer.provider, "task": cost.offer.task}
    return _cost(route, cost.nano_usd, None)
