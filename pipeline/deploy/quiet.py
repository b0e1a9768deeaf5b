"""Hours in which nothing changed: whether there is anything to deploy, and what such hours saw until there is.

A deployment is the only way to the readers, and costs a site and an artifact each time. An hour that only looked again
leaves its time, its freshness and its rows about runs in a small file, which is put on top of the state of the next
hour. Lost, it costs these rows. Readers hear of it with the next deployment, which is due after a day in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc
from pydantic import AwareDatetime, BaseModel, Field

from hf_providers import files
from hf_providers.catalog.row_types import JsonObject
from hf_providers.catalog.schema import RUNS
from pipeline.assemble.run_time import CLOCK_TOLERANCE
from pipeline.deploy import program, state
from pipeline.errors import DatasetError
from pipeline.publish.dataset import MANIFEST, Dataset, Manifest, Source, load_existing, read_manifest
from pipeline.publish.versions import PENDING_RUNS

QUIET_FOR: Final = timedelta(days=1)
"""How far the time that readers see may be behind the last look."""
_MOST_BYTES: Final = 16 * 2**20
_LOOKS: Final = ("checked_at", "runs", "sources", "superseded", "answers", "made_by", "files")
"""What of a manifest may differ where its version does not, or is looked at apart."""


class Checked(BaseModel):
    """What quiet hours saw since a manifest was published: `over` is its SHA-256."""

    over: str
    checked_at: AwareDatetime
    sources: tuple[Source, ...]
    runs: tuple[dict[str, Any], ...] = Field(max_length=PENDING_RUNS)


def why_deploy(out: Path) -> str | None:
    """Return why what is in `out` has to be deployed, or None where it only was looked at again.

    Raises:
        DatasetError: there is no dataset.
    """
    new = load_existing(out, verify=False).manifest
    if state.fetched(out) is None:
        return "nothing was deployed before"
    last = read_manifest(out / state.FETCHED)
    if new.version != last.version:
        return f"{new.version} is a new version"
    if "partial" in (new.result, last.result):
        return "a part is, or was, of an earlier run"
    if last.made_by != program.digest():
        return "the program has changed"
    if new.checked_at - last.checked_at >= QUIET_FOR:
        return f"the last deployment says {last.checked_at:%Y-%m-%d %H:%M} UTC, a day ago or more"
    return _difference(last, new)


def _difference(last: Manifest, new: Manifest) -> str | None:
    """Return what else the next run has to find in the state."""
    before, after = (entry.model_dump(mode="json") for entry in (last, new))
    others = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} - set(_LOOKS)
    if others:
        return f"the manifest has another {min(others)}"
    if _known(last) != _known(new):
        return "what is known of a source has changed"
    return None


def _known(manifest: Manifest) -> list[Mapping[str, Any]]:
    """Return what is known of each source, without when it was seen."""
    found: list[Mapping[str, Any]] = []
    for source in manifest.sources:
        entry = source.model_dump(mode="json", exclude={"observed_at", "memory"})
        memory = source.memory and source.memory.model_dump(mode="json", exclude={"looks"}, exclude_defaults=True)
        found.append(entry | {"memory": memory or None})
    return found


def remember(out: Path, place: Path) -> None:
    """Leave in the file `place` what this quiet hour and those before it saw."""
    manifest, published = load_existing(out, verify=False).manifest, state.fetched(out) or b""
    checked = Checked(
        over=sha256(published).hexdigest(),
        checked_at=manifest.checked_at,
        sources=manifest.sources,
        runs=manifest.runs,
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    files.write(place, checked.model_dump_json(by_alias=True).encode())


def take_up(dataset: Dataset, place: Path, now: datetime | None = None) -> tuple[Dataset, str]:
    """Return the state that was fetched, as the quiet hours since then leave it, and a line on that.

    The file is believed as far as it could not do harm: it is of this very manifest, later, and changes neither a file
    nor what is known of a source; it takes no run away, and dates nothing back or later than its last hour.
    """
    if not place.is_file():
        return dataset, ""
    try:
        checked = _read(place)
        seen = _seen(dataset, checked)
        if reason := _refused(dataset, checked, seen, now or datetime.now(UTC)):
            return dataset, reason
        body = seen.manifest.to_json()
    except (OSError, ValueError, TypeError, DatasetError):  # a row of another release may be of other types
        return dataset, f"{place} is not what quiet hours leave: not used"
    files.write(dataset.root / MANIFEST, body)
    return seen, f"looked at again since, {checked.checked_at:%Y-%m-%d %H:%M} UTC the last time"


@contextmanager
def put_back(out: Path, place: Path) -> Iterator[None]:
    """Let a folder of quiet hours be what was fetched into it: an older state would not replace what they saw.

    Only where the file `place` has all of it, to be taken up again. If the fetch in the block fails, it is undone.
    """
    seen = (out / MANIFEST).read_bytes() if _is_as_left(out, place) else None
    if seen is not None:
        files.write(out / MANIFEST, state.fetched(out) or b"")
    try:
        yield
    except Exception:
        if seen is not None:
            files.write(out / MANIFEST, seen)
        raise


def _is_as_left(out: Path, place: Path) -> bool:
    """Return whether the folder holds what the file says over what was fetched, and no more."""
    published = state.fetched(out)
    if published is None or not (out / MANIFEST).is_file() or not place.is_file():
        return False
    try:
        checked, last = _read(place), Dataset(out, read_manifest(out / state.FETCHED))
        seen, here = (_without_answers(one) for one in (_seen(last, checked).manifest, read_manifest(out / MANIFEST)))
    except (OSError, ValueError, DatasetError):
        return False
    return seen == here and checked.over == sha256(published).hexdigest()


def _without_answers(manifest: Manifest) -> JsonObject:
    """Return what a manifest says, but what was left to ask about, and who deployed it, as plain values."""
    return manifest.model_dump(mode="json", exclude={"answers", "made_by"})


def _read(place: Path) -> Checked:
    """Return what the file says.

    Raises:
        OSError, ValidationError: it cannot be read, or is something else.
    """
    return Checked.model_validate_json(files.read(place, _MOST_BYTES))


def _seen(dataset: Dataset, checked: Checked) -> Dataset:
    update = {"checked_at": checked.checked_at, "sources": checked.sources, "runs": checked.runs}
    return Dataset(dataset.root, dataset.manifest.model_copy(update=update))


def _refused(dataset: Dataset, checked: Checked, seen: Dataset, now: datetime) -> str:
    """Return why what quiet hours saw is not of this state; nothing where it is."""
    if checked.over != sha256((dataset.root / MANIFEST).read_bytes()).hexdigest():
        return "deployed since the last quiet hour: what that saw is not used"
    if not dataset.manifest.checked_at <= checked.checked_at <= now + CLOCK_TOLERANCE:
        return "what quiet hours saw is dated wrongly: not used"
    if _difference(dataset.manifest, seen.manifest):
        return "what quiet hours saw is of another state: not used"
    if len(checked.runs) < PENDING_RUNS and not _keys(dataset.manifest) <= _keys(seen.manifest):
        return "what quiet hours saw lacks runs that were known: not used"
    last_run = pc.max(seen.runs()["run_at"]).as_py()
    dated = _dated_between(dataset.manifest, checked, now + CLOCK_TOLERANCE)
    if not dated or (last_run is not None and last_run > checked.checked_at):
        return "what quiet hours saw is dated wrongly: not used"
    return ""


def _keys(manifest: Manifest) -> set[tuple[Any, ...]]:
    return {tuple(run.get(name) for name in RUNS.key) for run in manifest.runs}


def _dated_between(last: Manifest, checked: Checked, until: datetime) -> bool:
    """Return whether each source was observed when it was last, or after that and until then."""
    never = datetime.min.replace(tzinfo=UTC)
    return all(
        (before.observed_at or never) <= (after.observed_at or never) <= until
        and all(at <= until for at, _ in (after.memory.looks if after.memory else ()))
        for before, after in zip(last.sources, checked.sources, strict=True)
    )
