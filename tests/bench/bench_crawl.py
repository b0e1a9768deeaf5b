"""The crawl at the Hub's full size: requests, wall time, memory, and the time from raw pages to a published dataset.

The facts are synthetic (`synthetic.py`). A replay serves them from a process of its own, 80 ms before every answer; the
run is a process of its own too, so that its peak memory is its own. What is compared:

- the bound, max(longest chain of pages, pages / 4) x latency, plus what a bare client needs to read the same bytes:
  httpx, four connections, the same URLs, the same compression, no latency; every JSON body parsed by `json`;
- the limits of the design: 1.3 x that bound, 1 GiB, 20 s.

The first run fills an empty folder, the second finds all of it published already, as an hourly run does.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from urllib.parse import parse_qs

import httpx

from pipeline.replay import Faults, Seen, serve
from tests.bench import synthetic

LATENCY_MS = 80
PAGE = 1000
AT_A_TIME = 4
REPEATS = 3
# What a run reports of itself: seconds of the crawl and of all.
RUN = """
import json, sys, time
from pathlib import Path
from hf_providers.hub import Settings
from pipeline import run as pipeline_run
from pipeline.crawl.progress import Lines

def timed(*args, crawl=pipeline_run.crawl, **options):
    begun = time.perf_counter()
    source_results = crawl(*args, **options)
    report["crawl_s"] = time.perf_counter() - begun
    return source_results

report = {}
pipeline_run.crawl = timed
begun = time.perf_counter()
result = pipeline_run.run(Path(sys.argv[1]), Settings(endpoint=sys.argv[2], router_url=sys.argv[2]), Lines())
report["all_s"] = time.perf_counter() - begun
report["rows"] = {file.table: file.rows for file in result.manifest.files if file.table}
report["exit"] = int(result.exit)
print(json.dumps(report))
"""


@dataclass(frozen=True)
class Server:
    """A replay in another process: its address, and the wire to it."""

    url: str
    wire: Connection

    def slow_down(self, latency_ms: float) -> None:
        self.wire.send(latency_ms)
        self.wire.recv()

    def requests(self) -> list[Seen]:
        """Every request since this was last asked."""
        self.wire.send(None)
        seen: list[Seen] = self.wire.recv()
        return seen


def _serve(wire: Connection, models: int, offers: int) -> None:
    told = 0
    with serve(synthetic.facts(models, offers)) as server:
        wire.send(server.url)
        while (order := wire.recv()) != "stop":
            if order is not None:
                server.inject(Faults(latency_ms=order))
                wire.send("done")
                continue
            seen = server.requests
            wire.send(seen[told:])
            told = len(seen)


@contextmanager
def served(models: int, offers: int) -> Iterator[Server]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, models, offers))
    process.start()
    try:
        yield Server(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join()


def run_once(out: Path, server: Server) -> dict[str, Any]:
    """Run the pipeline in a process of its own and return what it measured."""
    command = [sys.executable, "-c", RUN, str(out), server.url]
    with (
        tempfile.TemporaryFile("w+") as lines,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=lines, text=True) as process,
        ThreadPoolExecutor(1) as thread,
    ):
        peak_kib = thread.submit(peak_of_family, process)
        out_text, _ = process.communicate()
        if process.returncode != 0:
            lines.seek(0)
            raise RuntimeError(lines.read())
        return {**json.loads(out_text), "peak_kib": peak_kib.result()}


def peak_of_family(process: subprocess.Popen[str]) -> int:
    """Return the most memory that a process and its children held at once, KiB, once it has ended.

    The process's own peak is the kernel's; the sum is looked at often. Not getrusage: what that says of a child begins
    with the memory of the parent that it was forked from.
    """
    peak = 0
    while process.poll() is None:
        with suppress(OSError):  # one of them has just ended
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            held = [memory_kib(pid, "VmRSS") for pid in (process.pid, *map(int, children))]
            peak = max(peak, sum(held), memory_kib(process.pid, "VmHWM"))
        sleep(0.02)
    return peak


def memory_kib(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def read_bare(server: Server, requests: Sequence[Seen]) -> tuple[float, int]:
    """Return the seconds in which a bare client reads what was asked, four at a time, and the bytes it read."""
    urls = [f"{server.url}{seen.path}{'?' if seen.query else ''}{seen.query}" for seen in requests]
    limits = httpx.Limits(max_connections=AT_A_TIME)
    with (
        httpx.Client(limits=limits, headers={"Accept-Encoding": "gzip"}) as client,
        ThreadPoolExecutor(AT_A_TIME) as threads,
    ):
        begun = perf_counter()
        read = sum(threads.map(lambda url: _read(client, url), urls))
        return perf_counter() - begun, read


def _read(client: httpx.Client, url: str) -> int:
    reply = client.get(url)
    if "json" in reply.headers["content-type"]:
        reply.json()
    return len(reply.content)


def pages_by_provider(requests: Sequence[Seen]) -> Counter[str]:
    """Return how many pages of its listing each provider was asked for."""
    listings = (parse_qs(seen.query) for seen in requests if seen.path == "/api/models")
    return Counter(query["inference_provider"][0] for query in listings)


def needed_pages(models: int, offers: int) -> dict[str, int]:
    """Return how many pages of 1000 each provider's listing has."""
    listed = Counter(
        provider
        for model in synthetic.facts(models, offers).models
        for provider in {offer.provider for offer in model.offers or ()}
    )
    return {provider: math.ceil(count / PAGE) for provider, count in listed.items()}


@dataclass(frozen=True)
class Measured:
    """What was measured, seconds; of what is repeated, the best, since the machine is never ours alone."""

    first: dict[str, Any]
    later: list[dict[str, Any]]
    bare_s: float
    read_bytes: int
    requests: list[Seen]
    needed: dict[str, int]

    @property
    def chain_s(self) -> float:
        pages = sum(self.needed.values())
        return max(*self.needed.values(), pages / AT_A_TIME) * LATENCY_MS / 1000

    @property
    def bound_s(self) -> float:
        return self.chain_s + self.bare_s

    def best(self, figure: str) -> float:
        return min(float(run[figure]) for run in self.later)

    @property
    def peak_mib(self) -> float:
        return max(float(run["peak_kib"]) for run in (self.first, *self.later)) / 1024


def measure(models: int, offers: int) -> Measured:
    with served(models, offers) as server, tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "dataset"
        first = run_once(out, server)
        requests = server.requests()
        bare_s, read = min(read_bare(server, requests) for _ in range(REPEATS))
        server.slow_down(LATENCY_MS)
        later = [run_once(out, server) for _ in range(REPEATS)]
    return Measured(first, later, bare_s, read, requests, needed_pages(models, offers))


def table(m: Measured) -> list[tuple[str, object, object]]:
    """Return figure, limit and measured value, row by row."""
    pages = pages_by_provider(m.requests)
    asked = len(pages)
    crawl_s = m.best("crawl_s")
    return [
        ("list pages beyond ceil(models / 1000) a provider", 0, sum(pages[p] - n for p, n in m.needed.items())),
        (f"requests beside pages, {asked} providers", 2 * asked + 5, len(m.requests) - sum(pages.values())),
        ("requests for one model", 0, sum(seen.path.startswith("/api/models/") for seen in m.requests)),
        (f"crawl at {LATENCY_MS} ms, s", f"{1.3 * m.bound_s:.2f}", f"{crawl_s:.2f}"),
        ("crawl / bound", "1.30", f"{crawl_s / m.bound_s:.2f}"),
        ("raw pages to published, empty folder, s", 20, f"{m.first['all_s']:.1f}"),
        (f"raw pages to published, next run, at {LATENCY_MS} ms, s", 20, f"{m.best('all_s'):.1f}"),
        ("peak memory, the reading processes included, MiB", 1024, f"{m.peak_mib:.0f}"),
    ]


def main(models: int = 64_000, offers: int = 100_000) -> None:
    m = measure(models, offers)
    rows = m.first["rows"]
    pages, mib = sum(m.needed.values()), m.read_bytes / 2**20
    print(f"\nCrawl of **synthetic** facts: {rows['models']:,} models, {rows['offers']:,} offers, {pages} pages,")
    print(
        f"{mib:.0f} MiB; bound: {m.chain_s:.2f} s of latency + {m.bare_s:.2f} s of a bare client. Best of {REPEATS}.\n"
    )
    print("| figure | limit | measured |\n|---|---:|---:|")
    for name, limit, measured in table(m):
        print(f"| {name} | {limit} | {measured} |")


if __name__ == "__main__":
    main()
