"""What the published history must be: folded from the world by plain loops, at the moments that could be observed.

Nothing of the pipeline is used, nor its rules but the published ones: a row where something changed, `valid_from`
inclusive, `valid_to` exclusive and NULL while it lasts; a measurement where a value changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import duckdb
import numpy as np

from tests.drill.world import Route, Said, World, hour

Observed = Mapping[str, list[int]]
"""The hours at which each provider's listing was taken, in order."""
Interval = tuple[Route, datetime, datetime | None, Any]


def price(said: Said) -> tuple[Decimal | None, Decimal | None]:
    """Return the prices as the table has them."""
    return (None, None) if said.price is None else (Decimal(said.price[0]), Decimal(said.price[1]))


def status(said: Said) -> tuple[str, int | None, bool | None]:
    """Return status, context and tools as the table has them."""
    return said.status, said.context, said.tools


def intervals(world: World, observed: Observed, value: Callable[[Said], Any]) -> set[Interval]:
    """Return every interval of a value: one a stretch of observed hours at which it was the same."""
    found: set[Interval] = set()
    for route in routes(world):
        hours = observed.get(route[1], [])
        seen = [(number, world.hours[number].get(route)) for number in hours]
        stretches = [
            (said, next(iter(stretch))[0])
            for said, stretch in groupby(seen, key=lambda pair: None if pair[1] is None else (value(pair[1]),))
        ]
        ends = [hour(number) for _, number in stretches[1:]] + [None]
        for (said, number), end in zip(stretches, ends, strict=True):
            if said is not None:
                found.add((route, hour(number), end, said[0]))
    return found


def measurements(world: World, observed: Observed) -> set[tuple[Route, datetime, Any]]:
    """Return every measurement that differs from the route's one before, as float32."""
    found: set[tuple[Route, datetime, Any]] = set()
    for route in routes(world):
        before: Any = (None, None)
        for number in observed.get(route[1], []):
            said = world.hours[number].get(route)
            if said is not None:
                values = tuple(None if v is None else float(np.float32(v)) for v in (said.tps, said.ttft_ms))
                if values != before:
                    found.add((route, hour(number), values))
                before = values
    return found


def routes(world: World) -> list[Route]:
    """Return every route that ever was."""
    return sorted({route for state in world.hours for route in state})


def published_intervals(data: Path, table: str, columns: str) -> set[Interval]:
    """Return the intervals of a published history table."""
    rows = _rows(data, table, f"model_id, provider, task, valid_from, valid_to, {columns}")
    return {((row[0], row[1], row[2]), row[3], row[4], row[5:]) for row in rows}


def published_measurements(data: Path) -> set[tuple[Route, datetime, Any]]:
    """Return the published measurements."""
    rows = _rows(data, "measurements", "model_id, provider, task, observed_at, throughput_tps, ttft_ms")
    return {((row[0], row[1], row[2]), row[3], row[4:]) for row in rows}


def _rows(data: Path, table: str, columns: str) -> list[tuple[Any, ...]]:
    manifest = json.loads((data / "manifest.json").read_bytes())
    files = [file for file in manifest["files"] if file["table"] == table]
    if not files:
        return []
    with duckdb.connect() as database, TemporaryDirectory() as folder:
        paths = [str(_file(data, file, Path(folder))) for file in files]
        database.execute("SET TimeZone = 'UTC'")
        return database.execute(f"SELECT {columns} FROM read_parquet(?)", [paths]).fetchall()


def _file(data: Path, file: Mapping[str, Any], folder: Path) -> Path:
    """Return the place of a published file; one that is named by an address is had from there."""
    if not file.get("url"):
        return data / file["path"]
    with urlopen(file["url"]) as response:
        content = response.read()
    assert sha256(content).hexdigest() == file["sha256"], file["url"]
    place = folder / file["sha256"]
    place.write_bytes(content)
    return place
