"""Compare what a log's client says its requests cost with their price, by model, provider and day."""

from __future__ import annotations

from hf_providers.rules.money import MTOK, display, usd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.billing.bill_types import ComparedRow
    from hf_providers.billing.price_book import Price, PriceBook
    from hf_providers.billing.pricing import Priced
    from hf_providers.billing.request import Request

    Key = tuple[str, str, str, str]

ROWS_KEPT = 100_000
NOISE = 10**6
"""A client's float equals an amount if it differs by at most one part in this, plus a nano-USD a request."""
REQUESTS, INPUT, CACHED, OUTPUT, OURS, LOGGED, PARTLY = range(7)


class Comparison:
    """What the client logged and what we price, of the requests that have both."""

    def __init__(self) -> None:
        self._sums: dict[Key, list[int]] = {}
        self.left_out = 0

    def add(self, request: Request, priced: Priced) -> None:
        """Add a request, if the client says what it cost and any of its price is known."""
        cost = priced.cost_nano if priced.cost_nano is not None else priced.known_nano
        if request.logged_nano is None or cost is None or priced.provider is None:
            return
        key = (priced.model, priced.provider, request.task, f"{request.at:%Y-%m-%d}")
        sums = self._sums.get(key)
        if sums is None:
            if len(self._sums) >= ROWS_KEPT:
                self.left_out += request.requests
                return
            sums = self._sums[key] = [0] * 7
        sums[REQUESTS] += request.requests
        sums[INPUT] += request.input_tokens
        sums[CACHED] += request.cached_tokens
        sums[OUTPUT] += request.output_tokens
        sums[OURS] += cost
        sums[LOGGED] += request.logged_nano
        sums[PARTLY] += 0 if priced.cost_nano is not None else request.requests

    def rows(self, book: PriceBook) -> list[ComparedRow]:
        """Return the comparison as rows, the largest difference first; that of a partly priced group is unknown."""
        rows = [_row(key, sums, book) for key, sums in self._sums.items()]
        return sorted(rows, key=lambda row: (-abs(row["difference_nano_usd"] or 0), row["model"], row["day"]))


def _row(key: Key, sums: list[int], book: PriceBook) -> ComparedRow:
    model, provider, task, day = key
    fully_priced = not sums[PARTLY]
    return {
        "model": model,
        "provider": provider,
        "day": day,
        "requests": sums[REQUESTS],
        "cost_nano_usd": sums[OURS] if fully_priced else None,
        "logged_nano_usd": sums[LOGGED],
        "difference_nano_usd": sums[LOGGED] - sums[OURS] if fully_priced else None,
        "likely_reason": _reason(provider, task, sums, book.history(model).prices),
    }


def _reason(provider: str, task: str, sums: list[int], prices: dict[tuple[str, str], list[Price]]) -> str:
    """Return why the client's cost differs, as far as the histories explain it."""
    logged, ours = sums[LOGGED], sums[OURS]
    if sums[PARTLY]:
        difference = f"{display(usd(logged - ours))} more" if logged > ours else "no more"
        return f"unknown: {sums[PARTLY]:,} are partly priced, and the client counts {difference} than that part"
    if _alike(logged, ours, sums):
        return "the same"
    if not logged:
        return "the client says 0: it knows no price of it"
    explained = [
        (name != provider, f"{name}'s price of {price.begin:%Y-%m-%d}")
        for (kind, name), held in prices.items()
        if kind == task
        for price in held
        if _alike(logged, _at(price, sums), sums)
    ]
    if explained:
        return f"the client's cost is {min(explained)[1]}"
    if sums[CACHED] and logged < ours:
        return "the client counts cached tokens at a lower price"
    return f"unknown: the client counts {logged / ours:.4g} × as much" if ours else "unknown"


def _at(price: Price, sums: list[int]) -> int:
    if price.input_nano is None or price.output_nano is None:
        return -1
    return (price.input_nano * sums[INPUT] + price.output_nano * sums[OUTPUT]) // MTOK


def _alike(logged: int, priced: int, sums: list[int]) -> bool:
    return priced >= 0 and abs(logged - priced) <= sums[REQUESTS] + abs(logged) // NOISE
