"""The names of archived months: one release a month, whose assets are never replaced."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_STEM = re.compile(r"[0-9A-Za-z_-]{1,100}")


def release_of(month: str) -> str:
    """Return the tag of the release that holds the files of `month` (YYYY-MM).

    Raises:
        ValueError: it is not a month.
    """
    if not _MONTH.fullmatch(month):
        raise ValueError(f"{month!r} is not a month like 2026-02")
    return f"measurements-{month}"


def asset_of(month: str, path: str) -> str:
    """Return the name of the asset that holds the file at `path` of `month`: it includes the hash of its content.

    Raises:
        ValueError: it is not a month, or the file is not named after its content.
    """
    pure = PurePosixPath(path)
    if pure.suffix != ".parquet" or not _STEM.fullmatch(pure.stem):
        raise ValueError(f"{path!r} is not a Parquet file named after its content")
    return f"{release_of(month)}-{pure.stem}.parquet"
