"""The catalogue in the form that another project reads, printed; what is not in it is counted on stderr.

Only live chat offers, and only what a source stated: an unknown price is left out, never 0. --cheapest and --fastest
write that one offer of each model.
"""

from __future__ import annotations

import sys

from hf_providers.cli import filters, resolve_model, validation
from hf_providers.cli.exits import NOTHING_FOUND, OK, USAGE, Stop
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
    """Print the file; nothing where no offer would be in it.

    Raises:
        Stop: no offer passes the filters, or the form can say nothing of those that do; or --format was given.
    """
    if options.format != "table":
        raise Stop(USAGE, f"{options.form} has a format of its own", "leave --format and --json out")
    with resolve_model.catalog(options) as catalog:
        validation.check(options, catalog)
        regions = {row["provider"]: row["regions"] for row in catalog.providers()}
        every = catalog.offers()
        offers = filters.narrow(options, catalog, every, regions)
        rule = "cheapest" if options.cheapest else "fastest" if options.fastest else None
        found = export(options.form, catalog, offers, rule, options.mix, include_old=options.include_old)
        said = _said(options.form, found, len(every) - len(offers), catalog.meta()["checked_at"])
    if not found.count:
        raise Stop(NOTHING_FOUND, f"no offer to write: {said}", "leave a filter out")
    sys.stdout.write(found.text)
    print(said, file=sys.stderr)
    return OK


def _said(form: str, found: Export, filtered: int, observed_at: str) -> str:
    """Return in a line what was written and what was not."""
    reasons = ({"by the filters": filtered} if filtered else {}) | found.left_out
    told = [f"{form} of {observed_at[:10]}: {found.count} offers"]
    if reasons:
        told.append("left out: " + ", ".join(f"{count} {why}" for why, count in reasons.items()))
    return "; ".join([*told, *found.notes])
