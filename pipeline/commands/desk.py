"""The whole job on a desk: crawl the live Hub, publish, and answer a question from what was published.

Where the Hub can't be reached, the very same crawl runs over HTTP against a replay of the committed data, and says so:
its facts keep the time at which they were observed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from hf_providers.hub import Hub, HubError, Settings
from pipeline import dataset
from pipeline.commands.run import report
from pipeline.progress import reporter
from pipeline.replay import Facts, serve
from pipeline.run import run

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
    settings = Settings.from_env()
    with reachable(settings) as (source, provenance), reporter() as progress:
        result = run(args.out, source, progress, provenance=provenance)
    report(result, args.out)
    print("\nThe five lowest output prices of live offers that can call tools:")
    offers = str(args.out / "latest" / "offers.parquet")
    print(duckdb.sql(QUESTION, params={"offers": offers}))
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
        with serve(Facts.from_dataset(DATA)) as server:
            print(
                f"{settings.endpoint} can't be reached ({error}): crawling a replay of {DATA}/ instead,"
                f" facts of {last.manifest.checked_at:%Y-%m-%d %H:%M} UTC",
                file=sys.stderr,
            )
            yield replace(settings, endpoint=server.url, router_url=server.url, token=None), last.manifest.provenance
    else:
        yield settings, ()
