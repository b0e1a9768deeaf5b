"""Who serves a model, at what price, how fast, and is it ready: answered from the snapshot, offline."""

from __future__ import annotations

import sys

from hf_providers.cli import filters, output, resolve_model
from hf_providers.cli.exits import AMBIGUOUS, NETWORK, NOTHING_FOUND, OK, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.documents import answer
from hf_providers.text import clean, day

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.cli.option_types import FilterOptions, ModelOptions
    from hf_providers.documents.types import Answer

    class AnswerOptions(ModelOptions, FilterOptions):
        """`hfp MODEL`."""

        live: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    filters.arguments(parser)
    parser.add_argument("--live", action="store_true", help="ask the Hub first; where that fails, the snapshot answers")
    parser.add_argument("--version", action="version", version=_version())


def _version() -> str:
    from hf_providers import __version__

    return f"hf-providers {__version__}"


def main(options: AnswerOptions) -> int:
    """Answer, or list what fits."""
    with open_catalog(options.snapshot) as opened:
        filters.check(options, opened)
        named, live = options.provider or (), options.live
        unlisted = resolve_model.unlisted(options.model, opened, named) if live else None
        picked = unlisted or resolve_model.model(
            options, options.model, opened, providers=named, filters=options, live=live
        )
        if picked is None:
            return AMBIGUOUS
        model_id, options = picked.model_id, _pinned(options, picked)
        if not options.live:
            filters.check(options, opened)
        catalog, note = _refreshed(opened, model_id, spare=not unlisted) if options.live else (opened, "")
        model_id = getattr(catalog, "model_id", model_id)  # as the Hub calls it now
        document = gather(options, catalog, model_id)
        if options.format == "json":
            output.write_json({"schema_version": document["schema_version"], **picked.asked, **document})
        elif options.format == "table":
            from hf_providers.cli import answer_view

            print("\n".join(answer_view.lines(options, catalog, document)))
        else:
            from hf_providers.cli import offers_table

            fields = offers_table.fields(document["offers"], catalog.recent_since())
            output.listing(options, fields, document["offers"], catalog)
        all_offers = catalog.offers(model_id)
        if note:
            print(clean(note), file=sys.stdout if options.format == "table" else sys.stderr)
    if not document["offers"]:
        raise _nothing_passes(options, model_id, all_offers, document["model"].get("last_seen_at"))
    return OK


def _pinned(options: AnswerOptions, picked: resolve_model.Picked) -> AnswerOptions:
    """Return the options with what `MODEL:PROVIDER` or `MODEL:cheapest` says, too; an option outranks the latter."""
    if picked.provider:
        options = options.replaced(provider=[picked.provider])
    if options.cheapest or options.fastest:
        return options
    return options.replaced(cheapest=picked.policy == "cheapest", fastest=picked.policy == "fastest")


def _nothing_passes(
    options: AnswerOptions, model_id: str, all_offers: list[OfferRow], last_seen_at: str | None
) -> Stop:
    """Return why there is no offer: that provider does not serve it, nobody does, or a filter is too narrow."""
    if not all_offers and last_seen_at:
        message = f"{model_id} was served on {day(last_seen_at)}, by whom is not recorded"
        return Stop(NOTHING_FOUND, message, f"who serves it now: hfp status {model_id}")
    if not all_offers:
        return Stop(NOTHING_FOUND, f"no provider serves {model_id}", "look for a variant that is served: hfp models")
    serving = sorted({offer["provider"] for offer in all_offers})
    if options.provider and not set(options.provider) & set(serving):
        who, does = ", ".join(options.provider), "does" if len(options.provider) == 1 else "do"
        return Stop(NOTHING_FOUND, f"{who} {does} not serve {model_id}", f"these do: {', '.join(serving)}")
    return Stop(
        NOTHING_FOUND, f"none of the {len(all_offers)} offers of {model_id} passes these filters", "leave one out"
    )


def _refreshed(catalog: Catalog, model_id: str, *, spare: bool) -> tuple[Catalog, str]:
    """Return the catalog with the model's offers as they are now, and a line that says so.

    Args:
        catalog: The snapshot.
        model_id: The model.
        spare: Whether the snapshot has an answer of its own, for where the Hub gives none.

    Raises:
        Stop: neither has an answer.
    """
    import os

    from hf_providers.errors import HubError, HubNotFound
    from hf_providers.live.refresh import refreshed

    try:
        live = refreshed(catalog, model_id, os.environ)
    except HubError as error:
        if spare:
            return catalog, f"not refreshed: {error}; this is the snapshot's answer"
        if isinstance(error, HubNotFound):
            raise resolve_model.unknown_to_the_hub(catalog, model_id) from None
        raise Stop(NETWORK, str(error), error.hint) from None
    if live[0].model_id != model_id:
        resolve_model.say_read_as(model_id, live[0].model_id)
    return live


def gather(options: FilterOptions, catalog: Catalog, model_id: str) -> Answer:
    """Return the whole answer in the form of its JSON, the filters obeyed."""
    regions = {row["provider"]: row["regions"] for row in catalog.providers()} if options.region else {}
    offers = filters.narrow(options, catalog, catalog.offers(model_id), regions)
    return answer.document(catalog, model_id, offers, options.mix, include_old=options.include_old)
