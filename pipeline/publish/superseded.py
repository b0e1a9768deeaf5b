"""The versions before the current one: which are still complete, and where their months are now."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from hf_providers.files import move
from pipeline.history.history_guard import month_of
from pipeline.publish.dataset import VERSIONS, Dataset, File, Superseded, in_place, inside, is_here, is_month

KEPT: Final = 2
"""How many versions before the current one are kept complete."""
APART: Final = f"{VERSIONS}/superseded"


def before(out: Path, version: str, previous: Dataset | None) -> tuple[Superseded, ...]:
    """Return the versions before `version` that are still complete, newest first; a run without changes adds none."""
    if previous is None or not in_place(previous.manifest):
        return ()
    last = previous.manifest
    was = Superseded(version=last.version, checked_at=last.checked_at, files=last.files)
    known = [entry for entry in (was, *last.superseded) if entry.version != version]
    return tuple(entry for entry in known if all(_stands(out, file) for file in entry.files))[:KEPT]


def set_aside(
    out: Path, stage: Path, superseded: Sequence[Superseded], files: Sequence[File]
) -> tuple[Superseded, ...]:
    """Copy the earlier versions' own months to a separate folder, and return these versions with the new paths.

    The originals in the folders of the months are removed once the new manifest no longer names them.
    """
    current = {file.path for file in files}
    apart: dict[str, str] = {}
    for file in (file for entry in superseded for file in entry.files if is_month(file) and file.url is None):
        if file.path in current or file.path in apart:
            continue
        target = f"{APART}/month={month_of(file)}/{Path(file.path).name}"
        if target != file.path and not is_here(out, file.model_copy(update={"path": target})):
            shutil.copyfile(out / file.path, stage / file.sha256)
            move(stage / file.sha256, inside(out, target), out)
        apart[file.path] = target
    return tuple(entry.model_copy(update={"files": _moved(entry.files, apart)}) for entry in superseded)


def _moved(files: Sequence[File], targets: Mapping[str, str]) -> tuple[File, ...]:
    """Return the files, with the new path of those that were moved."""
    return tuple(file.model_copy(update={"path": targets.get(file.path, file.path)}) for file in files)


def _stands(out: Path, file: File) -> bool:
    path = out / file.path
    return file.url is not None or (path.is_file() and path.stat().st_size == file.bytes)
