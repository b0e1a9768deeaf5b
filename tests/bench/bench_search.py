"""How well and how fast a model is found: hit rates, whole-process times as ratios to `python -c pass`, memory.

    python tests/bench/bench_search.py [SNAPSHOT] [--models 200000] [--rounds 30] [--library]

SNAPSHOT is a dataset folder or a catalog.sqlite; without one, the snapshot that `hfp` would use. The large catalog is
made of its models and of synthetic ones that are named after them, which is harder than names of their own. A process
is `hfp QUERY` into a pipe; with --library it opens, searches and reads the offers, and nothing else.
"""

import argparse
import os
import random
import statistics
import string
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hf_providers.catalog import search
from hf_providers.catalog.database import Catalog, open_snapshot
from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.publish.catalog_build import build

AT = datetime(2026, 2, 26, tzinfo=UTC)
SUFFIXES = "GGUF AWQ GPTQ 4bit fp8 lora sft dpo v2 ko ja medical code chat mlx".split()  # noqa: SIM905 - shorter
QUERIES = {
    "exact": "deepseek-ai/DeepSeek-R1",
    "name": "deepseek-r1",
    "words": "llama 3.3",
    "typo": "deepsek-r1",
    "typo of a word": "deepsek",
    "nothing like it": "qzxvkj",
}
LIBRARY = """
import sys
from hf_providers.catalog import database, search
opened = database.Catalog(sys.argv[1])
for model_id in search.find(opened, sys.argv[2]).model_ids[:1]:
    print(opened.offers(model_id))
"""
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Run from a small process, because a child's peak begins with that of what started it."""


COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed package is compiled; so is a checkout after its first run, unless that is forbidden."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("snapshot", nargs="?")
    parser.add_argument("--models", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--library", action="store_true")
    args = parser.parse_args()
    with open_snapshot(args.snapshot, os.environ) as small, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.sqlite"
        started = time.perf_counter()
        enlarge(small, path, args.models)
        print(f"{args.models:,} models: {time.perf_counter() - started:.1f} s, {path.stat().st_size / 1e6:.0f} MB\n")
        names = [name for (name,) in small.query("SELECT name FROM models")]
        hit_rates("in the snapshot", small, names)
        with Catalog(str(path)) as large:
            hit_rates(f"among {args.models:,}", large, names)
        processes({"small": small.path, "large": str(path)}, args.rounds, args.library)


def enlarge(small: Catalog, path: Path, count: int) -> None:
    """Write a catalog of `count` models: those of the small one, and made-up ones with a live offer each."""
    rng = random.Random(7)
    real = small.query("SELECT model_id, likes, downloads FROM models")
    facts = {model_id: (likes, downloads) for model_id, likes, downloads in real}
    while len(facts) < count:
        name = "-".join([rng.choice(real)[0].rpartition("/")[2], *rng.sample(SUFFIXES, rng.choice((1, 2)))])
        facts[f"user{rng.randrange(30_000)}/{name}-{rng.randrange(1000)}"] = rng.randrange(30), rng.randrange(500)
    models = tables.from_rows(TABLES["models"], (blank("models") | model(*row) for row in facts.items()))
    offers = tables.from_rows(TABLES["offers"], (blank("offers") | offer(model_id) for model_id in facts))
    build({"models": models, "offers": offers}, path, small.meta())


def blank(table: str) -> dict[str, Any]:
    return dict.fromkeys(TABLES[table].column_names)


def model(model_id: str, use: tuple[int | None, int | None]) -> dict[str, Any]:
    author, _, name = model_id.rpartition("/")
    row = {"model_id": model_id, "author": author, "name": name, "modality": "text"}
    return row | {"likes": use[0], "downloads": use[1]}


def offer(model_id: str) -> dict[str, Any]:
    key = {"model_id": model_id, "provider": "somewhere", "task": "conversational", "provider_model_id": model_id}
    return key | {"status": "live", "readiness": "cold", "first_seen_at": AT, "changed_at": AT, "stale": False}


def hit_rates(where: str, catalog: Catalog, names: list[str]) -> None:
    """Print how many names are found first, by random edits and seed."""
    print(f"first hit of {len(names):,} names {where}; milliseconds a search, median and worst")
    for edits in range(3):
        for seed in range(3):
            rng = random.Random(seed)
            spent, hits = [], 0
            for name in names:
                typed = mistyped(name, edits, rng)
                started = time.perf_counter()
                found = search.find(catalog, typed)
                spent.append((time.perf_counter() - started) * 1000)
                hits += found.how != "nearest" and found.model_ids[0].rpartition("/")[2].lower() == name.lower()
            rate = f"{hits / len(names):8.2%}"
            print(f"  {edits} edits, seed {seed} {rate} {statistics.median(spent):8.2f} {max(spent):8.1f}")
    print()


def mistyped(name: str, edits: int, rng: random.Random) -> str:
    """The name with letters dropped, added, replaced, or swapped with the next."""
    for _ in range(edits):
        at = rng.randrange(len(name) - 1)
        letter = rng.choice(string.ascii_lowercase + string.digits)
        old = name[at : at + 2]
        name = name[:at] + rng.choice((old[1:], letter + old, letter + old[1:], old[::-1])) + name[at + 2 :]
    return name


def processes(catalogs: dict[str, str], rounds: int, library: bool) -> None:
    """Print the time and memory of whole processes, taken in turns so that a busy machine is unfair to none."""
    hfp = str(Path(sys.executable).with_name("hfp"))
    commands = {("python -c pass", ""): [sys.executable, "-c", "pass"]}
    for kind, query in QUERIES.items():
        for size, path in catalogs.items():
            whole = [hfp, query, "--first", "--snapshot", path]
            commands[kind, size] = [sys.executable, "-c", LIBRARY, path, query] if library else whole
    memory = {key: peak_mb(command) for key, command in commands.items()}  # and warms the caches
    spent: dict[tuple[str, str], list[float]] = {key: [] for key in commands}
    for _ in range(rounds):
        for key, command in commands.items():
            spent[key].append(seconds(command))
    medians = {key: statistics.median(times) for key, times in spent.items()}
    bare = medians["python -c pass", ""]
    print(f"{'process':<18}{'catalog':<9}{'ms':>7}{'x pass':>8}{'x small':>9}{'MB':>7}")
    for (kind, size), median in medians.items():
        ratio = f"{median / medians[kind, 'small']:9.2f}" if size == "large" else " " * 9
        print(f"{kind:<18}{size:<9}{median * 1000:7.1f}{median / bare:8.2f}{ratio}{memory[kind, size]:7.1f}")


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=COMPILED)
    spent = time.perf_counter() - started
    if done.returncode not in {0, 1}:
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr}")
    return spent


def peak_mb(command: list[str]) -> float:
    return int(subprocess.check_output([sys.executable, "-c", PEAK, *command], env=COMPILED)) / 1024


if __name__ == "__main__":
    main()
