"""How well a model is found: first hits of what people type, and wrong answers to ids that do not exist.

    python -m tests.bench search
    python tests/bench/bench_search.py [SNAPSHOT] [--models 200000]

SNAPSHOT is a dataset folder or a catalog.sqlite; without one, the snapshot that `hfp` would use. With --models they are
looked for in a catalog of so many: the snapshot's, and synthetic ones that are named after them, which is harder than
names of their own. The exit code is 1 where a limit is broken.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import string
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from hf_providers.catalog import aliases, search
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.exact import Matches, exact, former_ids
from hf_providers.catalog.locate import open_snapshot
from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.publish.catalog_build import build

AT = datetime(2026, 2, 26, tzinfo=UTC)
SUFFIXES = "GGUF AWQ GPTQ 4bit fp8 lora sft dpo v2 ko ja medical code chat mlx".split()  # noqa: SIM905 - shorter
SIZES = ("1.6", "3", "9", "13", "21", "34", "99", "405")
LEAST_WRONG = 500
"""Ids that do not exist, at least so many."""


class Measured(NamedTuple):
    """One line of the table: what was typed, how often, how many were right (or wrong), and the milliseconds each."""

    typed: str
    cases: int
    counted: int
    limit: str
    kept: bool
    median_ms: float
    worst_ms: float


def main(argv: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("snapshot", nargs="?")
    parser.add_argument("--models", type=int)
    args = parser.parse_args(argv)
    with open_snapshot(args.snapshot, os.environ) as small, tempfile.TemporaryDirectory() as folder:
        ids = [model_id for (model_id,) in small.query("SELECT model_id FROM models")]
        if not args.models:
            measured = measure(small, ids)
        else:
            path = Path(folder) / "catalog.sqlite"
            enlarge(small, path, args.models)
            with Catalog(str(path)) as large:
                measured = measure(large, ids)
    report(measured)
    above = [one.typed for one in measured if not one.kept]
    print(f"\na limit is broken: {'; '.join(above)}" if above else "\nall within their limits")
    return 1 if above else 0


def measure(catalog: Catalog, ids: Sequence[str]) -> list[Measured]:
    """Measure first hits of every id, and answers to ids that do not exist."""
    rng = random.Random(15)
    names = {model_id: model_id.rpartition("/")[2] for model_id in ids}
    hits = [
        ("its id", {model_id: model_id for model_id in ids}, 100.0),
        ("its name in small letters", {model_id: name.lower() for model_id, name in names.items()}, 99.0),
        ("the words of its id, in any order", {model_id: shuffled(model_id, rng) for model_id in ids}, 99.0),
        ("its name with one letter wrong", {key: mistyped(name, 1, rng) for key, name in names.items()}, 99.0),
        ("its name with two letters wrong", {key: mistyped(name, 2, rng) for key, name in names.items()}, 97.0),
    ]
    measured = [first_hits(catalog, typed, cases, least) for typed, cases, least in hits]
    return [*measured, *wrong_answers(catalog, ids, rng)]


def first_hits(catalog: Catalog, typed: str, cases: dict[str, str], least: float) -> Measured:
    """Measure how many models are the first hit of what was typed for them; of one name, any will do."""
    hits, spent = 0, []
    for model_id, query in cases.items():
        found, milliseconds = timed(lambda query=query: search.find(catalog, query))
        top = found.model_ids[0] if found.model_ids and found.matched_by != "nearest" else ""
        hits += same(top, model_id)
        spent.append(milliseconds)
    rate = 100 * hits / len(cases)
    return Measured(typed, len(cases), hits, f"{least:g} %", rate >= least, statistics.median(spent), max(spent))


def same(found: str, model_id: str) -> bool:
    return found.rpartition("/")[2].lower() == model_id.rpartition("/")[2].lower()


def wrong_answers(catalog: Catalog, ids: Sequence[str], rng: random.Random) -> Iterator[Measured]:
    """Measure answers to ids with one digit changed, with another size, with another version: none may be answered."""
    known = {model_id.lower() for model_id in (*ids, *former_ids(catalog))}
    ways = {"one digit changed": other_digits, "another size": other_sizes, "another version": other_versions}
    made: dict[str, list[str]] = {}
    for way, change in ways.items():
        every = (one for model_id in ids for one in change(model_id, rng))
        made[way] = [one for one in every if one.lower() not in known and not aliases.renamed(one)]
    if sum(map(len, made.values())) < LEAST_WRONG:
        sys.exit(f"fewer than {LEAST_WRONG} ids that do not exist could be made of this snapshot")
    for way, cases in made.items():
        answers = [timed(lambda one=one: exact(catalog, one) or search.find(catalog, one)) for one in cases]
        wrong = sum(found.matched_by != "nearest" for found, _ in answers)
        spent = [milliseconds for _, milliseconds in answers]
        title = f"an id with {way}: wrong answers"
        yield Measured(title, len(cases), wrong, "0", wrong == 0, statistics.median(spent), max(spent))


def timed(ask: Callable[[], Matches]) -> tuple[Matches, float]:
    started = time.perf_counter()
    found = ask()
    return found, (time.perf_counter() - started) * 1000


def other_digits(model_id: str, rng: random.Random) -> Iterator[str]:
    for digit in re.finditer(r"\d", model_id):
        other = rng.choice(string.digits.replace(digit.group(), ""))
        yield model_id[: digit.start()] + other + model_id[digit.end() :]


def other_sizes(model_id: str, rng: random.Random) -> Iterator[str]:
    for size in re.finditer(r"\d+(\.\d+)?(?=[bBmM]\b)", model_id):
        yield model_id[: size.start()] + rng.choice(SIZES) + model_id[size.end() :]


def other_versions(model_id: str, rng: random.Random) -> Iterator[str]:
    for version in re.finditer(r"\d+(\.\d+)?", model_id):
        whole, point, _ = version.group().partition(".")
        other = whole if point else f"{whole}.{rng.randrange(1, 10)}"
        yield model_id[: version.start()] + other + model_id[version.end() :]


def shuffled(model_id: str, rng: random.Random) -> str:
    words = re.split(r"[-_/ ]+", model_id)
    rng.shuffle(words)
    return " ".join(words).lower()


def mistyped(name: str, edits: int, rng: random.Random) -> str:
    """The name with letters dropped, added, replaced, or swapped with the next, in words of letters."""
    for _ in range(edits):
        places = [at for word in re.finditer("[A-Za-z]{3,}", name) for at in range(*word.span())]
        if not places:
            break
        at = rng.choice(places)
        letter = rng.choice(string.ascii_lowercase)
        ways = [name[at + 1 :], letter + name[at:], letter + name[at + 1 :]]
        if name[at + 1 : at + 2].isalpha():
            ways.append(name[at + 1] + name[at] + name[at + 2 :])
        name = name[:at] + rng.choice(ways)
    return name


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


def report(measured: Sequence[Measured]) -> None:
    print("| what is typed | cases | first hit, or wrong | limit | median ms | worst ms |")
    print("|---|---:|---:|---:|---:|---:|")
    for one in measured:
        counted = f"{100 * one.counted / one.cases:.1f} %" if one.limit != "0" else str(one.counted)
        times = f"{one.median_ms:.2f} | {one.worst_ms:.1f}"
        print(f"| {one.typed} | {one.cases:,} | {counted} | {one.limit} | {times} |")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
