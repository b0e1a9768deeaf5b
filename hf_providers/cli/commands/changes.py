"""What changed lately: prices, offers and providers that came or went, context and capabilities.

With --exit-code the exit code is 0 if something changed and 1 if nothing did; an unknown model, provider or kind is
then a usage error, 2.
"""

from __future__ import annotations

from hf_providers.cli import filters, output, resolve_model, times, validation
from hf_providers.cli.exits import AMBIGUOUS, NOTHING_FOUND, OK, USAGE, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.cli.table import Column
from hf_providers.documents.history import changes, week_before
from hf_providers.text import UNKNOWN, day, price

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.catalog.row_types import ChangeRow
    from hf_providers.cli.option_types import MatchOptions
    from hf_providers.documents.types import Asked

    class ChangesOptions(MatchOptions):
        """`hfp changes`."""

        since: str | None
        model: str | None
        provider: list[str] | None
        kind: str | None
        limit: int
        exit_code: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--since", type=times.since, metavar="D", help="since a date or for days (default: 7d before the snapshot)"
    )
    parser.add_argument("--model", metavar="M", help="only this model: its id or name; M:PROVIDER pins a provider")
    parser.add_argument("--first", action="store_true", help="take the first of the list where several models fit")
    filters.provider_argument(parser)
    parser.add_argument(
        "--kind", metavar="K", help="only this kind: price, added, gone, context, tools, structured_output, …"
    )
    parser.add_argument(
        "--limit", type=filters.count, default=50, metavar="N", help="show at most N (default: 50; 0 is all)"
    )
    parser.add_argument(
        "--exit-code", action="store_true", help="exit 1 where nothing changed: for a job that reports changes"
    )


def main(options: ChangesOptions) -> int:
    """List the changes, the newest first. That nothing changed is an answer, too.

    Raises:
        Stop: what is asked for is unknown.
    """
    try:
        return _listed(options)
    except Stop as stop:
        # A job would take 1 for "nothing changed", for ever.
        if options.exit_code and stop.code == NOTHING_FOUND:
            raise Stop(USAGE, str(stop), stop.hint) from None
        raise


def _listed(options: ChangesOptions) -> int:
    with open_catalog(options.snapshot) as catalog:
        named, picked = options.provider or [], None
        if options.model:
            picked = resolve_model.model(options, [options.model], catalog, providers=named, former=True)
            if picked is None:
                return AMBIGUOUS
        model_id = picked.model_id if picked else None
        typed: Asked | dict[str, str] = picked.asked if picked else {}
        providers = [picked.provider] if picked and picked.provider else named
        for name in providers:
            validation.provider(name, catalog)
        since = options.since or week_before(catalog.meta()["checked_at"])
        rows = changes(catalog, since, providers=providers, model_id=model_id, kind=options.kind and kind(options.kind))
        shown = rows[: options.limit or None]
        counted = f"{len(shown)} of {len(rows)} changes" if rows else "no change observed"
        note = f"{counted} since {since[:10]}"
        if options.format in {"table", "markdown"}:
            shown = [readable(row) for row in shown]
        output.listing(options, FIELDS, shown, catalog, note, since=since, total=len(rows), **typed)
    return NOTHING_FOUND if options.exit_code and not rows else OK


def kind(name: str) -> str:
    """Return a kind of change.

    Raises:
        Stop: there is none of this name.
    """
    from hf_providers.catalog.schema import CHANGE_KINDS

    if name not in CHANGE_KINDS:
        raise Stop(NOTHING_FOUND, f"no change is called {name[:60]!r}", f"one of: {', '.join(CHANGE_KINDS)}")
    return name


def readable(row: ChangeRow) -> ChangeRow:
    """Return a change with readable prices, input / output, short enough to show both."""
    if row["kind"] != "price":
        return row
    return {**row, "before": _short_prices(row["before"]), "after": _short_prices(row["after"])}


def _short_prices(side: str | None) -> str | None:
    return "/".join(map(price, side.split(" / "))) if side else side


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f}%" if abs(value) < 99.95 else f"{value:+.0f}%"


def _times(value: int | None) -> str:
    """Return how often it went back and forth within the day; empty where it did not."""
    return f"×{value}" if value is not None and value > 1 else ""


def _text(value: str | None) -> str:
    return UNKNOWN if value is None else value


FIELDS = (
    output.Field("changed_at", Column("When"), day),
    output.Field("kind", Column("What", least=8, spare=1)),
    output.Field("provider", Column("Provider")),
    output.Field("model_id", Column("Model"), _text),
    output.Field("before", Column("Before"), _text),
    output.Field("after", Column("After"), _text),
    output.Field("percent", Column("", right=True, spare=2), _percent),
    output.Field("times", Column("", spare=3), _times),
    output.Field("task"),
    output.Field("source_before"),
    output.Field("source"),
)
