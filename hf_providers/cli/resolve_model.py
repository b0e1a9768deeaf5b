"""From what was typed to one model of the snapshot; or the list of what it could be, and the exit code for that."""

from __future__ import annotations

import os

from hf_providers.catalog import search
from hf_providers.catalog.database import READS_SCHEMA, Catalog, open_snapshot
from hf_providers.cli import output
from hf_providers.cli.exits import NOTHING_FOUND, USAGE, Stop
from hf_providers.cli.table import Column
from hf_providers.rules import ranking
from hf_providers.text import short

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

SHOWN = 20


def arguments(parser: argparse.ArgumentParser, *, many: bool = True) -> None:
    """Add the words that name a model."""
    parser.add_argument(
        "model",
        nargs="*" if many else "?",
        metavar="MODEL",
        help="an id, a name, or words of it; MODEL:PROVIDER pins a provider",
    )
    parser.add_argument("--first", action="store_true", help="take the best match where several fit")


def catalog(args: argparse.Namespace) -> Catalog:
    """Open the snapshot that the arguments or the environment name."""
    return open_snapshot(args.snapshot, os.environ)


def typed(args: argparse.Namespace) -> tuple[str, str | None]:
    """Return the query, and the provider that `MODEL:provider` pins."""
    given = args.model if isinstance(args.model, list) else [args.model or ""]
    query, colon, provider = " ".join(given).rpartition(":")
    return (query, provider.strip().lower()) if colon and query and "/" not in provider else (" ".join(given), None)


def model(args: argparse.Namespace, opened: Catalog) -> tuple[str, str | None] | None:
    """Return the id of the model that is meant, and the pinned provider; None where a list of matches was printed.

    Raises:
        Stop: nothing was typed, or nothing like it is in the snapshot.
    """
    query, provider = typed(args)
    if not query.strip():
        raise Stop(USAGE, "which model?", "type a name, as in: hfp deepseek-r1, or hfp --help")
    found = search.find(opened, query, SHOWN)
    if found.model_ids and (found.clear or args.first) and found.how != "nearest":
        return found.model_ids[0], provider
    if found.how == "nearest" or not found.model_ids:
        raise Stop(NOTHING_FOUND, f"no model like {query[:100]!r} in the snapshot", _nearest(found.model_ids))
    return _several(args, opened, query, provider)


def _several(
    args: argparse.Namespace, opened: Catalog, query: str, provider: str | None
) -> tuple[str, str | None] | None:
    """Print the models that fit; but return the only one that passes the filters, where these leave one.

    Raises:
        Stop: none passes the filters.
    """
    narrowing = hasattr(args, "hot") and _narrows(args)
    found = search.find(opened, query, search.CANDIDATES if narrowing else SHOWN)
    kept = _narrowed(args, opened, found.model_ids) if narrowing else found.model_ids
    if not kept:
        message = f"none of the {len(found.model_ids)} best matches of {query[:60]!r} passes these filters"
        raise Stop(NOTHING_FOUND, message, "leave one out")
    left_out = len(found.model_ids) - len(kept)
    if len(kept) == 1 and left_out:
        return kept[0], provider
    show(args, opened, kept[:SHOWN], len(kept) if left_out else found.total, found.words, left_out)
    return None


def _narrows(args: argparse.Namespace) -> bool:
    from hf_providers.cli import filters

    return bool(args.cheapest or args.fastest or filters.tests(args, {}))


def _narrowed(args: argparse.Namespace, opened: Catalog, model_ids: Sequence[str]) -> list[str]:
    """Return the models that have an offer which passes the filters, by their best one where an order is asked for."""
    from hf_providers.cli import filters

    regions = {row["provider"]: row["regions"] for row in opened.providers()}
    best = {name: filters.narrow(args, opened.offers(name), regions)[:1] for name in model_ids}
    kept = [name for name in model_ids if best[name]]
    if args.cheapest:
        kept.sort(key=lambda name: (best[name][0]["status"] != "live", ranking.price_key(best[name][0], args.mix)))
    elif args.fastest:
        kept.sort(key=lambda name: (best[name][0]["status"] != "live", ranking.speed_key(best[name][0])))
    return kept


def _nearest(model_ids: Sequence[str]) -> str:
    if not model_ids:
        return "browse them: hfp models"
    return "nearest: " + ", ".join(model_ids[:5])


def show(
    args: argparse.Namespace, opened: Catalog, model_ids: Sequence[str], total: int, words: list[str], left_out: int
) -> None:
    """Print the models that fit, or the first of them, as `{"matches": […]}` or a table; all can be found by words."""
    rows = []
    for model_id in model_ids:
        row = opened.model(model_id) or {}
        offers = opened.offers(model_id)
        rows.append(
            row
            | {
                "providers": len({o["provider"] for o in offers}),
                "live_offers": sum(o["status"] == "live" for o in offers),
            }
        )
    if args.format == "json":
        keys = ("model_id", "pipeline_tag", "parameters", "providers", "live_offers", "likes", "downloads")
        matches = [{key: row[key] for key in keys} for row in rows]
        told = {"schema_version": READS_SCHEMA, "matches": matches, "total": total, "snapshot": opened.meta()}
        output.write_json(told)
        return
    many = f"{len(rows)} of {total:,}{'+' if total >= search.COUNTED else ''}" if total > len(rows) else str(total)
    note = f"{many} models fit: type one of them, or --first for the top one"
    if left_out:
        note += f"\n{left_out} more are left out by the filters"
    if total > len(rows) and words:
        note += f"\nall of them: hfp models {' '.join(words)}{' with these filters' if left_out else ''}"
    output.listing(args, MATCH_FIELDS, rows, opened, note)


MATCH_FIELDS = (
    output.Field("model_id", Column("Model", least=34)),
    output.Field("pipeline_tag", Column("Task", spare=3)),
    output.Field("parameters", Column("Params", right=True), short),
    output.Field("providers", Column("Providers", right=True)),
    output.Field("live_offers", Column("Live", right=True)),
    output.Field("likes", Column("Likes", right=True, spare=4), short),
)
