"""Nothing from the future is taken: a manifest dated 2099 would shut out every honest one until then."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from hf_providers.errors import SyncError
from hf_providers.sync.update import sync
from pipeline.deploy.fetch_state import fetch
from pipeline.errors import DatasetError
from tests.deploy.served import serving
from tests.sync.served import Served


def dated(origin: Path, moment: datetime) -> None:
    path = origin / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"checked_at": moment.isoformat()}))


@pytest.mark.parametrize("ahead", [timedelta(minutes=11), timedelta(days=1), timedelta(days=365 * 73)])
def test_a_manifest_from_the_future_is_refused_with_both_clocks(
    served: Served, origin: Path, cache: Path, ahead: timedelta
) -> None:
    moment = datetime.now(UTC) + ahead
    dated(origin, moment.astimezone(timezone(timedelta(hours=5, minutes=30))))
    with pytest.raises(SyncError, match=f"is dated {moment:%Y-%m-%d %H:%M} UTC, and this machine's clock says") as told:
        sync(served.url, cache)
    assert "--force" in told.value.hint
    assert not (cache / "manifest.json").exists()
    assert sync(served.url, cache, force=True).newer


def test_a_clock_that_is_a_little_behind_does_no_harm(served: Served, origin: Path, cache: Path) -> None:
    dated(origin, datetime.now(UTC) + timedelta(minutes=8))
    assert sync(served.url, cache).newer


def test_a_state_from_the_future_is_not_gone_on_from(origin: Path, tmp_path: Path) -> None:
    dated(origin, datetime(2099, 1, 1, tzinfo=UTC))
    with serving(origin) as server:
        with pytest.raises(DatasetError, match="is dated 2099-01-01 00:00 UTC, and this machine's clock says") as told:
            fetch(server.url, tmp_path / "state", {})
        assert "--force" in told.value.hint
        assert not (tmp_path / "state" / "manifest.json").exists()
        assert fetch(server.url, tmp_path / "other", {}, force=True) is not None
