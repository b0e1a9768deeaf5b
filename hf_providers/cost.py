"""What requests cost, exactly: the library's side of `hfp bill`. Offline: read from the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hf_providers.model import AmbiguousModel, Model, ModelNotFound
from hf_providers.snapshot import Snapshot, default_snapshot


def calculate_cost(requests: Iterable[Mapping[str, Any]], snapshot: Snapshot | None = None) -> dict[str, Any]:
    """Return what some requests cost, exactly, in nano-USD.

        >>> r1 = {"model": "deepseek-ai/DeepSeek-R1", "input_tokens": 10_000_000, "output_tokens": 1_000_000}
        >>> calculate_cost([r1])["total_cost_nano_usd"]
        9500000000

    Args:
        requests: Each has `model`, `input_tokens`, `output_tokens`, and may have `provider` and `task`. Where no
            provider is named, the cheapest live offer for just these counts is taken.
        snapshot: Whose prices; by default those of the snapshot that `open_snapshot` opens.

    Returns:
        `costs`: for each request its `model`, `provider`, `task`, `cost_nano_usd` (rounded up, as Hugging Face bills)
        and, where that is None because it is not known, the `reason`; `total_cost_nano_usd`: the sum of those that
        are known; `unknown`: how many are not.

    Raises:
        KeyError: a request lacks a key.
        ValueError: a count is negative.
    """
    snapshot = snapshot or default_snapshot()
    costs = [_one(request, snapshot) for request in requests]
    known = [cost["cost_nano_usd"] for cost in costs if cost["cost_nano_usd"] is not None]
    return {"total_cost_nano_usd": sum(known), "unknown": len(costs) - len(known), "costs": costs}


def _one(request: Mapping[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    provider, task = request.get("provider"), request.get("task")
    answer = {"model": request["model"], "provider": provider, "task": task, "cost_nano_usd": None}
    try:
        model = Model(request["model"], snapshot)
    except (ModelNotFound, AmbiguousModel) as error:
        return answer | {"reason": str(error)}
    counts = {"input_tokens": request["input_tokens"], "output_tokens": request["output_tokens"]}
    cost = model.cost(**counts, provider=provider, task=task)
    answer["model"] = model.model_id
    if cost is None:
        return answer | {"reason": f"no known price{f' with {provider}' if provider else ''}"}
    return answer | {"provider": cost.offer.provider, "task": cost.offer.task, "cost_nano_usd": cost.nano_usd}
