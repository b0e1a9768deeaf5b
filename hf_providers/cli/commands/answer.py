"""Who serves a model, at what price, how fast, and is it ready: answered from the snapshot, offline."""

from __future__ import annotations

import sys

from hf_providers.cli import filters, hosting_blocks, offers_table, output, resolve_model, table
from hf_providers.cli.exits import AMBIGUOUS, NETWORK, NOTHING_FOUND, OK, Stop
from hf_providers.cli.table import Column
from hf_providers.documents import answer
from hf_providers.rules import ranking
from hf_providers.rules.money import display
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, day, folded, pad, rounded, seconds, short, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import ModelRow, OfferRow
    from hf_providers.cli.option_types import FilterOptions, ModelOptions
    from hf_providers.documents.types import Answer, CheapestOffer, RouterChoice, Variant

    class AnswerOptions(ModelOptions, FilterOptions):
        """`hfp MODEL`."""

        live: bool


VARIANTS_SHOWN = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    filters.arguments(parser)
    parser.add_argument("--live", action="store_true", help="ask the Hub first; where that fails, the snapshot answers")
    parser.add_argument("--version", action="version", version=_version())


def _version() -> str:
    from hf_providers import __version__

    return f"hf-providers {__version__}"


def main(options: AnswerOptions) -> int:
    """Answer, or list what fits."""
    with resolve_model.catalog(options) as opened:
        _recognise(options, opened)
        named, live = options.provider or (), options.live
        unlisted = resolve_model.unlisted(options.model, opened, named) if live else None
        picked = unlisted or resolve_model.model(
            options, options.model, opened, providers=named, filters=options, live=live
        )
        if picked is None:
            return AMBIGUOUS
        model_id, options = picked.model_id, _pinned(options, picked)
        if not options.live:
            _recognise(options, opened)
        catalog, note = _refreshed(opened, model_id, spare=not unlisted) if options.live else (opened, "")
        model_id = getattr(catalog, "model_id", model_id)  # as the Hub calls it now
        document = gather(options, catalog, model_id)
        if options.format == "json":
            output.write_json({"schema_version": document["schema_version"], **picked.asked, **document})
        elif options.format == "table":
            print("\n".join(text(options, catalog, document)))
        else:
            fields = offers_table.fields(document["offers"], catalog.recent_since())
            output.listing(options, fields, document["offers"], catalog)
        all_offers = catalog.offers(model_id)
        if note:
            print(clean(note), file=sys.stdout if options.format == "table" else sys.stderr)
    if not document["offers"]:
        raise _nothing_passes(options, model_id, all_offers, document["model"].get("last_seen_at"))
    return OK


def _pinned(options: AnswerOptions, picked: resolve_model.Picked) -> AnswerOptions:
    """Return the options with what `MODEL:PROVIDER` or `MODEL:cheapest` says, too; an option outranks the latter."""
    if picked.provider:
        options = options.replaced(provider=[picked.provider])
    if options.cheapest or options.fastest:
        return options
    return options.replaced(cheapest=picked.policy == "cheapest", fastest=picked.policy == "fastest")


def _recognise(options: AnswerOptions, catalog: Catalog) -> None:
    if options.provider or options.task or options.region:
        from hf_providers.cli import validation

        validation.check(options, catalog)


def _nothing_passes(
    options: AnswerOptions, model_id: str, all_offers: list[OfferRow], last_seen_at: str | None
) -> Stop:
    """Return why there is no offer: that provider does not serve it, nobody does, or a filter is too narrow."""
    if not all_offers and last_seen_at:
        message = f"{model_id} was served on {day(last_seen_at)}, by whom is not recorded"
        return Stop(NOTHING_FOUND, message, f"who serves it now: hfp status {model_id}")
    if not all_offers:
        return Stop(NOTHING_FOUND, f"no provider serves {model_id}", "look for a variant that is served: hfp models")
    serving = sorted({offer["provider"] for offer in all_offers})
    if options.provider and not set(options.provider) & set(serving):
        who, does = ", ".join(options.provider), "does" if len(options.provider) == 1 else "do"
        return Stop(NOTHING_FOUND, f"{who} {does} not serve {model_id}", f"these do: {', '.join(serving)}")
    return Stop(
        NOTHING_FOUND, f"none of the {len(all_offers)} offers of {model_id} passes these filters", "leave one out"
    )


def _refreshed(catalog: Catalog, model_id: str, *, spare: bool) -> tuple[Catalog, str]:
    """Return the catalog with the model's offers as they are now, and a line that says so.

    Args:
        catalog: The snapshot.
        model_id: The model.
        spare: Whether the snapshot has an answer of its own, for where the Hub gives none.

    Raises:
        Stop: neither has an answer.
    """
    import os

    from hf_providers.errors import HubError, HubNotFound
    from hf_providers.live.refresh import refreshed

    try:
        live = refreshed(catalog, model_id, os.environ)
    except HubError as error:
        if spare:
            return catalog, f"not refreshed: {error}; this is the snapshot's answer"
        if isinstance(error, HubNotFound):
            raise resolve_model.unknown_to_the_hub(catalog, model_id) from None
        raise Stop(NETWORK, str(error), error.hint) from None
    if live[0].model_id != model_id:
        resolve_model.say_read_as(model_id, live[0].model_id)
    return live


def gather(options: FilterOptions, catalog: Catalog, model_id: str) -> Answer:
    """Return the whole answer in the form of its JSON, the filters obeyed."""
    regions = {row["provider"]: row["regions"] for row in catalog.providers()} if options.region else {}
    offers = filters.narrow(options, catalog, catalog.offers(model_id), regions)
    return answer.document(catalog, model_id, offers, options.mix, include_old=options.include_old)


def text(options: AnswerOptions, catalog: Catalog, document: Answer) -> list[str]:
    """Return the answer's lines for a person."""
    screen, since = output.Screen(options.color), catalog.recent_since()
    lines = [*heading(screen, document["model"]), ""]
    if document["offers"]:
        lines += [
            output.as_of(screen, catalog, "SERVERLESS"),
            *offers_table.lines(screen, document["offers"], document["snapshot"], since),
        ]
        lines += [*picks(options, screen, document)]
    if document["left_out"]:
        lines += [screen.style("dim", f"  {document['left_out']} more offers left out by the filters")]
    if document["offers"]:
        lines += hosting_blocks.lines(screen, document)
    if document["variants"] and document["offers"]:
        lines += ["", screen.heading("VARIANTS", "declared relations first, then same family by name (~)")]
        lines += variant_lines(screen, document["variants"])
    if any(offer["status"] == "live" for offer in document["offers"]):
        command = f"hfp run {clean(document['model']['model_id'])}"  # never cut: people copy it
        line = f"run it:  {command}"
        lines += ["", *([line] if width(line) <= screen.cells else ["run it:", f"  {command}"])]
    return [*lines, "", output.footer(screen, catalog)]


def heading(screen: output.Screen, model: ModelRow) -> list[str]:
    """Return the model's id and what is known of it; what is not known is left out."""
    facts = [
        model["pipeline_tag"],
        short(model["parameters"]) if model["parameters"] is not None else None,
        model["license"],
        f"♥ {short(model['likes'])}" if model["likes"] is not None else None,
        f"↓ {short(model['downloads'])}" if model["downloads"] is not None else None,
    ]
    described = " · ".join(clean(fact) for fact in facts if fact)
    name = clean(model["model_id"])
    if width(name) + width(described) + 3 <= screen.cells:
        return [f"{screen.style('bold', name)}   {described}"]
    return [screen.style("bold", name), *folded(f"  {described}", screen.cells)]


def picks(options: FilterOptions, screen: output.Screen, document: Answer) -> list[str]:
    """Return which offer is the cheapest, which the fastest, and what the router would pick."""
    cheapest, fastest = document["cheapest"], document["fastest"]
    chosen = [("cheapest", clean(cheapest["provider"]), _price(cheapest))] if cheapest else []
    chosen += [("fastest", clean(fastest["provider"]), _speed(fastest))] if fastest else []
    cells = max((width(name) for _, name, _ in chosen), default=0)
    entries = [(what, f"{pad(name, cells)}  {details}") for what, name, details in chosen]
    routes = document["router_choice"]
    if routes and not options.provider:
        entries.append(("router", _routed(routes, screen.cells - 12)))
    lines = []
    for what, text in [*entries, *_seen(document["offers"], document["snapshot"].get("recent_since"))]:
        first, *rest = wrapped(text, screen.cells - 12)
        lines += [f"  {screen.style('green', pad(what, 8))}  {first}", *(" " * 12 + line for line in rest)]
    return lines


def _seen(offers: list[OfferRow], since: str | None) -> list[tuple[str, str]]:
    """Return how many of the known offers were seen lately, and whose were not; what was not seen need not be gone."""
    old = [offer for offer in offers if not is_recent(offer["observed_at"], since)]
    if not old:
        return []
    names = ", ".join(dict.fromkeys(clean(offer["provider"]) for offer in old))
    if len(old) == len(offers):
        return [("seen", f"none of {len(offers)} known offers since {day(since)}; last {day(old[0]['observed_at'])}")]
    recent = len(offers) - len(old)
    return [("seen", f"{recent} of {len(offers)} known offers; not seen since {day(since)}: {names}")]


def _routed(routes: RouterChoice, cells: int) -> str:
    """Return what the router's policies pick, with the rule of the cheapest where there is room for it."""
    picked = (routes["fastest"], routes["cheapest"])
    fast, cheap = (clean(offer["provider"]) if offer else "none" for offer in picked)
    line = f":fastest → {fast}   :cheapest → {cheap}"
    rule = " (lowest output price)"
    return line + rule if width(line + rule) <= cells else line


def _price(offer: CheapestOffer) -> str:
    input_price, output_price = display(offer["input_usd_per_mtok"]), display(offer["output_usd_per_mtok"])
    old = " (old)" if offer["stale"] else ""
    listed = " (listed at 0)" if input_price == output_price == "$0.00" and not offer["is_free"] else ""
    blended = display(offer["blended_usd_per_mtok"])
    return f"{input_price} in / {output_price} out{listed}{old}   {blended} per 1M at {offer['mix']}"


def _speed(offer: OfferRow) -> str:
    if offer["task"] != CHAT_TASK:
        return f"{seconds(offer['request_latency_ms'])} a request"
    price = display(offer["output_usd_per_mtok"]) + " out" if ranking.prices(offer) else "price unknown"
    return f"{rounded(offer['throughput_tps'])} tok/s ({price}){' (old)' if offer['stale'] else ''}"


def _serving(variant: Variant) -> str:
    count = variant["providers"]
    if not count:
        return "not seen lately" if variant["known_providers"] else "nobody known"
    return f"{count} provider{'s' if count != 1 else ''}"


def variant_lines(screen: output.Screen, variants: list[Variant]) -> list[str]:
    """Return a line for each of the first variants; one guessed from its name is marked ~."""
    shown = variants[:VARIANTS_SHOWN]
    rows = [
        [
            clean(("" if row["declared"] else "~") + row["variant_id"]),
            _serving(row),
            short(row["parameters"]),
            row["relation"],
        ]
        for row in shown
    ]
    columns = (Column(""), Column(""), Column("", right=True, spare=2), Column("", spare=1))
    _, lines = table.lines(columns, rows, screen.cells, indent=2)
    more = len(variants) - len(shown)
    return [*lines, screen.style("dim", f"  and {more} more: --json has them all")] if more else lines
