"""The crawl at the Hub's full size: requests, wall time, memory, and the time from raw pages to a published dataset.

The facts are synthetic (`synthetic.py`). A replay serves them from a process of its own, 80 ms before every answer; the
run is a process of its own too, so that its peak memory is its own. What is compared:

- the bound, max(longest chain of pages, pages / 4) x latency, plus what a bare client needs to read the same bytes:
  httpx, four connections, the same URLs, the same compression, no latency, and nothing done with the bodies;
- the limits of the design: 1.3 x that bound, 1 GiB, 20 s.

The first run fills an empty folder, the second finds all of it published already, as an hourly run does.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs

import httpx

from pipeline.replay import Faults, Seen, serve
from tests.bench import synthetic

LATENCY_MS = 80
PAGE = 1000
AT_A_TIME = 4
# What a run reports of itself: seconds of the crawl and of all, and its peak memory in KiB.
RUN = """
import json, resource, sys, time
from pathlib import Path
from hf_providers.hub import Settings
from pipeline import run as pipeline_run
from pipeline.progress import Lines

def timed(*args, crawl=pipeline_run.crawl, **options):
    begun = time.perf_counter()
    harvests = crawl(*args, **options)
    report["crawl_s"] = time.perf_counter() - begun
    return harvests

report = {}
pipeline_run.crawl = timed
begun = time.perf_counter()
result = pipeline_run.run(Path(sys.argv[1]), Settings.from_env({"HF_ENDPOINT": sys.argv[2], "HFP_ROUTER_URL": sys.argv[2]}), Lines())
report["all_s"] = time.perf_counter() - begun
report["rows"] = {file.table: file.rows for file in result.manifest.files if file.table}
report["exit"] = int(result.exit)
report["peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
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
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def read_bare(server: Server, requests: Sequence[Seen]) -> tuple[float, int]:
    """Return the seconds in which a bare client reads what was asked, four at a time, and the bytes it read."""
    urls = [f"{server.url}{seen.path}{'?' if seen.query else ''}{seen.query}" for seen in requests]
    limits = httpx.Limits(max_connections=AT_A_TIME)
    with (
        httpx.Client(limits=limits, headers={"Accept-Encoding": "gzip"}) as client,
        ThreadPoolExecutor(AT_A_TIME) as threads,
    ):
        begun = perf_counter()
        read = sum(threads.map(lambda url: len(client.get(url).content), urls))
        return perf_counter() - begun, read


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


def main(models: int = 64_000, offers: int = 100_000) -> None:
    needed = needed_pages(models, offers)
    with served(models, offers) as server, tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "dataset"
        from_pages = run_once(out, server)
        requests = server.requests()
        bare_s, read = min(read_bare(server, requests) for _ in range(3))
        server.requests()
        server.slow_down(LATENCY_MS)
        again = run_once(out, server)
    pages = pages_by_provider(requests)
    chain_s = max(max(needed.values()), sum(needed.values()) / AT_A_TIME) * LATENCY_MS / 1000
    bound_s = chain_s + bare_s
    others = len(requests) - sum(pages.values())
    asked = len(pages)
    rows = [
        ("list pages beyond ceil(models / 1000) of the listing providers", 0, sum(pages[p] - n for p, n in needed.items())),
        (f"requests beside the pages of {asked} providers (2 each + 5)", 2 * asked + 5, others),
        ("requests for one model", 0, sum(seen.path.startswith("/api/models/") for seen in requests)),
        (f"crawl at {LATENCY_MS} ms, s (1.3 x bound)", f"{1.3 * bound_s:.2f}", f"{again['crawl_s']:.2f}"),
        ("crawl / bound", 1.3, f"{again['crawl_s'] / bound_s:.2f}"),
        ("raw pages to published, empty folder, s", 20, f"{from_pages['all_s']:.1f}"),
        (f"the next run at {LATENCY_MS} ms, all of it, s", "-", f"{again['all_s']:.1f}"),
        ("peak memory, empty folder, MiB", 1024, f"{from_pages['peak_kib'] / 1024:.0f}"),
        ("peak memory, next run, MiB", 1024, f"{again['peak_kib'] / 1024:.0f}"),
    ]  # fmt: skip
    print(
        f"\nCrawl of **synthetic** facts: {from_pages['rows']['models']:,} models, {from_pages['rows']['offers']:,} offers,"
    )
    print(
        f"{sum(pages.values())} pages, {read / 2**20:.0f} MiB of JSON; bound {chain_s:.2f} s of latency + {bare_s:.2f} s of a bare client\n"
    )
    print("| figure | limit | measured |\n|---|---:|---:|")
    for name, limit, measured in rows:
        print(f"| {name} | {limit} | {measured} |")


if __name__ == "__main__":
    main()
