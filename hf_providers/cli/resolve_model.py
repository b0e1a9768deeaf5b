"""Find the model of the snapshot that was typed, or print the models that fit and return that exit code."""

from __future__ import annotations

import sys

from hf_providers.catalog import exact, pasted, search
from hf_providers.catalog.database import READS_SCHEMA, Catalog
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
    from hf_providers.cli.option_types import FilterOptions, MatchOptions, OutputOptions
    from hf_providers.documents.types import Asked, Match, Matches

SHOWN = 20
"""Models that are listed where several fit."""
MOST_NARROWED = 120
"""Models that filters narrow: as many as a search ranks, candidates.CANDIDATES."""


def arguments(parser: argparse.ArgumentParser, *, many: bool = True) -> None:
    """Add the words that name a model."""
    parser.add_argument(
        "model",
        nargs="*" if many else "?",
        metavar="MODEL",
        help="an id, a name, or words of it; MODEL:PROVIDER pins a provider",
    )
    parser.add_argument("--first", action="store_true", help="take the first of the list where several fit")


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


class Picked:
    """The model that is meant.

    Attributes:
        model_id: Its id.
        provider: The provider that `MODEL:provider` pins.
        policy: The router's policy that `MODEL:fastest` and the like name.
        asked: What was typed and how it was understood, as JSON has it.
    """

    __slots__ = ("asked", "model_id", "policy", "provider")

    def __init__(self, model_id: str, provider: str | None, policy: str | None, asked: Asked) -> None:
        self.model_id = model_id
        self.provider = provider
        self.policy = policy
        self.asked = asked


def typed(words: Sequence[str], opened: Catalog, providers: Sequence[str] = (), *, live: bool = False) -> Typed:
    """Return what was typed, split into name and suffix.

    Args:
        words: What was typed.
        opened: The snapshot.
        providers: Those that --provider names: one that is pinned must be among them.
        live: Whether the Hub itself is asked: then a provider need not be known to the snapshot.

    Raises:
        Stop: nothing was typed; an address of no model; a provider that the snapshot does not know.
    """
    text = " ".join(words).strip()
    read = pasted.read(text)
    if not text.strip(": "):
        raise Stop(USAGE, "which model?", "type a name, as in: hfp deepseek-r1, or hfp --help")
    if read.foreign:
        raise Stop(
            NOTHING_FOUND, f"{text[:100]} is not the page of a model on the Hub", "give its id, as in owner/name"
        )
    inner = pasted.without_prefix(read.text)
    if inner and not opened.model(read.text):  # there is an owner huggingface, too
        read.text, read.provider = inner.text, inner.provider
    asked = Typed(read.text, read.provider)
    if read.provider:
        _check_provider(opened, read.provider, live=live)
    if read.suffix not in {None, "", "latest"}:  # Ollama's latest says nothing of the model
        _take_suffix(opened, asked, read, live=live)
    _check_pin(asked.provider, providers)
    return asked


def _check_pin(pinned: str | None, providers: Sequence[str]) -> None:
    """Refuse another provider beside the one that `MODEL:provider` pins.

    Raises:
        Stop: --provider names others alone.
    """
    if pinned and providers and pinned not in providers:
        raise Stop(
            USAGE, f"both :{pinned} and --provider {', '.join(providers)} name a provider", "leave one of them out"
        )


def _take_suffix(opened: Catalog, asked: Typed, read: pasted.Pasted, *, live: bool) -> None:
    """Read what follows the last colon as a policy, a provider, a part of a provider's own id, or a word."""
    suffix = read.suffix or ""
    if suffix in pasted.POLICIES:
        asked.policy = suffix
    elif _serves(opened, suffix):
        asked.provider = suffix
    elif exact.exact(opened, read.whole):  # replicate's own ids have a version after a colon
        asked.query = read.whole
    elif not read.is_id:
        asked.query, asked.tag = f"{read.text} {suffix}", suffix
    elif live or exact.exact(opened, read.text):
        _check_provider(opened, suffix, live=live)
        asked.provider = suffix
    # Else the model is unknown, whatever follows it: perhaps a quantisation, as in hf.co/owner/name-GGUF:Q4_K_M.


def _check_provider(opened: Catalog, name: str, *, live: bool) -> None:
    """Refuse a provider that the snapshot does not know, unless the Hub itself is asked.

    Raises:
        Stop: there is none.
    """
    if live or _serves(opened, name):
        return
    from hf_providers.cli import validation

    validation.provider(name, opened)


def _serves(opened: Catalog, name: str) -> bool:
    return bool(opened.provider(name) or opened.query("SELECT 1 FROM offers WHERE provider = ? LIMIT 1", (name,)))


def model(
    options: MatchOptions,
    words: Sequence[str],
    opened: Catalog,
    *,
    providers: Sequence[str] = (),
    filters: FilterOptions | None = None,
    former: bool = False,
    live: bool = False,
) -> Picked | None:
    """Return the model that is meant; None where a list of matches was printed.

    Args:
        options: What to do where several models fit.
        words: What was typed.
        opened: The snapshot.
        providers: Those that --provider names.
        filters: What narrows the models, where several fit.
        former: Whether a model will do that is known from history alone.
        live: Whether the Hub itself is asked.

    Raises:
        Stop: nothing was typed, or nothing like it is in the snapshot, or only in its histories.
    """
    asked = typed(words, opened, providers, live=live)
    matches = search.find(opened, asked.query, SHOWN, asked.provider)
    _check_words(opened, asked, matches)
    if matches.matched_by == "nearest" or not matches.model_ids:
        raise Stop(NOTHING_FOUND, *_nothing(asked.query, matches.model_ids, exact.own_ids(opened, asked.query)))
    if not matches.listed and not former:
        raise _no_longer(opened, matches)
    understood: Asked = {"query": asked.query, "matched_by": matches.matched_by}
    picked = Picked(matches.model_ids[0], asked.provider, asked.policy, understood)
    if not matches.clear:
        return _one_of(options, opened, picked, matches, filters)
    _say(matches.read_as)
    return picked


def _check_words(opened: Catalog, asked: Typed, matches: Found) -> None:
    """Refuse a suffix without a meaning, and words that name a provider or a command.

    Raises:
        Stop: one of them is.
    """
    if asked.tag and matches.matched_by in {"typo", "nearest"}:
        raise _no_tag(opened, asked, matches)
    if matches.matched_by not in {"id", "name"}:
        from hf_providers.cli import other_words

        other_words.refuse(opened, asked.query, matches)


def unlisted(
    words: Sequence[str], opened: Catalog, providers: Sequence[str] = (), *, live: bool = True
) -> Picked | None:
    """Return what was typed where it is an id that the snapshot has no offer of: the Hub may know one.

    Raises:
        Stop: nothing was typed, or an address of no model.
    """
    asked = typed(words, opened, providers, live=live)
    matches = exact.exact(opened, asked.query, asked.provider)
    if matches and matches.listed:
        return None
    if matches and matches.clear:
        asked.query = matches.model_ids[0]
    if asked.query.count("/") != 1:
        return None
    matched_by = "id" if matches is None or matches.matched_by == "nearest" else matches.matched_by
    return Picked(asked.query, asked.provider, asked.policy, {"query": asked.query, "matched_by": matched_by})


def say_read_as(typed_id: str, model_id: str) -> None:
    """Say on stderr that an id was read as another one."""
    _say([(typed_id, model_id)])


def _say(read_as: Sequence[tuple[str, str]]) -> None:
    """Say on stderr which names were read as another one."""
    if read_as:
        from hf_providers.text import clean

        print(clean(", ".join(f"{one} was read as {other}" for one, other in read_as)), file=sys.stderr)


def _nothing(query: str, nearest: Sequence[str], own: Sequence[tuple[str, str]] = ()) -> tuple[str, str]:
    """Return the error that there is no such model, with the nearest names or the provider whose own id it is."""
    like = "" if "/" in query else "like "
    if own:
        provider, model_id = own[0]
        hint = f"that is {provider}'s id of {model_id}: hfp {query}:{provider}"
        return f"no model {like}{query[:100]!r} in the snapshot", hint
    hint = f"nearest: {', '.join(nearest[:5])}" if nearest else "browse them: hfp models"
    if "/" in query and len(query) <= search.MAX_QUERY:
        hint += f"; one newer than the snapshot: hfp status {query}"
    return f"no model {like}{query[:100]!r} in the snapshot", hint


def unknown_to_the_hub(opened: Catalog, model_id: str) -> Stop:
    """Return the error that the Hub has no such model, with what the snapshot knows of it or the nearest names."""
    message = f"the Hub has no model {model_id}, or it is private"
    if opened.model(model_id):
        day = opened.meta()["checked_at"][:10]
        return Stop(NOTHING_FOUND, message, f"the snapshot of {day} has it: hfp {model_id}")
    served = exact.last_served(opened, model_id)
    if served:
        return Stop(NOTHING_FOUND, f"{message}; {served}", f"what it cost: hfp history {model_id}")
    near = ", ".join(search.find(opened, model_id).model_ids[:5])
    return Stop(NOTHING_FOUND, message, f"check the spelling{'; nearest: ' if near else ''}{near}")


def _no_tag(opened: Catalog, asked: Typed, matches: Found) -> Stop:
    """Return the error that a suffix is neither a provider nor a word of a model's name."""
    from hf_providers.cli import validation

    near = validation.nearest(asked.tag or "", [row["provider"] for row in opened.providers()])
    message = f"no provider {asked.tag!r:.60} in the snapshot, and no model like {asked.query[:100]!r}"
    return Stop(NOTHING_FOUND, message, near or _nothing(asked.query, matches.model_ids)[1])


def _no_longer(opened: Catalog, matches: Found) -> Stop:
    """Return the error that the snapshot has no offer of a model, with when it was last served and by whom."""
    if len(matches.model_ids) > 1:
        names = ", ".join(matches.model_ids[:5])
        return Stop(NOTHING_FOUND, f"{matches.total} models fit, all known from history alone", f"one of: {names}")
    model_id = matches.model_ids[0]
    message = f"the snapshot has no offer of {model_id}: {exact.last_served(opened, model_id)}"
    return Stop(NOTHING_FOUND, message, f"what it cost: hfp history {model_id}; now: hfp status {model_id}")


def _one_of(
    options: MatchOptions, opened: Catalog, picked: Picked, matches: Found, filters: FilterOptions | None
) -> Picked | None:
    """Print the models that fit; or return the only one that passes the filters, or with --first the first.

    Raises:
        Stop: none passes the filters.
    """
    query = picked.asked["query"]
    narrowing = filters if filters is not None and _narrows(filters) else None
    if narrowing:
        matches = search.find(opened, query, MOST_NARROWED, picked.provider)
    kept = matches.model_ids if narrowing is None else _narrowed(narrowing, opened, matches.model_ids)
    if not kept:
        message = f"none of the {len(matches.model_ids)} best matches of {query[:60]!r} passes these filters"
        raise Stop(NOTHING_FOUND, message, "leave one out")
    left_out = len(matches.model_ids) - len(kept)
    _say(matches.read_as)
    if options.first or (len(kept) == 1 and left_out):
        return Picked(kept[0], picked.provider, picked.policy, picked.asked)
    total = len(kept) if left_out else matches.total
    if options.format == "json":
        _write_matches(opened, picked.asked, kept[:SHOWN], total)
    else:
        _show(options, opened, kept[:SHOWN], total, matches.words, left_out)
    return None


def _narrows(options: FilterOptions) -> bool:
    from hf_providers.cli import filters

    return bool(options.cheapest or options.fastest or filters.tests(options, {}, None))


def _narrowed(options: FilterOptions, opened: Catalog, model_ids: Sequence[str]) -> list[str]:
    """Return the models that have an offer which passes the filters, by their best one where an order is asked for."""
    from hf_providers.cli import filters

    regions = {row["provider"]: row["regions"] for row in opened.providers()}
    best = {name: filters.narrow(options, opened, opened.offers(name), regions)[:1] for name in model_ids}
    best = {name: first for name, first in best.items() if first}
    kept = list(best)
    since = filters.recent_since(options, opened)
    if options.cheapest:
        kept.sort(
            key=lambda name: (
                not ranking.is_priced(best[name][0], since),
                *ranking.price_key(best[name][0], options.mix),
            )
        )
    elif options.fastest:
        kept.sort(key=lambda name: (not ranking.is_measured(best[name][0], since), ranking.speed_key(best[name][0])))
    return kept


def _write_matches(opened: Catalog, asked: Asked, model_ids: Sequence[str], total: int) -> None:
    """Print the models that fit, or the first of them, as `{"matches": […]}`."""
    since = opened.recent_since()
    document: Matches = {
        "schema_version": READS_SCHEMA,
        **asked,
        "matches": [_match(opened, model_id, since) for model_id in model_ids],
        "total": total,
        "snapshot": opened.meta(),
    }
    output.write_json(document)


def _show(
    options: OutputOptions, opened: Catalog, model_ids: Sequence[str], total: int, words: list[str], left_out: int
) -> None:
    """Print the models that fit, or the first of them, as a table, with the command that lists them all."""
    since = opened.recent_since()
    rows = [_match(opened, model_id, since) for model_id in model_ids]
    many = f"{len(rows)} of {total:,}{'+' if total >= search.COUNTED else ''}" if total > len(rows) else str(total)
    note = f"{many} model{'s fit' if total != 1 else ' fits'}: type one of them, or --first for the top one"
    if left_out:
        note += f"\n{left_out} more are left out by the filters"
    if total > len(rows) and words:
        note += f"\nall of them: hfp models {' '.join(words)}{' with these filters' if left_out else ''}"
    output.listing(options, MATCH_FIELDS, rows, opened, note)


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
