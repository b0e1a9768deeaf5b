"""The crawl at the Hub's full size: requests, wall time, memory, and the time from raw pages to a published dataset.

The facts are synthetic (`synthetic.py`). A replay serves them from a process of its own, 80 ms before every answer; the
run is a process of its own too, so that its peak memory is its own. What is compared:

- the bound, max(longest chain of pages, pages / 4) x latency, plus what a bare client needs to read the same bytes:
  httpx, four connections, the same URLs, the same compression, no latency; every JSON body parsed by `json`;
- the limits: 1.25 x that bound, 700 MiB, 12 s; it ends with 1 where one of them is broken;
- what people would use instead for the same listings (`crawl_peers.py`), without latency and with it.

The first run fills an empty folder, the next finds all of it published already, as an hourly run does. A run before
all of them is not counted: the replay makes each page when it is first asked for.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
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
from time import perf_counter, process_time, sleep
from typing import Any
from urllib.parse import parse_qs

import httpx

from pipeline.replay import Faults, Seen, serve
from tests.bench import crawl_peers, synthetic
from tests.bench.crawl_peers import BARE_LOOP, HUGGINGFACE_HUB

LATENCY_MS = 80
PAGE = 1000
AT_A_TIME = 4
REPEATS = 3
CRAWL_TO_BOUND, PUBLISHED_S, PEAK_MIB = 1.25, 12.0, 700
# What a run reports of itself: seconds of the crawl and of all, by the clock and of a processor.
RUN = """
import json, sys, time
from pathlib import Path
from hf_providers.hub import Settings
from pipeline import run as pipeline_run
from pipeline.crawl.progress import Lines

def timed(*args, crawl=pipeline_run.crawl, **options):
    begun, cpu = time.perf_counter(), time.process_time()
    source_results = crawl(*args, **options)
    report["crawl_s"], report["crawl_cpu_s"] = time.perf_counter() - begun, time.process_time() - cpu
    return source_results

report = {}
pipeline_run.crawl = timed
begun = time.perf_counter()
result = pipeline_run.run(Path(sys.argv[1]), Settings(endpoint=sys.argv[2], router_url=sys.argv[2]), Lines())
report["all_s"], report["all_cpu_s"] = time.perf_counter() - begun, time.process_time()
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
        # On a slow machine DuckDB draws a bar of its progress before it.
        return {**json.loads(out_text.splitlines()[-1]), "peak_kib": peak_kib.result()}


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


def read_bare(server: Server, requests: Sequence[Seen]) -> tuple[tuple[float, float], int]:
    """Return the seconds (by the clock, of a processor) of a bare client for what was asked, and the bytes it read."""
    urls = [f"{server.url}{seen.path}{'?' if seen.query else ''}{seen.query}" for seen in requests]
    limits = httpx.Limits(max_connections=AT_A_TIME)
    with (
        httpx.Client(limits=limits, headers={"Accept-Encoding": "gzip"}) as client,
        ThreadPoolExecutor(AT_A_TIME) as threads,
    ):
        begun, cpu = perf_counter(), process_time()
        read = sum(threads.map(lambda url: _read(client, url), urls))
        return (perf_counter() - begun, process_time() - cpu), read


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

    first: list[dict[str, Any]]
    later: list[dict[str, Any]]
    bare_s: float
    bare_cpu_s: float
    read_bytes: int
    at_once: list[dict[str, Any]]
    peers: dict[tuple[str, int], dict[str, float]]
    requests: list[Seen]
    needed: dict[str, int]

    @property
    def chain_s(self) -> float:
        pages = sum(self.needed.values())
        return max(*self.needed.values(), pages / AT_A_TIME) * LATENCY_MS / 1000

    @property
    def bound_s(self) -> float:
        return self.chain_s + self.bare_s

    @property
    def peak_mib(self) -> float:
        return max(float(run["peak_kib"]) for run in (*self.first, *self.later)) / 1024


def best(runs: Sequence[dict[str, Any]], figure: str) -> float:
    return min(float(run[figure]) for run in runs)


def measure(models: int, offers: int) -> Measured:
    with served(models, offers) as server, tempfile.TemporaryDirectory() as folder:
        run_once(Path(folder) / "not counted", server)
        requests = server.requests()
        first = [run_once(Path(folder) / f"dataset-{n}", server) for n in range(REPEATS)]
        out = Path(folder) / "dataset-0"
        bare = [read_bare(server, requests) for _ in range(REPEATS)]
        at_once = [run_once(out, server) for _ in range(REPEATS)]
        peers = peers_at(0, server, requests)
        server.slow_down(LATENCY_MS)
        later = [run_once(out, server) for _ in range(REPEATS)]
        peers |= peers_at(LATENCY_MS, server, requests)
    (bare_s, bare_cpu_s), read = map(min, zip(*(seconds for seconds, _ in bare), strict=True)), bare[0][1]
    return Measured(first, later, bare_s, bare_cpu_s, read, at_once, peers, requests, needed_pages(models, offers))


def peers_at(latency_ms: int, server: Server, requests: Sequence[Seen]) -> dict[tuple[str, int], dict[str, float]]:
    """Return what each peer takes for the listings that were asked for."""
    providers = list(pages_by_provider(requests))
    return {
        (name, latency_ms): crawl_peers.measure(script, server.url, providers)
        for name, script in (("HfApi.list_models", HUGGINGFACE_HUB), ("a bare httpx loop", BARE_LOOP))
    }


def table(m: Measured) -> list[tuple[str, float, float]]:
    """Return figure, limit and measured value, row by row."""
    pages = pages_by_provider(m.requests)
    asked = len(pages)
    return [
        ("list pages beyond ceil(models / 1000) a provider", 0, sum(pages[p] - n for p, n in m.needed.items())),
        (f"requests beside pages, {asked} providers", 2 * asked + 5, len(m.requests) - sum(pages.values())),
        ("requests for one model", 0, sum(seen.path.startswith("/api/models/") for seen in m.requests)),
        (f"crawl at {LATENCY_MS} ms, to its bound", CRAWL_TO_BOUND, best(m.later, "crawl_s") / m.bound_s),
        ("raw pages to published, empty folder, s", PUBLISHED_S, best(m.first, "all_s")),
        (f"raw pages to published, next run, at {LATENCY_MS} ms, s", PUBLISHED_S, best(m.later, "all_s")),
        ("peak memory, MiB", PEAK_MIB, m.peak_mib),
    ]


def beside(m: Measured) -> list[tuple[str, float, float, float, float]]:
    """Return what the crawl and its peers take, seconds by the clock and of a processor, at 0 ms and with latency."""
    ours = [best(runs, name) for runs in (m.at_once, m.later) for name in ("crawl_s", "crawl_cpu_s")]
    rows: list[tuple[str, float, float, float, float]] = [("the crawl, everything else it asks included", *ours)]
    for name in dict.fromkeys(name for name, _ in m.peers):
        taken = [m.peers[name, latency] for latency in (0, LATENCY_MS)]
        rows.append((name, *(found[kind] for found in taken for kind in ("wall_s", "cpu_s"))))
    return rows


def main(models: int = 64_000, offers: int = 100_000) -> int:
    m = measure(models, offers)
    rows = m.first[0]["rows"]
    pages, mib = sum(m.needed.values()), m.read_bytes / 2**20
    print(f"\nCrawl of **synthetic** facts: {rows['models']:,} models, {rows['offers']:,} offers, {pages} pages,")
    print(
        f"{mib:.0f} MiB. Best of {REPEATS}; the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )
    print(
        f"The bound: {m.chain_s:.2f} s of latency + {m.bare_s:.2f} s of a bare client"
        f" ({m.bare_cpu_s:.2f} s of a processor)."
    )
    first_s, next_s = (best(runs, "all_cpu_s") for runs in (m.first, m.later))
    print(f"Of a processor, a first run takes {first_s:.1f} s, the next {next_s:.1f} s.\n")
    print("| figure | limit | measured |\n|---|---:|---:|")
    for name, limit, found in table(m):
        print(f"| {name} | {limit:g} | {found:.4g} |")
    print(f"\n| seconds (of a processor) | at 0 ms | at {LATENCY_MS} ms |\n|---|---:|---:|")
    for name, wall, cpu, slow_wall, slow_cpu in beside(m):
        print(f"| {name} | {wall:.2f} ({cpu:.2f}) | {slow_wall:.2f} ({slow_cpu:.2f}) |")
    above = [name for name, limit, found in table(m) if found > limit]
    print(f"\nabove the limit: {'; '.join(above)}" if above else "\nall within their limits")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
