"""The dataset as a repository of the Hugging Face Hub; a version is one commit.

It has the dataset's files in a release's layout, with archived months: a copy of it is a complete dataset. It also has
a card, whose configurations the Hub's viewer and `load_dataset` read, and Croissant metadata. `datasets` does not know
maps: of a table that has one there is a copy with lists of pairs.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import DERIVED, TABLES
from pipeline.assemble import tables
from pipeline.deploy.card import VIEWER, card
from pipeline.errors import DatasetError
from pipeline.publish.croissant import CROISSANT, document
from pipeline.publish.dataset import Manifest
from pipeline.publish.versions import LATEST, flatten

CARD: Final = "README.md"
HUB: Final = "https://huggingface.co"
_OWN: Final = (f"{LATEST}/", f"{VIEWER}/", *(f"{table.name}/" for table in TABLES.values() if table.partitioned))
"""Folders of the repository that belong to this command: files in them that are not in the dataset are removed."""
_REPO_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """The result of an upload: the version, how many files were added and removed, and the commit's page."""

    version: str
    added: int
    removed: int
    url: str


def folder(data: Path, out: Path, repo_id: str) -> Manifest:
    """Write the content of the repository into `out`, and return the manifest.

    Raises:
        DatasetError: no whole dataset in `data`; `out` is not empty, or cannot be written; `repo_id` is no id.
    """
    if not _REPO_ID.fullmatch(repo_id):
        raise _no_id(repo_id)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise DatasetError(f"{out} is not empty", "name another folder, or remove it")
    manifest = flatten(data, out)
    here = _as_here(manifest, out)
    stored = [path for file in here.files if file.table and (path := out / file.path).is_file()]
    columns = {path.relative_to(out).as_posix(): pq.read_schema(path).names for path in stored}
    described = document(here, f"{HUB}/datasets/{repo_id}/resolve/main", columns)
    (out / CROISSANT).write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for table in (TABLES | DERIVED).values():
        path = out / LATEST / f"{table.name}.parquet"
        if _has_map(table) and path.is_file():
            (out / VIEWER).mkdir(exist_ok=True)
            tables.write(_with_pairs(tables.read(path, table)), out / VIEWER / path.name)
    (out / CARD).write_text(card(here, out, repo_id), encoding="utf-8")
    return manifest


def _as_here(manifest: Manifest, out: Path) -> Manifest:
    """Return the manifest as the repository has it: an archived month that it holds is one of its files."""
    files = [f.model_copy(update={"url": None}) if (out / f.path).is_file() else f for f in manifest.files]
    return manifest.model_copy(update={"files": tuple(files)})


def _has_map(table: Table) -> bool:
    return any(column.type.startswith("map<") for column in table.columns)


def _with_pairs(data: pa.Table) -> pa.Table:
    """Return the table with each map as a list of pairs of key and value."""
    for index, field in enumerate(data.schema):
        if pa.types.is_map(field.type):
            pair = pa.struct([("key", field.type.key_type), ("value", field.type.item_type)])
            data = data.set_column(index, field.name, data[field.name].cast(pa.list_(pair)))
    return data


def mirror(data: Path, repo_id: str) -> Mirrored:
    """Upload the dataset in `data` to a dataset repository, made where there is none, in one commit.

    Archived months that the folder has are included; others stay where an earlier upload put them. The token is the
    one that huggingface_hub reads.

    Raises:
        DatasetError: there is no whole dataset, or the Hub refused or cannot be reached.
    """
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "dataset"
        manifest = folder(data, out, repo_id)
        with _plainly(repo_id):
            return _upload(out, repo_id, manifest)


def _upload(out: Path, repo_id: str, manifest: Manifest) -> Mirrored:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi(library_name="hf-providers")
    api.create_repo(repo_id, repo_type="dataset", exist_ok=True)
    info = api.dataset_info(repo_id)
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    stale = _stale([sibling.rfilename for sibling in info.siblings or []], files, manifest)
    adding = [CommitOperationAdd(name, out / name) for name in files]
    removing = [CommitOperationDelete(name) for name in stale]
    done = api.create_commit(
        repo_id,
        [*adding, *removing],
        commit_message=f"Dataset {manifest.version}, observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC",
        repo_type="dataset",
        parent_commit=info.sha,
    )
    return Mirrored(manifest.version, len(adding), len(removing), done.commit_url)


def _stale(there: Sequence[str], files: Sequence[str], manifest: Manifest) -> list[str]:
    """Return the files in this command's folders that are no longer part of the dataset."""
    kept = {*files, *(file.path for file in manifest.files)}
    return sorted(path for path in there if path.startswith(_OWN) and path not in kept)


def _no_id(repo_id: str) -> DatasetError:
    return DatasetError(f"{repo_id!r:.100} is no repository's id", "give --repo-id as ORG/NAME")


@contextmanager
def _plainly(repo_id: str) -> Iterator[None]:
    """Turn errors of the Hub and of the network into a DatasetError with a hint."""
    from huggingface_hub import errors

    try:
        yield
    except errors.HFValidationError:
        raise _no_id(repo_id) from None
    except errors.LocalTokenNotFoundError:
        raise DatasetError("there is no token for the Hub", "set HF_TOKEN, or run: hf auth login") from None
    except errors.HfHubHTTPError as error:
        raise DatasetError(
            f"{repo_id} was not updated: the Hub answered {error.response.status_code}",
            "check that the token may write there, then run it again: nothing was committed",
        ) from None
    # HTTPError is that of the library which this release of huggingface_hub is built on. What is no JSON, or not of the
    # Hub's shape, is a ValueError, KeyError or TypeError; an upload that broke off is a RuntimeError.
    except (errors.HTTPError, OSError, RuntimeError, ValueError, KeyError, TypeError) as error:  # type: ignore[attr-defined]
        raise DatasetError(
            f"{repo_id} was not updated: the Hub cannot be reached, or something else answers ({type(error).__name__})",
            "check HF_ENDPOINT, HF_HUB_OFFLINE and the network, then run it again: nothing was committed",
        ) from None
