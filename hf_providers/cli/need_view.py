"""The comparison of `hfp need` as a person reads it."""

from __future__ import annotations

from hf_providers.cli import output, table, this_machine
from hf_providers.cli.table import Column
from hf_providers.hosting import endpoints, requirements
from hf_providers.rules import ranking
from hf_providers.rules.money import display, usd_per_mtok
from hf_providers.rules.recency import is_recent
from hf_providers.text import clean, day, folded, short, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.database import Catalog
    from hf_providers.cli.option_types import OutputOptions
    from hf_providers.cli.output import Screen
    from hf_providers.documents.types import NeedDocument
    from hf_providers.hosting.estimate_types import BreakEven, Dedicated, Jobs, JudgedMachine, Needs, ScaleToZero

INSTANCES_SHOWN = 8
MACHINES_SHOWN = 5


def show(options: OutputOptions, catalog: Catalog, answer: NeedDocument) -> None:
    """Print the comparison as text, or its instances as CSV or Markdown."""
    if options.format != "table":
        output.listing(
            options, INSTANCE_FIELDS, answer["dedicated"]["instances"] if answer["dedicated"] else [], catalog
        )
        return
    screen = output.Screen(options.color)
    title = output.as_of(screen, catalog, clean(answer["model"]["model_id"]))
    text_lines = [*title.split("\n"), *_facts(screen, answer["needs"]), *_ways(screen, answer)]
    lines = [part for line in text_lines for part in (folded(line, screen.cells) if "\x1b" not in line else [line])]
    shown = ((command["command"], command["note"]) for command in answer["commands"])
    commands = [clean(f"  {command}   {note}") for command, note in shown]  # never cut: people copy it
    print("\n".join([*lines, *commands, "", output.footer(screen, catalog)]))


def _facts(screen: Screen, needs: Needs) -> list[str]:
    """Return what the model needs, in sentences that wrap onto further lines."""
    weights, more = requirements.weights_text(needs), "; --weights takes other formats"
    if needs["weights_bytes"] is None and needs["parameters"]:
        weights += "; --weights takes a format to count them in"
    facts = [weights] if needs["parameters"] is None else [requirements.parameters_text(needs), weights]
    if needs["weights_bytes"] is not None and needs["weights_unknown"]:
        facts.append(f"as published unknown: {clean(needs['weights_unknown'])}{more}")
    if needs["kv_cache_bytes"] != 0:
        batch = f", batch {needs['batch']}" if needs["batch"] > 1 else ""
        facts.append(requirements.cache_text(needs) + batch)
    return [line for fact in facts for line in _indented(fact, screen.cells)]


def _indented(text: str, cells: int) -> list[str]:
    first, *rest = wrapped(text, max(cells - 4, 20))
    return [f"  {first}", *(f"    {line}" for line in rest)]


def _ways(screen: Screen, answer: NeedDocument) -> list[str]:
    pay = ["", screen.heading("SERVERLESS", "pay by token"), *_indented(_serverless(answer), screen.cells)]
    pay_lines = [] if answer["model"]["model_id"] == requirements.NOT_NAMED else pay
    return pay_lines + _dedicated(screen, answer) + _jobs(screen, answer["jobs"]) + _local(screen, answer)


def _serverless(answer: NeedDocument) -> str:
    offer = answer["serverless"]
    if offer is None:
        return "no live offer has a known price"
    prices = f"{display(offer['input_usd_per_mtok'])} in / {display(offer['output_usd_per_mtok'])} out"
    mix = tuple(map(int, answer["mix"].split(":")))
    cost = ranking.blended(offer, (mix[0], mix[1]))
    blended = "—" if cost is None else display(usd_per_mtok(cost, sum(mix)))
    since = answer["snapshot"].get("recent_since")
    if not (is_recent(offer["observed_at"], since) and is_recent(offer["price_observed_at"], since)):
        seen = day(min(offer["observed_at"] or "", offer["price_observed_at"] or "") or None)
        return f"last seen {seen}  {clean(offer['provider'])}  {prices}   {blended} per 1M at {answer['mix']}"
    seen = f", price seen {day(offer['price_observed_at'])}" if offer["price_observed_at"] else ""
    return f"cheapest  {clean(offer['provider'])}  {prices}   {blended} per 1M at {answer['mix']}{seen}"


def _dedicated(screen: Screen, answer: NeedDocument) -> list[str]:
    rented = answer["dedicated"]
    if not rented:
        return []
    heading = ["", screen.heading("DEDICATED", f"{requirements.billing(rented)}; estimates")]
    if not rented["instances"]:
        return [*heading, f"  no listed GPU instance holds it ({rented['judged_by']})"]
    shown = rented["instances"][:INSTANCES_SHOWN]
    cells = [[field.show(row.get(field.key)) for field in INSTANCE_FIELDS if field.column] for row in shown]
    columns = [field.column for field in INSTANCE_FIELDS if field.column]
    names, lines = table.lines(columns, [[clean(cell) for cell in row] for row in cells], screen.cells, indent=2)
    more = len(rented["instances"]) - len(shown)
    tail = [f"  and {more} more that hold it: --json has them all"] if more else []
    margin = screen.style("dim", f"  {requirements.MARGIN}; judged by {rented['judged_by']}")
    return [*heading, screen.style("dim", names), *lines, *tail, margin, *_worth(rented)]


def _worth(rented: Dedicated) -> list[str]:
    best, even, zero = rented["cheapest"], rented["break_even"], rented.get("scale_to_zero")
    if best is None:
        return ["  only deprecated instances hold it: none is recommended"]
    rate, month = display(best["usd_per_hour"]), display(best["usd_per_month"])
    lines = [f"  cheapest  {requirements.instance_name(best)}  {rate}/h, {month} for 730 h"]
    if even:
        requests = f" ({short(even['requests_per_hour'])} requests)" if even["requests_per_hour"] else ""
        lines.append(
            f"  cheaper than {clean(even['provider'])} above {short(even['tokens_per_hour'])} tokens{requests} an hour"
            f" at {even['mix']}"
        )
        lines.append(f"  if it serves {even['output_tps']:,} output tokens a second{_utilisation(even)}")
    lines.append(
        _zero(zero) if zero else f"  scaled to zero it runs on {endpoints.IDLE_MINUTES} min after the last request"
    )
    return lines


def _utilisation(even: BreakEven) -> str:
    if even["utilisation"] is None:
        return " (--tps)"
    share = f": {even['utilisation']:.0%} of {even['capacity_tps']:,}"
    return share + (", which it can't reach" if even["utilisation"] > 1 else "")


def _zero(zero: ScaleToZero) -> str:
    return (
        f"  scaled to zero {display(zero['usd_per_day'])} a day, always on {display(zero['usd_per_day_always_on'])}"
        f" ({zero['billed_minutes_per_day']:,} min billed)"
    )


def _jobs(screen: Screen, jobs: Jobs | None) -> list[str]:
    if jobs is None:
        return []
    heading = ["", screen.heading("JOBS", f"HF Jobs, by the minute at prices of {jobs['observed_at'][:10]}; estimates")]
    if jobs["cheapest"] is None:
        return [*heading, f"  no listed machine holds it ({jobs['judged_by']})"]
    names = [f"{clean(row['hardware'])} {display(row['usd_per_hour'])}/h" for row in jobs["machines"]]
    texts = [_listed(names, shown) for shown in range(min(MACHINES_SHOWN, len(names)), 0, -1)]
    return [*heading, next((text for text in texts if width(text) <= screen.cells), texts[-1])]


def _listed(names: list[str], shown: int) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"  {', '.join(names[:shown])}{more}"


def _local(screen: Screen, answer: NeedDocument) -> list[str]:
    lines = []
    if answer["local"] and answer["this_machine"]:
        local = answer["local"]
        lines += ["", screen.heading("LOCAL", f"machines of {local['source']}; {local['judged_by']}")]
        texts = [f"  {requirements.machines_text(local['machines'], shown)}" for shown in range(MACHINES_SHOWN, 0, -1)]
        lines.append(next((text for text in texts if width(text) <= screen.cells), texts[-1]))
        lines += _indented(this_machine.text(answer["this_machine"]), screen.cells)
    elif answer["commands"] or answer["machine"]:
        lines += ["", screen.heading("LOCAL", "your own hardware")]
    machine_lines = _machine(answer["machine"]) if answer["machine"] else []
    return lines + [part for line in machine_lines for part in _indented(line, screen.cells)]


def _machine(machine: JudgedMachine) -> list[str]:
    """Return what fits the machine that was asked about."""
    name = f"{_with_memory(machine)}, {requirements.size(machine['usable_bytes'])} usable"
    verdict = {True: "it fits", False: "it does not fit", None: "whether it fits is unknown"}[machine["fits"]]
    judged = "" if machine["judged_by"] == "weights and KV cache" else f" ({machine['judged_by']})"
    longest = machine["largest_context"]
    more = f"; largest context {longest:,}" if longest else ""
    best = machine["best_format"]
    if best is None:
        return [f"{name}: {verdict}{more}", f"no weight format of known size fits there{judged}"]
    what = best["weight_format"] or "as published"
    size = requirements.size(best["weights_bytes"]) + (judged or f" with {best['context_length']:,} tokens")
    reach = f", up to {best['largest_context']:,}" if best["largest_context"] else ""
    return [f"{name}: {verdict}{more}", f"best format there: {what}, {size}{reach}"]


def _with_memory(machine: JudgedMachine) -> str:
    """Return a machine with its memory, since some names exist in several sizes."""
    memory = requirements.size(machine["memory_bytes"]).replace(".0 ", " ")
    name = clean(machine["name"])
    return name if memory in name else f"{name}, {memory}"


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
