"""Bring one model's offers up to date before an answer, with a cache of minutes.

Answers are kept in the cache folder under a hash: status and speed for five minutes, the router's prices for an hour.
If anything fails, the snapshot's answer is shown, with a note.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from hf_providers import files
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.exact import bare_model
from hf_providers.catalog.locate import cache_folder
from hf_providers.hub import Hub, Settings
from hf_providers.live import offers_now

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import ModelRow, OfferRow, SnapshotMeta

MODEL_S, ROUTER_S = 300.0, 3600.0
TIME_S = 5.0
"""How long an answer may wait for the network."""
MAX_BYTES = 8 * 1024 * 1024


class Refreshed(Catalog):
    """A catalog in which one model's offers are live ones; the model need not be in the snapshot.

    Attributes:
        model_id: The model, as the Hub calls it now.
    """

    def __init__(self, catalog: Catalog, live: offers_now.Live) -> None:
        self.__dict__.update(catalog.__dict__)  # the same open file: who opened it closes it
        self.model_id = live.model_id
        self._live = live

    def model(self, model_id: str) -> ModelRow | None:
        """Return the model of this exact id; of one that the snapshot lacks, what the Hub said of it."""
        row = super().model(model_id)
        if row is not None or model_id != self.model_id:
            return row
        return {**bare_model(model_id), "inference": self._live.inference}

    def offers(
        self, model_id: str | None = None, provider: str | None = None, task: str | None = None
    ) -> list[OfferRow]:
        """Return offers as `Catalog.offers` does; the model's are the live ones if it is named."""
        if model_id != self.model_id:
            return super().offers(model_id, provider, task)
        rows = self._live.offers
        return [row for row in rows if provider in (None, row["provider"]) and task in (None, row["task"])]

    def meta(self) -> SnapshotMeta:
        """Return what the snapshot says about itself, and when the offers were fetched."""
        meta: SnapshotMeta = {**super().meta(), "live_observed_at": self._live.observed_at}
        if self._live.routed_at:
            meta["live_routed_at"] = self._live.routed_at
        return meta


def refreshed(catalog: Catalog, model_id: str, environ: Mapping[str, str]) -> tuple[Refreshed, str]:
    """Return a catalog with the model's offers as they are now, and a line that says so.

    Raises:
        HubNotFound: the Hub knows no such model.
        HubError: the Hub can't be asked.
    """
    before = catalog.offers(model_id)
    settings = Settings.from_env(environ)
    with Hub(settings, concurrency=2, deadline_s=TIME_S) as hub:
        kept = cached(Path(cache_folder(environ)) / "live", f"{settings.endpoint}\n{settings.router_url}", model_id)
        live = offers_now.read(hub, model_id, before, kept)
    changed = len(offers_now.differences(before, live.offers))
    compared = f"{changed} differ from the snapshot" if before else "the snapshot has none of them"
    note = f"offers as of {live.observed_at[:10]} {live.observed_at[11:19]} UTC, {compared}"
    return Refreshed(catalog, live), "; ".join([note, *live.notes])


def cached(folder: Path, who: str, model_id: str, clock: Callable[[], float] = time.time) -> offers_now.Fetch:
    """Return a fetch that answers from `folder` while the stored answer is young enough, and stores new answers there.

    Args:
        folder: Where to keep answers; one that can't be written keeps nothing.
        who: The addresses that are asked.
        model_id: What it is about.
        clock: Seconds since 1970.
    """

    def fetch(what: str, ask: Callable[[], offers_now.Answer]) -> offers_now.Answer:
        path = folder / (sha256("\n".join((who, what, model_id)).encode()).hexdigest() + ".json")
        kept = _read(path)
        if kept and 0 <= clock() - kept.at < (MODEL_S if what == "model" else ROUTER_S):
            return kept
        answer = ask()._replace(at=clock())
        _write(path, answer)
        return answer

    return fetch


def _read(path: Path) -> offers_now.Answer | None:
    try:
        value = json.loads(files.read(path, MAX_BYTES))
        replay_of = value.get("replay_of")
        return offers_now.Answer(
            str(value["body"]).encode(), float(value["at"]), None if replay_of is None else str(replay_of)
        )
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def _write(path: Path, answer: offers_now.Answer) -> None:
    """Store a complete answer; ignore a folder that can't be written."""
    text = json.dumps(answer._asdict() | {"body": answer.body.decode("utf-8", "replace")})
    half = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half.unlink(missing_ok=True)  # left by an earlier process with this id, or a link
        with files.open_own(half, "xb") as file:
            half.chmod(0o600)
            file.write(text.encode())
        half.replace(path)
    except OSError:
        with suppress(OSError):
            half.unlink(missing_ok=True)
