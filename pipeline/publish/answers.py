"""The answers with an ETag that a run leaves for the next one, beside the versions: what the manifest calls `answers`.

Readers have no use for it, so that it is not among the manifest's files, and its loss is no damage.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from hf_providers import files
from hf_providers.hub.kept_answers import KeptAnswer
from pipeline.crawl import kept_file
from pipeline.errors import DatasetError
from pipeline.publish.dataset import VERSIONS, Dataset, File, Manifest, inside, is_here

FOLDER: Final = f"{VERSIONS}/answers"
_NAME: Final = re.compile(r"[0-9a-f]{16}\.json\.gz")


def named(manifest: Manifest) -> File | None:
    """Return the file that a manifest names, if it is one that may be fetched and read."""
    file = manifest.answers
    if file is None or file.bytes > kept_file.MAX_FILE_BYTES:
        return None
    folder, _, name = file.path.rpartition("/")
    return file if folder == FOLDER and _NAME.fullmatch(name) else None


def load(last: Dataset | None, now: datetime) -> list[KeptAnswer]:
    """Return what the last run left; nothing where its file is not there with the bytes that the manifest says.

    Nor for the first run of a day, in UTC: a server whose tags stay while its answers change is believed no longer.
    """
    file = named(last.manifest) if last else None
    if last is None or file is None or last.manifest.checked_at.astimezone(UTC).date() != now.astimezone(UTC).date():
        return []
    try:
        path = inside(last.root, file.path)
        body = files.read(path, kept_file.MAX_FILE_BYTES) if is_here(last.root, file) else b""
    except (OSError, DatasetError):
        return []
    return kept_file.parse(body)


def write(out: Path, packed: bytes | None) -> File | None:
    """Write the file into a dataset's folder, durably, and return what the manifest says of it."""
    if packed is None:
        return None
    digest = sha256(packed).hexdigest()
    file = File(path=f"{FOLDER}/{digest[:16]}.json.gz", sha256=digest, bytes=len(packed))
    path = inside(out, file.path)
    if not is_here(out, file):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, packed)
        files.to_disk(path.parent.parent)
    return file


def prune(out: Path, manifest: Manifest) -> None:
    """Remove those of earlier runs, which the manifest does not name."""
    folder = out / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and (manifest.answers is None or path != out / manifest.answers.path):
            path.unlink()
