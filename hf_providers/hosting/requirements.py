"""Compare the ways to run a model: its needs, the endpoints, jobs and machines that hold it, and what is cheaper.

Every result is an estimate from the snapshot, with its inputs. Unknown weights or an unknown cache are None, with the
reason, and the other is still estimated. Every answer imports this.
"""

from __future__ import annotations

from hf_providers.hosting import endpoints, hardware, memory, parameters, weights
from hf_providers.hosting.memory import GIB, OVERHEAD_BYTES, USABLE_SHARE_PCT
from hf_providers.hosting.weights import BITS_PER_WEIGHT
from hf_providers.rules.money import to_nano, usd
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import ArchitectureRow, InstanceRow, OfferRow
    from hf_providers.documents.types import HostingBlocks
    from hf_providers.hosting.estimate_types import (
        BreakEven,
        Dedicated,
        FittingJobsMachine,
        Jobs,
        Local,
        LocalMachine,
        ModelFacts,
        Needs,
        ParametersSource,
        ResolvedParameters,
        Weights,
    )

DEFAULT_CONTEXT = 8192
"""Tokens, where neither a provider nor the architecture says more."""
FALLBACK_FORMAT = "Q4_K_M"
"""What is estimated where the published weights have no known size: the format most local files come in."""
NOT_NAMED = "(not named)"
"""The id of a model known by its sizes or a file alone."""
MARGIN = f"{USABLE_SHARE_PCT} % of memory usable, {OVERHEAD_BYTES / 10**9:g} GB a GPU left free"
LOWER_CACHE = "weights and the lower KV cache"
"""What is compared with the memory, since engines differ in what they reserve."""


def needed(
    catalog: Catalog,
    model: ModelFacts,
    *,
    context: int | None = None,
    weight_format: str | None = None,
    batch: int = 1,
    kv_bytes_per_value: int = 2,
) -> Needs:
    """Return what the model of a snapshot needs, as `need` has it."""
    return need(
        model,
        catalog.architecture(model["model_id"]),
        context=context,
        weight_format=weight_format,
        batch=batch,
        kv_bytes_per_value=kv_bytes_per_value,
    )


def need(
    model: ModelFacts,
    architecture: ArchitectureRow | None,
    *,
    context: int | None = None,
    weight_format: str | None = None,
    batch: int = 1,
    kv_bytes_per_value: int = 2,
    given: int | None = None,
    given_active: int | None = None,
    fallback: str | None = FALLBACK_FORMAT,
) -> Needs:
    """Return what a model needs, with the inputs; unknown values are None, with the reason.

    Args:
        model: A row of `models`.
        architecture: Its row of `architectures`, or None.
        context: Tokens; by default the largest context that it is served with, or was made for.
        weight_format: A key of BITS_PER_WEIGHT; by default as published, or `fallback` where that is unknown.
        batch: Sequences at a time.
        kv_bytes_per_value: 2 for a 16-bit cache, 1 for an 8-bit one.
        given: Parameters that the caller states, which outrank every witness.
        given_active: The same of those that a token uses.
        fallback: A key of BITS_PER_WEIGHT; None where weights of unknown size stay unknown.

    Raises:
        ValueError: there is no such format, or a number is not positive.
    """
    facts: ArchitectureRow = architecture or {}
    if given is not None and not _counted_as(model, facts, given):
        model = {**model, "dtype_parameters": None}
    known = _parameters(model, facts, given, given_active)
    tokens = context or model.get("context_length") or facts.get("max_positions") or DEFAULT_CONTEXT
    cache = memory.cache(facts, tokens, batch=batch, bytes_per_value=kv_bytes_per_value)
    why = facts.get("reason") or "its config.json was not read"
    return {
        **_weights(model, facts, known, weight_format and weight_format.upper(), fallback),
        "parameters": known["parameters"],
        "parameters_source": known["parameters_source"],
        "active_parameters": known["active_parameters"],
        "active_parameters_source": known["active_parameters_source"],
        "left_out": facts.get("left_out") if known["parameters_source"] == parameters.CONFIG else None,
        "kv_cache_bytes": None if cache is None else cache.lower,
        "kv_cache_bytes_upper": None if cache is None else cache.upper,
        "kv_cache_unknown": why if cache is None else None,
        "state_bytes": None if cache is None else cache.state,
        "kv_bytes_per_value": kv_bytes_per_value,
        "context_length": tokens,
        "batch": batch,
    }


def _counted_as(model: ModelFacts, facts: ArchitectureRow, given: int) -> bool:
    """Return whether the count by dtype fits this number of parameters."""
    dtypes = model.get("dtype_parameters") or {}
    return parameters.agreeing(dtypes, facts.get("quantization_bits"), given) is not None


def _parameters(model: ModelFacts, facts: ArchitectureRow, given: int | None, active: int | None) -> ResolvedParameters:
    """Return the parameters and their source: the caller, agreeing witnesses, or the name alone."""
    counted = model.get("counted_parameters")
    if counted is None and not model.get("parameters_source"):
        counted = model.get("parameters")
    known = parameters.resolve(model["model_id"], counted, model.get("dtype_parameters"), facts)
    if known["parameters"] is None and (by_name := parameters.by_name(model["model_id"], counted)) is not None:
        known = {**known, "parameters": by_name, "parameters_source": parameters.NAME}
    if given is not None:
        known = {**known, "parameters": given, "parameters_source": parameters.GIVEN, "parameters_reason": None}
        if (known["active_parameters"] or 0) > given:
            known = {**known, "active_parameters": None, "active_parameters_source": None}
    if active is not None:
        known = {**known, "active_parameters": active, "active_parameters_source": parameters.GIVEN}
    return known


def _weights(
    model: ModelFacts,
    facts: ArchitectureRow,
    known: ResolvedParameters,
    weight_format: str | None,
    fallback: str | None,
) -> Weights:
    """Return the bytes of the weights, their format and source, or why they are unknown."""
    if weight_format is None:
        trusted = known
        if known["parameters_source"] == parameters.NAME:
            trusted = {**known, "parameters": None}
        size_bytes, words = weights.published(model, facts, trusted)
        if size_bytes is not None:
            return _weights_row(size_bytes, words, None)
        if fallback is None or not _may_assume(model, facts, known):
            return _weights_row(None, words, None)
        return _weights_row(*_at_format(facts, known, fallback), fallback, published=words)
    size_bytes, words = _at_format(facts, known, weight_format)
    return _weights_row(size_bytes, words, weight_format)


def _may_assume(model: ModelFacts, facts: ArchitectureRow, known: ResolvedParameters) -> bool:
    """Whether another format may stand for published weights of unknown size.

    Not where their tensors are counted and can't be read, and not where they are quantised and only a count or the name
    says how many they are: they may be several times larger than the estimate.
    """
    if known["parameters"] is None or model.get("dtype_parameters"):
        return False
    uncertain = known["parameters_source"] in {parameters.NAME, parameters.COUNT}
    return not (uncertain and weights.is_quantised(model, facts))


def _at_format(facts: ArchitectureRow, known: ResolvedParameters, name: str) -> tuple[int | None, str]:
    """Return the bytes of all parameters at a format and their source in words, or None and why not."""
    parts: ArchitectureRow = {} if known["parameters_source"] == parameters.NAME else facts
    split = parts.get("embedding_parameters"), parts.get("expert_parameters")
    if known["parameters"] is None:
        weights.at_format(0, name)
        return None, known["parameters_reason"] or "its parameters are not known"
    by: dict[ParametersSource | None, str] = {
        parameters.NAME: ", by its name",
        parameters.GIVEN: ", as given",
        parameters.CONFIG: ", by its config.json",
    }
    digits = 2 if known["parameters"] >= 10**12 else 1
    words = f"{short(known['parameters'], digits)} parameters{by.get(known['parameters_source'], '')}"
    if known["parameters_source"] == parameters.CONFIG and facts.get("left_out"):
        words += f" without {facts['left_out']}"
    size_bytes = weights.at_format(known["parameters"], name, *split)
    return size_bytes, f"{words}, at {BITS_PER_WEIGHT[name]:g} bits ({name})"


def _weights_row(
    size_bytes: int | None, words: str, weight_format: str | None, *, published: str | None = None
) -> Weights:
    return {
        "weights_bytes": size_bytes,
        "weights_source": None if size_bytes is None else words,
        "weights_unknown": words if size_bytes is None else published,
        "weight_format": weight_format,
        "bits_per_weight": None if weight_format is None else BITS_PER_WEIGHT[weight_format],
        "bits_source": None if weight_format is None else weights.BITS_SOURCE.get(weight_format),
        "assumed_format": published is not None,
    }


def held(needs: Needs) -> int | None:
    """Return the bytes of cache and state together; None where they are unknown."""
    return None if needs["kv_cache_bytes"] is None else needs["kv_cache_bytes"] + (needs["state_bytes"] or 0)


def dedicated(catalog: Catalog, needs: Needs, cheapest: OfferRow | None, mix: tuple[int, int]) -> Dedicated | None:
    """Return the endpoints that hold it, the cheapest, and the use above which that is cheaper; None if none are known.

    Args:
        catalog: The snapshot.
        needs: What `need` gives.
        cheapest: The cheapest live serverless offer, or None.
        mix: Input to output tokens.
    """
    instances = catalog.instances()
    if not instances:
        return None
    fitting = endpoints.fitting(instances, needs["weights_bytes"], held(needs) or 0)
    best = endpoints.recommended(fitting)
    return {
        "estimate": True,
        "needs": needs,
        "judged_by": judged_by(needs),
        "cheapest": None if best is None else {**best, "usd_per_month": usd(endpoints.cost_nano(best["usd_per_hour"]))},
        "instances": fitting,
        "break_even": against(best, cheapest, mix) if best and cheapest else None,
    }


def jobs(catalog: Catalog, needs: Needs) -> Jobs | None:
    """Return the machines of HF Jobs that hold it, the cheapest first; None where no machines are known."""
    machines = catalog.jobs_machines()
    if not machines:
        return None
    holding: list[FittingJobsMachine] = []
    for row in machines:
        if row["kind"] == "gpu" and row["memory_bytes"] is not None:
            cache = held(needs) or 0
            verdict = memory.fits(needs["weights_bytes"], cache, row["memory_bytes"], devices=row["units"] or 1)
            if verdict["fits"]:
                holding.append({**row, **verdict})
    holding.sort(key=lambda row: (to_nano(row["usd_per_hour"]), -(row["memory_bytes"] or 0), row["hardware"]))
    return {
        "estimate": True,
        "judged_by": judged_by(needs),
        "cheapest": next(iter(holding), None),
        "machines": holding,
        "observed_at": max(row["observed_at"] for row in machines),
    }


def against(
    instance: InstanceRow,
    offer: OfferRow,
    mix: tuple[int, int],
    *,
    tokens_per_request: int | None = None,
    tps: int | None = None,
) -> BreakEven | None:
    """Return the use above which an instance costs no more than an offer, with the offer's provider."""
    even = endpoints.break_even(
        instance["usd_per_hour"],
        offer["input_usd_per_mtok"],
        offer["output_usd_per_mtok"],
        mix,
        tokens_per_request=tokens_per_request,
        capacity_tps=tps,
    )
    input_price, output_price = offer["input_usd_per_mtok"], offer["output_usd_per_mtok"]
    if even is None or input_price is None or output_price is None:
        return None
    known = {"input_usd_per_mtok": input_price, "output_usd_per_mtok": output_price}
    result: Any = {**even, **known, "provider": offer["provider"]}
    level: BreakEven = result
    return level


def judged_by(needs: Needs) -> str:
    """Return what was compared with the memory: for the cache the lower figure, which some engines exceed."""
    if not needs["kv_cache_bytes"]:
        return "weights alone"
    upper = needs["kv_cache_bytes_upper"] or 0
    return LOWER_CACHE if upper > needs["kv_cache_bytes"] else "weights and KV cache"


def local(needs: Needs) -> Local:
    """Return the single machines that hold it, the least memory first."""
    return {
        "estimate": True,
        "needs": needs,
        "judged_by": judged_by(needs),
        "machines": hardware.fitting(needs["weights_bytes"], held(needs) or 0),
        "source": hardware.SOURCE,
    }


def blocks(
    catalog: Catalog, model: ModelFacts | None, task: str | None, cheapest: OfferRow | None, mix: tuple[int, int]
) -> HostingBlocks:
    """Return `dedicated` and `local` of an answer; None if unknown, or if the model does not chat."""
    needs = needed(catalog, model) if task == CHAT_TASK and model else None
    if needs is None or needs["weights_bytes"] is None:
        return {"dedicated": None, "local": None}
    return {"dedicated": dedicated(catalog, needs, cheapest, mix), "local": local(needs)}


def size(byte_count: int) -> str:
    """Return bytes as people read weights, in GB of 10^9, or in MB where that would be 0.0 GB."""
    if byte_count < 10**8:
        return f"{byte_count / 10**6:,.1f} MB"
    return f"{byte_count / 10**9:,.1f} GB" if byte_count < 10**11 else f"{byte_count / 10**9:,.0f} GB"


def gib(byte_count: int) -> str:
    """Return bytes as people read caches, in GiB of 2^30."""
    return f"{byte_count / GIB:,.2f} GiB"


def instance_name(row: InstanceRow) -> str:
    """Return an instance as people say it: 8 × NVIDIA H200 (aws)."""
    what = row["architecture"] or row["instance_type"]
    return clean(f"{row['units'] or '?'} × {what} ({row['cloud']})")


def total_texts(needs: Needs) -> list[str]:
    """Return its total needs in words, the longer form first: about 627 GB at 4-bit (with 64k context)."""
    stated = needs["weight_format"]
    what = "as published"
    if stated is not None:
        what = f"at {int(BITS_PER_WEIGHT[stated])}-bit" if needs["assumed_format"] else f"in {stated}"
    by = " by its name" if needs["parameters_source"] == parameters.NAME else ""
    text = f"needs about {size((needs['weights_bytes'] or 0) + (held(needs) or 0))} {what}{by}"
    return [f"{text} with {short(needs['context_length'], 0)} context", text] if held(needs) is not None else [text]


_SOURCES: dict[ParametersSource | None, str] = {
    parameters.COUNT: "as the Hub counts its tensors",
    parameters.CONFIG: "by its config.json",
    parameters.NAME: "by its name",
    parameters.GIVEN: "as given",
}


def parameters_text(needs: Needs) -> str:
    """Return how many parameters it has, how many a token uses, and the source."""
    active, total = needs["active_parameters"], needs["parameters"]
    source, active_source = needs["parameters_source"], needs["active_parameters_source"]
    if total is None:
        text = "parameters unknown"
    else:
        without = f" without {clean(needs['left_out'])}" if needs["left_out"] else ""
        text = f"{short(total, 2 if total >= 10**12 else 1)} parameters {_SOURCES[source]}{without}"
    if active is None:
        return text
    source_text = "" if active_source == source else f" {_SOURCES[active_source]}"
    return f"{text}, of which a token uses {short(active)}{source_text}"


def weights_text(needs: Needs) -> str:
    """Return the size of the weights and what it is of, or why it is unknown."""
    if needs["weights_bytes"] is None:
        return f"weights unknown: {clean(needs['weights_unknown'] or '')}"
    return f"{size(needs['weights_bytes'])} of weights ({clean(needs['weights_source'] or '')})"


def cache_text(needs: Needs) -> str:
    """Return the size of the KV cache and of the state, or why it is unknown."""
    if needs["kv_cache_bytes"] is None:
        return f"KV cache unknown: {clean(needs['kv_cache_unknown'] or '')}"
    upper = needs["kv_cache_bytes_upper"] or 0
    more = f" (up to {gib(upper)} in some engines)" if upper > needs["kv_cache_bytes"] else ""
    state = f", state {gib(needs['state_bytes'])}" if needs["state_bytes"] else ""
    return f"KV cache {gib(needs['kv_cache_bytes'])}{more}{state} at {needs['context_length']:,} tokens"


def billing(rented: Dedicated) -> str:
    """Return how endpoints are billed, and the date of the prices."""
    read = max((row["observed_at"][:10] for row in rented["instances"]), default=None)
    return "by the minute" + (f" at prices of {read}" if read else "")


def machines_text(machines: Sequence[LocalMachine], shown: int) -> str:
    """Return the first machines, or a line that no single one is enough."""
    if not machines:
        return "no single machine of the list holds it"
    names = [f"{row['name']} {row['memory_bytes'] // 10**9} GB" for row in machines[:shown]]
    return "fits on " + ", ".join(names) + (f" and {len(machines) - shown} larger" if len(machines) > shown else "")
