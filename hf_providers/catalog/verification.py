"""Whether a dataset on this machine is what its manifest says: every file hashed again, nothing fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hf_providers.catalog import manifest
from hf_providers.catalog.manifest import MANIFEST
from hf_providers.errors import SnapshotError
from hf_providers.files import sha256
from hf_providers.sync.address import remembered

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

_PAGES = re.compile(r"https://(?P<owner>[a-z0-9-]+)\.github\.io/(?P<project>[A-Za-z0-9._-]+)/")


class Verified(NamedTuple):
    """What was found of each file that the manifest names, by its path.

    Attributes:
        manifest: The manifest's place.
        right: Files with the right bytes.
        wrong: Those that are missing or have others, with what is wrong.
        elsewhere: Archived ones, which are not kept here.
    """

    manifest: Path
    right: tuple[str, ...]
    wrong: dict[str, str]
    elsewhere: tuple[str, ...]


def verify(catalog_path: str) -> Verified:
    """Return what is right and wrong with the dataset that a catalog is of.

    Raises:
        SnapshotError: it has no manifest, or one that cannot be read.
    """
    root = manifest.root_of(Path(catalog_path).resolve())
    if root is None:
        raise SnapshotError(
            f"{catalog_path} has no manifest beside it to verify it by", "verify a whole dataset: hfp sync"
        )
    document = manifest.read(root)[0]
    found = {entry["path"]: _wrong(root, entry) for entry in document["files"] if not entry.get("url")}
    return Verified(
        root / MANIFEST,
        tuple(path for path, wrong in found.items() if wrong is None),
        {path: wrong for path, wrong in found.items() if wrong is not None},
        tuple(entry["path"] for entry in document["files"] if entry.get("url")),
    )


def attested_by(place: Path) -> str | None:
    """Return the repository whose workflow attests a manifest: known of one that was synced from a project's Pages.

    The snapshot of a package is laid out anew: the package itself is attested, on PyPI.
    """
    url = remembered(str(place.parent))
    found = _PAGES.match(url) if url else None
    return f"{found['owner']}/{found['project']}" if found else None


def _wrong(root: Path, entry: JsonObject) -> str | None:
    """Return what is wrong with a file, None where nothing is."""
    path = root / entry["path"]
    try:
        if not path.is_file():
            return "missing"
        size = path.stat().st_size
        if size != entry["bytes"]:
            return f"{size} bytes, not {entry['bytes']}"
        return None if sha256(path) == entry["sha256"] else "other bytes: its SHA-256 differs"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
