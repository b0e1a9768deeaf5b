"""Somebody who reads all the time: syncs in a loop, and looks at what the sync left with other eyes than its own."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import datetime
from pathlib import Path
from threading import Condition, Event, Thread

from hf_providers.errors import SyncError
from hf_providers.sync.update import sync


class Reader(Thread):
    """Polls until it is told to stop.

    Attributes:
        wrong: What it found that no reader may ever see.
        versions: Every version it has had, in order.
        refused: How many syncs left the dataset before: the publishing was faster, or the pages were lost.
    """

    def __init__(self, manifest_url: str, folder: Path) -> None:
        super().__init__(name="reader")
        self.url, self.folder = manifest_url, folder
        self.wrong: list[str] = []
        self.versions: list[str] = []
        self.refused = self.polls = 0
        self._stopping = Event()
        self._polled = Condition()
        self._checked_at: datetime | None = None

    def poll_again(self) -> None:
        """Wait until it has polled from the beginning at least once."""
        with self._polled:
            told = self.polls
            self._polled.wait_for(lambda: self.polls > told + 1, timeout=60)

    def stop(self) -> None:
        """Poll no more."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Sync and look, again and again."""
        while not self._stopping.wait(0.5):
            with self._polled:
                self.polls += 1
                self._polled.notify_all()
            try:
                sync(self.url, self.folder, environ={})
            except SyncError:
                self.refused += 1
            except Exception as error:  # noqa: BLE001 - a thread's traceback would be lost
                self.wrong.append(f"the sync broke: {error!r}")
            if (self.folder / "manifest.json").exists():
                self._look()

    def _look(self) -> None:
        manifest = json.loads((self.folder / "manifest.json").read_bytes())
        for file in manifest["files"]:
            content = (self.folder / file["path"]).read_bytes() if not file.get("url") else None
            if content is not None and hashlib.sha256(content).hexdigest() != file["sha256"]:
                self.wrong.append(f"{file['path']} is not what {manifest['version']} says")
        self._look_at_catalog(manifest)
        checked_at = datetime.fromisoformat(manifest["checked_at"])
        if self._checked_at is not None and checked_at < self._checked_at:
            self.wrong.append(f"went back from {self._checked_at} to {checked_at}")
        self._checked_at = checked_at
        if self.versions[-1:] != [manifest["version"]]:
            self.versions.append(manifest["version"])

    def _look_at_catalog(self, manifest: dict[str, object]) -> None:
        place = next(self.folder.glob(f"v1/{manifest['version']}/catalog.sqlite"), None)
        if place is None:
            self.wrong.append(f"{manifest['version']} has no catalog")
            return
        connection = sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True)
        try:
            said = dict(connection.execute("SELECT key, value FROM meta"))
            whole = connection.execute("PRAGMA quick_check").fetchone()[0]
        finally:
            connection.close()
        if (said["version"], whole) != (manifest["version"], "ok"):
            self.wrong.append(f"the catalog of {manifest['version']} says {said['version']}, and is {whole}")
