"""The site: how long ten thousand model pages take, what home weighs, and what a reader of it waits for.

    python -m tests.bench site

The committed dataset is measured, and a **synthetic** one of 10,000 models with a page each and 40,000 adapters, whose
routes had three prices and states each. No figure of that was ever observed. Chromium is the system's, its processor
slowed four times; files come from this machine, compressed as Pages compresses them. The exit code is 1 where a limit
is broken; times are worth little where much else runs, so the machine's load is printed with them.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.deploy.artifact import deploy
from pipeline.publish.dataset import load
from pipeline.publish.derive import builders
from pipeline.publish.versions import Outcome, publish
from tests.bench.bench_crawl import peak_of_family, run_once, served
from tests.bench.site_browser import THROTTLE, TYPINGS, Reader, read

ROOT = Path(__file__).resolve().parents[2]
OWN, ALL, OFFERS = 10_000, 50_000, 75_000
CHANGES_DAYS = (60, 30)
KEY_MS = 50


@dataclass(frozen=True)
class Build:
    """What building a site took, by the clock and of the processor, and the hash of all of it."""

    seconds: float
    processor_seconds: float
    peak_mib: float
    files: int
    digest: str


def built(data: Path, out: Path) -> Build:
    """Build a site in a process of its own."""
    begun, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "pipeline", "site", "--data", str(data), "--out", str(out)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process,
        ThreadPoolExecutor(1) as pool,
    ):
        peak = pool.submit(peak_of_family, process)
        process.communicate()
        spent, after = time.perf_counter() - begun, os.times()
        if process.returncode:
            raise SystemExit("the site was not built")
    files = sorted(path for path in out.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(out)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return Build(spent, worked, peak.result() / 1024, len(files), digest.hexdigest())


def synthetic_dataset(folder: Path) -> Path:
    """Publish the synthetic facts by the real run, then once more with a past."""
    with served(ALL, OFFERS) as server:
        run_once(folder / "run", server)
    found = load(folder / "run")
    assert found is not None
    content = {name: found.table(name) for name in TABLES}
    for name in ("price_history", "status_history"):
        content[name] = with_past(name, content[name])
    outcome = Outcome("complete", found.manifest.checked_at, "synthetic")
    publish(folder / "data", content, outcome, **builders(outcome))
    return folder / "data"


def with_past(name: str, table: pa.Table) -> pa.Table:
    """Return a history whose intervals each had two before: at twice and three times the price, or in error."""
    now = pl.DataFrame(pl.from_arrow(table))
    parts = [now]
    for times, days in enumerate(CHANGES_DAYS[::-1], start=2):
        start, end = now["valid_from"] - timedelta(days=days), parts[-1]["valid_from"]
        before = now.with_columns(valid_from=start, valid_to=end, last_observed_at=end - timedelta(hours=1))
        if name == "price_history":
            kinds = [pl.col(f"{side}_usd_per_mtok") * times for side in ("input", "output")]
            before = before.with_columns(column.cast(now.schema[column.meta.output_name()]) for column in kinds)
        elif times % 2 == 0:
            before = before.with_columns(status=pl.lit("error"))
        parts.append(before)
    return tables.conform(TABLES[name], pl.concat(parts).sort(TABLES[name].key).to_arrow())


class Figure(NamedTuple):
    """A line of the table; `kept` is whether the measured value is within the limit."""

    name: str
    limit: str
    measured: str
    kept: bool = True


def committed(folder: Path) -> tuple[Reader, list[Figure]]:
    """Measure the committed dataset's home, and what its pages and its index weigh."""
    site = folder / "deployed"
    built(ROOT / "data", site)
    models = max(zipped(page) for page in (site / "models").rglob("index.html"))
    sizes = [
        at_most("committed dataset: home's HTML, gzip, KB", 20, zipped(site / "index.html") / 1000),
        at_most("committed dataset: the largest model page, gzip, KB", 15, models / 1000),
        at_most("committed dataset: the search index, gzip, KB", 25, sum(index_sizes(site)) / 1000),
    ]
    shutil.copytree(ROOT / "data", site / "data")
    return read(site), sizes


def zipped(file: Path) -> int:
    """Bytes of a file as it is transferred, without headers."""
    return len(gzip.compress(file.read_bytes(), 6, mtime=0))


def index_sizes(site: Path) -> list[int]:
    """Bytes of the parts of the search index, the first first; adapters, searched later, are not among them."""
    return [
        zipped(file) for file in sorted((site / "search").glob("models-*.json"), key=lambda file: "-rest-" in file.name)
    ]


def at_most(name: str, limit: float, value: float, digits: int = 1) -> Figure:
    """Return a figure with an upper limit."""
    return Figure(name, f"{limit:g}", f"{value:.{digits}f}", value <= limit)


def figures(small: Reader, large: Reader, site: Path, first: Build, again: Build) -> list[Figure]:
    """Return what was measured, beside its limit."""
    parts = index_sizes(site)
    identical = first.digest == again.digest
    return [
        at_most("committed dataset: all of the first screen, gzip and headers, KB", 60, small.bytes / 1000),
        at_most("committed dataset: first paint, s", 1.0, small.paint_ms / 1000, 2),
        at_most("committed dataset: until the search answers, s", 1.0, small.usable_ms / 1000, 2),
        keys("committed dataset", small.key_ms),
        keys("the same, at a processor that is not slowed", small.free_key_ms),
        at_most("10,000 models: all of the first screen, gzip and headers, KB", 60, large.bytes / 1000),
        at_most("10,000 models: the index's part for the first key, gzip, KB", 60, parts[0] / 1000),
        at_most("10,000 models: the whole search index, gzip, KB", 350, sum(parts) / 1000),
        at_most("10,000 models: first paint, s", 1.0, large.paint_ms / 1000, 2),
        at_most("10,000 models: until the search answers, s", 1.0, large.usable_ms / 1000, 2),
        keys("10,000 models", large.key_ms),
        keys("the same, at a processor that is not slowed", large.free_key_ms),
        at_most("10,000 models: the whole site built, s", 60, first.seconds),
        Figure("10,000 models: the processor's time of that, s", "", f"{first.processor_seconds:.1f}"),
        at_most("10,000 models: peak memory of the build, MiB", 1024, max(first.peak_mib, again.peak_mib), 0),
        Figure("10,000 models: built again, the same bytes", "yes", "yes" if identical else "NO", identical),
    ]


def keys(name: str, spent_ms: list[float]) -> Figure:
    """Return within what 95 % of the keys were answered, the slowest, and how many took too long."""
    most = sorted(spent_ms)[min(len(spent_ms) - 1, int(len(spent_ms) * 0.95))]
    said = f"{most:.0f} / {max(spent_ms):.0f} / {sum(spent > KEY_MS for spent in spent_ms)} of {len(spent_ms)}"
    return Figure(f"{name}: a key, 95 % / slowest / how many over the limit, ms", str(KEY_MS), said, most <= KEY_MS)


def main() -> int:
    """Print the table, and return 1 where a limit is broken."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, sizes = committed(folder / "committed")
        data = synthetic_dataset(folder)
        first, again = built(data, folder / "site"), built(data, folder / "again")
        deploy(data, folder / "deployed", folder / "site")
        large = read(folder / "deployed")
        found = [*sizes, *figures(small, large, folder / "site", first, again)]
    print(
        f"\nThe site at a processor slowed {THROTTLE} x. 10,000 models: **synthetic**, {ALL - OWN:,} adapters beside,"
    )
    print(f"{first.files:,} files. {len(large.key_ms)} keys typed, from the first moment on, {TYPINGS} times, and the")
    print(f"least time of each counts. The machine's load: {before:.1f} before, {os.getloadavg()[0]:.1f} after.\n")
    print("| figure | limit | measured |\n|---|---:|---:|")
    for figure in found:
        print(f"| {figure.name} | {figure.limit} | {figure.measured}{'' if figure.kept else ' (over)'} |")
    return 0 if all(figure.kept for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
