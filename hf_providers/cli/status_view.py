"""Show a model's live state: what is ready and why, how fast, and what differs from the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.cli import output, table
from hf_providers.cli.offers_table import COLOR, MARK
from hf_providers.cli.output import Field
from hf_providers.cli.table import Column
from hf_providers.live.offers_now import differences, identified, offer_key, why
from hf_providers.rules.money import display
from hf_providers.rules.readiness import spoken
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import UNKNOWN, clean, folded, rounded, seconds, tick, tokens, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import AnyRow, JsonObject, OfferRow
    from hf_providers.cli.option_types import OutputOptions
    from hf_providers.documents.types import Asked
    from hf_providers.live.offers_now import Live
    from hf_providers.live.probe import Probe


def _ready(row: AnyRow) -> str:
    return f"{MARK[row['readiness']]} {spoken(row) if row['status'] == 'live' else row['status']}"


def _moment(text: str | None) -> str:
    return UNKNOWN if text is None else f"{text[:10]} {text[11:16]}"


_CHAT = (
    Field("throughput_tps", Column("Tok/s", right=True), rounded),
    Field("ttft_ms", Column("TTFT", right=True), seconds),
)
_OTHER = (Field("request_latency_ms", Column("Latency", right=True), seconds),)
_MEASURED = Field("validated_at", Column("Measured", spare=2), _moment)
_COLD = Field("cold_start_ms", Column("Cold", right=True, spare=3), seconds)
_SINCE = Field("since_snapshot", Column("Since snapshot", least=14))
_WHY = Field("reason", Column("Why", least=12, spare=1))


def fields(rows: Sequence[AnyRow]) -> list[Field]:
    """Return the columns that suit these offers."""
    chat = any(row["task"] == CHAT_TASK for row in rows)
    several = len({row["task"] for row in rows}) > 1 or not chat
    task = [Field("task", Column("Task", least=10))] if several else []
    named = [Field("provider", Column("Provider")), Field("ready", Column("Ready"))]
    since = [_SINCE] if any(row["since_snapshot"] for row in rows) else []
    return [*named, *task, *(_CHAT if chat else _OTHER), _MEASURED, _COLD, *since, _WHY]


def rows_of(live: Live, before: Sequence[OfferRow]) -> list[AnyRow]:
    """Return the offers with why they are ready, what differs from the snapshot, and those that are gone.

    Nobody states how long a cold start takes, and nothing here has measured one: `cold_start_ms` is None.
    """
    differing = differences(before, live.offers)
    rows: list[AnyRow] = []
    for offer in live.offers:
        old = differing.get(offer_key(offer))
        notes = {"ready": _ready(offer), "reason": why(offer, live.inference), "since_snapshot": changes(old, offer)}
        rows.append({**offer, "cold_start_ms": None, **notes, "before": old})
    kept = set(map(offer_key, live.offers))
    gone = [row for row in identified(before, live.offers) if offer_key(row) not in kept]
    return rows + [_gone(row) for row in gone]


def _gone(row: AnyRow) -> AnyRow:
    unknown: JsonObject = dict.fromkeys(row)
    keys = {name: row[name] for name in ("model_id", "provider", "task", "provider_model_id")}
    notes = {
        "ready": f"{MARK['unavailable']} gone",
        "reason": "not listed",
        "since_snapshot": f"was {row['readiness']}",
    }
    state = {"readiness": "unavailable", "cold_start_ms": None, "before": {"status": row["status"]}}
    return unknown | keys | notes | state


def changes(old: AnyRow | None, row: AnyRow) -> str:
    """Return in words how an offer differed in the snapshot; speeds only where the rounded figures differ."""
    if old is None:
        return ""
    if old == {"status": None}:
        return "new"
    texts = [f"was {old['readiness']}"] if "readiness" in old else []
    if "status" in old and not texts:
        texts.append(f"was {old['status']}")
    if {"input_usd_per_mtok", "output_usd_per_mtok"} & old.keys():
        prices = [old.get(name, row[name]) for name in ("input_usd_per_mtok", "output_usd_per_mtok")]
        texts.append(f"was {' / '.join(map(display, prices))}")
    texts += [
        f"{what} was {show(old[name])}"
        for name, what, show in _WORDS
        if name in old and show(old[name]) != show(row[name])
    ]
    return ", ".join(texts)


_WORDS = (
    ("is_free", "free", tick),
    ("context_length", "context", tokens),
    ("supports_tools", "tools", tick),
    ("supports_structured_output", "JSON", tick),
    ("throughput_tps", "tok/s", rounded),
    ("ttft_ms", "TTFT", seconds),
    ("request_latency_ms", "latency", seconds),
)


def lines(screen: output.Screen, live: Live, before: Sequence[OfferRow]) -> list[str]:
    """Return the state's lines for a person."""
    rows = rows_of(live, before)
    shown = [field for field in fields(rows) if field.column is not None]
    columns = [field.column for field in shown if field.column is not None]
    cells = [[clean(field.show(row[field.key])) for field in shown] for row in rows]
    heading, body = table.lines(columns, cells, screen.cells)
    when = f"{'replayed' if live.replayed else 'live'} {live.observed_at[:10]} {live.observed_at[11:19]} UTC"
    title = _title(clean(live.model_id), when, screen.cells)
    colored = [_colored(screen, line, row) for line, row in zip(body, rows, strict=True)]
    alike = [] if any(row["since_snapshot"] for row in rows) else ["no difference from the snapshot"]
    notes = [line for note in (*alike, *live.notes) for line in folded(clean(note), screen.cells)]
    return [*(screen.style("bold", line) for line in title), "", screen.style("dim", heading), *colored, *notes]


def _title(model_id: str, when: str, cells: int) -> list[str]:
    """Return the id with the time beside it, or below where there is no room: an id is never cut."""
    whole = f"{model_id}   {when}"
    return [whole] if width(whole) <= cells else [model_id, *folded(when, cells)]


def _colored(screen: output.Screen, line: str, row: AnyRow) -> str:
    ready = screen.style(COLOR[row["readiness"]], row["ready"])
    line = line.replace(row["ready"], ready, 1)
    since = row["since_snapshot"]
    shown = since if since in line else since[:12]
    return line.replace(shown, screen.style("yellow", shown), 1) if since and shown in line else line


PROBE_FIELDS = (
    Field("provider", Column("Provider")),
    Field("http_status", Column("HTTP", right=True)),
    Field("ttft_ms", Column("TTFT", right=True), seconds),
    Field("throughput_tps", Column("Tok/s", right=True), rounded),
    Field("total_ms", Column("Total", right=True, spare=1), seconds),
    Field("outcome", Column("Outcome", least=20)),
    Field("output_tokens"),
)


def as_json(
    catalog: Catalog, live: Live, before: Sequence[OfferRow], probes: Sequence[Probe] | None = None
) -> JsonObject:
    """Return the state in the form of its JSON."""
    shown = ("ready", "since_snapshot")
    offers = [{key: value for key, value in row.items() if key not in shown} for row in rows_of(live, before)]
    return {
        "schema_version": READS_SCHEMA,
        "model_id": live.model_id,
        "inference": live.inference,
        "observed_at": live.observed_at,
        "routed_at": live.routed_at,
        "offers": offers,
        "probes": None if probes is None else [_probe_row(probe) for probe in probes],
        "notes": live.notes,
        "snapshot": catalog.meta(),
    }


def _probe_row(probe: Probe) -> JsonObject:
    return {field.key: getattr(probe, field.key) for field in PROBE_FIELDS}


def show(
    options: OutputOptions,
    catalog: Catalog,
    live: Live,
    before: Sequence[OfferRow],
    probes: Sequence[Probe] | None,
    asked: Asked,
) -> None:
    """Print the state, and how the providers answered a probe, in the format asked for."""
    if options.format == "json":
        output.write_json({**as_json(catalog, live, before, probes), **asked})
        return
    if options.format != "table":
        listed = [_probe_row(probe) for probe in probes] if probes is not None else rows_of(live, before)
        output.listing(options, PROBE_FIELDS if probes is not None else fields(listed), listed, catalog)
        return
    screen = output.Screen(options.color)
    print("\n".join([*lines(screen, live, before), *probe_lines(screen, probes), "", output.footer(screen, catalog)]))


def probe_lines(screen: output.Screen, probes: Sequence[Probe] | None) -> list[str]:
    """Return the lines of a probe, none where there was none."""
    if probes is None:
        return []
    shown = [(field, field.column) for field in PROBE_FIELDS if field.column is not None]
    cells = [[clean(field.show(getattr(probe, field.key))) for field, _ in shown] for probe in probes]
    heading, body = table.lines([column for _, column in shown], cells, screen.cells)
    colored = [line if probe.answered else screen.style("red", line) for probe, line in zip(probes, body, strict=True)]
    title = screen.heading("PROBE", "one request each, through the router, just now")
    return ["", title, screen.style("dim", heading), *colored]
