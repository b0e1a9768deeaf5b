"""Each command of a workflow brought to the failures that docs/operate.md tells of, offline and by what causes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

from pipeline.__main__ import main
from pipeline.deploy.artifact import deploy
from pipeline.publish import versions as publishing
from pipeline.publish.versions import publish
from pipeline.replay import Facts, Fault, Faults, ReplayServer, serve
from tests.dataset_samples import START, outcome, sample
from tests.deploy.served import Static, serving
from tests.run.runs import closed_port, entry, facts, many, model, priced
from tests.workflows.github_server import HOME, Server

LATER = ("--observed-at", "2026-02-26T12:27:00Z")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where something is provoked: a folder, GitHub, and what ends with the provocation."""

    folder: Path
    hub: Server
    patch: pytest.MonkeyPatch
    stack: ExitStack

    def hub_with(self, known: Facts, *faults: Fault) -> ReplayServer:
        return self.stack.enter_context(serve(known, Faults(faults=faults)))

    def pages(self, folder: Path) -> Static:
        folder.mkdir(exist_ok=True)
        return self.stack.enter_context(serving(folder))

    def run(self, server: ReplayServer, *options: str) -> list[str]:
        """The command that crawls `server`."""
        self.patch.setenv("HF_ENDPOINT", server.url)
        self.patch.setenv("HFP_ROUTER_URL", server.url)
        return ["run", "--out", str(self.folder / "dataset"), *options]

    def dataset(self) -> Path:
        """A dataset observed in June, whose measurements are of February and March."""
        publish(self.folder / "dataset", sample(0), outcome(0))
        publish(self.folder / "dataset", sample(1), outcome(1, checked_at=START + timedelta(days=100)))
        return self.folder / "dataset"


def storm(desk: Desk) -> list[str]:
    return desk.run(desk.hub_with(facts(*many("novita", 2)), Fault("status", "/", None, status=429, retry_after="20")))


def drop(desk: Desk) -> list[str]:
    healthy = many("together", 40)
    assert main(desk.run(desk.hub_with(facts(*many("novita", 40), *many("groq", 40), *healthy)))) == 0
    return desk.run(desk.hub_with(facts(*many("novita", 3), *many("groq", 3), *healthy)), *LATER)


def lost_history(desk: Desk) -> list[str]:
    """A defect between the merge and the publication loses every interval of the prices."""
    argv = desk.run(desk.hub_with(facts(model("org/m", entry() | priced(1, 2)))), *LATER)
    assert main(argv[:-2]) == 0
    whole = publishing.publish

    def short(out: Path, tables: Mapping[str, pa.Table], *rest: Any, **named: Any) -> Any:
        return whole(out, {**tables, "price_history": tables["price_history"].slice(0, 0)}, *rest, **named)

    desk.patch.setattr(publishing, "publish", short)
    return argv


def partial(desk: Desk) -> list[str]:
    server = desk.hub_with(facts(*many("novita", 20), *many("groq", 3)))
    assert main(desk.run(server)) == 0
    server.inject(Faults(faults=(Fault("malformed", "/", None, provider="novita"),)))
    assert main(desk.run(server, "--partial-ok", *LATER)) == 0
    return ["verdict", "--data", str(desk.folder / "dataset")]


def pages_are_down(desk: Desk) -> list[str]:
    return ["fetch-state", "--from", f"{closed_port()}/data/manifest.json", "--out", str(desk.folder / "dataset")]


def pages_are_empty(desk: Desk) -> list[str]:
    url = f"{desk.pages(desk.folder / 'pages').url}/data/manifest.json"
    return ["fetch-state", "--from", url, "--out", str(desk.folder / "dataset")]


def archived_state(desk: Desk, instead: int | bytes) -> list[str]:
    """A state whose February was archived, and an archive that has something else, or nothing, by now."""
    data, server = desk.dataset(), desk.pages(desk.folder / "served")
    for month in (path for path in data.glob("v1/measurements/*/*.parquet") if "month=2026-02" in str(path)):
        asset = desk.folder / "served/measurements-2026-02" / f"measurements-2026-02-{month.name}"
        asset.parent.mkdir()
        asset.write_bytes(month.read_bytes())
        deploy(data, desk.folder / "served/pages", archive_base=server.url)
        server.broken[f"/measurements-2026-02/{asset.name}"] = instead
    url = f"{server.url}/pages/data/manifest.json"
    return ["fetch-state", "--from", url, "--out", str(desk.folder / "fetched")]


def lost_asset(desk: Desk) -> list[str]:
    return archived_state(desk, 404)


def altered_asset(desk: Desk) -> list[str]:
    return archived_state(desk, b"PAR1 other bytes")


def overtaken(desk: Desk) -> list[str]:
    origin, pages, data = (desk.folder / name for name in ("origin", "pages", "dataset"))
    publish(origin, sample(0), outcome(0))
    deploy(origin, pages)
    url = f"{desk.pages(pages).url}/data/manifest.json"
    assert main(["fetch-state", "--from", url, "--out", str(data)]) == 0
    publish(origin, sample(1), outcome(1))
    deploy(origin, pages)
    return ["deploy", "--data", str(data), "--out", str(desk.folder / "up"), "--over", url]


def too_large(desk: Desk) -> list[str]:
    desk.patch.setattr("pipeline.deploy.artifact.LIMIT", 10_000)
    return ["deploy", "--data", str(desk.dataset()), "--out", str(desk.folder / "up")]


def wrong_asset(desk: Desk) -> list[str]:
    server = desk.pages(desk.folder / "archive")
    server.broken["*"] = b"PAR1 other bytes"
    return ["deploy", "--data", str(desk.dataset()), "--out", str(desk.folder / "up"), "--archive-base", server.url]


def taken_name(desk: Desk) -> list[str]:
    argv = ["archive", "--data", str(desk.dataset())]
    assert main(argv) == 0
    next(iter(desk.hub.assets.values()))[0]["digest"] = f"sha256:{'0' * 64}"
    return argv


def refused_archive(desk: Desk) -> list[str]:
    desk.hub.faults["POST", f"{HOME}releases"] = [403]
    return ["archive", "--data", str(desk.dataset())]


def refused_issue(desk: Desk) -> list[str]:
    desk.hub.faults["POST", f"{HOME}issues"] = [403]
    return ["issue", "--workflow", "snapshot.yml", "--state", "failed"]


def issues_are_off(desk: Desk) -> list[str]:
    desk.hub.faults["GET", f"{HOME}issues"] = [410]
    return ["issue", "--workflow", "snapshot.yml", "--state", "failed"]


def another_tag(desk: Desk) -> list[str]:
    return ["release", "--tag", "v0.0.0"]


PROVOCATIONS: Final[Mapping[tuple[str, str], Callable[[Desk], list[str]]]] = {
    ("run", "the rate limit is reached"): storm,
    ("run", "offers listed, under"): drop,
    ("run", "would lack"): lost_history,
    ("verdict", "partial"): partial,
    ("fetch-state", "no state was fetched: …"): pages_are_down,
    ("fetch-state", "the archive no longer has"): lost_asset,
    ("fetch-state", "the archive has other bytes"): altered_asset,
    ("fetch-state", "there is no manifest"): pages_are_empty,
    ("deploy", "is not the state"): overtaken,
    ("deploy", "the artifact would have"): too_large,
    ("deploy", "WRONG BYTES"): wrong_asset,
    ("archive", "has other bytes"): taken_name,
    ("archive", "GitHub answered …"): refused_archive,
    ("issue", "GitHub answered …"): refused_issue,
    ("issue", "GitHub answered 410"): issues_are_off,
    ("release", "the tag"): another_tag,
}
"""For each step, by words of its line: what brings the failure about, and returns the command that then meets it."""
