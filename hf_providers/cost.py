"""What requests cost, exactly: the library's side of `hfp bill`. Offline: read from the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from hf_providers.billing.price_book import Price, PriceBook, Unpriced, cost_nano, moment
from hf_providers.model import AmbiguousModel, Model, ModelNotFound
from hf_providers.rules.money import refuse_no_count
from hf_providers.rules.tasks import CHAT_TASK, tasks_of
from hf_providers.snapshot import Snapshot, default_snapshot


def calculate_cost(requests: Iterable[Mapping[str, Any]], snapshot: Snapshot | None = None) -> dict[str, Any]:
    """Return what some requests cost, exactly, in nano-USD.

        >>> r1 = {"model": "deepseek-ai/DeepSeek-R1", "input_tokens": 10_000_000, "output_tokens": 1_000_000}
        >>> calculate_cost([r1])["total_cost_nano_usd"]
        9500000000

    Args:
        requests: Each has `model`, `input_tokens`, `output_tokens`, and may have `provider`, `task` and `at`. Where no
            provider is named, the cheapest live offer for just these counts is taken. `at` is a time (ISO 8601, or
            a datetime): then the price in force at that time counts, as `hfp bill` has it.
        snapshot: Whose prices; by default those of the snapshot that `open_snapshot` opens.

    Returns:
        `costs`: for each request its `model`, `provider`, `task`, `cost_nano_usd` (rounded up, as Hugging Face bills)
        and, where that is None because it is not known, the `reason`; `total_cost_nano_usd`: the sum of those that
        are known; `unknown`: how many are not.

    Raises:
        KeyError: a request lacks a key.
        ValueError: a count is negative or no whole number, or `at` is no time.
    """
    snapshot = snapshot or default_snapshot()
    book = PriceBook(snapshot.catalog)
    costs = [_one(request, snapshot, book) for request in requests]
    known = [cost["cost_nano_usd"] for cost in costs if cost["cost_nano_usd"] is not None]
    return {"total_cost_nano_usd": sum(known), "unknown": len(costs) - len(known), "costs": costs}


def _one(request: Mapping[str, Any], snapshot: Snapshot, book: PriceBook) -> dict[str, Any]:
    provider, task = request.get("provider"), request.get("task")
    answer = {"model": request["model"], "provider": provider, "task": task, "cost_nano_usd": None}
    try:
        model = Model(request["model"], snapshot)
    except (ModelNotFound, AmbiguousModel) as error:
        return answer | {"reason": str(error)}
    counts = {"input_tokens": request["input_tokens"], "output_tokens": request["output_tokens"]}
    for count in counts.values():
        refuse_no_count(count)
    if min(counts.values()) < 0:
        raise ValueError("a number of tokens can't be negative")
    if request.get("at") is not None:
        return answer | {"model": model.model_id} | _then(request, model, book)
    cost = model.cost(**counts, provider=provider, task=task)
    answer["model"] = model.model_id
    if cost is None:
        return answer | {"reason": f"no known price{f' with {provider}' if provider else ''}"}
    return answer | {"provider": cost.offer.provider, "task": cost.offer.task, "cost_nano_usd": cost.nano_usd}


def _then(request: Mapping[str, Any], model: Model, book: PriceBook) -> dict[str, Any]:
    """Return what a request cost at its time, with the provider named or the one that was the cheapest."""
    at = request["at"]
    at = moment(at.isoformat() if isinstance(at, datetime) else at)
    provider, task = request.get("provider"), request.get("task")
    task = CHAT_TASK if task is not None and CHAT_TASK in tasks_of(task) else task
    try:
        named = {provider: book.price(model.model_id, provider, at, task)} if provider else None
    except Unpriced as error:
        return {"reason": str(error)}
    costs = list(_costs(request, named or book.prices(model.model_id, at, task)))
    if not costs:
        return {"reason": f"no known price at {at:%Y-%m-%d %H:%M} UTC{f' with {provider}' if provider else ''}"}
    cost, provider = min(costs)
    return {"provider": provider, "task": task or CHAT_TASK, "cost_nano_usd": cost}


def _costs(request: Mapping[str, Any], prices: Mapping[str, Price]) -> Iterator[tuple[int, str]]:
    """Yield the cost with each provider whose price is stated."""
    for name, price in prices.items():
        with suppress(Unpriced):
            yield cost_nano(price, request["input_tokens"], request["output_tokens"]), name
