"""The dataset as a repository of the Hugging Face Hub; a version is one commit.

It has the dataset's files, as a release lays them out, a card whose configurations the Hub's viewer and `load_dataset`
read, and Croissant metadata. `datasets` knows no maps: a table that has one is copied for it, with lists of pairs. It
fails on a table without rows: such a table has no configuration.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pyarrow as pa
import yaml

from hf_providers.hub.client import PROJECT_URL
from hf_providers.schema import DERIVED, OFFERS, TABLES, Table
from pipeline import tables
from pipeline.croissant import CROISSANT, DESCRIPTION, document
from pipeline.dataset import MANIFEST, DatasetError, Manifest
from pipeline.publish import LATEST, flatten

CARD: Final = "README.md"
VIEWER: Final = "viewer"
HUB: Final = "https://huggingface.co"
_OWN: Final = (f"{LATEST}/", f"{VIEWER}/", *(f"{table.name}/" for table in TABLES.values() if table.partitioned))
"""Folders of the repository that are this command's: what is in them and not in the dataset is removed."""
_SIZES: Final = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was uploaded: the version, how many files were given and removed, and the commit's page."""

    version: str
    added: int
    removed: int
    url: str


def folder(data: Path, out: Path, repo_id: str) -> Manifest:
    """Write into `out` what the repository holds, and return the manifest.

    Raises:
        DatasetError: there is no whole dataset in `data`, `out` is not empty, or cannot be written.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise DatasetError(f"{out} is not empty", "name another folder, or remove it")
    manifest = flatten(data, out)
    described = document(manifest, f"{HUB}/datasets/{repo_id}/resolve/main")
    (out / CROISSANT).write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for table in (TABLES | DERIVED).values():
        path = out / LATEST / f"{table.name}.parquet"
        if _has_map(table) and path.is_file():
            (out / VIEWER).mkdir(exist_ok=True)
            tables.write(_with_pairs(tables.read(path, table)), out / VIEWER / path.name)
    (out / CARD).write_text(card(manifest, out, repo_id), encoding="utf-8")
    return manifest


def _has_map(table: Table) -> bool:
    return any(column.type.startswith("map<") for column in table.columns)


def _with_pairs(data: pa.Table) -> pa.Table:
    """The table with each map as a list of pairs of key and value."""
    for place, field in enumerate(data.schema):
        if pa.types.is_map(field.type):
            pair = pa.struct([("key", field.type.key_type), ("value", field.type.item_type)])
            data = data.set_column(place, field.name, data[field.name].cast(pa.list_(pair)))
    return data


def configurations(manifest: Manifest, out: Path) -> dict[str, str]:
    """Return each table's files in the repository, as the card names them; without rows there a table is left out."""
    filled = {file.table for file in manifest.files if file.rows and file.url is None}
    return {
        table.name: f"{table.name}/*/*.parquet" if table.partitioned else _place(table, out)
        for table in (TABLES | DERIVED).values()
        if table.name in filled
    }


def _place(table: Table, out: Path) -> str:
    file = f"{table.name}.parquet"
    return f"{VIEWER if (out / VIEWER / file).is_file() else LATEST}/{file}"


def card(manifest: Manifest, out: Path, repo_id: str) -> str:
    """Return the text of the card: what the Hub reads as YAML, and what people read."""
    known = TABLES | DERIVED
    rows = {file.table: 0 for file in manifest.files if file.table in known}
    for file in manifest.files:
        if file.table in rows:
            rows[file.table] += file.rows or 0
    configs = [
        {"config_name": name, "data_files": pattern} | ({"default": True} if name == OFFERS.name else {})
        for name, pattern in configurations(manifest, out).items()
    ]
    described: dict[str, Any] = {
        "pretty_name": "Inference providers on Hugging Face",
        "license": "apache-2.0",
        "tags": ["inference-providers", "pricing", "latency", "tabular"],
        "size_categories": [_size(sum(rows.values()))],
        "configs": configs,
    }
    listed = "".join(f"| `{name}` | {rows[name]:,} | {known[name].description} |\n" for name in known if name in rows)
    text = yaml.safe_dump(described, sort_keys=False, allow_unicode=True)
    return (
        f"---\n{text}---\n\n# Inference providers on Hugging Face\n\n{DESCRIPTION}\n\n"
        f"Version `{manifest.version}`, observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC. A mirror of the dataset of "
        f"[hf-providers]({PROJECT_URL}), where every column is documented. `{MANIFEST}` names each file with its "
        f"SHA-256.\n\n| table | rows | |\n| --- | ---: | --- |\n{listed}\n"
        f"In `{VIEWER}/` are tables as `datasets` reads them: maps as lists of pairs.\n\n"
        "```python\nfrom datasets import load_dataset\n\n"
        f'offers = load_dataset("{repo_id}", "offers", split="train")\n```\n'
    )


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "10M<n<100M")


def mirror(data: Path, repo_id: str) -> Mirrored:
    """Upload the dataset in `data` to a dataset repository, made where there is none, in one commit.

    Months that the manifest names by address stay where an earlier upload put them. The token is as huggingface_hub
    reads it.

    Raises:
        DatasetError: there is no whole dataset, or the Hub refused or cannot be reached.
    """
    with tempfile.TemporaryDirectory() as temporary, _plainly(repo_id):
        out = Path(temporary) / "dataset"
        manifest = folder(data, out, repo_id)
        return _upload(out, repo_id, manifest)


def _upload(out: Path, repo_id: str, manifest: Manifest) -> Mirrored:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi(library_name="hf-providers")
    api.create_repo(repo_id, repo_type="dataset", exist_ok=True)
    info = api.dataset_info(repo_id)
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    stale = _stale([sibling.rfilename for sibling in info.siblings or []], files, manifest)
    adding = [CommitOperationAdd(place, out / place) for place in files]
    removing = [CommitOperationDelete(place) for place in stale]
    done = api.create_commit(
        repo_id,
        [*adding, *removing],
        commit_message=f"Dataset {manifest.version}, observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC",
        repo_type="dataset",
        parent_commit=info.sha,
    )
    return Mirrored(manifest.version, len(adding), len(removing), done.commit_url)


def _stale(there: Sequence[str], files: Sequence[str], manifest: Manifest) -> list[str]:
    """What stands in this command's folders and is no part of the dataset any more."""
    kept = {*files, *(file.path for file in manifest.files)}
    return sorted(place for place in there if place.startswith(_OWN) and place not in kept)


@contextmanager
def _plainly(repo_id: str) -> Iterator[None]:
    """Say in two lines what the Hub refused."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, OfflineModeIsEnabled

    try:
        yield
    except HFValidationError:
        raise DatasetError(f"{repo_id!r:.100} is no repository's id", "give --repo-id as ORG/NAME") from None
    except LocalTokenNotFoundError:
        raise DatasetError("there is no token for the Hub", "set HF_TOKEN, or run: hf auth login") from None
    except (HfHubHTTPError, httpx.HTTPError, OfflineModeIsEnabled) as error:
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else type(error).__name__
        raise DatasetError(
            f"{repo_id} was not updated: the Hub answered {status}",
            "see that the token may write there, then run it again: a commit is taken whole or not at all",
        ) from None
