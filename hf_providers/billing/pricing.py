"""Price a request at its provider's price in force at its time, as far as these are known.

Cached tokens are priced at their own price or not at all: no source states one, so the caller has to pass it. A request
without a provider is unpriced, with the range of costs at the offers live then, unless a rule is assumed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hf_providers.billing.naming import Names, Served
from hf_providers.billing.price_book import Price, PriceBook
from hf_providers.billing.request import Request
from hf_providers.errors import Unpriced
from hf_providers.rules.money import MTOK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.database import Catalog

DAY = timedelta(days=1)
CLOCKS_APART = timedelta(minutes=5)
"""How far the clock of a logging machine may be ahead of this one's."""
NO_PROVIDER = "it names no provider: --assume says who served such requests"
RULES = ("router", "cheapest")


class Priced(NamedTuple):
    """The known part of a request's cost.

    Attributes:
        model: The model's id, or its name in the log if no model was found.
        provider: The provider, or the assumed one.
        cost_nano: The cost in nano-USD, rounded up once; None unless all of it is known.
        known_nano: The cost of the priced tokens of a partly priced request.
        low_nano: The lowest possible cost, where it is not known which of several prices holds.
        high_nano: The highest.
        reason: Why it is not priced, or which part is not.
        assumed: The rule by which the provider was assumed.
        past_last_seen: Whether the price was last seen before the request.
    """

    model: str
    provider: str | None
    cost_nano: int | None = None
    known_nano: int | None = None
    low_nano: int | None = None
    high_nano: int | None = None
    reason: str | None = None
    assumed: str | None = None
    past_last_seen: bool = False


class Pricer:
    """Prices requests from a snapshot."""

    def __init__(self, catalog: Catalog, assume: str | None = None, cached_nano: int | None = None) -> None:
        """Read from a snapshot.

        Args:
            catalog: The snapshot.
            assume: The provider of a request that names none: `router`, `cheapest` or a provider.
            cached_nano: Nano-USD per million input tokens read from a cache.

        Raises:
            Unpriced: there is no such provider to assume.
        """
        self.catalog = catalog
        self.names = Names(catalog)
        self.book = PriceBook(catalog)
        self.cached_nano = cached_nano
        self.assume = assume if assume is None or assume in RULES else self.names.provider_id(assume)
        if assume is not None and self.assume is None:
            raise Unpriced(f"{assume[:60]} is neither a rule nor a provider: assume router, cheapest or a provider")
        self.latest = datetime.now(UTC) + CLOCKS_APART

    def price(self, request: Request) -> Priced:
        """Return the cost of a request, or why it is not known."""
        try:
            served = self.names.served(request.model, request.providers, request.client)
        except Unpriced as error:
            return Priced(request.model, self._first_named(request.providers), reason=str(error))
        try:
            if request.problem is not None:
                raise Unpriced(request.problem)  # noqa: TRY301
            if request.at > self.latest or (request.end is not None and request.end > self.latest + timedelta(days=1)):
                raise Unpriced("it is dated after now")  # noqa: TRY301
            if served.provider is None:
                return self._assumed(served, request)
            prices = self.book.prices_between(served.model_id, served.provider, request.at, request.end, request.task)
        except Unpriced as error:
            return Priced(served.model_id, served.provider, reason=str(error))
        return self._priced(served.model_id, served.provider, prices, request)

    def _first_named(self, providers: tuple[str, ...]) -> str | None:
        """Return the first provider that a log names: its id, or the log's word for an unknown one."""
        if not providers:
            return None
        try:
            return self.names.provider_id(providers[0])
        except Unpriced:
            return providers[0]

    def _priced(self, model_id: str, provider: str, prices: list[Price], request: Request) -> Priced:
        if len(prices) > 1:
            return self._range(model_id, provider, prices, request, "its price changed within the bucket")
        known, missing = self._parts(prices[0], request)
        late = (request.end or request.at) > prices[0].seen_until
        if not missing:
            return Priced(model_id, provider, cost_nano=known, past_last_seen=late)
        reason = f"{model_id[:100]} on {provider}: no price known of {' and '.join(missing)}"
        return Priced(model_id, provider, known_nano=known, reason=reason, past_last_seen=late)

    def _parts(self, price: Price, request: Request) -> tuple[int | None, list[str]]:
        """Return the cost of the tokens with a known price (None: none has one), and the kinds without one."""
        fresh, output = _plain_tokens(request)
        sides = (
            (fresh, price.input_nano, "input tokens"),
            (request.cached_tokens, self.cached_nano, "cached input tokens (--cached-price)"),
            (request.written_tokens, None, "tokens written to a cache"),
            *((tokens, None, f"{name[:40]} put in") for name, tokens in request.other_input),
            (output, price.output_nano, "output tokens"),
            *((tokens, None, f"{name[:40]} put out") for name, tokens in request.other_output),
        )
        missing = [what for tokens, nano, what in sides if tokens and nano is None]
        known = [nano * tokens for tokens, nano, _ in sides if tokens and nano is not None]
        return (None if missing and not known else -(-sum(known) // MTOK)), missing

    def _range(self, model_id: str, provider: str | None, prices: list[Price], request: Request, reason: str) -> Priced:
        """Return the lowest and the highest cost of a request, among the prices that cover all of it."""
        parts = [self._parts(price, request) for price in prices]
        costs = [known for known, missing in parts if known is not None and not missing]
        low, high = min(costs, default=None), max(costs, default=None)
        late = low is not None and any((request.end or request.at) > price.seen_until for price in prices)
        return Priced(model_id, provider, low_nano=low, high_nano=high, reason=reason, past_last_seen=late)

    def _assumed(self, served: Served, request: Request) -> Priced:
        """Return the cost of a request without a provider, by the assumed rule."""
        if self.assume not in (None, *RULES):
            provider = self.assume
        else:
            history = self.book.history(served.model_id)
            moments = history.moments(request.task, request.at, request.end)
            if self.assume is None:
                offers = [price for at in moments for price in history.live(request.task, at).values()]
                prices = [price for price in offers if price is not None]
                return self._range(served.model_id, None, prices, request, NO_PROVIDER)
            if self.assume == "router" and request.end is not None:  # speeds are known by the day
                moments += [request.at + timedelta(days=day) for day in range(1, -(-(request.end - request.at) // DAY))]
            lives = [history.live(request.task, at) for at in moments]
            chosen = [self._chosen(served, live, request, at) for live, at in zip(lives, moments, strict=True)]
            provider = chosen[0]
            if len(set(chosen)) > 1:
                prices = [price for live, who in zip(lives, chosen, strict=True) if (price := live[who]) is not None]
                reason = f"the offer that --assume {self.assume} takes changed within the bucket"
                return self._range(served.model_id, None, prices, request, reason)._replace(assumed=self.assume)
        prices = self.book.prices_between(served.model_id, provider, request.at, request.end, request.task)
        return self._priced(served.model_id, provider, prices, request)._replace(assumed=self.assume)

    def _chosen(self, served: Served, live: dict[str, Price | None], request: Request, at: datetime) -> str:
        """Return the provider that a rule picks among those that were live.

        The router takes the fastest where no policy or `:fastest` is given, and the lowest output price for
        `:cheapest`; `:preferred` is the user's own order, which no log has.
        """
        priced = {name: price for name, price in live.items() if price is not None}
        if self.assume == "cheapest":
            fresh, output = _plain_tokens(request)  # other tokens cost the same with each offer
            plain = request._replace(input_tokens=fresh, cached_tokens=0, written_tokens=0, output_tokens=output,
                                     other_input=(), other_output=())  # fmt: skip
            parts = {name: self._parts(price, plain) for name, price in priced.items()}
            provider = self._lowest({name: known for name, (known, missing) in parts.items() if not missing})
        elif served.policy == "cheapest":
            provider = self._lowest({name: price.output_nano for name, price in priced.items()})
        elif served.policy == "preferred":
            raise Unpriced("the router took the user's own order (:preferred), which no log has")
        else:
            provider = self.book.fastest(served.model_id, request.task, at, set(live))
        if provider is None:
            what = "measured" if self.assume == "router" and served.policy != "cheapest" else "with a price"
            raise Unpriced(f"no offer of {served.model_id[:100]} known that was live and {what} on {at:%Y-%m-%d}")
        return provider

    @staticmethod
    def _lowest(amounts: dict[str, int | None]) -> str | None:
        known = {name: amount for name, amount in amounts.items() if amount is not None}
        return min(known, key=lambda name: (known[name], name), default=None)


def _plain_tokens(request: Request) -> tuple[int, int]:
    """Return the tokens that an offer's input price and its output price apply to."""
    # Tokens of another kind can be cached ones, too: what is left of the input is then more than this.
    others = request.cached_tokens + request.written_tokens + sum(tokens for _, tokens in request.other_input)
    output = request.output_tokens - sum(tokens for _, tokens in request.other_output)
    return max(0, request.input_tokens - others), max(0, output)
