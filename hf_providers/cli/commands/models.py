"""Browse the models of the snapshot: narrowed by the offers they have, sorted by use, price, speed, context or size."""

from __future__ import annotations

from hf_providers.catalog import names
from hf_providers.cli import filters, output, resolve_model, validation
from hf_providers.cli.exits import NOTHING_FOUND, OK, Stop
from hf_providers.cli.table import Column
from hf_providers.documents.models import SORTS, arrange, summary
from hf_providers.text import price, rounded, short, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    Row = dict[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="only models in whose id all these words stand")
    filters.arguments(parser)
    parser.add_argument("--sort", choices=SORTS, metavar="BY", help=f"{', '.join(SORTS)} (default: likes)")
    parser.add_argument(
        "--limit", type=filters.count, default=50, metavar="N", help="at most so many (default: 50; 0 is all)"
    )


def main(args: argparse.Namespace) -> int:
    """List the models that have an offer passing the filters."""
    with resolve_model.catalog(args) as catalog:
        validation.check(args, catalog)
        regions = {row["provider"]: row["regions"] for row in catalog.providers()}
        since = filters.recent_since(args, catalog)
        wanted = filters.tests(args, regions, since)
        grouped: dict[str, list[Row]] = {}
        one = args.provider[0] if args.provider and len(args.provider) == 1 else None
        for offer in catalog.offers(provider=one):
            if all(test(offer) for test in wanted):
                grouped.setdefault(offer["model_id"], []).append(offer)
        rows = [
            summary(model, grouped[model["model_id"]], since, args.mix)
            for model in catalog.models()
            if model["model_id"] in grouped and named(model["model_id"], args.words)
        ]
        total = catalog.query("SELECT count(*) FROM models")[0][0]
        if not rows:
            raise Stop(NOTHING_FOUND, f"none of the {total} models passes these filters", "leave one out")
        name = args.sort or ("price" if args.cheapest else "throughput" if args.fastest else "likes")
        arrange(rows, name)
        shown = rows[: args.limit or None]
        left_out = f" · {total - len(rows)} left out by the filters" if len(rows) < total else ""
        note = f"{len(shown)} of {len(rows)} models shown{left_out}"
        output.listing(args, FIELDS, shown, catalog, note, total=len(rows))
    return OK


def named(model_id: str, typed: list[str]) -> bool:
    """Return whether all the words occur in an id, whatever their case and separators: as a model is looked for."""
    wanted = names.words(" ".join(typed))
    return not typed or (bool(wanted) and names.occur(wanted, model_id))


def _joined(value: list[str]) -> str:
    return ", ".join(value)


FIELDS = (
    output.Field("model_id", Column("Model")),
    output.Field("modality", Column("Kind", spare=1)),
    output.Field("tasks", Column("Tasks", least=14, spare=5), _joined),
    output.Field("parameters", Column("Params", right=True, spare=2), short),
    output.Field("context_length", Column("Context", right=True, spare=4), tokens),
    output.Field("live_offers", Column("Live", right=True)),
    output.Field("blended_usd_per_mtok", Column("$/1M", right=True), price),
    output.Field("throughput_tps", Column("Tok/s", right=True), rounded),
    output.Field("likes", Column("Likes", right=True, spare=3), short),
    output.Field("providers"),
    output.Field("cheapest_provider"),
    output.Field("pipeline_tag"),
    output.Field("conversational"),
    output.Field("license"),
    output.Field("downloads"),
    output.Field("created_at"),
)
