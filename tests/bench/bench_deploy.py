"""What would be uploaded after a synthetic year of hourly runs, with the archive and without.

The year is that of `bench_history`, with a catalog of 4,000 models and a year of rows about runs. The site counts by
what the committed dataset's takes: the bytes of a model's pages for each model of the year, and what all sites have.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import MEASUREMENTS, MODELS, OFFERS, RUNS, TABLES
from pipeline.assemble import tables
from pipeline.deploy.archive_names import asset_of, release_of
from pipeline.deploy.archived import closed
from pipeline.deploy.artifact import LIMIT, Deployed, deploy
from pipeline.history.history_guard import month_of
from pipeline.publish.dataset import File, load
from pipeline.publish.derive import builders
from pipeline.publish.versions import Outcome, publish
from pipeline.site.build import build
from tests.bench.bench_history import DAYS, END, moments, one_run, synthetic_year
from tests.bench.limits import Figure, report
from tests.dataset_samples import ROOT
from tests.deploy.served import serving

LARGE = 2_000_000
MAKING_S = 60.0
RUNS_AN_HOUR = 46
"""Rows of `runs` that one run writes, as the committed dataset has them."""


def a_year() -> dict[str, pa.Table]:
    """Every table after a synthetic year."""
    year = synthetic_year()
    offers = one_run(year)
    empty = {name: tables.empty(table) for name, table in TABLES.items()}
    return empty | year | {OFFERS.name: offers, MODELS.name: models(offers), RUNS.name: runs()}


def models(offers: pa.Table) -> pa.Table:
    """A row for each model that is offered."""
    given = {"modality": "text", "pipeline_tag": "text-generation", "license": "apache-2.0", "conversational": True}
    rows = [
        dict.fromkeys(MODELS.column_names)
        | given
        | {"model_id": model_id, "author": "synthetic", "name": model_id.partition("/")[2], "likes": place}
        | {"dtype_parameters": {"BF16": place * 10**6}, "base_models": []}
        for place, model_id in enumerate(sorted(set(offers["model_id"].to_pylist())))
    ]
    return tables.from_rows(MODELS, rows)


def runs() -> pa.Table:
    """How each hourly run went, for each source and provider."""
    rng, count = np.random.default_rng(20260226), DAYS * 24 * RUNS_AN_HOUR
    frame = pl.DataFrame(
        {
            "run_at": moments(np.repeat(np.arange(DAYS * 24), RUNS_AN_HOUR)),
            "source": ["hub-list"] * count,
            "provider": np.tile([f"provider-{n:02}" for n in range(RUNS_AN_HOUR)], DAYS * 24),
            "result": ["ok"] * count,
            "requests": rng.integers(1, 5, count),
            "bytes": rng.integers(10_000, 2_000_000, count),
            "unchanged": [0] * count,
            "records": rng.integers(100, 110, count),
            "quarantined": [0] * count,
            "duration_ms": rng.integers(100, 3000, count),
            "origin": ["huggingface.co"] * count,
        }
    )
    made = frame.with_columns(error=pl.lit(None, pl.String)).to_arrow()
    drift = pa.nulls(count, pa.list_(pa.string()))
    return tables.conform(RUNS, made.append_column("drift", drift).select(RUNS.column_names))


def published(folder: Path, year: Mapping[str, pa.Table], hours: range) -> None:
    """Publish versions an hour apart: a model gets a like."""
    likes = MODELS.column_names.index("likes")
    for hour in hours:
        found = year[MODELS.name]
        more = pa.array([value + hour for value in found["likes"].to_pylist()], found.schema.field(likes).type)
        content = dict(year) | {MODELS.name: found.set_column(likes, found.schema.field(likes), more)}
        now = END - timedelta(hours=12 - hour)
        outcome = Outcome("complete", now, "synthetic")
        publish(folder, content, outcome, **builders(outcome, now - timedelta(hours=1)))


def archive(data: Path, folder: Path) -> None:
    """Put every closed month where the archive would have it."""
    for file in closed_months(data):
        place = folder / release_of(month_of(file)) / asset_of(month_of(file), file.path)
        place.parent.mkdir(parents=True)
        shutil.copyfile(data / file.path, place)


def closed_months(data: Path) -> list[File]:
    """The files of closed months."""
    dataset = load(data)
    assert dataset
    return closed(dataset.manifest.files, dataset.manifest.checked_at)


def site_bytes(folder: Path, models: int) -> int:
    """Bytes of a site of so many models, by what the committed dataset's takes for each and for all."""
    build(ROOT / "data", folder)
    pages = sum(1 for _ in (folder / "models").rglob("index.html"))
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    each = sum(size for path, size in sizes.items() if path.relative_to(folder).parts[0] in {"models", "api"})
    print(f"The site: {each / pages:,.0f} bytes a model, {sum(sizes.values()) - each:,} besides.")
    return sum(sizes.values()) - each + each * models // pages


def parts(up: Path) -> dict[str, int]:
    """Bytes of each part of what would be uploaded, and of the largest files of a version."""
    found: dict[str, int] = {}
    for path in up.rglob("*"):
        if path.is_file():
            place = path.relative_to(up).parts
            name = "the site" if place[0] != "data" else "/".join(place[: 3 if place[1] == "v1" else 2])
            found[name] = found.get(name, 0) + path.stat().st_size
    large = (path for path in (up / "data/latest").iterdir() if path.stat().st_size > LARGE)
    return found | {f"one version's {path.name}": path.stat().st_size for path in large}


def main() -> int:
    """Print the table, and return 1 where a limit is broken."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        year = a_year()
        published(folder / "data", year, range(3))
        (folder / "site").mkdir()
        with (folder / "site/pages").open("wb") as file:
            file.truncate(site_bytes(folder / "sample", year[MODELS.name].num_rows))
        whole = deploy(folder / "data", folder / "all", folder / "site")
        archive(folder / "data", folder / "archive")
        with serving(folder / "archive") as server:
            deploy(folder / "data", folder / "first", folder / "site", server.url)
        # The next runs have as state what was uploaded, without the archived months.
        state = load(folder / "first/data")
        assert state
        published(state.root, year | {MEASUREMENTS.name: state.table(MEASUREMENTS.name)}, range(3, 6))
        begin = time.perf_counter()
        made = deploy(state.root, folder / "up", folder / "site")
        spent = time.perf_counter() - begin
        count = year[MEASUREMENTS.name].num_rows
        print(f"After a synthetic year: {count:,} measurements, {year[RUNS.name].num_rows:,} rows about runs\n")
        return report("figure", figures(whole, made, spent, parts(folder / "up")))


def figures(whole: Deployed, made: Deployed, spent: float, sizes: dict[str, int]) -> list[Figure]:
    """Return what was measured. Only with the archive is it what a year's schedule would upload."""
    largest = sorted(sizes.items(), key=lambda item: -item[1])
    return [
        Figure("to upload, with the archive", LIMIT / 1e6, made.bytes / 1e6, "MB", 1),
        *(Figure(f"… {part}", None, size / 1e6, "MB", 1) for part, size in largest),
        Figure("had nothing ever been archived", None, whole.bytes / 1e6, "MB", 1),
        Figure("making the folder", MAKING_S, spent, "s", 1),
    ]


if __name__ == "__main__":
    sys.exit(main())
