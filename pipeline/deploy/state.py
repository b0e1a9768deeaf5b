"""The state between runs: the dataset that was published last, and nothing else.

A run without it would publish a history that begins today. So a first run needs both: the server's definite answer that
nothing is published, and a person's `--bootstrap`. In any other case the fetch fails and no run may follow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hf_providers.catalog.manifest import MOST_BYTES
from hf_providers.files import read, write
from pipeline.errors import DatasetError
from pipeline.publish.dataset import Dataset
from pipeline.publish.disk import plainly

FIRST: Final = ".bootstrap"
"""The file that `fetch-state --bootstrap` leaves where nothing was ever published: the next run is the first."""

FETCHED: Final = ".fetched"
"""The manifest that `fetch-state` fetched: a deploy may only replace that one."""


def refuse_unless_first(out: Path) -> None:
    """Raise unless this folder without a dataset is marked as that of a first run.

    Raises:
        DatasetError: nothing says that this is the first run.
    """
    if not (out / FIRST).is_file():
        raise DatasetError(
            f"nothing published: {out} has no dataset, and the history must not start over",
            f"fetch the last one first: python -m pipeline fetch-state --from URL --out {out}",
        )


def refuse_without_archive(last: Dataset) -> None:
    """Raise where archived months are missing from the folder: their measurements would count as new ones.

    Raises:
        DatasetError: they are missing.
    """
    if absent := last.absent():
        raise DatasetError(
            f"nothing published: {len(absent)} archived files of {last.root} are not there, {absent[0].path} first",
            f"fetch the state with them: python -m pipeline fetch-state --from URL --out {last.root}",
        )


def no_longer_first(out: Path) -> None:
    """Remove the mark of a first run, after it."""
    (out / FIRST).unlink(missing_ok=True)


def mark_first(out: Path, url: str) -> None:
    """Mark a folder without a dataset as that of a first run.

    Raises:
        DatasetError: it cannot be written.
    """
    with plainly(out, "no state was fetched"):
        out.mkdir(parents=True, exist_ok=True)
        write(out / FIRST, f"nothing was published at {url}\n".encode())


def note_fetched(out: Path, manifest: bytes) -> None:
    """Note the manifest that was fetched."""
    write(out / FETCHED, manifest)


def fetched(out: Path) -> bytes | None:
    """Return the manifest that was fetched; None where none was.

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        return read(out / FETCHED, MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatasetError(f"{out / FETCHED} cannot be read: {error.strerror}", "fetch the state again") from None


def check_still_current(out: Path, published: bytes | None, url: str) -> None:
    """Raise where another run has published since this state was fetched: what it added would be lost.

    Args:
        out: The dataset's folder.
        published: The manifest that is published now, or None where there is none.
        url: Its address.

    Raises:
        DatasetError: the published manifest is not the fetched one.
    """
    if published is not None and published != fetched(out):
        raise DatasetError(
            f"what is published at {url} is not the state that {out} was made from",
            "another run was faster: fetch the state again, then run again",
        )
