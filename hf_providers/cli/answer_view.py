"""An answer as a person reads it."""

from __future__ import annotations

from hf_providers.cli import hosting_blocks, offers_table, output, table
from hf_providers.cli.table import Column
from hf_providers.rules import ranking
from hf_providers.rules.money import display
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, day, folded, pad, rounded, seconds, short, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import ModelRow, OfferRow
    from hf_providers.cli.option_types import FilterOptions
    from hf_providers.documents.types import Answer, CheapestOffer, RouterChoice, Variant

VARIANTS_SHOWN = 5


def lines(options: FilterOptions, catalog: Catalog, document: Answer) -> list[str]:
    """Return the answer's lines for a person."""
    screen, since = output.Screen(options.color), catalog.recent_since()
    shown = [*heading(screen, document["model"]), ""]
    if document["offers"]:
        shown += [
            output.as_of(screen, catalog, "SERVERLESS"),
            *offers_table.lines(screen, document["offers"], document["snapshot"], since),
        ]
        shown += [*picks(options, screen, document)]
    if document["left_out"]:
        shown += [screen.style("dim", f"  {document['left_out']} more offers left out by the filters")]
    if document["offers"]:
        shown += hosting_blocks.lines(screen, document)
    if document["variants"] and document["offers"]:
        shown += ["", screen.heading("VARIANTS", "declared relations first, then same family by name (~)")]
        shown += variant_lines(screen, document["variants"])
    if any(offer["status"] == "live" for offer in document["offers"]):
        command = f"hfp run {clean(document['model']['model_id'])}"  # never cut: people copy it
        line = f"run it:  {command}"
        shown += ["", *([line] if width(line) <= screen.cells else ["run it:", f"  {command}"])]
    return [*shown, "", output.footer(screen, catalog)]


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
