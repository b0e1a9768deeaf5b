"""Merge recordings into a dataset: all of them or, where one can't be read, none."""

from __future__ import annotations

import gzip
import hashlib
import io
import tomllib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TypedDict

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.hosting_schema import ARCHITECTURES, JOBS_HARDWARE
from hf_providers.catalog.row_types import JsonObject
from hf_providers.catalog.schema import MEASUREMENTS, MODELS, PRICE_HISTORY, STATUS_HISTORY, TABLES
from pipeline.assemble import parameters, tables
from pipeline.backfill import (
    Recording,
    config_json,
    endpoint_prices,
    hub_list,
    in_order,
    jobs_hardware,
    live_mappings,
    models_page,
    observations_csv,
    provider_removals,
    router_list,
    router_prices,
)
from pipeline.backfill.current_tables import current_tables, historic_provider
from pipeline.backfill.ended import provider_ends, without_ended
from pipeline.crawl.sources.hub_list import NAME as LISTING
from pipeline.errors import BackfillError
from pipeline.history import intervals, offer_dates
from pipeline.history.batch import merge_all
from pipeline.history.intervals import Conflict, Observations
from pipeline.history.provider_ends import with_ends
from pipeline.history.record import caught_up, frame
from pipeline.publish import dataset, versions
from pipeline.publish.checks import sql_checks

MAX_BYTES = 256 * 2**20


class QuarantineRow(TypedDict):
    """What a run could not read."""

    source: str
    provider: str
    record_id: str
    field: str
    reason: str
    sample: str | None
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """The registry's entry about a recording: its time, which listings were asked and which were cut, its source."""

    observed_at: datetime | None
    incomplete: tuple[str, ...]
    asked: tuple[str, ...]
    provenance: dataset.Provenance | None


def known(body: bytes) -> Known:
    """Return the registry's entry about a recording, by the SHA-256 of its bytes."""
    text = resources.files("pipeline.registry").joinpath("recordings.toml").read_text(encoding="utf-8")
    entry: JsonObject = tomllib.loads(text).get(hashlib.sha256(body).hexdigest(), {})
    names = ("source", "description", "url", "license")
    where: JsonObject = {name: entry.get(name) for name in names}
    where |= {"from_": entry.get("from"), "to": entry.get("to")}
    provenance = dataset.Provenance(**where) if "source" in entry else None
    asked, incomplete = (tuple(entry.get(name, ())) for name in ("asked", "incomplete"))
    return Known(entry.get("observed_at"), incomplete, asked, provenance)


def read(
    path: Path, observed_at: datetime | None, now: datetime, source: dataset.Provenance | None = None
) -> tuple[Recording, dataset.Provenance | None]:
    """Return a recording and its provenance: by the registry, or else `source`.

    Raises:
        BackfillError: it can't be read, has no time, or one in the future.
    """
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BackfillError(f"{path} can't be read: {error.strerror}", "check the path") from None
    if len(body) > MAX_BYTES:
        raise BackfillError(f"{path} has more than {MAX_BYTES:,} bytes", "split it")
    facts = known(body)
    moment = observed_at or facts.observed_at
    try:
        recording = _read_as(path, body, moment, facts, now, keeper(facts.provenance or source))
    except BackfillError as error:
        raise BackfillError(f"{path.name}: {error}", error.hint) from None
    late = next((at for at in recording.times() if at > now), None)
    if late is not None:
        raise BackfillError(f"{path.name}: {late.isoformat()} is in the future", "correct --observed-at")
    return recording, facts.provenance


def keeper(source: dataset.Provenance | None) -> str:
    """Return a short name of a recording's origin: the repository, or else the source."""
    if source is None:
        return hub_list.RECORDED
    return (source.url or source.source).removeprefix("https://github.com/")


def _read_as(path: Path, body: bytes, moment: datetime | None, facts: Known, now: datetime, kept_by: str) -> Recording:
    if path.name.endswith((".csv", ".csv.gz")):
        return _read_csv(_unpacked(body), moment, now)
    if path.suffix == ".txt":
        return router_prices.read_ids(_text(body), moment)
    if name := config_json.model_id(path):
        return config_json.read(name, body, moment, kept_by)
    if models_page.is_page(body):
        return models_page.read(body, moment)
    if router_list.is_answer(body):
        return router_list.read(body, moment)
    if moment is None:
        raise BackfillError("the recording has no time", "give --observed-at")
    return hub_list.read(body, moment, facts.incomplete, facts.asked)


def _read_csv(body: bytes, moment: datetime | None, now: datetime) -> Recording:
    """Return the content of a CSV, whose form its columns show."""
    if endpoint_prices.is_page(body):
        return endpoint_prices.read(_text(body), moment)
    if jobs_hardware.is_list(body):
        return jobs_hardware.read(_text(body), moment)
    if live_mappings.is_sightings(body):
        return live_mappings.read(_text(body))
    if provider_removals.is_list(body):
        return provider_removals.read(_text(body))
    if router_prices.is_prices(body):
        return router_prices.read(_text(body))
    return observations_csv.read(_text(body), now)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _unpacked(body: bytes) -> bytes:
    """Return the bytes of a file that may be compressed, at most as many as a plain one may have."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.open(io.BytesIO(body)) as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BackfillError(f"it can't be unpacked: {error}", "fetch it again") from None
    if len(content) > MAX_BYTES:
        raise BackfillError(f"it unpacks to more than {MAX_BYTES:,} bytes", "split it")
    return content


def merged(
    last: dict[str, pa.Table], observations: Iterable[Observations]
) -> tuple[dict[str, pa.Table], list[Conflict]]:
    """Return the three histories with the observations merged in, and the observations that were left out."""
    prices, status, measured = (frame(last[t.name]) for t in (PRICE_HISTORY, STATUS_HISTORY, MEASUREMENTS))
    conflicts: list[Conflict] = []
    ordered = in_order(observations)
    for_prices = merge_all(prices, ordered, PRICE_HISTORY, intervals.PRICE_VALUES)
    for_status = merge_all(status, ordered, STATUS_HISTORY, intervals.STATUS_VALUES)
    conflicts += for_prices.conflicts + for_status.conflicts
    for observation in ordered:
        for_speeds = intervals.merge_measurements(measured, observation)
        measured = pl.concat([measured, for_speeds.rows])
        conflicts += for_speeds.conflicts
    rows = {PRICE_HISTORY.name: for_prices.rows, STATUS_HISTORY.name: for_status.rows, MEASUREMENTS.name: measured}
    return {name: tables.conform(TABLES[name], table.to_arrow()) for name, table in rows.items()}, conflicts


def backfill(
    out: Path,
    files: Sequence[Path],
    observed_at: datetime | None = None,
    source: dataset.Provenance | None = None,
) -> str:
    """Merge recordings into the history of a dataset and publish it; return a line about the result.

    Args:
        out: The dataset folder.
        files: The recordings.
        observed_at: When they were made, for recordings without their own time.
        source: Their provenance, where the registry does not have them.

    Raises:
        BackfillError, DatasetError: nothing was changed.
    """
    from pipeline.publish.derive import builders

    now = datetime.now(UTC)
    read_files = [read(path, observed_at, now, source) for path in files]
    dataset.must_exist(out)
    with versions.lock(out):
        last = dataset.load_existing(out)
        content = {name: last.table(name) for name in TABLES if name != "runs"}
        before = caught_up(last)
        observations, ended = without_ended(o for recording, _ in read_files for o in recording.observations)
        rows, conflicts = merged(before, observations)
        content |= rows | {"offers": dated_offers(last, before, rows)}
        content |= current_tables(
            content, last.manifest, observations, served(recording for recording, _ in read_files)
        )
        content["offers"] = offer_dates.first_seen(content["offers"], rows)
        content |= endpoint_prices.merged(last, [page for recording, _ in read_files for page in recording.pages])
        content |= hosting_tables_merged(last, [recording for recording, _ in read_files], content["models"])
        content["providers"] = with_ends(seen_providers(content), rows["status_history"], provider_ends(observations))
        content["quarantine"] = quarantine(content["quarantine"], read_files, [*ended, *conflicts], files, last)
        if findings := sql_checks(content):
            raise BackfillError(f"nothing changed: {'; '.join(findings)}", "fix the recording or the check")
        known = (*last.manifest.provenance, *([source] if source else []))
        outcome = versions.Outcome(
            **{name: getattr(last.manifest, name) for name in ("result", "origin", "accepted_drop", "sources")},
            checked_at=newest(content["offers"], last.manifest.checked_at),
            runs=[run for recording, _ in read_files for run in recording.runs],
            provenance=provenance(known, read_files),
        )
        manifest = versions.publish(out, content, outcome, **builders(outcome))
    counts = ", ".join(f"{name} {content[name].num_rows}" for name in rows)
    problems = sum(len(recording.problems) for recording, _ in read_files)
    return f"{manifest.version}: {counts}; {problems} quarantined, {len(conflicts) + len(ended)} left out"


def hosting_tables_merged(
    last: dataset.Dataset, recordings: Sequence[Recording], models: pa.Table
) -> dict[str, pa.Table]:
    """Return jobs_hardware and architectures with the recordings, and the models with parameters judged by them."""
    known = config_json.merged(last, [row for recording in recordings for row in recording.architectures])
    machines = jobs_hardware.merged(last, [row for recording in recordings for row in recording.machines])
    judged = tables.from_rows(MODELS, parameters.judge(tables.to_rows(models), tables.to_rows(known)))
    return {ARCHITECTURES.name: known, JOBS_HARDWARE.name: machines, MODELS.name: judged}


def served(recordings: Iterable[Recording]) -> dict[str, datetime]:
    """Return when each model was last served by any provider."""
    last_served: dict[str, datetime] = {}
    for recording in recordings:
        for model_id, at in recording.served.items():
            last_served[model_id] = max(at, last_served.get(model_id, at))
    return last_served


def newest(offers: pa.Table, checked_at: datetime) -> datetime:
    """Return when the dataset was last observed: at its newest observation of an offer, or at its last check."""
    seen = pc.max(offers["observed_at"]).as_py()
    return checked_at if seen is None else max(checked_at, seen)


def dated_offers(last: dataset.Dataset, before: offer_dates.Histories, after: offer_dates.Histories) -> pa.Table:
    """Return the offers with their times from the merged histories."""
    listings = {s.provider: s.observed_at for s in last.manifest.sources if s.source == LISTING and s.observed_at}
    return offer_dates.first_seen(offer_dates.unchanged(last.table("offers"), before, after, listings), after)


def provenance(
    before: Iterable[dataset.Provenance], read_files: Iterable[tuple[Recording, dataset.Provenance | None]]
) -> tuple[dataset.Provenance, ...]:
    """Return the provenance of everything, each recording once."""
    return dataset.unique(*before, *(entry for _, entry in read_files if entry is not None))


def seen_providers(content: dict[str, pa.Table]) -> pa.Table:
    """Return the providers with their first and last day in the histories; new ones get a row."""
    spans: dict[str, list[datetime]] = {}
    newest: dict[str, tuple[datetime, str]] = {}
    for name in (PRICE_HISTORY.name, STATUS_HISTORY.name):
        for row in content[name].select(["provider", "valid_from", "last_observed_at", "source"]).to_pylist():
            provider, seen = row["provider"], row["last_observed_at"]
            spans.setdefault(provider, []).extend((row["valid_from"], seen))
            newest[provider] = max(newest.get(provider, (seen, row["source"])), (seen, row["source"]))
    rows = {row["provider"]: row for row in tables.to_rows(content["providers"])}
    for provider, times in spans.items():
        row = rows.setdefault(provider, historic_provider(provider))
        row["first_seen"] = min(filter(None, (row["first_seen"], *times)))
        row["last_seen"] = max(filter(None, (row["last_seen"], *times)))
        if not row["models"]:
            row["source"] = newest[provider][1]
    return tables.from_rows(TABLES["providers"], rows.values())


def quarantine(
    before: pa.Table,
    read_files: Sequence[tuple[Recording, dataset.Provenance | None]],
    conflicts: Iterable[Conflict],
    files: Sequence[Path],
    last: dataset.Dataset,
) -> pa.Table:
    """Return the quarantine with the entries of the recordings that could not be read or merged, or are implausible."""
    moment = last.manifest.checked_at
    rows = [
        _quarantined(path.name, problem.record_id, problem.field, problem.reason, problem.sample, moment)
        for path, (recording, _) in zip(files, read_files, strict=True)
        for problem in recording.problems
    ]
    for conflict in conflicts:
        where = f"{' '.join(conflict.route)} at {conflict.observed_at:%Y-%m-%dT%H:%M:%SZ}"
        reason = "another source said otherwise at the same instant" if conflict.known else "it was known to be gone"
        rows.append(_quarantined(conflict.source, where[:200], "history", reason, str(conflict.said)[:200], moment))
    return tables.union(TABLES["quarantine"], [before, tables.from_rows(TABLES["quarantine"], _unique(rows))])


def _quarantined(source: str, record: str, field: str, reason: str, sample: str, moment: datetime) -> QuarantineRow:
    return {
        "source": source,
        "provider": "",
        "record_id": record,
        "field": field,
        "reason": reason,
        "sample": sample,
        "observed_at": moment,
    }


def _unique(rows: Iterable[QuarantineRow]) -> list[QuarantineRow]:
    return list({(row["source"], row["record_id"], row["field"]): row for row in rows}.values())
