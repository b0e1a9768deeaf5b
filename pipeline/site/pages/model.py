"""A model's page, one for every model with a route of its own: the whole answer of `hfp MODEL`, and its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from hf_providers.catalog.exact import last_served
from hf_providers.catalog.row_types import ChangeRow, OfferRow
from hf_providers.documents import answer
from hf_providers.documents.types import Answer
from hf_providers.errors import NoSnippet
from hf_providers.hosting import requirements
from hf_providers.hosting.estimate_types import Dedicated, Local
from hf_providers.rules import ranking
from hf_providers.rules.money import cost_nano, usd
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.snippets import LANGS, choose
from hf_providers.text import clean
from pipeline.site import feed, history, paths
from pipeline.site.feed import FEED
from pipeline.site.page import Page, Raw
from pipeline.site.pages.api import answer_file
from pipeline.site.pages.changes import CHANGE_HELPERS
from pipeline.site.source import Context, Source

HUB: Final = "https://huggingface.co/"
ADAPTERS: Final = 50
"""Most adapters listed on a page; the Hub has all."""
CHANGES: Final = 10
"""Most changes listed on a page."""
EXAMPLE: Final = {"input": 3000, "output": 1000, "requests": 1000}
"""The calculator's first values: a long question, a page of answer, a thousand times."""
LANGUAGES: Final = {"python": "Python", "javascript": "JavaScript", "curl": "curl"}
DATA: Final = (
    "provider", "task", "provider_model_id", "status", "readiness", "input_usd_per_mtok", "output_usd_per_mtok",
    "throughput_tps", "ttft_ms", "request_latency_ms", "context_length", "supports_tools", "supports_structured_output",
)  # fmt: skip
"""The exact values of an offer that its row has as data-… attributes; an unknown value has none."""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give each model's page and its answer as JSON."""
    changes: dict[str, list[ChangeRow]] = defaultdict(list)
    for change in source.catalog.changes():
        if change["model_id"] is not None:
            changes[change["model_id"]].append(change)
    for row in source.models:
        document = answer.document(source.catalog, row["model_id"])
        yield answer_file(document)
        yield from _page(source, document, changes.get(row["model_id"], ()))
    for row in source.former:
        document = answer.document(source.catalog, row["model_id"])
        served = last_served(source.catalog, row["model_id"])
        yield from _page(source, document, changes.get(row["model_id"], ()), served)


def _page(
    source: Source, document: Answer, changes: Sequence[ChangeRow], served: str | None = None
) -> Iterator[Page | Raw]:
    """Give a model's page, and the feed of its changes where it has any."""
    folder = paths.model(document["model"]["model_id"])
    yield page(source, document, changes, served)
    if changes:
        yield Raw(f"{folder}{FEED}", feed.atom(source, document["model"]["model_id"], folder, changes))


def page(source: Source, document: Answer, changes: Sequence[ChangeRow] = (), served: str | None = None) -> Page:
    """Return the page of a model's answer, with its changes.

    Args:
        source: What the site is made from.
        document: The answer.
        changes: The model's changes.
        served: When it was last served, and by whom, where the dataset has no offer of it.
    """
    model_id = document["model"]["model_id"]
    offers = by_price(document["offers"], source.catalog.recent_since())
    context: Context = (
        {"model": document["model"], "last_served": served, "hub": hub(model_id), "compare": quote(model_id, safe="")}
        | _offers_part(source, document, offers)
        | _history_part(source, model_id, ranking.main_task(offers), changes)
        | _related_part(source, document)
        | CHANGE_HELPERS
    )
    return Page(
        path=f"{paths.model(model_id)}index.html",
        template="model.html",
        title=model_id,
        description=described(model_id, offers, source.since, served),
        script="model.js",
        json=None if served else paths.model_json(model_id),
        feed=context["feed"] or FEED,
        context=context,
    )


def _offers_part(source: Source, document: Answer, offers: Sequence[OfferRow]) -> Context:
    """Return what the template shows of the offers: who serves the model, at what price, and how to call it."""
    since = source.catalog.recent_since()
    return {
        "old": [not is_recent(offer["observed_at"], since) for offer in offers],
        "mix": ranking.DEFAULT_MIX,
        "blended": answer.blended_text,
        "offers": offers,
        "anchors": anchors(offers),
        "chats": any(offer["task"] == CHAT_TASK for offer in offers),
        "others": any(offer["task"] != CHAT_TASK for offer in offers),
        "data": DATA,
        "attribute": attribute,
        "cheapest": document["cheapest"],
        "fastest": document["fastest"],
        "router": document["router_choice"],
        "costs": costs(offers, since),
        "example": EXAMPLE,
        "snippets": snippets(document),
    }


def _history_part(source: Source, model_id: str, task: str | None, changes: Sequence[ChangeRow]) -> Context:
    """Return the charts of a model's prices, status and speed, and its latest changes."""
    return {
        "feed": f"{paths.model(model_id)}{FEED}" if changes else None,
        "prices": history.prices(source.catalog, model_id),
        "statuses": history.statuses(source, model_id),
        "speeds": history.speeds(source, model_id, task),
        "history": history,
        "changes": sorted(changes, key=lambda change: change["changed_at"], reverse=True)[:CHANGES],
        "change_count": len(changes),
    }


def _related_part(source: Source, document: Answer) -> Context:
    """Return the machines that hold the model, and the models made from it."""
    adapters = source.adapters_by_base.get(document["model"]["model_id"], ())
    return {
        "dedicated": dedicated(document["dedicated"]),
        "local": local(document["local"]),
        "variants": document["variants"],
        "adapters": adapters[:ADAPTERS],
        "adapter_count": len(adapters),
        "to_hub": hub,
    }


def by_price(offers: Sequence[OfferRow], since: str | None) -> list[OfferRow]:
    """Return offers, sorted by readiness, by price: the cheapest first, then those without one, then old ones."""

    def key(offer: OfferRow) -> tuple[Any, ...]:
        if offer["task"] == CHAT_TASK and ranking.is_priced(offer, since):
            return (0, ranking.price_key(offer))
        return (1 if is_recent(offer["observed_at"], since) else 2,)

    return sorted(offers, key=key)


def anchors(offers: Sequence[OfferRow]) -> list[str | None]:
    """Return the anchor of each offer's row; None where an earlier row has the same provider and task."""
    used: set[str] = set()
    names: list[str | None] = []
    for offer in offers:
        name = paths.offer(offer["provider"], offer["task"])
        names.append(None if name in used else name)
        used.add(name)
    return names


def hub(model_id: str) -> str:
    """Return the address of a model on the Hub."""
    return HUB + quote(model_id, safe="/")


def described(model_id: str, offers: Sequence[OfferRow], since: str | None, served: str | None = None) -> str:
    """Return a sentence about who serves the model, or served it last."""
    if served:
        return f"{clean(model_id)} on Hugging Face: {served}; its prices and history."
    live = len({offer["provider"] for offer in offers if ranking.is_live(offer, since)})
    who = (
        "No provider was lately seen to serve"
        if not live
        else "One provider serves"
        if live == 1
        else f"{live} providers serve"
    )
    return f"{who} {clean(model_id)} on Hugging Face: prices, speed, readiness, history and code."


def attribute(value: object) -> str:
    """Return a value for a data-… attribute: as in JSON, texts without quotes and without unsafe characters."""
    return str(value).lower() if isinstance(value, bool) else clean(str(value))


def costs(offers: Sequence[OfferRow], since: str | None) -> Context | None:
    """Return the cost of the example on each live chat offer, the cheapest first; None without any.

    `rows` (provider, prices, cost of a request and of all in USD), `unknown`: how many offers have no price.
    """
    live = [offer for offer in offers if offer["task"] == CHAT_TASK and ranking.is_live(offer, since)]
    if not live:
        return None
    priced = []
    for offer in live:
        one = cost_nano(offer["input_usd_per_mtok"], offer["output_usd_per_mtok"], EXAMPLE["input"], EXAMPLE["output"])
        if one is not None:
            row = {"provider": offer["provider"], "request": usd(one), "all": usd(one * EXAMPLE["requests"])}
            priced.append((one, offer["provider"], {"offer": offer} | row))
    rows = [row for *_, row in sorted(priced, key=lambda item: item[:2])]
    return {"rows": rows, "unknown": len(live) - len(rows)}


def snippets(document: Answer) -> Context:
    """Return code by language: `codes` (name, client, text), `provider`, or the `reason` why there is none.

    It calls the cheapest recent live offer with a known price; without any, the most ready one.
    """
    since, at = document["snapshot"].get("recent_since"), document["snapshot"]["checked_at"]
    rules = ("cheapest", None) if document["cheapest"] else (None,)
    codes, reason, chosen = [], "", None
    for lang in LANGS:
        for rule in rules:
            try:
                written = choose.write(
                    document["model"], document["offers"], choose.Wanted(lang=lang, rule=rule), at, since
                )
            except NoSnippet as error:
                reason = reason or str(error)
                continue
            chosen = chosen or (written.offer["provider"], rule)
            codes.append({"name": LANGUAGES[lang], "client": written.snippet.client, "code": written.snippet.code})
            break
    provider, by = chosen or (None, None)
    return {"codes": codes, "provider": provider, "by": by, "reason": reason}


def dedicated(block: Dedicated | None) -> Context | None:
    """Return the cheapest endpoint that holds the model; None where nothing is known."""
    if block is None:
        return None
    best = block["cheapest"]
    return {
        "best": best and {"name": requirements.instance_name(best), "rate": best["usd_per_hour"]},
    }


def local(block: Local | None) -> Context | None:
    """Return the texts about one's own machines; None where nothing is known."""
    if block is None:
        return None
    return {
        "needs": requirements.total_texts(block["needs"])[0],
        "machines": requirements.machines_text(block["machines"], 3),
        "source": block["source"],
    }
