"""Delete files of superseded versions, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_WINDOWS: Final = os.name == "nt"
VERSIONS: Final = "v1"
"""The folder of a published dataset's versions; files elsewhere are left alone."""
_OURS: Final = re.compile(r"[0-9a-f]{16}/.+|[a-z_]+/month=[0-9]{4}-[0-9]{2}/[0-9a-f]{16}\.parquet")
"""The names of a dataset's files: in a version's folder, and in a month's, named by their content."""


def remove(folder: Path, named: Iterable[str]) -> None:
    """Remove from `folder` the files named like a dataset's that are not among the `named` paths."""
    home, kept = folder / VERSIONS, {folder / path for path in named}
    if home.is_symlink():
        return  # its target belongs to somebody else
    for path in [path for path in home.rglob("*") if path.is_symlink() or not path.is_dir()]:
        if path not in kept and _OURS.fullmatch(path.relative_to(home).as_posix()):
            try:
                path.unlink()
            except PermissionError:
                if not _WINDOWS:
                    raise
                continue  # Windows removes no file that a program has open: the next sync does
            for parent in path.parents:
                if parent == home or any(parent.iterdir()):
                    break
                parent.rmdir()
