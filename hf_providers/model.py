"""A model and who serves it, as objects for a program. Offline: read from the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from hf_providers.catalog import search
from hf_providers.catalog.exact import bare_model, exact
from hf_providers.catalog.schema import READINESS
from hf_providers.errors import AmbiguousModel, ModelNotFound
from hf_providers.offer import Offer, Offers, PriceInterval, PriceIntervals
from hf_providers.rules import money, ranking, validation
from hf_providers.rules.recency import is_free_now, newest_run
from hf_providers.rules.tasks import tasks_of
from hf_providers.snapshot import Snapshot, default_snapshot

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import ModelRow, OfferRow
    from hf_providers.documents.object_types import RequestCost
    from hf_providers.documents.types import Answer


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request costs with one offer. `nano_usd` is exact, rounded up to a whole nano-USD as it is billed.

    >>> Model("deepseek-r1").cost(input_tokens=1_000_000, output_tokens=0).nano_usd
    700000000
    """

    offer: Offer
    nano_usd: int

    @property
    def usd(self) -> Decimal:
        """The same in USD."""
        return Decimal(self.nano_usd).scaleb(-9)

    @property
    def as_of(self) -> datetime | None:
        """When the snapshot's facts were observed, UTC."""
        return self.offer.as_of

    def to_dict(self) -> RequestCost:
        """Return the cost with its offer, as `--json` has them."""
        return {"nano_usd": self.nano_usd, "usd": money.usd(self.nano_usd), "offer": self.offer.to_dict()}


class Model:
    """A model of the snapshot, by its id, its exact name, a known other name, or a provider's own id: never guessed.

    Letter case aside. One that is known from history alone has no offers, but its `history()`.

        >>> model = Model("deepseek-r1")
        >>> model.name, model.task
        ('DeepSeek-R1', 'text-generation')
        >>> model.cheapest.provider
        'novita'
        >>> [offer.provider for offer in model.providers_with(tools=True)]
        ['novita']

    Args:
        query: The id or name, without a provider: what asks for one takes it as `provider`.
        snapshot: Where to look; by default what `open_snapshot` opens.

    Attributes:
        model_id: The id on the Hub.
        facts: What the `models` table says of it, by column name.

    Raises:
        ModelNotFound: no model is called so, or it is a `model:provider`.
        AmbiguousModel: several models are called so.
        SnapshotError: there is no usable snapshot.
        TypeError: the query is no text.
    """

    def __init__(self, query: str, snapshot: Snapshot | None = None) -> None:
        if not isinstance(query, str):
            raise TypeError(f"{query!r:.40} is no name of a model: give its id")
        self._snapshot = snapshot or default_snapshot()
        pair = validation.pair(query)
        catalog = self._snapshot.catalog
        found = exact(catalog, query)
        if found is None and pair:
            name, apart = pair
            nearest = search.find(catalog, name).model_ids
            raise ModelNotFound(query, nearest, f"say the provider apart: Model({name!r}).snippet({apart})")
        if found is None:
            raise ModelNotFound(query, search.find(catalog, query).model_ids)
        if not found.clear:
            raise AmbiguousModel(query, found.model_ids, found.total)
        self.model_id = found.model_ids[0]
        self.facts: ModelRow = catalog.model(self.model_id) or bare_model(self.model_id)
        self._rows = ranking.ordered(catalog.offers(self.model_id), self._snapshot.recent_since)

    def __repr__(self) -> str:
        return f"Model({self.model_id!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return (self.model_id, self._snapshot.path) == (other.model_id, other._snapshot.path)

    def __hash__(self) -> int:
        return hash((self.model_id, self._snapshot.path))

    @property
    def name(self) -> str:
        """The id without its organisation."""
        return self.model_id.rpartition("/")[2]

    @property
    def task(self) -> str | None:
        """The Hub's task tag, or where it has none the task that most of its offers are for."""
        return self.facts["pipeline_tag"] or ranking.main_task(self._rows)

    @property
    def as_of(self) -> datetime:
        """When the snapshot's facts were observed, UTC."""
        return self._snapshot.observed_at

    def to_dict(self) -> Answer:
        """Return the whole answer, as `hfp MODEL --json` has it."""
        from hf_providers.documents import answer

        return answer.document(self._snapshot.catalog, self.model_id)

    @property
    def providers(self) -> Offers:
        """Every offer, the ready ones first, then the faster."""
        return self._offers(self._rows)

    def _offers(self, rows: Iterable[OfferRow]) -> Offers:
        return Offers(Offer.of(row, self.as_of) for row in rows)

    @property
    def variants(self) -> tuple[str, ...]:
        """Ids of relatives: declared ones first, then those of the same family by name."""
        return tuple(row["variant_id"] for row in self._snapshot.catalog.variants(self.model_id))

    def _judged(self) -> list[OfferRow]:
        main = ranking.main_task(self._rows)
        return [row for row in self._rows if row["task"] == main]

    @property
    def cheapest(self) -> Offer | None:
        """The live offer with the lowest blended price at 3:1 input to output; None where no price is known."""
        row = ranking.cheapest(self._judged(), self._snapshot.recent_since)
        return Offer.of(row, self.as_of) if row else None

    @property
    def fastest(self) -> Offer | None:
        """The live offer with the highest throughput (chat) or the lowest latency; None where nothing is measured."""
        row = ranking.fastest(self._judged(), self._snapshot.recent_since)
        return Offer.of(row, self.as_of) if row else None

    def providers_with(
        self,
        *,
        tools: bool | None = None,
        structured_output: bool | None = None,
        status: str | None = None,
        task: str | None = None,
        min_context: int | None = None,
    ) -> Offers:
        """Return the offers that have what is asked for; what is unknown is not had.

        Args:
            tools: Whether it can call tools.
            structured_output: Whether it can answer by a JSON schema.
            status: The Hub's word (live, staging, error), or a readiness (hot, warm, cold, unavailable).
            task: The task, or a group of tasks: chat, text, image, audio, video, embedding.
            min_context: The least context, in tokens.

        Raises:
            ValueError: there is no such status or task; the message lists them.
        """
        if status is not None:
            validation.refuse_no_status(status)
        if task is not None:
            validation.refuse_no_task(task, self._snapshot.catalog)
        wanted: list[Callable[[Offer], bool]] = [
            lambda o: tools is None or o.supports_tools is tools,
            lambda o: structured_output is None or o.supports_structured_output is structured_output,
            lambda o: status is None or status == (o.readiness if status in READINESS else o.status),
            lambda o: task is None or o.task in tasks_of(task),
            lambda o: min_context is None or (o.context_length or 0) >= min_context,
        ]
        kept = self.providers
        return type(kept)(offer for offer in kept if all(test(offer) for test in wanted))

    def cost(
        self, *, input_tokens: int, output_tokens: int, provider: str | None = None, task: str | None = None
    ) -> Cost | None:
        """Return what one request costs with this provider, or with the live offer cheapest for just these counts.

            >>> Model("deepseek-r1").cost(input_tokens=10_000_000, output_tokens=1_000_000).usd
            Decimal('9.500000000')

        Returns None where no such offer has a known price. What is free for now, in a promotion, costs 0: its `offer`
        has the listed price.

        Raises:
            ValueError: a count is negative, or no whole number, or there is no such task.
            UnknownProvider: the snapshot knows no such provider.
        """
        for count in (input_tokens, output_tokens):
            money.refuse_no_count(count)
        if task is not None:
            validation.refuse_no_task(task, self._snapshot.catalog)
        provider = self._known(provider)
        rows = self._judged() if task is None else [row for row in self._rows if row["task"] in tasks_of(task)]
        rows = [row for row in rows if (row["provider"] == provider if provider else row["status"] == "live")]
        seen_at = newest_run(self._snapshot.catalog.meta())
        costs = [(_cost(row, input_tokens, output_tokens, seen_at), row) for row in rows]
        priced = [(nano, row) for nano, row in costs if nano is not None]
        if not priced:
            return None
        nano, row = min(priced, key=lambda pair: (pair[0], pair[1]["provider"]))
        return Cost(Offer.of(row, self.as_of), nano)

    def snippet(
        self,
        lang: str = "python",
        *,
        provider: str | None = None,
        rule: str | None = None,
        policy: str | None = None,
        task: str | None = None,
        client: str | None = None,
        stream: bool = False,
        bill_to: str | None = None,
        tools: bool = False,
        json_schema: bool = False,
    ) -> str:
        """Return ready-to-paste code that calls the model, with the choice and its price on top as a comment.

            >>> '"deepseek-ai/DeepSeek-R1:novita"' in Model("deepseek-r1").snippet("python", provider="novita")
            True

        Args:
            lang: python, javascript or curl.
            provider: A provider's id; None lets `rule` or `policy` choose.
            rule: cheapest or fastest, on the snapshot's numbers; None takes the readiest offer.
            policy: cheapest, fastest or preferred: the router chooses when the code runs. One of these three at most.
            task: The task; None takes the model's main one.
            client: The client library; None takes Hugging Face's own.
            stream: Chat: print the answer while it comes.
            bill_to: The organisation that pays.
            tools: Chat: offer the model a tool.
            json_schema: Chat: ask for an answer by a JSON schema.

        Raises:
            NoSnippet: there is no such code, or nobody serves the model that way; the message says what there is.
            UnknownProvider: the snapshot knows no such provider.
        """
        from hf_providers.snippets import choose

        provider = self._known(provider)
        wanted = choose.Wanted(provider, rule, policy, task, lang, client, stream, bill_to, tools, json_schema)
        observed_at = self._snapshot.catalog.meta()["checked_at"]
        written = choose.write(
            self.facts, self._snapshot.catalog.offers(self.model_id), wanted, observed_at, self._snapshot.recent_since
        )
        return written.snippet.code

    def history(self, provider: str | None = None) -> PriceIntervals:
        """Return the intervals in which a price held, by provider and time.

        Raises:
            UnknownProvider: the snapshot knows no such provider.
        """
        provider = self._known(provider)
        rows = self._snapshot.catalog.price_history(self.model_id, provider)
        return PriceIntervals(map(PriceInterval.of, rows))

    def _known(self, provider: str | None) -> str | None:
        if provider is not None:
            validation.refuse_no_provider(provider, self._snapshot.catalog)
        return provider and provider.lower()


def _cost(row: OfferRow, input_tokens: int, output_tokens: int, seen_at: str) -> int | None:
    if is_free_now(row, seen_at):
        return 0
    return money.cost_nano(row["input_usd_per_mtok"], row["output_usd_per_mtok"], input_tokens, output_tokens)
