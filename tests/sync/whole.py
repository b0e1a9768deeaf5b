"""Whether a folder holds one whole dataset, seen with json, hashlib and sqlite3 alone."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any


def whole(folder: Path) -> dict[str, Any]:
    """The manifest of the dataset in the folder, once everything is seen to be what it says, the catalog too."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    for file in manifest["files"]:
        content = (folder / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"]), file["path"]
    (catalog,) = [file["path"] for file in manifest["files"] if file["path"].endswith("catalog.sqlite")]
    connection = sqlite3.connect(f"file:{folder / catalog}?mode=ro&immutable=1", uri=True)
    try:
        assert dict(connection.execute("SELECT key, value FROM meta"))["version"] == manifest["version"]
    finally:
        connection.close()
    return manifest


def files(folder: Path) -> set[str]:
    """Every file below the folder that is not hidden, by its relative path."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)}
