"""The JSON API: the output of `hfp … --json` and `hfp export` as files, an index of them, and their schemas.

A model's file is made together with its page, by `answer_file`: both show the same answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.catalog.row_types import AnyRow
from hf_providers.documents import listing
from hf_providers.documents.types import Answer
from hf_providers.export import FORMS, export, form
from hf_providers.rules import ranking
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.site import paths
from pipeline.site.page import Page, Raw, to_json
from pipeline.site.render import FOLDER
from pipeline.site.source import CHEAPEST_CALL, Context, Row, Source

FROM: Final = ("provider", "task", "input_usd_per_mtok", "output_usd_per_mtok", "price_observed_at")
UP_TO: Final = ("provider", "task", "throughput_tps", "ttft_ms", "measured_at")
"""The columns of an offer in the index."""
SCHEMAS: Final = FOLDER.parent / "docs" / "schema"


def make(source: Source) -> Iterator[Page | Raw]:
    """Give every provider's listing, every export, the index, and the schemas at the addresses in them."""
    for name, provider in source.providers.items():
        document = listing.of_provider(source.catalog, provider, source.offers_by_provider.get(name, ()))
        yield Raw(paths.provider_json(name), to_json(document))
    yield from _histories(source)
    exports = dict(_exports(source))
    yield from exports.values()
    yield Raw("api/v1/index.json", to_json(index(source, exports)))
    for schema in sorted(SCHEMAS.glob("*.json")):
        yield Raw(f"schema/{schema.name}", schema.read_bytes())


def _histories(source: Source) -> Iterator[Raw]:
    """Give each model's cheapest price over time, and the uptime of each provider's routes, as rows of the queries."""
    for model in source.models:
        model_id = model["model_id"]
        rows = source.cheapest_over_time.get(model_id, ())
        call = f"{CHEAPEST_CALL} WHERE model_id = {_quoted(model_id)} AND task = {_quoted(CHAT_TASK)}"
        document = {"query": call, "rows": [_without(row, "model_id") for row in rows]}
        yield Raw(paths.cheapest_json(model_id), to_json(document))
    uptime: dict[str, list[Row]] = defaultdict(list)
    for row in chain.from_iterable(source.uptime.values()):
        uptime[row["provider"]].append(_without(row, "provider"))
    for name in source.providers:
        call = f"{source.uptime_call} WHERE provider = {_quoted(name)}"
        yield Raw(paths.uptime_json(name), to_json({"query": call, "rows": uptime[name]}))


def _quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _without(row: Row, column: str) -> Row:
    return {name: value for name, value in row.items() if name != column}


def _exports(source: Source) -> Iterator[tuple[str, Raw]]:
    """Give the file of each export form that has at least one offer."""
    offers = source.catalog.offers(task=CHAT_TASK)
    for name in FORMS:
        written = export(name, source.catalog, offers)
        if written.count:
            yield name, Raw(f"api/v1/export/{form(name).FILE}", written.text.encode())


def answer_file(answer: Answer) -> Raw:
    """Return the file of a model's answer: the output of `hfp MODEL --json` into a pipe."""
    return Raw(paths.model_json(answer["model"]["model_id"]), to_json(answer))


def index(source: Source, exports: dict[str, Raw]) -> Context:
    """Return the index: every model with a page, every provider and every export, with their addresses.

    Adapters, which only a tag filter serves, have no file: they are in their provider's listing.
    """
    base = source.base_url
    return {
        "schema_version": READS_SCHEMA,
        "snapshot": source.catalog.meta(),
        "models": [
            {
                "model_id": row["model_id"],
                "json": base + paths.model_json(row["model_id"]),
                "page": base + paths.model(row["model_id"]),
            }
            | picks(source, row["model_id"])
            for row in source.models
        ],
        "providers": [
            {"provider": name, "json": base + paths.provider_json(name), "page": base + paths.provider(name)}
            for name in source.providers
        ],
        "exports": [{"form": name, "file": base + file.path} for name, file in exports.items()],
        "schemas": {
            "models": f"{base}schema/answer.schema.json",
            "providers": f"{base}schema/provider.schema.json",
        },
    }


def picks(source: Source, model_id: str) -> Row:
    """Return the chat offers that a row of the home page names: `from`, the cheapest, and `up_to`, the fastest.

    None where no recent live offer has a price, or a speed.
    """
    since = source.catalog.recent_since()
    chat = [offer for offer in source.offers_by_model.get(model_id, ()) if offer["task"] == CHAT_TASK]
    cheapest, fastest = ranking.cheapest(chat, since), ranking.fastest(chat, since)
    return {"from": cheapest and _named(cheapest, FROM), "up_to": fastest and _named(fastest, UP_TO)}


def _named(offer: AnyRow, columns: Sequence[str]) -> Row:
    return {"model_id": offer["model_id"]} | {column: offer[column] for column in columns}
