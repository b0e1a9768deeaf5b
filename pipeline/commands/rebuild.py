"""Make the committed dataset again from the public recordings: a crawl of the newest list, then all other recordings.

The recordings themselves are not part of this project; give the folder that holds them.
"""

from __future__ import annotations

import argparse
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from hf_providers.hub import Settings
from pipeline.backfill import config_json
from pipeline.backfill.merge import backfill, read
from pipeline.crawl.progress import reporter
from pipeline.publish import versions
from pipeline.publish.dataset import Provenance
from pipeline.replay import read_capture, serve
from pipeline.run import run

HELP = "make data/ again from the public recordings"
NEWEST = "hub-list-2026-02/models-2026-02-26T1227-8f91cbd.json"
CONFIGS = "hf-configs-aiconfigurator/configs"
CONFIGS_FROM, CONFIGS_TO = datetime(2026, 8, 21, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
"""When the configurations were recorded; of the later ones only the month is known."""
LATER = re.compile(r"[\w-]+--GLM-5\.3[\w-]*_config\.json")
OLDER = (
    "hub-list-2026-02/models-*.json",
    "models-page-*/*.json",
    "price-observations/*.csv",
    "hub-docs-daily-mappings/*.csv.gz",
    "router-prices-*/*.csv",
    "router-prices-*/*.txt",
    "router-*-fixture/*.json",
    "hub-docs-samples/*.json",
    "provider-lists/*.csv",
    "hf-endpoints-pricing/*.csv",
    "hf-jobs-hardware-prices/*.csv",
)


CONFIGS_SOURCE = Provenance(
    source="config.json",
    description="Configurations of models as ai-dynamo/aiconfigurator keeps them, some written again by transformers;"
    " the commit of the Hub is not recorded",
    url="https://github.com/ai-dynamo/aiconfigurator",
    license="Apache-2.0",
    from_=CONFIGS_FROM,
    to=CONFIGS_TO,
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("recordings", type=Path, help="the folder of the recordings")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write, such as data")
    parser.add_argument("--build", type=Path, default=Path("build/first"), metavar="DIR", help="the working folder")


def main(args: argparse.Namespace) -> int:
    """Crawl the newest recording in a replay, merge the others, and write the release layout."""
    shutil.rmtree(args.build, ignore_errors=True)
    newest = args.recordings / NEWEST
    recording, provenance = read(newest, None, datetime.now(UTC))
    moment = recording.observations[0].observed_at
    with serve(read_capture(newest, moment.isoformat())) as server, reporter() as progress:
        settings = Settings(endpoint=server.url, router_url=server.url)
        asked = [look["provider"] for look in recording.runs]
        known = [provenance] if provenance else []
        run(args.build, settings, progress, observed_at=moment, providers=asked, provenance=known)
    print(backfill(args.build, [path for pattern in OLDER for path in sorted(args.recordings.glob(pattern))]))
    for moment, configs in dated_configs(args.recordings / CONFIGS).items():
        print(backfill(args.build, configs, moment, CONFIGS_SOURCE))
    manifest = versions.flatten(args.build, args.out)
    print(f"{args.out} holds {manifest.version}, observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC")
    return 0


def dated_configs(folder: Path) -> dict[datetime, list[Path]]:
    """Return the recorded config.json files by the time of their recording."""
    dated: dict[datetime, list[Path]] = {}
    for path in filter(config_json.model_id, sorted(folder.glob("*_config.json"))):
        dated.setdefault(CONFIGS_TO if LATER.fullmatch(path.name) else CONFIGS_FROM, []).append(path)
    return dated
