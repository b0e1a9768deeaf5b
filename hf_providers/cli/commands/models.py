"""Browse the models of the snapshot: narrowed by the offers they have, sorted by use, price, speed, context or size."""

from __future__ import annotations

from hf_providers.cli import filters, output
from hf_providers.cli.exits import NOTHING_FOUND, OK, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.cli.table import Column
from hf_providers.documents.models import OF_MODELS, SORTS, arrange, summary
from hf_providers.text import price, rounded, short, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.cli.option_types import FilterOptions
    from hf_providers.documents.types import ModelSummary

    class ModelsOptions(FilterOptions):
        """`hfp models`."""

        words: list[str]
        sort: str | None
        limit: int


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="only models whose id contains all these words")
    filters.arguments(parser)
    parser.add_argument("--sort", choices=SORTS, metavar="BY", help=f"{', '.join(SORTS)} (default: likes)")
    parser.add_argument(
        "--limit", type=filters.count, default=50, metavar="N", help="show at most N (default: 50; 0 is all)"
    )


def main(options: ModelsOptions) -> int:
    """List the models that have an offer passing the filters."""
    with open_catalog(options.snapshot) as catalog:
        filters.check(options, catalog)
        sort = options.sort or ("price" if options.cheapest else "throughput" if options.fastest else "likes")
        regions = {row["provider"]: row["regions"] for row in catalog.providers()} if options.region else {}
        tests = filters.tests(options, regions, filters.recent_since(options, catalog))
        if tests or not options.limit or sort not in OF_MODELS:
            count, shown = _narrowed(options, catalog, tests, sort)
        else:
            count, shown = _first(options, catalog, sort)
        total = catalog.query("SELECT count(*) FROM models")[0][0]
        if not shown:
            raise Stop(NOTHING_FOUND, f"none of the {total} models passes these filters", "leave one out")
        left_out = f" · {total - count} left out by the filters" if count < total else ""
        note = f"{len(shown)} of {count} models shown{left_out}"
        output.listing(options, FIELDS, shown, catalog, note, total=count)
    return OK


def _narrowed(
    options: ModelsOptions, catalog: Catalog, tests: Sequence[Callable[[OfferRow], bool]], sort: str
) -> tuple[int, list[ModelSummary]]:
    """Return how many models have an offer that passes, and the first of them: reads all offers."""
    grouped: dict[str, list[OfferRow]] = {}
    one = options.provider[0] if options.provider and len(options.provider) == 1 else None
    for offer in catalog.offers(provider=one):
        if all(test(offer) for test in tests):
            grouped.setdefault(offer["model_id"], []).append(offer)
    since = filters.recent_since(options, catalog)
    is_named = filter_by_words(options.words)
    rows = [
        summary(model, grouped[model["model_id"]], since, options.mix)
        for model in catalog.models()
        if model["model_id"] in grouped and is_named(model["model_id"])
    ]
    arrange(rows, sort)
    return len(rows), rows[: options.limit or None]


def _first(options: ModelsOptions, catalog: Catalog, sort: str) -> tuple[int, list[ModelSummary]]:
    """Return the same where no filter or order needs offers: reads only those of the models shown."""
    column, descending = SORTS[sort]
    way = f"{column} IS NULL, {column} {'DESC' if descending else 'ASC'}, model_id"
    served = "EXISTS (SELECT 1 FROM offers o WHERE o.model_id = models.model_id)"
    sql = f"SELECT model_id FROM models WHERE {served} ORDER BY {way}"  # noqa: S608 - ours
    is_named = filter_by_words(options.words)
    model_ids = [model_id for (model_id,) in catalog.query(sql) if is_named(model_id)]
    since = filters.recent_since(options, catalog)
    first = model_ids[: options.limit]
    models = {model["model_id"]: model for model in catalog.rows_of("models", first)}
    offers: dict[str, list[OfferRow]] = {model_id: [] for model_id in first}
    for offer in catalog.rows_of("offers", first):
        offers[offer["model_id"]].append(offer)
    return len(model_ids), [summary(models[model_id], offers[model_id], since, options.mix) for model_id in first]


def filter_by_words(typed: Sequence[str]) -> Callable[[str], bool]:
    """Return a test that all the words occur in an id, ignoring case and separators, as a search does."""
    if not typed:
        return lambda _: True
    from hf_providers.catalog import names

    words = names.words(" ".join(typed))
    return lambda model_id: bool(words) and names.occur(words, model_id)


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
