"""Remove versions and months that neither the manifest nor the two versions before it name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from hf_providers.catalog.schema import TABLES
from hf_providers.files import to_disk
from pipeline.publish.dataset import VERSIONS, Manifest
from pipeline.publish.superseded import APART

_VERSION: Final = re.compile(r"[0-9a-f]{16}")
_MONTH: Final = re.compile(r"month=[0-9]{4}-[0-9]{2}")
_FILE: Final = re.compile(r"[0-9a-f]{16}\.parquet")


def prune(out: Path, manifest: Manifest) -> None:
    """Remove from a dataset's folder what its manifest, which is already on the disk, does not name.

    Only names that this project makes are touched: a folder named like a version, a file of a month named like a hash.
    If the process dies midway, the next run removes the rest.
    """
    entries = (*manifest.files, *(file for entry in manifest.superseded for file in entry.files))
    named = {out / file.path for file in entries}
    wanted = {manifest.version, *(entry.version for entry in manifest.superseded)}
    for folder in _folders(out / VERSIONS, _VERSION):
        if folder.name not in wanted:
            shutil.rmtree(folder)
    homes = [f"{VERSIONS}/{table.name}" for table in TABLES.values() if table.partitioned]
    for home in (*homes, APART):
        for month in _folders(out / home, _MONTH):
            _prune_month(month, named)


def _folders(root: Path, called: re.Pattern[str]) -> list[Path]:
    if root.is_symlink() or not root.is_dir():
        return []
    return [path for path in root.iterdir() if called.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]


def _prune_month(month: Path, named: set[Path]) -> None:
    there = [path for path in month.iterdir() if _FILE.fullmatch(path.name)]
    unwanted = [path for path in there if path not in named]
    for path in unwanted:
        path.unlink()
    if unwanted and not any(month.iterdir()):
        month.rmdir()
        to_disk(month.parent)
