"""An hour in which nothing changed beside a full one: what is asked, what comes, and what is made of it.

A replay of the committed dataset stands for the Hub, a folder over HTTP for Pages; each hour has a folder of its own,
as each scheduled run has a machine of its own, and does what the workflow's steps do. Bytes are those of the bodies,
decompressed, as the runs themselves count them in `runs`; requests are counted by the replay.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from hashlib import sha1
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from pipeline.__main__ import main as pipeline
from pipeline.publish.dataset import load_existing
from pipeline.replay import Facts, ReplayServer, read_dataset, serve
from tests.bench.limits import Figure, report
from tests.dataset_samples import ROOT
from tests.deploy.served import Static, serving

LISTS = "hub-list"
COMMITS = 50
HOURS = ("2026-08-22T10:17:00Z", "2026-08-22T11:17:00Z")


class Hour(NamedTuple):
    """What an hour took."""

    requests: int
    configs: int
    list_bytes: int
    other_bytes: int
    made_files: int
    seconds: float
    version: str


def main() -> int:
    saved = dict(os.environ)
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "up").mkdir()
            with serving(folder / "up") as pages, serve(with_commits(read_dataset(ROOT / "data"))) as hub:
                _online(hub.url)
                full = one_hour(folder / "1", folder / "up", pages, hub, HOURS[0])
                quiet = one_hour(folder / "2", folder / "up", pages, hub, HOURS[1])
    finally:
        os.environ.clear()
        os.environ.update(saved)
    return report("an hour in which nothing changed", figures(full, quiet))


def with_commits(facts: Facts) -> Facts:
    """Return the facts with a commit stated of some chat models: each has its config.json asked for once."""
    chat = [m.id for m in facts.models if any(offer.entry.get("task") == "conversational" for offer in m.offers or ())]
    commits = {model_id: sha1(model_id.encode(), usedforsecurity=False).hexdigest() for model_id in chat[:COMMITS]}
    models = [replace(m, fields={**m.fields, "sha": commits[m.id]}) if m.id in commits else m for m in facts.models]
    return replace(facts, models=models)


def _online(url: str) -> None:
    for name in ("HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        os.environ.pop(name, None)
    os.environ |= {"HF_ENDPOINT": url, "HFP_ROUTER_URL": url}


def one_hour(folder: Path, up: Path, pages: Static, hub: ReplayServer, at: str) -> Hour:
    """Do what the workflow does in an hour, in `folder`; what is made to be deployed is in `up`."""
    folder.mkdir()
    url, before = f"{pages.url}/data/manifest.json", len(hub.requests)
    data, outputs, checked = folder / "dataset", folder / "outputs", folder.parent / "checked.json"
    step("fetch-state", "--from", url, "--out", data, "--checked", checked, "--bootstrap")
    begun = perf_counter()
    step("run", "--out", data, "--require-state", "--observed-at", at)
    step("deploy", "--ask", "--data", data, "--checked", checked, "--outputs", outputs)
    if outputs.read_text() == "deploy=true\n":
        step("check", data)
        step("site", "--data", data, "--out", folder / "site", "--base-url", pages.url)
        step("deploy", "--data", data, "--out", folder / "made", "--site", folder / "site", "--over", url)
    spent = perf_counter() - begun
    made = sum(path.is_file() for place in ("site", "made") for path in (folder / place).rglob("*"))
    if made:
        shutil.copytree(folder / "made", up, dirs_exist_ok=True)
    dataset = load_existing(data, verify=False)
    rows = [row for row in dataset.runs().to_pylist() if row["run_at"] == dataset.manifest.checked_at]
    asked = hub.requests[before:]
    return Hour(
        len(asked),
        sum("config.json" in seen.path for seen in asked),
        sum(row["bytes"] for row in rows if row["source"] == LISTS),
        sum(row["bytes"] for row in rows if row["source"] != LISTS),
        made,
        spent,
        dataset.manifest.version,
    )


def step(*arguments: str | Path) -> None:
    """Run a step, which has to succeed; what it says is no part of the table."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pipeline(list(map(str, arguments)))
    if code != 0:
        raise RuntimeError(f"{arguments[0]} ended with {code}: {said.getvalue()[-2000:]}")


def figures(full: Hour, quiet: Hour) -> list[Figure]:
    """Return what is measured, beside the hour before, which was the first of all."""
    return [
        Figure(f"requests, of {full.requests:,} in the full hour", full.requests - full.configs, quiet.requests),
        Figure(f"of these for config.json, of {full.configs:,}", 0, quiet.configs),
        Figure(f"bytes beside the lists, of {full.other_bytes:,}", full.other_bytes // 100, quiet.other_bytes),
        Figure(f"bytes of the lists, of {full.list_bytes:,}", full.list_bytes, quiet.list_bytes),
        Figure("new versions", 0, int(quiet.version != full.version)),
        Figure(f"files of a site and an artifact made, of {full.made_files:,}", 0, quiet.made_files),
        Figure(f"time, to the full hour's {full.seconds:.1f} s", 0.5, quiet.seconds / full.seconds, "×", 2),
    ]


if __name__ == "__main__":
    sys.exit(main())
