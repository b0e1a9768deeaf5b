"""The site: how long ten thousand model pages take, what home weighs, and what a reader of it waits for.

    python -m tests.bench site

The committed dataset is measured, and a **synthetic** one of 10,000 models with a page each and 40,000 adapters, whose
routes had three prices and states each. No figure of that was ever observed. Chromium is the system's, its processor
slowed four times; files come from this machine, compressed as Pages compresses them.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.deploy.artifact import deploy
from pipeline.publish.dataset import load
from pipeline.publish.derive import catalog_builder
from pipeline.publish.versions import Outcome, publish
from tests.bench.bench_crawl import peak_of_family, run_once, served
from tests.bench.site_browser import THROTTLE, Reader, read

ROOT = Path(__file__).resolve().parents[2]
OWN, ALL, OFFERS = 10_000, 50_000, 75_000
CHANGES_DAYS = (60, 30)
KEY_MS = 50


@dataclass(frozen=True)
class Build:
    """What building a site took, and the hash of all of it."""

    seconds: float
    peak_mib: float
    files: int
    digest: str


def built(data: Path, out: Path) -> Build:
    """Build a site in a process of its own."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "pipeline", "site", "--data", str(data), "--out", str(out)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process,
        ThreadPoolExecutor(1) as pool,
    ):
        peak = pool.submit(peak_of_family, process)
        process.communicate()
        spent = time.perf_counter() - begun
        if process.returncode:
            raise SystemExit("the site was not built")
    files = sorted(path for path in out.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(out)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return Build(spent, peak.result() / 1024, len(files), digest.hexdigest())


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
    publish(folder / "data", content, outcome, build=catalog_builder(outcome))
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


def committed(folder: Path) -> Reader:
    """Measure the committed dataset's home."""
    built(ROOT / "data", folder / "deployed")
    shutil.copytree(ROOT / "data", folder / "deployed" / "data")
    return read(folder / "deployed")


def rows(small: Reader, large: Reader, first: Build, again: Build) -> list[tuple[str, str, str]]:
    """Return figure, limit and measured value, row by row."""
    identical = "yes" if first.digest == again.digest else "NO"
    return [
        ("committed dataset: home, gzip and headers, KB", "120", f"{small.bytes / 1000:.1f}"),
        ("committed dataset: until the search answers, s", "1.00", f"{small.usable_ms / 1000:.2f}"),
        ("committed dataset: a key, 95 % / slowest / how many over the limit, ms", str(KEY_MS), keys(small.key_ms)),
        ("the same, at a processor that is not slowed", str(KEY_MS), keys(small.free_key_ms)),
        ("10,000 models: first screen, gzip and headers, KB", "200", f"{large.bytes / 1000:.1f}"),
        ("10,000 models: until the search answers, s", "", f"{large.usable_ms / 1000:.2f}"),
        ("10,000 models: a key, 95 % / slowest / how many over the limit, ms", str(KEY_MS), keys(large.key_ms)),
        ("the same, at a processor that is not slowed", str(KEY_MS), keys(large.free_key_ms)),
        ("10,000 models: the whole site built, s", "60", f"{first.seconds:.1f}"),
        ("10,000 models: peak memory of the build, MiB", "1024", f"{max(first.peak_mib, again.peak_mib):.0f}"),
        ("10,000 models: built again, the same bytes", "yes", identical),
    ]


def keys(spent_ms: list[float]) -> str:
    """Return within what 95 % of the keys were answered, the slowest, and how many took too long."""
    most = sorted(spent_ms)[min(len(spent_ms) - 1, int(len(spent_ms) * 0.95))]
    return f"{most:.0f} / {max(spent_ms):.0f} / {sum(spent > KEY_MS for spent in spent_ms)} of {len(spent_ms)}"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = committed(folder / "committed")
        data = synthetic_dataset(folder)
        first, again = built(data, folder / "site"), built(data, folder / "again")
        deploy(data, folder / "deployed", folder / "site")
        large = read(folder / "deployed")
    print(
        f"\nThe site at a processor slowed {THROTTLE} x. 10,000 models: **synthetic**, {ALL - OWN:,} adapters beside,"
    )
    print(f"{first.files:,} files. {len(large.key_ms)} keys typed, from the first moment on.\n")
    print("| figure | limit | measured |\n|---|---:|---:|")
    for figure, limit, measured in rows(small, large, first, again):
        print(f"| {figure} | {limit} | {measured} |")


if __name__ == "__main__":
    main()
