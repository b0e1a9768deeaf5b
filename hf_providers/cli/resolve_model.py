"""From what was typed to one model of the snapshot; or the list of what it could be, and the exit code for that."""

from __future__ import annotations

import os
import sys

from hf_providers.catalog import exact, pasted, search
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

    from hf_providers.catalog.exact import Matches

SHOWN = 20
"""Models that are listed where several fit."""
MOST_NARROWED = 120
"""Models that filters narrow: all that a search judges, which is candidates.CANDIDATES."""


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


class Typed:
    """What was typed for a model.

    Attributes:
        query: The id, name or words.
        provider: The provider that `MODEL:provider` pins.
        policy: The router's policy that `MODEL:fastest` and the like name.
        tag: What follows the colon where it is neither: it is a word of the query, too.
    """

    __slots__ = ("policy", "provider", "query", "tag")

    def __init__(self, query: str, provider: str | None = None) -> None:
        self.query = query
        self.provider = provider
        self.policy: str | None = None
        self.tag: str | None = None


def typed(args: argparse.Namespace, opened: Catalog) -> Typed:
    """Return what was typed, its suffix told from the name.

    A provider that the snapshot does not know is one where the Hub itself is asked (`args.live`).

    Raises:
        Stop: nothing was typed; an address of no model; a provider that the snapshot does not know.
    """
    text = " ".join(args.model if isinstance(args.model, list) else [args.model or ""]).strip()
    read = pasted.read(text)
    if not text.strip(": "):
        raise Stop(USAGE, "which model?", "type a name, as in: hfp deepseek-r1, or hfp --help")
    if read.foreign:
        raise Stop(NOTHING_FOUND, f"{text[:100]} is no model's page on the Hub", "give its id, as in owner/name")
    asked = Typed(read.text, read.provider)
    if read.suffix is None or read.suffix in {"", "latest"}:  # Ollama's latest says nothing of the model
        return asked
    if read.suffix in pasted.POLICIES:
        asked.policy = read.suffix
    elif _serves(opened, read.suffix):
        asked.provider = read.suffix
    elif exact.exact(opened, text):  # replicate's own ids have a version after a colon
        asked.query = text
    elif read.is_id and getattr(args, "live", False):
        asked.provider = read.suffix
    elif read.is_id:
        _refuse_provider(opened, read.suffix)
    else:
        asked.query, asked.tag = f"{read.text} {read.suffix}", read.suffix
    return asked


def _serves(opened: Catalog, name: str) -> bool:
    return bool(opened.provider(name) or opened.query("SELECT 1 FROM offers WHERE provider = ? LIMIT 1", (name,)))


def _refuse_provider(opened: Catalog, name: str) -> None:
    from hf_providers.cli import validation

    validation.provider(name, opened)


def model(args: argparse.Namespace, opened: Catalog, *, former: bool = False) -> tuple[str, str | None] | None:
    """Return the id of the model that is meant, and the pinned provider; None where a list of matches was printed.

    How it was found stands in `args.found` then, and a policy of the router's (`MODEL:fastest`) in `args.policy`.

    Args:
        args: The command's arguments.
        opened: The snapshot.
        former: Whether a model will do that is known from history alone.

    Raises:
        Stop: nothing was typed, or nothing like it is in the snapshot, or only in its histories.
    """
    asked = typed(args, opened)
    args.query, args.policy = asked.query, asked.policy
    args.found = found = search.find(opened, asked.query, SHOWN, asked.provider)
    if asked.tag and found.how in {"typo", "nearest"}:
        raise _no_tag(opened, asked, found)
    if found.how not in {"id", "name"}:
        from hf_providers.cli import other_words

        other_words.refuse(opened, asked.query, found)
    if found.how == "nearest" or not found.model_ids:
        raise Stop(NOTHING_FOUND, *_nothing(asked.query, found.model_ids))
    if not found.listed and not former:
        raise _no_longer(opened, found)
    if not found.clear:
        return _several(args, opened, asked)
    _say(found)
    return found.model_ids[0], asked.provider


def said(args: argparse.Namespace) -> dict[str, str]:
    """Return what was typed and how it was understood, as JSON has it."""
    return {"query": args.query, "matched_by": args.found.how}


def _say(found: Matches) -> None:
    """Say on stderr what was read otherwise than it was typed."""
    if found.read_as:
        from hf_providers.text import clean

        pairs = ", ".join(f"{one} was read as {other}" for one, other in found.read_as)
        print(clean(pairs), file=sys.stderr)


def _nothing(query: str, nearest: Sequence[str]) -> tuple[str, str]:
    """Return that there is no such model, and the nearest names."""
    like = "" if "/" in query else "like "
    hint = f"nearest: {', '.join(nearest[:5])}" if nearest else "browse them: hfp models"
    if "/" in query and len(query) <= search.MAX_QUERY:
        hint += f"; one newer than the snapshot: hfp status {query}"
    return f"no model {like}{query[:100]!r} in the snapshot", hint


def _no_tag(opened: Catalog, asked: Typed, found: Matches) -> Stop:
    from hf_providers.cli import validation

    near = validation.nearest(asked.tag or "", [row["provider"] for row in opened.providers()])
    message, hint = _nothing(asked.query, found.model_ids)
    return Stop(NOTHING_FOUND, f"{message}, and no provider {asked.tag!r:.60}", near or hint)


def _no_longer(opened: Catalog, found: Matches) -> Stop:
    """Return that the snapshot has no offer of a model: when it was last served, and by whom."""
    if len(found.model_ids) > 1:
        names = ", ".join(found.model_ids[:5])
        return Stop(NOTHING_FOUND, f"{found.total} models fit, all known from history alone", f"one of: {names}")
    model_id = found.model_ids[0]
    message = f"the snapshot has no offer of {model_id}: {exact.last_served(opened, model_id)}"
    return Stop(NOTHING_FOUND, message, f"what it cost: hfp history {model_id}; now: hfp status {model_id}")


def _several(args: argparse.Namespace, opened: Catalog, asked: Typed) -> tuple[str, str | None] | None:
    """Print the models that fit; but return the only one that passes the filters, or with --first the first one.

    Raises:
        Stop: none passes the filters.
    """
    found: Matches = args.found
    narrowing = hasattr(args, "hot") and _narrows(args)
    if narrowing:
        found = search.find(opened, asked.query, MOST_NARROWED, asked.provider)
    kept = _narrowed(args, opened, found.model_ids) if narrowing else found.model_ids
    if not kept:
        message = f"none of the {len(found.model_ids)} best matches of {asked.query[:60]!r} passes these filters"
        raise Stop(NOTHING_FOUND, message, "leave one out")
    left_out = len(found.model_ids) - len(kept)
    _say(found)
    if args.first or (len(kept) == 1 and left_out):
        return kept[0], asked.provider
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


def show(
    args: argparse.Namespace, opened: Catalog, model_ids: Sequence[str], total: int, words: list[str], left_out: int
) -> None:
    """Print the models that fit, or the first of them, as `{"matches": […]}` or a table; all can be found by words."""
    rows = []
    for model_id in model_ids:
        row = opened.model(model_id) or dict.fromkeys(MATCH_KEYS) | {"model_id": model_id}
        offers = opened.offers(model_id)
        rows.append(
            row
            | {
                "providers": len({o["provider"] for o in offers}),
                "live_offers": sum(o["status"] == "live" for o in offers),
            }
        )
    if args.format == "json":
        matches = [{key: row[key] for key in MATCH_KEYS} for row in rows]
        listed = {"matches": matches, "total": total, "snapshot": opened.meta()}
        output.write_json({"schema_version": READS_SCHEMA, **said(args), **listed})
        return
    many = f"{len(rows)} of {total:,}{'+' if total >= search.COUNTED else ''}" if total > len(rows) else str(total)
    note = f"{many} models fit: type one of them, or --first for the top one"
    if left_out:
        note += f"\n{left_out} more are left out by the filters"
    if total > len(rows) and words:
        note += f"\nall of them: hfp models {' '.join(words)}{' with these filters' if left_out else ''}"
    output.listing(args, MATCH_FIELDS, rows, opened, note)


MATCH_KEYS = ("model_id", "pipeline_tag", "parameters", "providers", "live_offers", "likes", "downloads")
MATCH_FIELDS = (
    output.Field("model_id", Column("Model", least=34)),
    output.Field("pipeline_tag", Column("Task", spare=3)),
    output.Field("parameters", Column("Params", right=True), short),
    output.Field("providers", Column("Providers", right=True)),
    output.Field("live_offers", Column("Live", right=True)),
    output.Field("likes", Column("Likes", right=True, spare=4), short),
)
