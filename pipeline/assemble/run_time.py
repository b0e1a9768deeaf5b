"""When the facts of a run were observed: as a replay states, else by this machine's clock, if the Hub's agrees."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hf_providers.hub import Hub
from pipeline.errors import OlderError, RunError
from pipeline.publish.dataset import Dataset

CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far this machine's clock may be from the Hub's."""


def observation_time(hub: Hub, stated: datetime | None, *, force: bool = False) -> datetime:
    """Return when the answers of `hub` were observed, in UTC: as stated, as a replay says, or now.

    Args:
        hub: The client that asked.
        stated: The caller's time, if any.
        force: Trust the others where they disagree with this machine's clock: it is known to be slow.

    Raises:
        RunError: a replay states no time, or one in the future; or the Hub's clock disagrees with this machine's.
    """
    return stated.astimezone(UTC) if stated else replayed_at(hub, force=force) or clock(hub, force=force)


def clock(hub: Hub, *, force: bool = False) -> datetime:
    """Return this machine's time, if the Hub's clock agrees.

    A history only grows at its end: a run whose clock is ahead would block all runs until that time.
    """
    now = datetime.now(UTC)
    if hub.date is None or abs(now - hub.date) <= CLOCK_TOLERANCE:
        return now
    if force:
        return hub.date
    raise RunError(
        f"nothing published: this machine's clock says {_minute(now)}, {hub.origin} says {_minute(hub.date)}",
        "set the clock, then run again; --force uses the Hub's time",
    )


def replayed_at(hub: Hub, *, force: bool = False) -> datetime | None:
    """Return when the facts of a replay were observed, as it states: a run against one must not look fresh."""
    if not hub.replayed_at:
        return None
    moment: datetime | None = None
    with suppress(ValueError, OverflowError):
        stated = datetime.fromisoformat(hub.replayed_at)
        moment = stated.astimezone(UTC) if stated.tzinfo else None
    if moment is None:
        raise RunError(
            f"the replay says that it was observed at {hub.replayed_at!r}", "replay facts with a time in UTC"
        )
    refuse_if_future("the replay", moment, force=force)
    return moment


def refuse_if_future(what: str, moment: datetime, *, force: bool = False) -> None:
    """Raise where something is dated later than this machine's clock: it would block all runs until then."""
    now = datetime.now(UTC)
    if moment > now + CLOCK_TOLERANCE and not force:
        raise RunError(
            f"nothing published: {what} is dated {_minute(moment)}, this machine's clock says {_minute(now)}",
            "fetch it again; if this machine's clock is slow, set it, or run again with --force",
        )


def refuse_if_older(last: Dataset | None, moment: datetime) -> None:
    """Raise where the dataset already holds a later observation: `latest` never goes back in time."""
    if last is not None and moment < last.manifest.checked_at:
        raise OlderError(
            f"nothing published: {last.root} was observed at {last.manifest.checked_at.isoformat()},"
            f" later than {moment.isoformat()}",
            "give a later --observed-at or another --out",
        )


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
