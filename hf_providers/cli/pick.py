"""From what was typed to one model of the snapshot; or the list of what it could be, and the exit code for that."""

from __future__ import annotations

import os

from hf_providers import search
from hf_providers.catalog import READS_SCHEMA, Catalog, open_snapshot
from hf_providers.cli import AMBIGUOUS, NOTHING_FOUND, Stop, output
from hf_providers.cli.table import Column
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


def words(args: argparse.Namespace) -> tuple[str, str | None]:
    """Return the query, and the provider that `MODEL:provider` pins."""
    given = args.model if isinstance(args.model, list) else [args.model or ""]
    query, colon, provider = " ".join(given).rpartition(":")
    return (query, provider.strip().lower()) if colon and query and "/" not in provider else (" ".join(given), None)


def model(args: argparse.Namespace, opened: Catalog) -> tuple[str, str | None] | None:
    """Return the id of the model that is meant, and the pinned provider; None where a list of matches was printed.

    Raises:
        Stop: nothing was typed, or nothing like it is in the snapshot.
    """
    query, provider = words(args)
    if not query.strip():
        raise Stop(AMBIGUOUS, "which model?", "type a name, as in: hfp deepseek-r1, or hfp --help")
    found = search.find(opened, query, SHOWN)
    if found.model_ids and (found.clear or args.first) and found.how != "nearest":
        return found.model_ids[0], provider
    if found.how == "nearest" or not found.model_ids:
        raise Stop(NOTHING_FOUND, f"no model like {query[:100]!r} in the snapshot", _nearest(found.model_ids))
    show(args, opened, found.model_ids)
    return None


def _nearest(model_ids: Sequence[str]) -> str:
    if not model_ids:
        return "browse them: hfp models"
    return "nearest: " + ", ".join(model_ids[:5])


def show(args: argparse.Namespace, opened: Catalog, model_ids: Sequence[str]) -> None:
    """Print the models that fit, as `{"matches": […]}` or a table."""
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
        output.write_json({"schema_version": READS_SCHEMA, "matches": matches, "snapshot": opened.meta()})
        return
    note = f"{len(rows)} models fit: type one of them, or --first for the top one"
    output.listing(args, MATCH_FIELDS, rows, opened, note)


MATCH_FIELDS = (
    output.Field("model_id", Column("Model", least=34)),
    output.Field("pipeline_tag", Column("Task", spare=3)),
    output.Field("parameters", Column("Params", right=True), short),
    output.Field("providers", Column("Providers", right=True)),
    output.Field("live_offers", Column("Live", right=True)),
    output.Field("likes", Column("Likes", right=True, spare=4), short),
)
