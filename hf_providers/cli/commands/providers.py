"""Who serves: all providers, one provider's offers, or (--compare MODEL) the providers of one model."""

from __future__ import annotations

from hf_providers.cli import filters, output
from hf_providers.cli.exits import AMBIGUOUS, NOTHING_FOUND, OK, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.cli.table import Column
from hf_providers.documents.answer import blended_text
from hf_providers.rules.ranking import is_live
from hf_providers.text import UNKNOWN, clean, day, folded, price, width

LIST = "hub-list"
"""The source name of the Hub's list of a provider."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import ProviderRow
    from hf_providers.cli.option_types import FilterOptions, MatchOptions
    from hf_providers.documents.types import ComparedOffer

    class ProvidersOptions(MatchOptions, FilterOptions):
        """`hfp providers`."""

        name: str | None
        compare: list[str] | None
        limit: int


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="show this provider's offers")
    parser.add_argument("--compare", nargs="+", metavar="MODEL", help="compare the providers of this model")
    parser.add_argument("--first", action="store_true", help="take the first of the list where several models fit")
    filters.arguments(parser)
    parser.add_argument(
        "--limit", type=filters.count, default=50, metavar="N", help="show at most N offers (default: 50; 0 is all)"
    )


def main(options: ProvidersOptions) -> int:
    """List, show or compare."""
    with open_catalog(options.snapshot) as catalog:
        filters.check(options, catalog)
        if options.compare:
            return compare(options, options.compare, catalog)
        return show(options, options.name.lower(), catalog) if options.name else every(options, catalog)


def every(options: ProvidersOptions, catalog: Catalog) -> int:
    """List all providers, the one with most live offers first; --task and the other filters count what passes them."""
    rows = catalog.providers()
    tests = filters.tests(
        options, {row["provider"]: row["regions"] for row in rows}, filters.recent_since(options, catalog)
    )
    since = catalog.recent_since()
    if tests:
        passing = [offer for offer in catalog.offers() if all(test(offer) for test in tests)]
        for row in rows:
            mine = [offer for offer in passing if offer["provider"] == row["provider"]]
            row["models"] = len({offer["model_id"] for offer in mine})
            row["live_offers"] = sum(is_live(offer, since) for offer in mine)
        rows = [row for row in rows if row["models"]]
    if not rows:
        raise Stop(NOTHING_FOUND, "no provider passes these filters", "leave one out")
    rows.sort(key=lambda row: (-row["live_offers"], row["provider"]))
    output.listing(
        options, FIELDS, rows, catalog, f"live: offers that were seen live since {day(since)}" if since else ""
    )
    return OK


def show(options: ProvidersOptions, name: str, catalog: Catalog) -> int:
    """List one provider's offers that pass the filters."""
    from hf_providers.catalog.exact import bare_provider
    from hf_providers.cli import offers_table, validation

    validation.provider(name, catalog)
    provider = catalog.provider(name) or bare_provider(name)
    regions = {name: provider["regions"]}
    offers = filters.narrow(options, catalog, catalog.offers(provider=name), regions)
    if not offers:
        raise _nothing(name, provider)
    shown = offers[: options.limit or None]
    if options.format == "table":
        screen, since = output.Screen(options.color), catalog.recent_since()
        body = [
            *heading(screen, provider),
            output.as_of(screen, catalog),
            *offers_table.lines(screen, shown, catalog.meta(), since, several=True),
        ]
        print("\n".join([*body, "", f"{len(shown)} of {len(offers)} offers shown", output.footer(screen, catalog)]))
    else:
        fields = offers_table.fields(shown, catalog.recent_since(), several=True)
        output.listing(options, fields, shown, catalog, provider=provider, total=len(offers))
    return OK


def _nothing(name: str, provider: ProviderRow) -> Stop:
    if provider["models"]:
        message = f"none of the {provider['models']} models of {name} passes these filters"
        return Stop(NOTHING_FOUND, message, "leave one out")
    seen = f"; it was last seen to serve one on {day(provider['last_seen'])}" if provider["last_seen"] else ""
    return Stop(NOTHING_FOUND, f"{name} serves no model{_ended(provider)}{seen}", "see who does: hfp providers")


def _ended(provider: ProviderRow) -> str:
    """Return since when a provider serves nothing, with the source; empty if its end was not observed."""
    if not provider["ended_at"]:
        return ""
    how = "its list was empty on" if provider["ended_source"] == LIST else "it was removed on"
    source = "" if provider["ended_source"] == LIST else f" ({clean(provider['ended_source'] or UNKNOWN)})"
    return f": {how} {day(provider['ended_at'])}{source}"


def heading(screen: output.Screen, provider: ProviderRow) -> list[str]:
    """Return the provider's name and facts; what is not known is left out."""
    facts = [
        provider["homepage"],
        f"{provider['models']} models",
        f"{provider['live_offers']} live offers",
        f"regions {', '.join(provider['regions'])}" if provider["regions"] else None,
        "stale: its last crawl failed" if provider["stale"] else None,
    ]
    described = " · ".join(clean(fact) for fact in facts if fact)
    name = clean(provider["name"] or provider["provider"])
    if width(name) + width(described) + 3 <= screen.cells:
        return [f"{screen.style('bold', name)}   {described}", ""]
    return [screen.style("bold", name), *folded(f"  {described}", screen.cells), ""]


def compare(options: ProvidersOptions, words: list[str], catalog: Catalog) -> int:
    """Compare the providers of one model, each with its blended price at --mix."""
    from hf_providers.cli import answer_view, offers_table, resolve_model
    from hf_providers.cli.commands import answer

    picked = resolve_model.model(options, words, catalog, providers=options.provider or (), filters=options)
    if picked is None:
        return AMBIGUOUS
    model_id = picked.model_id
    if picked.provider:
        options = options.replaced(provider=[picked.provider])
    regions = {row["provider"]: row["regions"] for row in catalog.providers()}
    offers = filters.narrow(options, catalog, catalog.offers(model_id), regions)
    if not offers:
        raise Stop(NOTHING_FOUND, f"no offer of {model_id} passes these filters", "leave one out")
    rows: list[ComparedOffer] = [
        {**offer, "blended_usd_per_mtok": blended_text(offer, options.mix)} for offer in offers
    ]
    blended = output.Field("blended_usd_per_mtok", Column(f"at {options.mix[0]}:{options.mix[1]}", right=True), price)
    if options.format == "table":
        screen, since = output.Screen(options.color), catalog.recent_since()
        document = answer.gather(options, catalog, model_id)
        body = [
            *offers_table.lines(screen, rows, catalog.meta(), since, more=[blended]),
            *answer_view.picks(options, screen, document),
        ]
        print("\n".join([output.as_of(screen, catalog, clean(model_id)), *body, "", output.footer(screen, catalog)]))
    else:
        fields = offers_table.fields(rows, catalog.recent_since())
        output.listing(options, [*fields, blended], rows, catalog, model_id=model_id, **picked.asked)
    return OK


def _names(value: list[str] | None) -> str:
    return ", ".join(value) if value else UNKNOWN


def _state(stale: bool) -> str:
    return "stale" if stale else ""


FIELDS = (
    output.Field("provider", Column("Provider")),
    output.Field("name", Column("Name", least=10, spare=3)),
    output.Field("models", Column("Models", right=True)),
    output.Field("live_offers", Column("Live", right=True)),
    output.Field("regions", Column("Regions", spare=2), _names),
    output.Field("last_seen", Column("Last seen"), day),
    output.Field("ended_at", Column("Ended", spare=1), day),
    output.Field("stale", Column("", spare=1), _state),
    output.Field("kind"),
    output.Field("hub_org"),
    output.Field("homepage"),
    output.Field("region_source"),
    output.Field("first_seen"),
    output.Field("active"),
    output.Field("ended_source"),
    output.Field("source"),
)
