"""The drill: many hours of runs against a changing world, with everything going wrong that does go wrong.

Every hour is a job on an empty machine: fetch the state from "Pages", crawl the replayed Hub, check, deploy; at times
another archives the months that are closed. A seeded generator draws what goes wrong. A reader polls throughout. At the
end the published history is compared with the world: it must be what a plain fold over the hours gives that could be
observed, no more and no less.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from unittest.mock import patch

from hf_providers.files import sha256
from pipeline.__main__ import main as pipeline
from pipeline.replay import Fault, Faults, serve
from pipeline.replay.server import Handler
from tests.drill import truth
from tests.drill.job import COMPLETE, PARTIAL, archive_job, finish, job, prepare
from tests.drill.pages import Pages, serving
from tests.drill.reader import Reader
from tests.drill.world import PROVIDERS, World, hour
from tests.forks import Forks, forking
from tests.workflows.github_server import CUT, REPOSITORY, Server, github

TROUBLES = (
    "outage", "storm", "truncated once", "malformed once", "error200 once", "truncated for good",
    "malformed for good", "error200 for good", "lost state", "no state", "captive portal",
    "broken upload", "half an upload", "two at once", "clock ahead", "clock behind", "future state",
)  # fmt: skip
"""What is drawn from, for about half of the hours; kills are drawn apart."""
ARCHIVED_EVERY = 6
"""Hours from one archiving to the next: on a schedule it is once a day."""
LASTING = {"outage", "truncated for good", "malformed for good", "error200 for good"}
"""Of these a provider's listing can't be taken: the others' are, and the run says that it is partial."""
HOME = ("HF_ENDPOINT", "HFP_ROUTER_URL", "HF_HOME")
LOST = {"lost state": 503, "no state": 404, "captive portal": "html", "future state": "2099"}


@dataclass
class Log:
    """What the drill saw.

    Attributes:
        observed: The hours at which each provider's listing was taken, as deployed.
        deployed: Every version deployed, in order.
        troubles: How often each trouble was met.
        killed_in: Where kills fell: before which step's result.
        wrong: What must never be.
    """

    observed: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in PROVIDERS})
    deployed: list[str] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    killed_in: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    published: set[object] = field(default_factory=set)


class Drill:
    """One drill in `folder`: `run` does all hours, `check` compares."""

    def __init__(
        self,
        folder: Path,
        pages: Pages,
        releases: Server,
        reader: Reader,
        forks: Forks,
        *,
        seed: int,
        hours: int,
        kills: int,
    ) -> None:
        self.folder, self.pages, self.releases, self.reader, self.forks = folder, pages, releases, reader, forks
        self.archive = f"{releases.url}/download"
        self.chance = random.Random(seed)
        self.world = World(seed, hours)
        later = range(2, hours)
        self.kills = set(self.chance.sample(later, kills))
        self.log = Log()
        self.job_s = 0.0
        """How long the last job took that nothing ended early: kills are drawn from it."""

    def run(self, said: Callable[[str], None] = lambda _: None) -> Log:
        """Do every hour; the first starts fresh, because it is told to."""
        for number in range(len(self.world.hours)):
            if number in self.kills:
                trouble = "kill"
            elif number < 2 or self.chance.random() < 0.5:
                trouble = "none"
            else:
                trouble = self.chance.choice(TROUBLES)
            self.log.troubles[trouble] += 1
            self._hour(number, trouble)
            if number % ARCHIVED_EVERY == 1:
                self._archive(number)
            said(f"hour {number}: {trouble}; {len(self.log.deployed)} deployed")
        return self.log

    def _hour(self, number: int, trouble: str) -> None:
        work = self.folder / f"hour-{number}"
        work.mkdir()
        with self._hub(number, self._faults(trouble)):
            code = self._job(number, trouble, work)
        artifact = work / "artifact"
        if code in {COMPLETE, PARTIAL} and artifact.exists() and trouble != "broken upload":
            if trouble == "half an upload":
                self._half_deployed(number, artifact, work / "between")
            self._deploy(number, artifact)
        self._expect(number, trouble, code)
        shutil.rmtree(work)

    @contextmanager
    def _hub(self, number: int, faults: Faults) -> Iterator[None]:
        """Serve an hour of the world as the Hub, which says what time it is."""
        with ExitStack() as stack:
            hub = stack.enter_context(serve(self.world.facts(number), faults))
            date = format_datetime(hour(number), usegmt=False)
            stack.enter_context(patch.object(Handler, "date_time_string", lambda *_: date))
            own = zip(HOME, (hub.url, hub.url, str(self.folder / "home")), strict=True)
            stack.enter_context(patch.dict(os.environ, own))
            yield

    def _faults(self, trouble: str) -> Faults:
        provider = self.chance.choice(PROVIDERS)
        what, _, how_long = trouble.partition(" ")
        times = None if how_long == "for good" else 1
        kinds = {
            "outage": Fault("status", "/api/models", times=None, provider=provider),
            "storm": Fault("status", "/api/models", times=4, status=429, retry_after="20"),
            "truncated": Fault("truncate", "/api/models", times=times, provider=provider),
            "malformed": Fault("malformed", "/api/models", times=times, provider=provider),
            "error200": Fault("error200", "/api/models", times=times, provider=provider),
        }
        return Faults(faults=(kinds[what],)) if what in kinds else Faults()

    def _job(self, number: int, trouble: str, work: Path) -> int:
        now = hour(number)
        bootstrap = ["--bootstrap"] if number == 0 else []
        if trouble == "kill":
            return self._killed(work, now)
        if trouble == "two at once":
            return self._overtaken(number, work)
        if trouble.startswith("clock"):
            now += timedelta(hours=30 if trouble == "clock ahead" else -30)
        self.pages.lost = LOST.get(trouble)
        begun = time.perf_counter()
        try:
            code = job(self.pages.manifest_url, self.archive, work, now, bootstrap)
        finally:
            self.pages.lost = None
        if code == COMPLETE:
            self.job_s = time.perf_counter() - begun
        return code

    def _killed(self, work: Path, now: datetime) -> int:
        """Kill a job of its own process at a random moment; it may be faster."""
        environ = {name: os.environ[name] for name in HOME}
        named = (self.pages.manifest_url, self.archive, str(work), now.isoformat(), environ)
        started = self.forks.start("job_of_a_fork", *named)
        code = self.forks.wait(started, kill_after_s=self.chance.uniform(0, self.job_s))
        if code == -9:
            self.log.killed_in[_stage(work)] += 1
        return code

    def _overtaken(self, number: int, work: Path) -> int:
        """A job fetches its state, and another is done with everything before it deploys: it must not any more."""
        other = work / "other"
        code = prepare(self.pages.manifest_url, work, hour(number) + timedelta(minutes=1))
        job(self.pages.manifest_url, self.archive, other, hour(number))
        self._deploy(number, other / "artifact")
        refused = finish(self.pages.manifest_url, self.archive, work)
        if code in {COMPLETE, PARTIAL} and refused != 1:
            self.log.wrong.append(f"hour {number}: a job deployed over what it did not know ({refused})")
        return refused

    def _half_deployed(self, number: int, artifact: Path, between: Path) -> None:
        """Let a reader and a job look at half an upload: they refuse it, or have one of the two datasets whole."""
        self.pages.half_deploy(artifact, self.chance)
        self.reader.poll_again()
        code = pipeline(["fetch-state", "--from", self.pages.manifest_url, "--out", str(between)])
        self.log.troubles["half uploads refused as state"] += code == 1
        if code == 1:
            return
        manifest = json.loads((between / "manifest.json").read_bytes())
        new = json.loads((artifact / "data" / "manifest.json").read_bytes())["version"]
        altered = [f["path"] for f in manifest["files"] if sha256(between / f["path"]) != f["sha256"]]
        if code or altered or manifest["version"] not in {new, *self.log.deployed[-1:]}:
            self.log.wrong.append(f"hour {number}: half an upload was taken for a state ({code}, {altered})")

    def _archive(self, number: int) -> None:
        """Archive what is closed by now; every other time GitHub refuses something once, or cuts it off."""
        work, home = self.folder / f"archive-{number}", f"/repos/{REPOSITORY}"
        faults = ("POST", f"{home}/releases", 502), ("POST", "/uploads/1", CUT), ("PATCH", f"{home}/releases/1", 403)
        fault = self.chance.choice(faults) if number // ARCHIVED_EVERY % 2 == 0 else None
        if fault:
            self.releases.faults[fault[:2]] = [fault[2]]
        with patch.dict(os.environ, self.releases.environ):
            code = archive_job(self.pages.manifest_url, work)
        self.log.troubles["archive failed" if code else "archive done"] += 1
        if code and not fault:
            self.log.wrong.append(f"hour {number}: nothing was wrong, and the archive failed ({code})")
        self.releases.faults.clear()
        shutil.rmtree(work)

    def _deploy(self, number: int, artifact: Path) -> None:
        data = artifact / "data"
        manifest = json.loads((data / "manifest.json").read_bytes())
        self.log.troubles["deployed with an archived month"] += any(file.get("url") for file in manifest["files"])
        self.pages.deploy(artifact)
        self.log.deployed.append(manifest["version"])
        for source in manifest["sources"]:
            observed = source["observed_at"] and datetime.fromisoformat(source["observed_at"])
            if source["source"] == "hub-list" and source["provider"] in PROVIDERS and observed == hour(number):
                self.log.observed[source["provider"]].append(number)
        self._nothing_lost(number, data)

    def _nothing_lost(self, number: int, data: Path) -> None:
        """Whatever a deployed dataset said that had begun, the next one says, too."""
        now = {(table, row[0], row[1], row[3]) for table, row in _intervals(data)}
        now |= {("measurements", *row) for row in truth.published_measurements(data)}
        if lost := self.log.published - now:
            self.log.wrong.append(f"hour {number} lost {len(lost)} rows, {min(lost, key=str)} say")
        self.log.published |= now

    def _expect(self, number: int, trouble: str, code: int) -> None:
        """Where nothing went wrong, or nothing that a run can't bear, everything was observed; else it is said."""
        seen = [name for name in PROVIDERS if self.log.observed[name][-1:] == [number]]
        borne = trouble in {"none", "storm", "two at once", "half an upload"} or trouble.endswith(" once")
        if borne and len(seen) < len(PROVIDERS):
            self.log.wrong.append(f"hour {number}, {trouble}: only {seen} observed (exit {code})")
        if (trouble in LOST or trouble.startswith("clock")) and (code != 1 or seen):
            self.log.wrong.append(f"hour {number}, {trouble}: exit {code}, observed {seen}")
        if trouble in LASTING and (code != PARTIAL or len(seen) != len(PROVIDERS) - 1):
            self.log.wrong.append(f"hour {number}, {trouble}: exit {code}, observed {seen}")

    def check(self) -> list[str]:
        """Return how the published history differs from the world as far as it could be observed."""
        data = self.pages.current / "data"
        prices = truth.intervals(self.world, self.log.observed, truth.price)
        states = truth.intervals(self.world, self.log.observed, truth.status)
        found = [
            ("price_history", prices, truth.published_intervals(data, "price_history", PRICES)),
            ("status_history", states, truth.published_intervals(data, "status_history", STATUSES)),
            ("measurements", truth.measurements(self.world, self.log.observed), truth.published_measurements(data)),
        ]
        return [
            f"{table}: {len(right - said)} of {len(right)} missing, {len(said - right)} invented: "
            f"{sorted(right ^ said, key=str)[:3]}"
            for table, right, said in found
            if right != said
        ]


PRICES = "input_usd_per_mtok, output_usd_per_mtok"
STATUSES = "status, context_length, supports_tools"


def _intervals(data: Path) -> Iterator[tuple[str, truth.Interval]]:
    for table, columns in (("price_history", PRICES), ("status_history", STATUSES)):
        for row in truth.published_intervals(data, table, columns):
            yield table, row


def _stage(work: Path) -> str:
    """Return how far a killed job had come, by what it left."""
    if (work / "artifact").exists():
        return "done"
    if list(work.glob(".artifact*")) or list(work.glob("artifact*")):
        return "deploy"
    if (work / "dataset" / "manifest.json").exists():
        return "run"
    return "fetch"


def drill(folder: Path, *, seed: int, hours: int, kills: int, said: Callable[[str], None] = lambda _: None) -> Log:
    """Do the whole drill, the reader included, and return its log; `log.wrong` says what must not be."""
    with serving(folder / "pages") as pages, github() as releases, forking("tests.drill.job") as forks:
        reader = Reader(pages.manifest_url, folder / "reader")
        reader.start()
        try:
            done = Drill(folder, pages, releases, reader, forks, seed=seed, hours=hours, kills=kills)
            log = done.run(said)
            log.wrong += done.check()
        finally:
            reader.stop()
        log.wrong += reader.wrong
        log.troubles["polls"], log.troubles["versions read"] = reader.polls, len(reader.versions)
        log.troubles["syncs refused"] = reader.refused
    return log
