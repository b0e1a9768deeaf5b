"""Offers as a table: chat offers with price, speed and capabilities, others with what they are measured by."""

from __future__ import annotations

from hf_providers.cli import table
from hf_providers.cli.output import Field, Screen
from hf_providers.cli.table import Column
from hf_providers.documents import listing
from hf_providers.rules.readiness import spoken
from hf_providers.rules.recency import is_recent
from hf_providers.text import UNKNOWN, clean, day, folded, price, rounded, seconds, tick, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_providers.catalog.row_types import AnyRow, OfferRow, SnapshotMeta

MARK = {"hot": "●", "warm": "◐", "cold": "○", "unavailable": "✗"}
COLOR = {"hot": "green", "warm": "yellow", "cold": "dim", "unavailable": "red"}


def _ready(offer: AnyRow, since: str | None) -> str:
    """Return an offer's readiness; for an offer that is not live its status, for an old one when it was seen."""
    ready = offer["readiness"]
    if not is_recent(offer["observed_at"], since):
        state = "– seen" if offer["status"] == "live" else f"✗ {offer['status']}"
        return f"{state} {day(offer['observed_at'])}"
    state = spoken(offer) if offer["status"] == "live" else offer["status"]
    return f"{MARK[ready]} {state}{' (old)' if offer['stale'] else ''}"


_FIELDS = {
    field.key: field
    for field in (
        Field("model_id", Column("Model")),
        Field("provider", Column("Provider")),
        Field("readiness", Column("Ready")),
        Field("task", Column("Task", least=10, spare=1)),
        Field("input_usd_per_mtok", Column("In $/1M", right=True), price),
        Field("output_usd_per_mtok", Column("Out $/1M", right=True), price),
        Field("throughput_tps", Column("Tok/s", right=True), rounded),
        Field("ttft_ms", Column("TTFT", right=True, spare=2), seconds),
        Field("context_length", Column("Context", right=True, spare=3), tokens),
        Field("supports_tools", Column("Tools", spare=4), tick),
        Field("supports_structured_output", Column("JSON", spare=5), tick),
        Field("request_latency_ms", Column("Latency", right=True), seconds),
        Field("type", Column("Mapping", spare=2)),
        Field("provider_model_id", Column("Provider's model", spare=3), lambda own: own or UNKNOWN),
    )
}


def fields(offers: Sequence[OfferRow], since: str | None = None, *, several: bool = False) -> list[Field]:
    """Return the columns that suit these offers; a listing's JSON and CSV have all that an offer has.

    Args:
        offers: The offers to show.
        since: From when on an observation is recent: an older offer shows when it was seen.
        several: Whether they are one provider's of several models, so that the model is what tells them apart.
    """
    shown, rest = listing.offer_columns(offers, several=several)
    ready = Field("readiness", Column("Ready"), of=lambda offer: _ready(offer, since))
    return [*((_FIELDS | {ready.key: ready})[key] for key in shown), *(Field(key) for key in rest)]


def lines(
    screen: Screen,
    offers: Sequence[OfferRow],
    snapshot: SnapshotMeta,
    since: str | None,
    *,
    several: bool = False,
    more: Sequence[Field] = (),
) -> list[str]:
    """Return the table's lines, indented, with readiness in colour, old offers dim and each with its date.

    Args:
        screen: Where they are shown.
        offers: The offers.
        snapshot: Its facts about itself: dates equal to its day are not repeated.
        since: From when on an observation is recent.
        several: Whether they are one provider's of several models.
        more: Further columns.
    """
    shown = [field for field in [*fields(offers, since, several=several), *more] if field.column is not None]
    columns = [field.column for field in shown if field.column is not None]
    rows = [[clean(field.of(offer)) for field in shown] for offer in offers]
    heading, body = table.lines(columns, rows, screen.cells, indent=2)
    colored = [_colored(screen, line, o, since) for line, o in zip(body, offers, strict=True)]
    old = sorted({clean(offer["provider"]) for offer in offers if offer["stale"]})
    note = f"  (old): {', '.join(old)} could not be read in the last run; these are of an earlier one"
    notes = folded(note, screen.cells) if old else []
    for line in _other_dates(offers, day(snapshot["checked_at"]), since):
        notes += [screen.style("dim", part) for part in folded(line, screen.cells)]
    return [screen.style("dim", heading), *colored, *notes]


def _colored(screen: Screen, line: str, offer: OfferRow, since: str | None) -> str:
    if not is_recent(offer["observed_at"], since):
        return screen.style("dim", line)
    ready = _ready(offer, since)
    return line.replace(ready, screen.style(COLOR[offer["readiness"]], ready), 1)


def _other_dates(offers: Sequence[AnyRow], newest: str, since: str | None) -> list[str]:
    """Return the prices and speeds that are of another day than their offer's date, newest first."""
    lines = []
    for what, at, shown in (
        ("prices", "price_observed_at", ("output_usd_per_mtok",)),
        ("speeds", "measured_at", ("throughput_tps", "request_latency_ms")),
    ):
        by_day: dict[str, set[str]] = {}
        for offer in offers:
            stands = newest if is_recent(offer["observed_at"], since) else day(offer["observed_at"])
            known = offer[at] and any(offer[name] is not None for name in shown)
            if known and day(offer[at]) != stands:
                by_day.setdefault(day(offer[at]), set()).add(clean(offer["provider"]))
        dated = "; ".join(f"{when}: {', '.join(sorted(names))}" for when, names in sorted(by_day.items(), reverse=True))
        lines += [f"  {what} seen {dated}"] if dated else []
    return lines
