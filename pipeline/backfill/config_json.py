"""A recorded config.json of a model, `OWNER--NAME_config.json`, as a row of `architectures`.

Its commit is not recorded, so `sha` stays NULL, and the next crawl that lists the model reads the file again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from hf_providers.catalog.hosting_schema import ARCHITECTURES
from pipeline.assemble import tables
from pipeline.backfill import Recording
from pipeline.crawl.source_result import Row
from pipeline.crawl.sources import architectures
from pipeline.errors import BackfillError
from pipeline.publish.dataset import Dataset

_NAME: Final = re.compile(r"([A-Za-z0-9][\w.-]{0,95}?)--([A-Za-z0-9][\w.-]{0,95})_config\.json")


def model_id(path: Path) -> str | None:
    """Return the model whose config.json a file is by its name; None for any other file."""
    match = _NAME.fullmatch(path.name)
    if match is None or path.name.endswith("_hf_quant_config.json"):
        return None
    return f"{match[1]}/{match[2]}"


def read(name: str, body: bytes, observed_at: datetime | None, source: str) -> Recording:
    """Return what a model's config.json says.

    Args:
        name: The model's id.
        body: The file.
        observed_at: When it was read from the Hub.
        source: The project that recorded it.

    Raises:
        BackfillError: the time is unknown.
    """
    if observed_at is None:
        raise BackfillError("the recording has no time", "give --observed-at")
    return Recording(architectures=[architectures.row(name, None, architectures.parse(body), observed_at, source)])


def merged(last: Dataset, config_rows: Iterable[Row]) -> pa.Table:
    """Return architectures with the recorded ones: a crawl's row before any recording, else the newest."""
    rows: dict[str, Row] = {}
    for row in [*tables.to_rows(last.table(ARCHITECTURES.name)), *config_rows]:
        known = rows.get(row["model_id"])
        if known is None or (known["sha"] is None and row["observed_at"] >= known["observed_at"]):
            rows[row["model_id"]] = row
    return tables.from_rows(ARCHITECTURES, rows.values())
