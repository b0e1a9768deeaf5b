"""The options that narrow and order offers, and what they leave out."""

from __future__ import annotations

from hf_providers.rules import ranking
from hf_providers.rules.money import parse_mix, parse_size, to_nano
from hf_providers.rules.readiness import readiness
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import tasks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow as Offer

    T = TypeVar("T")
    from hf_providers.cli.option_types import FilterOptions


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that narrow and order offers."""
    group = parser.add_argument_group("narrow and order")
    order = group.add_mutually_exclusive_group()
    order.add_argument("--cheapest", action="store_true", help="cheapest first, by the blended price of --mix")
    order.add_argument("--fastest", action="store_true", help="fastest first")
    group.add_argument(
        "--mix", type=mix, default=ranking.DEFAULT_MIX, metavar="IN:OUT", help="input to output tokens (default: 3:1)"
    )
    group.add_argument(
        "--hot",
        action="store_true",
        help="only live offers whose speed was all measured lately (warm: a part, cold: none, unmeasured: never)",
    )
    group.add_argument("--tools", action="store_true", help="only offers that can call tools")
    group.add_argument("--structured", action="store_true", help="only offers with structured output (JSON)")
    provider_argument(group)
    group.add_argument(
        "--task", metavar="T", help="only this task, or group: chat, text, image, audio, video, embedding"
    )
    group.add_argument("--max-price", type=usd, metavar="USD", help="at most this blended price per million tokens")
    group.add_argument("--min-throughput", type=number, metavar="TPS", help="at least this many tokens a second")
    group.add_argument("--min-context", type=size, metavar="N", help="at least this context, as in 64k")
    group.add_argument("--region", metavar="R", help="only providers that state this region: eu, us")
    group.add_argument("--include-old", action="store_true", help="also rank offers not seen for 45 days")


def check(options: FilterOptions, catalog: Catalog) -> None:
    """Refuse a provider, task or region that the snapshot does not know.

    Raises:
        Stop: one of them is unknown; the hint names the nearest ones, or all.
    """
    if options.provider or options.task or options.region:
        from hf_providers.cli import validation

        validation.check(options, catalog)


def provider_argument(group: argparse._ActionsContainer) -> None:
    """Add --provider, which takes several: separated by commas, or given again."""
    group.add_argument(
        "--provider", type=providers, action="extend", metavar="P", help="only this provider, or several: P,P"
    )


def providers(text: str) -> list[str]:
    """Return the providers that are named."""
    return _with_reason(_providers, text)


def _providers(text: str) -> list[str]:
    names = [name.strip().lower() for name in text.split(",")]
    if not all(names):
        raise ValueError(f"{text[:40]!r} names no provider: give one, or several as in groq,novita")
    return names


def mix(text: str) -> tuple[int, int]:
    """Return an input:output mix."""
    return _with_reason(parse_mix, text)


def size(text: str) -> int:
    """Return a number of tokens."""
    return _with_reason(parse_size, text)


def usd(text: str) -> int:
    """Return a price in nano-USD per million tokens."""
    return _with_reason(to_nano, text.removeprefix("$"))


def _with_reason(parse: Callable[[str], T], text: str) -> T:
    """Turn a ValueError into argparse's own error, with its reason."""
    try:
        return parse(text)
    except ValueError as error:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(str(error)) from None


def count(text: str) -> int:
    """Return a whole number that is not negative."""
    return _with_reason(_count, text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ValueError(f"{text[:40]!r} is not a whole number like 20")
    return int(text)


def number(text: str) -> float:
    """Return a number that is not negative."""
    return _with_reason(_number, text)


def _number(text: str) -> float:
    if not (text.isascii() and text.replace(".", "", 1).isdecimal() and len(text) < 16):
        raise ValueError(f"{text[:40]!r} is not a number like 20 or 0.5")
    return float(text)


def tests(
    options: FilterOptions, regions: dict[str, list[str] | None], since: str | None
) -> list[Callable[[Offer], bool]]:
    """Return the tests that the options ask for. An unknown value passes no test of it.

    Nor does a price or a speed observed before `since`.
    """
    conditions: list[Callable[[Offer], bool]] = []
    if options.hot:
        conditions.append(lambda o: o["readiness"] == "hot" or (options.include_old and _was_hot(o)))
    if options.tools:
        conditions.append(lambda o: bool(o["supports_tools"]))
    if options.structured:
        conditions.append(lambda o: bool(o["supports_structured_output"]))
    if providers := options.provider:
        conditions.append(lambda o: o["provider"] in providers)
    if options.task:
        meant = tasks_of(options.task)
        conditions.append(lambda o: o["task"] in meant)
    if (least := options.min_throughput) is not None:
        conditions.append(lambda o: ranking.is_fast(o, least, since))
    if (tokens := options.min_context) is not None:
        conditions.append(lambda o: o["context_length"] is not None and o["context_length"] >= tokens)
    if options.max_price is not None:
        limit = options.max_price * sum(options.mix)
        conditions.append(lambda o: ranking.costs_at_most(o, limit, options.mix, since))
    if options.region:
        region = options.region.lower()
        conditions.append(lambda o: region in (regions.get(o["provider"]) or ()))
    return conditions


def _was_hot(offer: Offer) -> bool:
    """Return whether an offer was live with everything measured, however long ago."""
    measured = offer["throughput_tps"], offer["ttft_ms"], offer["request_latency_ms"]
    return readiness(offer["status"], offer["task"], *measured) == "hot"


def recent_since(options: FilterOptions, catalog: Catalog) -> str | None:
    """Return from when on an observation is recent; None where all of them count, as with --include-old."""
    return None if options.include_old else catalog.recent_since()


def narrow(
    options: FilterOptions, catalog: Catalog, offers: Sequence[Offer], regions: dict[str, list[str] | None]
) -> list[Offer]:
    """Return the offers that pass, in the order asked for."""
    since = recent_since(options, catalog)
    wanted = tests(options, regions, since)
    return arrange(options, [offer for offer in offers if all(test(offer) for test in wanted)], since)


def _speed_order(offer: Offer, since: str | None) -> tuple[bool, float]:
    """Return a sort key: smaller is faster, the same for all offers not measured lately."""
    measured = ranking.is_measured(offer, since)
    return not measured, ranking.speed_key(offer) if measured else 0.0


def arrange(options: FilterOptions, offers: Sequence[Offer], since: str | None) -> list[Offer]:
    """Return the offers by price, by speed, or as a person wants to read them; old and dead ones go last."""
    ordered = ranking.ordered(offers, since)
    if options.cheapest:
        ordered.sort(
            key=lambda o: (o["status"] != "live", not ranking.is_priced(o, since), *ranking.price_key(o, options.mix))
        )
    elif options.fastest:
        ordered.sort(key=lambda o: (o["status"] != "live", *_speed_order(o, since)))
    return sorted(ordered, key=lambda o: not is_recent(o["observed_at"], since))
