"""What it takes to run a model: pay by token, rent an endpoint, or use your own hardware; and where one pays.

Sizes, what fits and from where on it pays are estimates; --json has what each was made from.
"""

from __future__ import annotations

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.cli import filters, output, resolve_model, table, this_machine
from hf_providers.cli.exits import AMBIGUOUS, NOTHING_FOUND, OK, USAGE, Stop
from hf_providers.cli.table import Column
from hf_providers.hosting import endpoints, requirements
from hf_providers.hosting.memory import BITS_PER_WEIGHT
from hf_providers.rules import ranking
from hf_providers.rules.money import display, usd, usd_per_mtok
from hf_providers.text import clean, fit, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from hf_providers.catalog.database import Catalog
    from hf_providers.cli.output import Screen

    Row = dict[str, Any]

INSTANCES_SHOWN = 8
MINUTES_PER_DAY = 24 * 60


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    held = parser.add_argument_group("what must be held")
    held.add_argument("--context", type=filters.size, metavar="N", help="tokens of a sequence (default: the longest)")
    held.add_argument("--batch", type=filters.size, default=1, metavar="N", help="sequences at a time (default: 1)")
    held.add_argument(
        "--weights", type=str.upper, choices=tuple(BITS_PER_WEIGHT), metavar="FORMAT",
        help=f"other than as published: {', '.join(BITS_PER_WEIGHT)}",
    )  # fmt: skip
    held.add_argument("--kv-bits", type=int, choices=(8, 16), default=16, help="bits of a cached value (default: 16)")
    use = parser.add_argument_group("how it is used")
    use.add_argument(
        "--mix", type=filters.mix, default=ranking.DEFAULT_MIX, metavar="IN:OUT",
        help="input to output tokens (default: 3:1)",
    )  # fmt: skip
    use.add_argument(
        "--tokens-per-request", type=filters.size, metavar="N", help="input and output tokens of a request"
    )
    use.add_argument("--tps", type=filters.size, metavar="N", help="output tokens a second that you measured on it")
    use.add_argument("--busy-hours", type=filters.number, metavar="H", help="hours a day with requests")
    use.add_argument("--bursts", type=filters.count, default=1, metavar="N", help="times a day that they begin")


def main(args: argparse.Namespace) -> int:
    """Compare the three ways."""
    if 0 in (args.context, args.batch, args.tokens_per_request, args.tps):
        raise Stop(USAGE, "a size of 0 needs nothing", "give a number above 0, or leave the option out")
    if args.busy_hours is not None and not (0 < args.busy_hours <= 24 and args.bursts):
        raise Stop(USAGE, "a day has 24 hours, and use begins at least once", "give --busy-hours from 0 to 24")
    with resolve_model.catalog(args) as catalog:
        picked = resolve_model.model(args, catalog)
        if picked is None:
            return AMBIGUOUS
        found = gather(args, catalog, picked[0])
        if args.format == "json":
            output.write_json(found | resolve_model.said(args))
        elif args.format == "table":
            print("\n".join(text(output.Screen(args.color), catalog, found)))
        else:
            output.listing(args, INSTANCE_FIELDS, (found["dedicated"] or {}).get("instances", []), catalog)
    if found["needs"] is None:
        stated = found["model"]["parameters"]
        why = "are unknown" if stated is None else f"are stated as {stated:,}, which its name contradicts"
        raise Stop(
            NOTHING_FOUND,
            f"the parameters of {picked[0]} {why}: what it needs is unknown",
            "see its offers: hfp " + picked[0],
        )
    return OK


def gather(args: argparse.Namespace, catalog: Catalog, model_id: str) -> Row:
    """Return the comparison in the form of its JSON."""
    model = catalog.model(model_id) or {}
    offers = catalog.offers(model_id)
    task = ranking.main_task(offers)
    cheapest = ranking.cheapest([offer for offer in offers if offer["task"] == task], args.mix)
    sizes = {"context": args.context, "weight_format": args.weights, "batch": args.batch}
    needs = requirements.needed(catalog, model, **sizes, kv_bytes_per_value=args.kv_bits // 8)
    rented = needs and requirements.dedicated(catalog, needs, cheapest, args.mix)
    if rented and rented["cheapest"]:
        best = rented["cheapest"]
        rented["scale_to_zero"] = scale_to_zero(best["usd_per_hour"], args.busy_hours, args.bursts)
        rented["break_even"] = cheapest and requirements.against(
            best, cheapest, args.mix, tokens_per_request=args.tokens_per_request, tps=args.tps
        )
    return {
        "schema_version": READS_SCHEMA,
        "model": model,
        "needs": needs,
        "serverless": cheapest,
        "mix": f"{args.mix[0]}:{args.mix[1]}",
        "dedicated": rented,
        "local": needs and requirements.local(needs),
        "this_machine": needs and this_machine.judged(needs),
        "commands": this_machine.commands(model, catalog.variants(model_id)),
        "snapshot": catalog.meta(),
    }


def scale_to_zero(usd_per_hour: str, busy_hours: float | None, bursts: int) -> Row | None:
    """Return a day's cost of an endpoint that stops when idle; None where nobody says how it is used."""
    if busy_hours is None:
        return None
    busy = -int(-busy_hours * 60 // 1)
    billed = endpoints.billed_minutes(busy, bursts, minutes=MINUTES_PER_DAY)
    return {
        "busy_minutes_per_day": busy,
        "bursts_per_day": bursts,
        "idle_minutes": endpoints.IDLE_MINUTES,
        "billed_minutes_per_day": billed,
        "usd_per_day": usd(endpoints.cost_nano(usd_per_hour, billed)),
        "usd_per_day_always_on": usd(endpoints.cost_nano(usd_per_hour, MINUTES_PER_DAY)),
    }


def text(screen: Screen, catalog: Catalog, found: Row) -> list[str]:
    """Return the comparison's lines for a person."""
    needs = found["needs"]
    told = [screen.style("bold", clean(found["model"]["model_id"]))]
    if needs:
        told += [f"  needs {requirements.weights_text(needs)}", f"  {requirements.cache_text(needs)}{_why(needs)}"]
        told += ["  the size of the published weights is unknown: --weights takes other formats"] * needs[
            "assumed_format"
        ]
    told += ["", screen.heading("SERVERLESS", "pay by token"), _serverless(found)]
    if found["dedicated"]:
        told += [
            "",
            screen.heading("DEDICATED", f"{requirements.billing(found['dedicated'])}; estimates"),
            *_dedicated(screen, found),
        ]
    if found["local"]:
        told += ["", screen.heading("LOCAL", f"machines of {found['local']['source']}; {found['local']['judged_by']}")]
        told += [
            f"  {requirements.machines_text(found['local']['machines'], 5)}",
            f"  {this_machine.text(found['this_machine'])}",
        ]
    told += [f"  {command['command']}   {command['note']}" for command in found["commands"]]
    return [
        *(fit(line, screen.cells) if "\x1b" not in line else line for line in told),
        "",
        output.footer(screen, catalog),
    ]


def _why(needs: Row) -> str:
    return f": {clean(needs['kv_cache_unknown'])}" if needs["kv_cache_unknown"] else f", batch {needs['batch']}"


def _serverless(found: Row) -> str:
    offer = found["serverless"]
    if offer is None:
        return "  no live offer has a known price"
    prices = f"{display(offer['input_usd_per_mtok'])} in / {display(offer['output_usd_per_mtok'])} out"
    mix = tuple(map(int, found["mix"].split(":")))
    cost = ranking.blended(offer, (mix[0], mix[1]))
    blended = "—" if cost is None else display(usd_per_mtok(cost, sum(mix)))
    return f"  cheapest  {clean(offer['provider'])}  {prices}   {blended} per 1M at {found['mix']}"


def _dedicated(screen: Screen, found: Row) -> list[str]:
    rented = found["dedicated"]
    if not rented["instances"]:
        return [f"  no listed GPU instance holds it ({rented['judged_by']})"]
    shown = rented["instances"][:INSTANCES_SHOWN]
    cells = [[field.show(row.get(field.key)) for field in INSTANCE_FIELDS if field.column] for row in shown]
    columns = [field.column for field in INSTANCE_FIELDS if field.column]
    heading, lines = table.lines(columns, [[clean(cell) for cell in row] for row in cells], screen.cells, indent=2)
    more = len(rented["instances"]) - len(shown)
    tail = [f"  and {more} more that hold it: --json has them all"] if more else []
    margin = screen.style("dim", f"  {requirements.MARGIN}")
    return [screen.style("dim", heading), *lines, *tail, margin, *_worth(rented)]


def _worth(rented: Row) -> list[str]:
    best, even, zero = rented["cheapest"], rented["break_even"], rented.get("scale_to_zero")
    if best is None:
        return ["  only deprecated instances hold it: none is recommended"]
    rate, month = display(best["usd_per_hour"]), display(best["usd_per_month"])
    told = [f"  cheapest  {requirements.instance_name(best)}  {rate}/h, {month} for 730 h"]
    if even:
        requests = f", {short(even['requests_per_hour'])} requests" if even["requests_per_hour"] else ""
        told.append(
            f"  pays from {short(even['tokens_per_hour'])} tokens{requests} an hour on, against"
            f" {clean(even['provider'])} at {even['mix']}"
        )
        told.append(f"  for that it must serve {even['output_tps']:,} output tokens a second{_utilisation(even)}")
    told.append(
        _zero(zero) if zero else f"  scaled to zero it runs on {endpoints.IDLE_MINUTES} min after the last request"
    )
    return told


def _utilisation(even: Row) -> str:
    if even["utilisation"] is None:
        return " (--tps)"
    share = f": {even['utilisation']:.0%} of {even['capacity_tps']:,}"
    return share + (", which it can't reach" if even["utilisation"] > 1 else "")


def _zero(zero: Row) -> str:
    return (
        f"  scaled to zero {display(zero['usd_per_day'])} a day, always on {display(zero['usd_per_day_always_on'])}"
        f" ({zero['billed_minutes_per_day']:,} min billed)"
    )


def _gb(value: int | None) -> str:
    return "—" if value is None else requirements.size(value)


def _flag(value: bool) -> str:
    return "deprecated" if value else ""


INSTANCE_FIELDS = (
    output.Field("cloud", Column("Cloud")),
    output.Field("instance_type", Column("Instance", least=12)),
    output.Field("size", Column("Size")),
    output.Field("usd_per_hour", Column("$/h", right=True), display),
    output.Field("memory_bytes", Column("Memory", right=True), _gb),
    output.Field("usable_bytes", Column("Usable", right=True, spare=1), _gb),
    output.Field("deprecated", Column("", spare=2), _flag),
    output.Field("units"),
    output.Field("kind"),
    output.Field("needed_bytes"),
)
