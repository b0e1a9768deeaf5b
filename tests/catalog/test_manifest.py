"""What readers refuse of a manifest is refused where one is written, too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog import manifest
from hf_providers.errors import ManifestError
from pipeline.errors import DatasetError
from pipeline.publish.dataset import File, Manifest

AT = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)
GOOD = ("latest/offers.parquet", "measurements/month=2026-02/0123456789abcdef.parquet", "v1/" + "x" * 200)
BAD = (
    "", ".", "/etc/passwd", "../outside", "v1/../outside", "v1//x", "v1/", "v1\\x", "v1/a\nb", "v1/\u202ea",
    ".hidden/a.parquet", "v1/.hidden/a.parquet", "manifest.json", "v1/" + "x" * 201, "/".join(["x" * 100] * 11),
)  # fmt: skip


def written(*paths: str) -> bytes:
    files = tuple(File(path=path, table="offers", sha256="0" * 64, bytes=1, rows=1) for path in paths)
    said: dict[str, Any] = {"version": "0" * 16, "result": "complete", "generator": "hf-providers", "origin": "made up"}
    return Manifest(checked_at=AT, changed_at=AT, files=files, **said).to_json()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    body = written(*GOOD)
    (tmp_path / "manifest.json").write_bytes(body)
    document, standing = manifest.read(tmp_path)
    assert ([file["path"] for file in document["files"]], standing) == (list(GOOD), body)


@pytest.mark.parametrize("path", BAD)
def test_no_path_is_written_that_readers_refuse(path: str) -> None:
    with pytest.raises(DatasetError, match="no path inside the dataset's folder"):
        written("latest/offers.parquet", path)
    body = written("latest/offers.parquet")
    told = path.encode("unicode_escape").replace(b"\\", b"\\\\") if "\\" in path else path.encode()
    changed = body.replace(b"latest/offers.parquet", told.replace(b"\n", b"\\n"))
    with pytest.raises(ManifestError, match="no path inside the dataset's folder"):
        manifest.parse(changed, "it")


def test_neither_two_files_of_one_path_nor_too_many_are_written() -> None:
    for paths in (["a/b", "a/b"], [f"a/{n}" for n in range(manifest.MOST_FILES + 1)]):
        with pytest.raises(DatasetError, match="its files or its version are wrong"):
            written(*paths)
