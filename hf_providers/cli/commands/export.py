"""Print the catalogue in another project's format; stderr says how many offers are left out.

Only live chat offers, and only what a source stated: an unknown price is left out, never 0. --cheapest and --fastest
write that one offer of each model.
"""

from __future__ import annotations

import sys

from hf_providers.cli import filters
from hf_providers.cli.exits import NOTHING_FOUND, OK, USAGE, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.export import FORMS, export

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.cli.option_types import FilterOptions
    from hf_providers.export.selection import Export

    class ExportOptions(FilterOptions):
        """`hfp export`."""

        form: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    forms = "; ".join(f"{name}: {what}" for name, what in FORMS.items())
    parser.add_argument("form", choices=FORMS, metavar="FORM", help=forms)
    filters.arguments(parser)


def main(options: ExportOptions) -> int:
    """Print the file; print nothing if no offer would be in it.

    Raises:
        Stop: no offer passes the filters, the form can express none of them, or --format was set.
    """
    if options.format != "table":
        raise Stop(USAGE, f"{options.form} is printed in its own format", "leave --format and --json out")
    with open_catalog(options.snapshot) as catalog:
        filters.check(options, catalog)
        regions = {row["provider"]: row["regions"] for row in catalog.providers()}
        all_offers = catalog.offers()
        offers = filters.narrow(options, catalog, all_offers, regions)
        rule = "cheapest" if options.cheapest else "fastest" if options.fastest else None
        exported = export(options.form, catalog, offers, rule, options.mix, include_old=options.include_old)
        summary = _summary(options.form, exported, len(all_offers) - len(offers), catalog.meta()["checked_at"])
    if not exported.count:
        raise Stop(NOTHING_FOUND, f"no offer to write: {summary}", "leave a filter out")
    sys.stdout.write(exported.text)
    print(summary, file=sys.stderr)
    return OK


def _summary(form: str, exported: Export, filtered: int, observed_at: str) -> str:
    """Return a line that says what was written and what was left out."""
    reasons = ({"by the filters": filtered} if filtered else {}) | exported.left_out
    parts = [f"{form} of {observed_at[:10]}: {exported.count} offers"]
    if reasons:
        parts.append("left out: " + ", ".join(f"{count} {why}" for why, count in reasons.items()))
    return "; ".join([*parts, *exported.notes])
