"""Fetch the state: the dataset published last, and the versions before it as far as they are available."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hf_providers.catalog.manifest import MOST_BYTES as MOST_MANIFEST_BYTES
from hf_providers.errors import NoManifest, SyncError
from hf_providers.files import move, staging
from hf_providers.hub.timed_http import Deadline
from hf_providers.sync.download import Client, Known, manifest_url
from hf_providers.sync.update import sync
from pipeline.deploy import archived, quiet
from pipeline.deploy.state import mark_first, no_longer_first, note_fetched
from pipeline.errors import DatasetError
from pipeline.publish import answers
from pipeline.publish.dataset import MANIFEST, Dataset, inside, load, verifies
from pipeline.publish.disk import lock, plainly
from pipeline.publish.versions import flatten

FETCH_S: Final = 600.0
"""The time limit of all requests: together with the run's it is well below the job's."""
MOST_BYTES: Final = 2**30
"""The most bytes to fetch of one earlier version."""
_ANEW: Final = "another --out"
"""Replaces the hint about `hfp sync --force`: a state is never replaced by an older one."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of a fetch: the dataset, the number of earlier versions, and which could not be fetched."""

    dataset: Dataset
    earlier: int
    notes: tuple[str, ...]


def fetch(
    url: str,
    out: Path,
    environ: Mapping[str, str],
    *,
    bootstrap: bool = False,
    seed: Path | None = None,
    force: bool = False,
    checked: Path | None = None,
) -> Fetched | None:
    """Fetch the last published dataset into the folder `out`, or return None where nothing was ever published.

    Args:
        url: The address of its manifest.
        out: The dataset folder; files that it already has are not fetched again.
        environ: The environment, for proxies and the offline switch.
        bootstrap: Where the server says that there is no manifest, mark `out` as the folder of a first run.
        seed: The dataset whose history the first run continues, such as the repository's.
        force: Accept a state dated later than this machine's clock, which is known to be slow.
        checked: The file in which quiet hours leave what they saw since; it need not be there.

    Raises:
        DatasetError: no state was fetched, and the dataset in `out` is as it was.
    """
    deadline = Deadline(FETCH_S)
    with lock(out):
        no_longer_first(out)
        asked = fresh(url)
        try:
            with plainly(out, "no state was fetched"), quiet.put_back(out, checked) if checked else nullcontext():
                sync(asked, out, trust_dates=force, environ=environ, deadline=deadline)
        except NoManifest:
            _begin(url, out, bootstrap=bootstrap, seed=seed)
            return None
        except SyncError as error:
            message = str(error).replace(asked, url)
            raise DatasetError(f"no state was fetched: {message}", _hint(error.hint)) from None
        dataset = load(out)
        if dataset is None:
            raise DatasetError(f"{out} has no manifest after it was fetched", "this is a bug: report it")
        with plainly(out, "its archived months are not all there"), staging(out) as stage:
            archived.bring(dataset.absent(), out, stage, deadline)
        note_fetched(out, (out / MANIFEST).read_bytes())
    notes = _earlier_versions(url, dataset, deadline)
    earlier = len(dataset.manifest.superseded) - len(notes)
    notes += _answers(url, dataset, deadline)
    if checked is not None:
        with lock(out), plainly(out, "the state is as it was published"):
            dataset, note = quiet.take_up(dataset, checked)
        notes += filter(None, [note])
    return Fetched(dataset, earlier, tuple(notes))


def _answers(url: str, dataset: Dataset, deadline: Deadline) -> list[str]:
    """Bring what the last run left for this one to ask about; return a line where it cannot be had."""
    file = answers.named(dataset.manifest)
    if file is None or verifies(dataset.root, file):
        return []
    root, place = dataset.root, inside(dataset.root, file.path)
    with plainly(root, "the current version is there"), staging(root) as stage, Client(deadline=deadline) as client:
        part = stage / file.sha256
        try:
            known = Known(file.path, file.sha256, file.bytes)
            client.file(manifest_url(url).join(file.path), known, part, lambda _: None)
        except SyncError as error:
            return [f"what the last run left to ask about could not be had: {error}"]
        move(part, place, root)
    return []


def _hint(hint: str) -> str:
    """Return the hint without --force of `hfp sync`, which would accept an older state, too."""
    return hint if "clock" in hint else hint.replace("--force", _ANEW)


def fresh(url: str) -> str:
    """Return an address that no cache has an answer for: a state minutes old would lose the last run."""
    return str(manifest_url(url).copy_merge_params({"fresh": str(time.time_ns())}))


def _begin(url: str, out: Path, *, bootstrap: bool, seed: Path | None) -> None:
    """Mark the folder as that of a first run, if a person asked for one and nothing is lost by it."""
    if not bootstrap:
        hint = "if nothing was ever published there, let the first run begin: --bootstrap"
        raise DatasetError(f"there is no manifest at {url}", hint) from None
    if (out / MANIFEST).exists():
        raise DatasetError(
            f"nothing is published at {url}, but {out} has a dataset, which was left as it is",
            "run on it, or name another --out for a history that begins today",
        ) from None
    if seed is not None:
        _plant(seed, out)
    mark_first(out, url)


def _plant(seed: Path, out: Path) -> None:
    """Copy the seed into the folder, with its archived months from the seed or the archive: everything or nothing."""
    with tempfile.TemporaryDirectory() as temporary, plainly(out, "no state was fetched"):
        whole = Path(temporary) / "seed"
        flatten(seed, whole)
        if dataset := load(whole):
            archived.bring(dataset.absent(), whole, Path(temporary))
        flatten(whole, out)


def _earlier_versions(url: str, dataset: Dataset, deadline: Deadline) -> list[str]:
    """Fetch the files of the superseded versions; return a note on each version that could not be fetched whole."""
    root, base, notes = dataset.root, manifest_url(url), []
    with plainly(root, "the current version is there"), staging(root) as stage, Client(deadline=deadline) as client:
        for entry in dataset.manifest.superseded:
            lacking = [file for file in entry.files if not verifies(root, file)]
            if sum(file.bytes for file in lacking) > MOST_BYTES:
                notes.append(f"the earlier version {entry.version} has more than {MOST_BYTES:,} bytes: not fetched")
                continue
            try:
                for file in lacking:
                    part = stage / file.sha256
                    client.file(base.join(file.path), Known(file.path, file.sha256, file.bytes), part, lambda _: None)
                    move(part, inside(root, file.path), root)
            except SyncError as error:
                notes.append(f"the earlier version {entry.version} could not be fetched: {error}")
    return notes


def published(url: str) -> bytes | None:
    """Return the manifest that is published now, or None where the server says that there is none.

    Raises:
        SyncError: it cannot be fetched.
    """
    with Client(deadline=Deadline(FETCH_S)) as client:
        try:
            return client.small(manifest_url(fresh(url)), MOST_MANIFEST_BYTES, {}).body
        except NoManifest:
            return None
