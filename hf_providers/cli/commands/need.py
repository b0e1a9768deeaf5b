"""What it takes to run a model: pay by token, rent an endpoint, run a job, or use your own hardware.

Sizes, what fits, and the use above which it is cheaper are estimates; --json has the inputs of each. If a part is
unknown, the output says why, the rest is shown, and the exit code is 5.
"""

from __future__ import annotations

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.cli import filters, output, resolve_model, run_commands, this_machine
from hf_providers.cli.exits import AMBIGUOUS, IN_PART, NOTHING_FOUND, OK, USAGE, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.hosting import endpoints, requirements
from hf_providers.hosting.weights import BITS_PER_WEIGHT
from hf_providers.rules import ranking
from hf_providers.rules.money import usd

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import ArchitectureRow, OfferRow
    from hf_providers.cli.option_types import ModelOptions
    from hf_providers.documents.types import Asked, NeedDocument
    from hf_providers.hosting.estimate_types import (
        Dedicated,
        JudgedMachine,
        ModelFacts,
        NamedMachine,
        Needs,
        ScaleToZero,
    )

    class NeedOptions(ModelOptions):
        """`hfp need`."""

        context: int | None
        batch: int
        weights: str | None
        kv_bits: int
        params: int | None
        active: int | None
        config: str | None
        machine: str | None
        mix: tuple[int, int]
        tokens_per_request: int | None
        tps: int | None
        busy_hours: float | None
        bursts: int


MINUTES_PER_DAY = 24 * 60
FEWEST = 1_000
"""A lower --params almost certainly meant billions."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    _needs_arguments(parser)
    _use_arguments(parser)


def _needs_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the memory must hold")
    group.add_argument("--context", type=filters.size, metavar="N", help="tokens of a sequence (default: the longest)")
    group.add_argument("--batch", type=filters.size, default=1, metavar="N", help="sequences at a time (default: 1)")
    group.add_argument(
        "--weights", type=str.upper, choices=tuple(BITS_PER_WEIGHT), metavar="FORMAT",
        help=f"other than as published: {', '.join(BITS_PER_WEIGHT)}",
    )  # fmt: skip
    group.add_argument("--kv-bits", type=int, choices=(8, 16), default=16, help="bits of a cached value (default: 16)")
    group.add_argument("--params", type=filters.size, metavar="N", help="its parameters, as in 32B, if you know better")
    group.add_argument("--active", type=filters.size, metavar="N", help="those that a token uses, as in 3B")
    group.add_argument("--config", metavar="FILE|ID", help="read this config.json, or fetch the one of this model")
    group.add_argument(
        "--machine", metavar="M", help="what fits this one: a name (h200, 2x4090, m4 max) or a size (24GB)"
    )


def _use_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it is used")
    group.add_argument(
        "--mix", type=filters.mix, default=ranking.DEFAULT_MIX, metavar="IN:OUT",
        help="input to output tokens (default: 3:1)",
    )  # fmt: skip
    group.add_argument(
        "--tokens-per-request", type=filters.size, metavar="N", help="input and output tokens of a request"
    )
    group.add_argument("--tps", type=filters.size, metavar="N", help="output tokens a second that you measured on it")
    group.add_argument("--busy-hours", type=filters.number, metavar="H", help="hours a day with requests")
    group.add_argument("--bursts", type=filters.count, default=1, metavar="N", help="bursts of requests a day")


def main(options: NeedOptions) -> int:
    """Compare the ways to run it."""
    _check(options)
    machine = None if options.machine is None else _machine(options.machine)
    with open_catalog(options.snapshot) as catalog:
        named = _model(options, catalog)
        if named is None:
            return AMBIGUOUS
        model_id, said = named
        answer = gather(options, catalog, model_id, machine)
        if options.format == "json":
            output.write_json({**answer, **said})
        else:
            from hf_providers.cli import need_view

            need_view.show(options, catalog, answer)
    return _exit_code(answer)


def _check(options: NeedOptions) -> None:
    """Refuse numbers that make no sense."""
    counts = ("context", "batch", "tokens_per_request", "tps", "params", "active")
    zero = next((name for name in counts if getattr(options, name) == 0), None)
    if zero:
        raise Stop(USAGE, f"--{zero.replace('_', '-')} must be above 0", "give a number, or leave the option out")
    few = next((name for name in ("params", "active") if 0 < (getattr(options, name) or 0) < FEWEST), None)
    if few:
        number = getattr(options, few)
        raise Stop(USAGE, f"--{few} {number} is {number} parameters, which no model has", f"as in: --{few} {number}B")
    if options.params is not None and options.active is not None and options.active > options.params:
        raise Stop(USAGE, "--active must not be above --params", "swap them, or leave one out")
    if options.busy_hours is not None and not (0 < options.busy_hours <= 24 and options.bursts):
        raise Stop(USAGE, "--busy-hours must be 24 or less, --bursts at least 1", "give --busy-hours from 0 to 24")


def _machine(text: str) -> NamedMachine:
    from hf_providers.hosting import machine_fit

    try:
        return machine_fit.find(text)
    except ValueError as error:
        raise Stop(USAGE, str(error), "as in: --machine h200, --machine 2x4090, --machine 24GB") from None


def _model(options: NeedOptions, catalog: Catalog) -> tuple[str, Asked | dict[str, str]] | None:
    """Return the model's id and how it was found; None if a list of matches was printed.

    With sizes or a config.json the id may be a placeholder, and nothing was searched for.
    """
    text = " ".join(options.model).strip()
    if options.config is not None or options.params is not None:
        named = text or (options.config if options.config and not _is_file(options.config) else requirements.NOT_NAMED)
        if not text or text.count("/") == 1 or catalog.model(named):
            return named, {}
    try:
        picked = resolve_model.model(options, options.model, catalog)
    except Stop as stop:
        if stop.code == NOTHING_FOUND and text.count("/") == 1 and catalog.model(text) is None:
            hint = f"{stop.hint}; its config.json will do: hfp need --config {text}, or its size: hfp need --params 7B"
            raise Stop(NOTHING_FOUND, str(stop), hint) from None
        raise
    return None if picked is None else (picked.model_id, picked.asked)


def _is_file(path: str) -> bool:
    from os.path import isfile

    return path.endswith(".json") or isfile(path)  # noqa: PTH113


def _exit_code(answer: NeedDocument) -> int:
    """Return 0 where everything that the model needs is known, 5 where a part is."""
    needs = answer["needs"]
    unknown = [needs["weights_unknown"] if needs["weights_bytes"] is None else None, needs["kv_cache_unknown"]]
    if needs["weights_bytes"] is None and needs["kv_cache_bytes"] is None:
        message = f"what {answer['model']['model_id']} needs is unknown: {'; '.join(filter(None, unknown))}"
        raise Stop(NOTHING_FOUND, message, "give its size or its config: --params 32B, --config config.json")
    return IN_PART if any(unknown) else OK


def gather(options: NeedOptions, catalog: Catalog, model_id: str, machine: NamedMachine | None) -> NeedDocument:
    """Return the comparison in the form of its JSON."""
    row = catalog.model(model_id)
    model: ModelFacts = row or {"model_id": model_id}
    offers = catalog.offers(model_id)
    task = ranking.main_task(offers) or model.get("pipeline_tag")
    same_task = [offer for offer in offers if offer["task"] == task]
    cheapest = ranking.cheapest(same_task, catalog.recent_since(), options.mix)
    if cheapest is None:  # the last one that was seen, said so by its date
        priced = [offer for offer in same_task if ranking.prices(offer) is not None]
        cheapest = ranking.last_seen(priced)
    facts = _facts(options, catalog, model_id)
    needs = _needs(options, model, facts, language=run_commands.is_language_model(task))
    sized = needs["weights_bytes"] is not None
    return {
        "schema_version": READS_SCHEMA,
        "model": row or {"model_id": model_id},
        "needs": needs,
        "serverless": cheapest,
        "mix": f"{options.mix[0]}:{options.mix[1]}",
        "dedicated": _dedicated(options, catalog, needs, cheapest) if sized else None,
        "jobs": requirements.jobs(catalog, needs) if sized else None,
        "local": requirements.local(needs) if sized else None,
        "machine": None if machine is None else _on_machine(machine, needs, facts, options.context),
        "this_machine": this_machine.judged(needs) if sized else None,
        "commands": []
        if model_id == requirements.NOT_NAMED
        else run_commands.commands(model, task, catalog.variants(model_id)),
        "snapshot": catalog.meta(),
    }


def _on_machine(machine: NamedMachine, needs: Needs, facts: ArchitectureRow, context: int | None) -> JudgedMachine:
    from hf_providers.hosting import machine_fit

    return machine_fit.judge(machine, needs, facts, context)


def _facts(options: NeedOptions, catalog: Catalog, model_id: str) -> ArchitectureRow:
    """Return the architecture: from --config, or else from the snapshot."""
    if options.config is not None:
        from hf_providers.cli import read_config

        return read_config.facts(options.config)
    return catalog.architecture(model_id) or {}


def _needs(options: NeedOptions, model: ModelFacts, facts: ArchitectureRow, *, language: bool) -> Needs:
    """Return what the model needs; a model without a context needs no cache."""
    needs = requirements.need(
        model,
        facts,
        context=options.context,
        weight_format=options.weights,
        batch=options.batch,
        kv_bytes_per_value=options.kv_bits // 8,
        given=options.params,
        given_active=options.active,
        # nobody runs the others in a format of local chat models
        fallback=requirements.FALLBACK_FORMAT if language else None,
    )
    if language or needs["kv_cache_bytes"] is not None:
        return needs
    return {**needs, "kv_cache_bytes": 0, "kv_cache_bytes_upper": 0, "state_bytes": 0, "kv_cache_unknown": None}


def _dedicated(options: NeedOptions, catalog: Catalog, needs: Needs, cheapest: OfferRow | None) -> Dedicated | None:
    """Return the endpoints that hold it, with the break-even and the cost of scaling to zero as they were asked for."""
    rented = requirements.dedicated(catalog, needs, cheapest, options.mix)
    if rented and rented["cheapest"]:
        best = rented["cheapest"]
        rented["scale_to_zero"] = scale_to_zero(best["usd_per_hour"], options.busy_hours, options.bursts)
        if cheapest is not None:
            rented["break_even"] = requirements.against(
                best, cheapest, options.mix, tokens_per_request=options.tokens_per_request, tps=options.tps
            )
    return rented


def scale_to_zero(usd_per_hour: str, busy_hours: float | None, bursts: int) -> ScaleToZero | None:
    """Return a day's cost of an endpoint that stops when idle; None without --busy-hours."""
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
