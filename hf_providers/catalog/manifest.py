"""The manifest of a dataset, read and checked in one place.

Writers call `parse` first, so that nothing is published that readers would refuse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from hf_providers import files
from hf_providers.catalog.database import MEND, READS_SCHEMA
from hf_providers.errors import ManifestError
from hf_providers.text import clean

MANIFEST: Final = "manifest.json"
MOST_BYTES: Final = 16 * 2**20
MOST_FILES: Final = 50_000
_VERSION: Final = re.compile(r"[0-9a-f]{16}")

Document = Mapping[str, Any]


def root_of(catalog: Path) -> Path | None:
    """Return the folder of the dataset that a catalog is of: the nearest above it with a manifest, if any."""
    return next((folder for folder in catalog.parents if (folder / MANIFEST).is_file()), None)


def read(folder: Path) -> tuple[Document, bytes]:
    """Return the manifest in a folder, and its bytes.

    Raises:
        ManifestError: it is missing or unreadable, or names files outside the folder.
    """
    path = folder / MANIFEST
    try:
        body = files.read(path, MOST_BYTES)
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror or error}", MEND) from None
    return parse(body, str(path)), body


def parse(body: bytes, where: str) -> Document:
    """Return a manifest after checking the parts that matter here; other keys are kept.

    Args:
        body: Its bytes.
        where: Its name for messages.

    Raises:
        ManifestError: it is no manifest, of another layout, or names files outside the folder.
    """
    if len(body) > MOST_BYTES:
        raise ManifestError(f"{where} is larger than {MOST_BYTES:,} bytes: no manifest", LATER)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or "schema_version" not in document:
        raise _no_manifest(body, where)
    _refuse_layout(document["schema_version"], where)
    try:
        moment = datetime.fromisoformat(document["checked_at"])
        paths = [_entry_path(entry) for entry in document["files"]]
        named = bool(_VERSION.fullmatch(document["version"])) and moment.tzinfo is not None
    except (KeyError, TypeError, ValueError) as error:
        raise ManifestError(f"{where} is not a manifest of this project: {clean(str(error))[:120]}", LATER) from None
    if not named or len(set(paths)) < len(paths) or len(paths) > MOST_FILES:
        raise ManifestError(f"{where} is not a manifest of this project: its files or its version are wrong", LATER)
    return document


LATER: Final = "try again later; if it stays, report it"


def _no_manifest(body: bytes, where: str) -> ManifestError:
    if body.lstrip()[:1] == b"<":
        return ManifestError(
            f"{where} gave a web page, not a manifest",
            "a network's login page, perhaps: open a browser, then try again",
        )
    return ManifestError(f"{where} is not a whole manifest of this project", LATER)


def _refuse_layout(layout: object, where: str) -> None:
    if layout == READS_SCHEMA:
        return
    if isinstance(layout, int) and not isinstance(layout, bool) and layout > READS_SCHEMA:
        raise ManifestError(
            f"{where} has layout {layout}; this hf-providers reads layout {READS_SCHEMA}",
            "upgrade it: pip install --upgrade hf-providers",
        )
    shown = clean(str(layout))[:20]
    raise ManifestError(
        f"{where} has layout {shown}; this hf-providers reads layout {READS_SCHEMA} only",
        f"install the release that reads layout {shown}: the changelog names it",
    )


def _entry_path(entry: Document) -> str:
    """Return an entry's path after checking that it is inside the folder and the entry is complete.

    Raises:
        ValueError: it is not.
    """
    path, digest, size = entry["path"], entry["sha256"], entry["bytes"]
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"no SHA-256 of {path}")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"no size of {path}")
    parts = PurePosixPath(path).parts
    plain = parts and path.isprintable() and "\\" not in path and path == "/".join(parts) and len(path) < 1000
    if not plain or path == MANIFEST or any(part.startswith(".") or len(part) > 200 for part in parts):
        raise ValueError(f"{path!r:.80} is no path inside the dataset's folder")
    return str(path)
