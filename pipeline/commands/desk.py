"""The whole job on one machine: crawl the live Hub, publish, and answer a question from what was published.

Where the Hub can't be reached, the same crawl runs over HTTP against a replay of the committed data, and says so; the
facts keep the time at which they were observed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from hf_providers.errors import HubError
from hf_providers.hub import Hub, Settings
from pipeline.commands.run import report
from pipeline.crawl.progress import reporter
from pipeline.errors import OlderError
from pipeline.publish import dataset
from pipeline.replay import read_dataset, serve
from pipeline.run import Exit, run

HELP = "crawl the Hub, or a replay where it can't be reached, and answer a question"
DATA = Path("data")
PROBE_SECONDS = 10
QUESTION = """
SELECT model_id, provider, input_usd_per_mtok, output_usd_per_mtok, round(throughput_tps) AS tokens_per_second
FROM read_parquet($offers)
WHERE status = 'live' AND output_usd_per_mtok > 0 AND supports_tools
ORDER BY output_usd_per_mtok, input_usd_per_mtok, model_id
LIMIT 5
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder")


def main(args: argparse.Namespace) -> int:
    """Run, report, and print the cheapest chat offers with tools as DuckDB reads them from the published file."""
    with reachable(Settings.from_env()) as (source, provenance):
        code = crawled(args.out, source, provenance)
    print("\nThe five lowest output prices of live offers that can call tools:")
    offers = str(args.out / "latest" / "offers.parquet")
    print(duckdb.sql(QUESTION, params={"offers": offers}))
    return code


def crawled(out: Path, source: Settings, provenance: Sequence[dataset.Provenance]) -> int:
    """Run and report, and return the exit code; a replay older than what `out` holds leaves it as it is."""
    try:
        with reporter() as progress:
            result = run(out, source, progress, provenance=provenance)
    except OlderError:
        print(f"{out} holds a later observation than the replay: kept, nothing published", file=sys.stderr)
        return Exit.COMPLETE
    report(result, out)
    return result.exit


@contextmanager
def reachable(settings: Settings) -> Iterator[tuple[Settings, tuple[dataset.Provenance, ...]]]:
    """Give the settings to crawl with: the Hub's where it answers, else those of a replay of the committed data."""
    try:
        with Hub(settings, deadline_s=PROBE_SECONDS) as hub:
            hub.get("/api/models", {"limit": 1})
    except HubError as error:
        last = dataset.load(DATA)
        if last is None:
            raise
        facts = read_dataset(DATA)
        with serve(facts) as server:
            print(
                f"{settings.endpoint} gives no answer ({error}): crawling a replay of {DATA}/ instead ({facts.what}),"
                f" facts of {last.manifest.checked_at:%Y-%m-%d %H:%M} UTC",
                file=sys.stderr,
            )
            # Offline forbids the network; the replay is on this machine.
            local = replace(settings, endpoint=server.url, router_url=server.url, token=None, offline=False)
            yield local, last.manifest.provenance
    else:
        yield settings, ()
