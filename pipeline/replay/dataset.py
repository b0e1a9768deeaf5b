"""Turn a published dataset's rows back into the Hub's shapes: crawling the replay gives the same rows again.

The tables keep the facts read from a model's tags, not the tags: the served tags are made from these facts. A replay
has one time, the manifest's `checked_at`, also for rows marked stale. So only values that were recent then are served:
a run would date an old offer, price or speed as of that day. Offers without a recorded provider's own id are left out,
because the Hub's lists state it for each.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hf_providers.rules.money import PRICE_COLUMNS
from hf_providers.rules.readiness import MEASUREMENTS
from hf_providers.rules.recency import is_recent, recent, recent_since
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.assemble.parameters import counted
from pipeline.assemble.tables import to_rows
from pipeline.crawl.sources import hub_list, inference_page, router
from pipeline.publish.dataset import load_existing
from pipeline.replay.facts import Facts, Model, Offer

Row = dict[str, Any]


def read_dataset(root: str | Path) -> Facts:
    """Return the facts of a published dataset, observed when its manifest says that it was last checked.

    Raises:
        DatasetError: the folder holds no dataset, or a damaged one.
    """
    root = Path(root)
    dataset = load_existing(root)
    offers: defaultdict[str, list[Row]] = defaultdict(list)
    kept = _recent(to_rows(dataset.table("offers")))
    named = [offer for offer in kept if offer["provider_model_id"]]
    for row in named:
        offers[row["model_id"]].append(row)
    instances, architectures = (to_rows(dataset.table(name)) for name in ("endpoint_instances", "architectures"))
    # Only models whose config.json can be served have a commit: without one, a crawl does not request the file.
    commits = {row["model_id"]: row["sha"] for row in architectures if row["config"]}
    models = [
        _model(row, offers.get(row["model_id"], []), commits.get(row["model_id"]))
        for row in to_rows(dataset.table("models"))
    ]
    what = _what(root, len(kept) - len(named))
    return Facts(models, what, _iso(dataset.manifest.checked_at), instances, architectures)


def _recent(offers: list[Row]) -> list[Row]:
    """Return the offers that can be served as of one time, each without its old values."""
    since = recent_since(offers)
    for offer in offers:
        for dated, values in (("price_observed_at", PRICE_COLUMNS), ("measured_at", MEASUREMENTS)):
            if not is_recent(offer[dated], since):
                offer.update(dict.fromkeys(values))
    return recent(offers, since)


def _what(root: Path, nameless: int) -> str:
    """Return a description for people, which counts the offers left out: the cheapest may be among them."""
    without = f" without the {nameless} recent offers whose provider's id nobody recorded" if nameless else ""
    return f"dataset {root}{without}"


def _known(**values: object) -> dict[str, Any]:
    """Return the stated values: where a value is unknown, the Hub leaves out the key."""
    return {key: value for key, value in values.items() if value is not None and value != {}}


def _iso(moment: datetime) -> str:
    """Return the time as the Hub writes it, finer than milliseconds only where it must be."""
    unit = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.astimezone(UTC).isoformat(timespec=unit).replace("+00:00", "Z")


def _iso_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else _iso(moment)


def _model(row: Row, offers: list[Row], sha: str | None) -> Model:
    gated = row["gated"]
    fields = _known(
        id=row["model_id"],
        pipeline_tag=row["pipeline_tag"],
        library_name=row["library"],
        likes=row["likes"],
        downloads=row["downloads"],
        createdAt=_iso_or_none(row["created_at"]),
        sha=sha,
        gated=False if gated == "false" else gated,
        safetensors=_known(parameters=row["dtype_parameters"], total=counted(row)),
        inference=row["inference"],
        tags=_tags(row, offers),
    )
    return Model(fields, [_offer(offer) for offer in offers] or None)


def _tags(row: Row, offers: list[Row]) -> list[str] | None:
    """Return tags with the facts of the row; None where none of them can have come from tags."""
    chat = row["conversational"]
    said_by_tag = chat is not None and not (chat and any(offer["task"] == CHAT_TASK for offer in offers))
    if row["base_models"] is None and row["license"] is None and not said_by_tag:
        return None
    tags = ["conversational"] if chat else []
    tags += ["moe"] if row["is_moe"] else []
    tags += [f"license:{row['license']}"] if row["license"] is not None else []
    for base in row["base_models"] or []:
        tags.append(f"base_model:{base['model_id']}")
        if base["relation"] != "base":
            tags.append(f"base_model:{base['relation']}:{base['model_id']}")
    return tags


def _offer(row: Row) -> Offer:
    pricing = _known(input=row["input_usd_per_mtok"], output=row["output_usd_per_mtok"])
    source = row["price_source"]
    features = _known(toolCalling=row["supports_tools"], structuredOutput=row["supports_structured_output"])
    performance = _known(
        tokensPerSecond=row["throughput_tps"],
        firstTokenLatencyMs=row["ttft_ms"],
        requestLatencyMs=row["request_latency_ms"],
    )
    stated_by = None if source is None else _answer_of(source)
    details = _known(context_length=row["context_length"], pricing=pricing if stated_by == hub_list.NAME else None)
    entry = _known(
        provider=row["provider"],
        providerId=row["provider_model_id"],
        status=row["status"],
        previousStatus=row["previous_status"],
        task=row["task"],
        features=features,
        performance=performance,
        providerDetails=details,
        type=row["type"],
        adapter=row["adapter"],
        isModelAuthor=row["is_model_author"],
    )
    from_router = _known(pricing=pricing if stated_by == router.NAME else None, is_free=row["is_free"])
    page_details = _known(pricing=pricing if stated_by == inference_page.NAME else None)
    page = _known(providerDetails=page_details, lastValidationTimestamp=_iso_or_none(row["validated_at"]))
    return Offer(entry, from_router, page)


def _answer_of(source: str) -> str:
    """Return which of the Hub's answers states a price of this source: a recording's prices are the router's."""
    return source if source in (hub_list.NAME, inference_page.NAME) else router.NAME
