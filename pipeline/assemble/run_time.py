"""When the facts of a run were observed: as a replay says of its facts, else as a clock that the Hub does not deny."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hf_providers.hub import Hub
from pipeline.assemble.run_state import OlderError, RunError
from pipeline.publish.dataset import Dataset

CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far this machine's clock may be from the Hub's."""


def observation_time(hub: Hub, stated: datetime | None) -> datetime:
    """Return when the answers of `hub` were observed: as stated, as a replay says, or now.

    Raises:
        RunError: a replay says no time, or this machine's clock is denied by the Hub's.
    """
    return stated or replayed_at(hub) or clock(hub)


def clock(hub: Hub) -> datetime:
    """Return what time it is, as this machine says and the Hub does not deny.

    A history can be added to at its end alone: a run whose clock is ahead would shut out all the runs until then.
    """
    now = datetime.now(UTC)
    if hub.date is not None and abs(now - hub.date) > CLOCK_TOLERANCE:
        raise RunError(
            f"nothing published: this machine's clock says {now:%Y-%m-%d %H:%M} UTC,"
            f" {hub.origin} says {hub.date:%Y-%m-%d %H:%M}",
            "set the clock, then run again",
        )
    return now


def replayed_at(hub: Hub) -> datetime | None:
    """Return when the facts of a replay were observed, as it says; a run against one never pretends to be fresh."""
    if not hub.replayed_at:
        return None
    try:
        moment = datetime.fromisoformat(hub.replayed_at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RunError(
            f"the replay says that it was observed at {hub.replayed_at!r}", "replay facts with a time in UTC"
        )
    return moment


def refuse_if_older(last: Dataset | None, moment: datetime) -> None:
    """Raise where the dataset already holds a later observation: `latest` never goes back."""
    if last is not None and moment < last.manifest.checked_at:
        raise OlderError(
            f"nothing published: {last.root} was observed at {last.manifest.checked_at.isoformat()},"
            f" later than {moment.isoformat()}",
            "give a later --observed-at or another --out",
        )
