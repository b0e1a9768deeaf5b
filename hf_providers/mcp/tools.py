"""Answer each tool with the document of `--json`, and say which part of it is the short answer.

Offline and read-only. A model is named exactly (an id, a name, a known other name). Nothing is guessed: an agent could
not notice that the answer is about another model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from hf_providers.catalog import pasted, search
from hf_providers.catalog.database import READS_SCHEMA, Catalog
from hf_providers.catalog.exact import bare_model, exact
from hf_providers.documents import answer, cost, history, listing, models
from hf_providers.mcp.answers import Answer
from hf_providers.mcp.errors import Refusal
from hf_providers.rules import ranking, validation
from hf_providers.rules.recency import utc_text
from hf_providers.rules.tasks import tasks_of

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import AnyRow, ArchitectureRow, JsonObject, OfferRow
    from hf_providers.hosting.estimate_types import ModelFacts

MATCHES = 20
MODEL_KEYS = ("model_id", "pipeline_tag", "parameters", "license")
MATCH_KEYS = ("model_id", "pipeline_tag", "parameters", "providers", "live_offers", "likes", "downloads")
PRICE_KEYS = ("provider", "input_usd_per_mtok", "output_usd_per_mtok", "blended_usd_per_mtok", "mix")
MODEL_ROW_KEYS = (
    "model_id", "tasks", "context_length", "live_offers", "cheapest_provider", "blended_usd_per_mtok", "throughput_tps",
)  # fmt: skip

NOTHING_ASKED = {"machine", "weight_format", "kv_cache_unknown", "best_format"}
"""Keys that are null for a reason: no machine was named, weights as published, a known cache, or nothing fits."""
PROVIDER_KINDS = {"provider_added", "provider_gone"}


def resolve(catalog: Catalog, text: str) -> tuple[dict[str, str], str | None]:
    """Return how a model was found (`query`, `matched_by`, `model_id`), and the provider that `ID:PROVIDER` pins.

    Raises:
        Refusal: no model has this name, or several have; the second line names the nearest.
    """
    read = pasted.read(text[:500])
    matches, pinned = exact(catalog, text), read.provider
    if matches is None and read.suffix in pasted.POLICIES:
        matches = exact(catalog, read.text)
    elif matches is None and read.suffix and catalog.provider(read.suffix):
        matches, pinned = exact(catalog, read.text), read.suffix
    if matches is None:
        nearest = search.find(catalog, read.text, 5).model_ids[:5]
        raise Refusal(f"no model is called {text[:100]!r}", _named(nearest) or "find_model looks for words of a name")
    if not matches.clear:
        raise Refusal(
            f"{text[:100]!r} means {matches.total} models", f"give one id: {', '.join(matches.model_ids[:5])}"
        )
    return {"query": text[:100], "matched_by": matches.matched_by, "model_id": matches.model_ids[0]}, pinned


def _named(model_ids: Sequence[str]) -> str:
    return f"nearest: {', '.join(model_ids)}" if model_ids else ""


def check_provider(catalog: Catalog, name: str | None) -> str | None:
    """Return a provider's id.

    Raises:
        Refusal: the snapshot has no such provider.
    """
    if name is None:
        return None
    if catalog.provider(name.lower()) is None:
        known = ", ".join(row["provider"] for row in catalog.providers())
        raise Refusal(f"no provider {name[:60]!r} in the snapshot", f"choose {known}")
    return name.lower()


def one_provider(catalog: Catalog, pinned: str | None, named: str | None) -> str | None:
    """Return the provider that the model's name pins, or the one that is named beside it.

    Raises:
        Refusal: the snapshot has no such provider, or two are named.
    """
    provider = check_provider(catalog, named)
    if pinned and provider not in (None, pinned):
        raise Refusal(f"the model's name pins {pinned}, and provider names {provider}", "leave one of them out")
    return pinned or provider


def find_model(catalog: Catalog, query: str) -> Answer:
    """Return the models that a query means, as hfp lists them."""
    matches = search.find(catalog, query, MATCHES)
    if matches.matched_by == "nearest" or not matches.model_ids:
        raise Refusal(f"no model like {query[:100]!r}", _named(matches.model_ids[:5]) or "give words of its name")
    rows = [_match(catalog, model_id) for model_id in matches.model_ids]
    document = {
        "schema_version": READS_SCHEMA,
        "query": query[:100],
        "matched_by": matches.matched_by,
        "matches": rows,
        "total": matches.total,
        "snapshot": catalog.meta(),
    }
    return Answer(document, "matches", MATCH_KEYS, dict.fromkeys(("query", "matched_by", "total")))


def _match(catalog: Catalog, model_id: str) -> JsonObject:
    served, since = catalog.offers(model_id), catalog.recent_since()
    counts = {
        "providers": len({offer["provider"] for offer in served}),
        "live_offers": sum(ranking.is_live(offer, since) for offer in served),
    }
    row = {**(catalog.model(model_id) or bare_model(model_id)), **counts}
    return {key: row.get(key) for key in MATCH_KEYS}


OFFERS_HEAD: Mapping[str, Sequence[str] | None] = {
    "query": None,
    "matched_by": None,
    "model": MODEL_KEYS,
    "cheapest": PRICE_KEYS,
    "fastest": ("provider", "throughput_tps", "request_latency_ms"),
    "left_out": None,
}


def offers(
    catalog: Catalog,
    model: str,
    *,
    provider: str | None = None,
    task: str | None = None,
    readiness: str | None = None,
    tools: bool | None = None,
    structured_output: bool | None = None,
    min_context: int | None = None,
) -> Answer:
    """Return who serves a model, narrowed; what is unknown passes no filter."""
    asked, pinned = resolve(catalog, model)
    only = one_provider(catalog, pinned, provider)
    if readiness is not None:
        validation.refuse_no_status(readiness)
    if task is not None:
        validation.refuse_no_task(task, catalog)
    kept = [
        offer
        for offer in ranking.ordered(catalog.offers(asked["model_id"]), catalog.recent_since())
        if only in (None, offer["provider"])
        and readiness in (None, offer["readiness"], offer["status"])
        and (task is None or offer["task"] in tasks_of(task))
        and tools in (None, offer["supports_tools"])
        and structured_output in (None, offer["supports_structured_output"])
        and (min_context is None or (offer["context_length"] or 0) >= min_context)
    ]
    whole = answer.document(catalog, asked["model_id"], kept)
    if not kept:
        some = "passes these filters" if whole["left_out"] else "is known"
        raise Refusal(f"no offer of {asked['model_id']} {some}", "leave a filter out, or see its price_history")
    document: JsonObject = {"schema_version": whole["schema_version"], "query": asked["query"], **whole}
    document["matched_by"] = asked["matched_by"]
    return Answer(document, "offers", [*listing.offer_columns(kept)[0], *_dates(kept)], OFFERS_HEAD, _no_value)


VALUE_DATES = ("price_observed_at", "measured_at")


def _dates(rows: Sequence[AnyRow]) -> list[str]:
    """Return the columns that say when an offer, its price and its speed were seen, where the snapshot has them."""
    return [*(name for name in ("observed_at", *VALUE_DATES) if any(row.get(name) for row in rows)), "stale"]


def _no_value(key: str, _row: AnyRow) -> bool:
    """Return whether a null means nothing here: a value that nobody stated has no date."""
    return key in VALUE_DATES


def job_cost(catalog: Catalog, model: str, job: cost.Job, provider: str | None) -> Answer:
    """Return what a job costs with every offer."""
    asked, pinned = resolve(catalog, model)
    only = one_provider(catalog, pinned, provider)
    if min(job.input_tokens, job.output_tokens) < 0 or job.requests < 1 or job.input_tokens + job.output_tokens == 0:
        raise Refusal(
            "a job needs tokens, and at least one request", "give input_tokens or output_tokens, and requests from 1"
        )
    rows = cost.priced(catalog, asked["model_id"], job, [only] if only else None)
    if not rows:
        raise Refusal(f"no price of {asked['model_id']} is known there", "leave provider or as_of out")
    document = cost.document(catalog, asked["model_id"], job, rows) | asked
    sizes = ("input_tokens", "output_tokens", "requests", *(("as_of",) if job.as_of else ()))
    head = {"query": None, "matched_by": None, "model_id": None, "job": sizes, "cheapest": ("provider", "total_usd")}
    now = () if job.as_of else ("readiness", "observed_at")
    prices = ("price_last_seen_at", "input_usd_per_mtok", "output_usd_per_mtok")
    return Answer(document, "rows", ("provider", *now, *prices, "total_nano_usd", "total_usd"), head)


def price_history(catalog: Catalog, model: str, provider: str | None, since: str | None) -> Answer:
    """Return the intervals in which a model's prices held."""
    asked, pinned = resolve(catalog, model)
    only = one_provider(catalog, pinned, provider)
    rows = history.prices(catalog, asked["model_id"], [only] if only else None)
    start = None if since is None else moment(since)
    rows = [row for row in rows if not start or history.held_until(row) > start]
    if not rows:
        raise Refusal(f"no price of {asked['model_id']} has been observed then", "leave provider or since out")
    document = listing.document(history.PRICE_COLUMNS, rows, catalog, **asked)
    head = dict.fromkeys(("query", "matched_by", "model_id"))
    return Answer(document, "rows", history.PRICE_COLUMNS[:-2], head, lambda key, _: key == "valid_to")


def what_changed(
    catalog: Catalog, since: str | None, model: str | None, provider: str | None, kind: str | None
) -> Answer:
    """Return what changed; that nothing did is an answer."""
    from hf_providers.catalog.schema import CHANGE_KINDS

    asked, pinned = ({}, None) if model is None else resolve(catalog, model)
    only = one_provider(catalog, pinned, provider)
    if kind is not None and kind not in CHANGE_KINDS:
        raise Refusal(f"no change is called {kind[:60]!r}", f"one of: {', '.join(CHANGE_KINDS)}")
    start = history.week_before(catalog.meta()["checked_at"]) if since is None else moment(since)
    rows = history.changes(
        catalog, start, providers=[only] if only else None, model_id=asked.get("model_id"), kind=kind
    )
    more = asked | {"since": start, "total": len(rows)}
    document = listing.document(history.CHANGE_COLUMNS, rows, catalog, **more)
    return Answer(document, "rows", history.CHANGE_COLUMNS[:8], dict.fromkeys(more), _no_side)


def _no_side(key: str, change: AnyRow) -> bool:
    """Return whether a change has no such side: it is not about a model, or something came or went."""
    return key not in {"before", "after"} or change["kind"] in {"added", "gone", "returned"} | PROVIDER_KINDS


def cheapest(
    catalog: Catalog,
    *,
    task: str,
    tools: bool | None,
    structured_output: bool | None,
    min_context: int | None,
    min_throughput: float | None,
) -> Answer:
    """Return the models with a known price of such an offer, the cheapest first."""
    validation.refuse_no_task(task, catalog)
    grouped: dict[str, list[OfferRow]] = {}
    since = catalog.recent_since()
    for offer in catalog.offers():
        if (
            offer["task"] in tasks_of(task)
            and tools in (None, offer["supports_tools"])
            and structured_output in (None, offer["supports_structured_output"])
            and (min_context is None or (offer["context_length"] or 0) >= min_context)
            and (min_throughput is None or ranking.is_fast(offer, min_throughput, since))
        ):
            grouped.setdefault(offer["model_id"], []).append(offer)
    rows = [
        models.summary(row, grouped[row["model_id"]], since) for row in catalog.models() if row["model_id"] in grouped
    ]
    rows = [row for row in rows if row["blended_usd_per_mtok"] is not None]
    if not rows:
        raise Refusal("no model with a known price passes these filters", "leave one out")
    models.arrange(rows, "price")
    document = listing.document(models.COLUMNS, rows, catalog, total=len(rows))
    return Answer(document, "rows", MODEL_ROW_KEYS, {"total": None})


def compare(catalog: Catalog, names: Sequence[str]) -> Answer:
    """Return several models side by side: how many offers, the cheapest price at 3:1, the highest throughput."""
    if not 2 <= len(names) <= 10:
        raise Refusal(f"compare takes 2 to 10 models, not {len(names)}", "give their ids")
    ids = [resolve(catalog, name)[0]["model_id"] for name in names]
    since = catalog.recent_since()
    rows = [models.summary(catalog.model(name) or bare_model(name), catalog.offers(name), since) for name in ids]
    return Answer(listing.document(models.COLUMNS, rows, catalog, total=len(rows)), "rows", MODEL_ROW_KEYS, {})


def fits_on(catalog: Catalog, model: str, machine: str | None, context: int | None, weights: str | None) -> Answer:
    """Return what a model needs to run, and which endpoints hold it; or whether one machine does."""
    from hf_providers.hosting import machine_fit, requirements

    asked, _ = resolve(catalog, model)
    row: ModelFacts = catalog.model(asked["model_id"]) or {"model_id": asked["model_id"], "parameters": None}
    facts: ArchitectureRow = catalog.architecture(asked["model_id"]) or {}
    needs = requirements.need(row, facts, context=context, weight_format=weights)
    if needs["weights_bytes"] is None:
        raise Refusal(f"what {asked['model_id']} needs is unknown: {needs['weights_unknown']}", "see its offers")
    offers = ranking.main_task(catalog.offers(asked["model_id"]))
    same_task = [offer for offer in catalog.offers(asked["model_id"]) if offer["task"] == offers]
    best = ranking.cheapest(same_task, catalog.recent_since())
    dedicated = requirements.dedicated(catalog, needs, best, ranking.DEFAULT_MIX)
    local = requirements.local(needs)
    document = {
        "schema_version": READS_SCHEMA,
        **asked,
        "model": row,
        "needs": needs,
        "dedicated": dedicated,
        "local": local,
        "machine": None if machine is None else machine_fit.judge(machine_fit.find(machine), needs, facts, context),
        "machines": local["machines"],
        "snapshot": catalog.meta(),
    }
    sizes = ("weights_bytes", "weight_format", "kv_cache_bytes", "kv_cache_unknown", "context_length", "assumed_format")
    head = {"model_id": None, "needs": sizes, "dedicated": ("estimate", "cheapest"), "machine": None}
    return Answer(document, "machines", ("name", "memory_bytes"), head, lambda key, _: key in NOTHING_ASKED)


def snippet(catalog: Catalog, model: str, lang: str, provider: str | None, rule: str | None) -> JsonObject:
    """Return code that calls a model, as `hfp run --json` has it."""
    from hf_providers.errors import NoSnippet
    from hf_providers.snippets.choose import Wanted, write

    asked, pinned = resolve(catalog, model)
    only = one_provider(catalog, pinned, provider)
    row = catalog.model(asked["model_id"]) or bare_model(asked["model_id"])
    served = catalog.offers(asked["model_id"])
    if not served:
        raise Refusal(f"no provider serves {asked['model_id']}", "see its price_history")
    meta, wanted = catalog.meta(), Wanted(provider=only, rule=rule, lang=lang)
    try:
        made = write(row, served, wanted, meta["checked_at"], catalog.recent_since())
    except NoSnippet as error:
        raise Refusal(str(error), error.hint or "see its offers") from None
    code = {"lang": made.snippet.lang, "client": made.snippet.client, "code": made.snippet.code}
    return {"schema_version": READS_SCHEMA, **asked, **code, "offer": made.offer, "why": made.why, "snapshot": meta}


def moment(text: str) -> str:
    """Return a date or time as the snapshot has its own.

    Raises:
        ValueError: it is none.
    """
    from hf_providers.billing.values import moment as read

    return utc_text(read(text).astimezone(UTC))
