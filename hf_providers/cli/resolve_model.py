"""From what was typed to one model of the snapshot; or the list of what it could be, and the exit code for that."""

from __future__ import annotations

import os
import sys

from hf_providers.catalog import exact, pasted, search
from hf_providers.catalog.database import READS_SCHEMA, Catalog
from hf_providers.catalog.locate import open_snapshot
from hf_providers.cli import output
from hf_providers.cli.exits import NOTHING_FOUND, USAGE, Stop
from hf_providers.cli.table import Column
from hf_providers.rules import ranking
from hf_providers.text import short

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from hf_providers.catalog.exact import Matches as Found
    from hf_providers.documents.types import Asked, Match, Matches

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
    parser.add_argument("--first", action="store_true", help="take the first of the list where several fit")


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
    inner = pasted.without_prefix(read.text)
    if inner and not opened.model(read.text):  # there is an owner huggingface, too
        read.text, read.provider = inner.text, inner.provider
    asked = Typed(read.text, read.provider)
    if read.provider:
        _check_provider(args, opened, read.provider)
    if read.suffix not in {None, "", "latest"}:  # Ollama's latest says nothing of the model
        _take_suffix(args, opened, asked, read)
    _check_pin(args, asked.provider)
    return asked


def _check_pin(args: argparse.Namespace, pinned: str | None) -> None:
    """Refuse another provider beside the one that `MODEL:provider` pins.

    Raises:
        Stop: --provider names others alone.
    """
    named = getattr(args, "provider", None) or []
    others = [named.lower()] if isinstance(named, str) else named
    if pinned and others and pinned not in others:
        raise Stop(USAGE, f"both :{pinned} and --provider {', '.join(others)} say whose offer", "leave one of them out")


def _take_suffix(args: argparse.Namespace, opened: Catalog, asked: Typed, read: pasted.Pasted) -> None:
    """Take what follows the last colon for a policy, a provider, a part of a provider's own id, or a word."""
    suffix = read.suffix or ""
    if suffix in pasted.POLICIES:
        asked.policy = suffix
    elif _serves(opened, suffix):
        asked.provider = suffix
    elif exact.exact(opened, read.whole):  # replicate's own ids have a version after a colon
        asked.query = read.whole
    elif not read.is_id:
        asked.query, asked.tag = f"{read.text} {suffix}", suffix
    elif getattr(args, "live", False) or exact.exact(opened, read.text):
        _check_provider(args, opened, suffix)
        asked.provider = suffix
    # Else the model is unknown, whatever follows it: perhaps a quantisation, as in hf.co/owner/name-GGUF:Q4_K_M.


def _check_provider(args: argparse.Namespace, opened: Catalog, name: str) -> None:
    """Refuse a provider that the snapshot does not know, unless the Hub itself is asked.

    Raises:
        Stop: there is none.
    """
    if getattr(args, "live", False) or _serves(opened, name):
        return
    from hf_providers.cli import validation

    validation.provider(name, opened)


def _serves(opened: Catalog, name: str) -> bool:
    return bool(opened.provider(name) or opened.query("SELECT 1 FROM offers WHERE provider = ? LIMIT 1", (name,)))


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
    if asked.tag and found.matched_by in {"typo", "nearest"}:
        raise _no_tag(opened, asked, found)
    if found.matched_by not in {"id", "name"}:
        from hf_providers.cli import other_words

        other_words.refuse(opened, asked.query, found)
    if found.matched_by == "nearest" or not found.model_ids:
        raise Stop(NOTHING_FOUND, *_nothing(asked.query, found.model_ids, exact.own_ids(opened, asked.query)))
    if not found.listed and not former:
        raise _no_longer(opened, found)
    if not found.clear:
        return _several(args, opened, asked)
    _say(found.read_as)
    return found.model_ids[0], asked.provider


def unlisted(args: argparse.Namespace, opened: Catalog) -> Typed | None:
    """Return what was typed where it is an id that the snapshot has no offer of: the Hub may know one.

    Raises:
        Stop: nothing was typed, or an address of no model.
    """
    asked = typed(args, opened)
    found = exact.exact(opened, asked.query, asked.provider)
    if found and found.listed:
        return None
    if found and found.clear:
        asked.query = found.model_ids[0]
    if asked.query.count("/") != 1:
        return None
    args.query, args.policy, args.found = asked.query, asked.policy, found or exact.Matches([asked.query], "id", True)
    return asked


def said(args: argparse.Namespace) -> Asked:
    """Return what was typed and how it was understood, as JSON has it."""
    return {"query": args.query, "matched_by": args.found.matched_by}


def say_read_as(typed_id: str, model_id: str) -> None:
    """Say on stderr that an id was read as another one."""
    _say([(typed_id, model_id)])


def _say(read_as: Sequence[tuple[str, str]]) -> None:
    """Say on stderr what was read otherwise than it was typed."""
    if read_as:
        from hf_providers.text import clean

        print(clean(", ".join(f"{one} was read as {other}" for one, other in read_as)), file=sys.stderr)


def _nothing(query: str, nearest: Sequence[str], own: Sequence[tuple[str, str]] = ()) -> tuple[str, str]:
    """Return that there is no such model, and the nearest names, or the provider whose own id it is."""
    like = "" if "/" in query else "like "
    if own:
        provider, model_id = own[0]
        hint = f"{provider} calls {model_id} so: hfp {query}:{provider}"
        return f"no model {like}{query[:100]!r} in the snapshot", hint
    hint = f"nearest: {', '.join(nearest[:5])}" if nearest else "browse them: hfp models"
    if "/" in query and len(query) <= search.MAX_QUERY:
        hint += f"; one newer than the snapshot: hfp status {query}"
    return f"no model {like}{query[:100]!r} in the snapshot", hint


def unknown_to_the_hub(opened: Catalog, model_id: str) -> Stop:
    """Return that the Hub has no such model: what the snapshot knows of it, or the nearest names."""
    message = f"the Hub has no model {model_id}, or it is private"
    if opened.model(model_id):
        day = opened.meta()["checked_at"][:10]
        return Stop(NOTHING_FOUND, message, f"the snapshot of {day} has it: hfp {model_id}")
    served = exact.last_served(opened, model_id)
    if served:
        return Stop(NOTHING_FOUND, f"{message}; {served}", f"what it cost: hfp history {model_id}")
    near = ", ".join(search.find(opened, model_id).model_ids[:5])
    return Stop(NOTHING_FOUND, message, f"check the spelling{'; nearest: ' if near else ''}{near}")


def _no_tag(opened: Catalog, asked: Typed, found: Found) -> Stop:
    """Return that what follows a colon is neither a provider nor a word of such a model."""
    from hf_providers.cli import validation

    near = validation.nearest(asked.tag or "", [row["provider"] for row in opened.providers()])
    message = f"no provider {asked.tag!r:.60} in the snapshot, and no model like {asked.query[:100]!r}"
    return Stop(NOTHING_FOUND, message, near or _nothing(asked.query, found.model_ids)[1])


def _no_longer(opened: Catalog, found: Found) -> Stop:
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
    found: Found = args.found
    narrowing = hasattr(args, "hot") and _narrows(args)
    if narrowing:
        found = search.find(opened, asked.query, MOST_NARROWED, asked.provider)
    kept = _narrowed(args, opened, found.model_ids) if narrowing else found.model_ids
    if not kept:
        message = f"none of the {len(found.model_ids)} best matches of {asked.query[:60]!r} passes these filters"
        raise Stop(NOTHING_FOUND, message, "leave one out")
    left_out = len(found.model_ids) - len(kept)
    _say(found.read_as)
    if args.first or (len(kept) == 1 and left_out):
        return kept[0], asked.provider
    show(args, opened, kept[:SHOWN], len(kept) if left_out else found.total, found.words, left_out)
    return None


def _narrows(args: argparse.Namespace) -> bool:
    from hf_providers.cli import filters

    return bool(args.cheapest or args.fastest or filters.tests(args, {}, None))


def _narrowed(args: argparse.Namespace, opened: Catalog, model_ids: Sequence[str]) -> list[str]:
    """Return the models that have an offer which passes the filters, by their best one where an order is asked for."""
    from hf_providers.cli import filters

    regions = {row["provider"]: row["regions"] for row in opened.providers()}
    best = {name: filters.narrow(args, opened, opened.offers(name), regions)[:1] for name in model_ids}
    best = {name: first for name, first in best.items() if first}
    kept = list(best)
    since = filters.recent_since(args, opened)
    if args.cheapest:
        kept.sort(
            key=lambda name: (not ranking.is_priced(best[name][0], since), *ranking.price_key(best[name][0], args.mix))
        )
    elif args.fastest:
        kept.sort(key=lambda name: (not ranking.is_measured(best[name][0], since), ranking.speed_key(best[name][0])))
    return kept


def show(
    args: argparse.Namespace, opened: Catalog, model_ids: Sequence[str], total: int, words: list[str], left_out: int
) -> None:
    """Print the models that fit, or the first of them, as `{"matches": […]}` or a table; all can be found by words."""
    since = opened.recent_since()
    rows = [_match(opened, model_id, since) for model_id in model_ids]
    if args.format == "json":
        document: Matches = {
            "schema_version": READS_SCHEMA,
            **said(args),
            "matches": rows,
            "total": total,
            "snapshot": opened.meta(),
        }
        output.write_json(document)
        return
    many = f"{len(rows)} of {total:,}{'+' if total >= search.COUNTED else ''}" if total > len(rows) else str(total)
    note = f"{many} model{'s fit' if total != 1 else ' fits'}: type one of them, or --first for the top one"
    if left_out:
        note += f"\n{left_out} more are left out by the filters"
    if total > len(rows) and words:
        note += f"\nall of them: hfp models {' '.join(words)}{' with these filters' if left_out else ''}"
    output.listing(args, MATCH_FIELDS, rows, opened, note)


def _match(opened: Catalog, model_id: str, since: str | None) -> Match:
    row, offers = opened.model(model_id) or exact.bare_model(model_id), opened.offers(model_id)
    return {
        "model_id": model_id,
        "pipeline_tag": row["pipeline_tag"],
        "parameters": row["parameters"],
        "providers": len({offer["provider"] for offer in offers}),
        "live_offers": sum(ranking.is_live(offer, since) for offer in offers),
        "likes": row["likes"],
        "downloads": row["downloads"],
    }


MATCH_FIELDS = (
    output.Field("model_id", Column("Model")),
    output.Field("pipeline_tag", Column("Task", spare=3)),
    output.Field("parameters", Column("Params", right=True), short),
    output.Field("providers", Column("Providers", right=True)),
    output.Field("live_offers", Column("Live", right=True)),
    output.Field("likes", Column("Likes", right=True, spare=4), short),
)
