"""When the facts of a run were observed: as a replay says of its facts, else as a clock that the Hub does not deny."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hf_providers.hub import Hub
from pipeline.errors import OlderError, RunError
from pipeline.publish.dataset import Dataset

CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far this machine's clock may be from the Hub's."""


def observation_time(hub: Hub, stated: datetime | None, *, force: bool = False) -> datetime:
    """Return in UTC when the answers of `hub` were observed: as stated, as a replay says, or now.

    Args:
        hub: Who answered.
        stated: The time that the caller gives, if any.
        force: Trust others where they deny this machine's clock: it is known to be slow.

    Raises:
        RunError: a replay says no time, or one that is yet to come; or the Hub denies this machine's clock.
    """
    return stated.astimezone(UTC) if stated else replayed_at(hub, force=force) or clock(hub, force=force)


def clock(hub: Hub, *, force: bool = False) -> datetime:
    """Return what time it is, as this machine says and the Hub does not deny.

    A history can be added to at its end alone: a run whose clock is ahead would shut out all the runs until then.
    """
    now = datetime.now(UTC)
    if hub.date is None or abs(now - hub.date) <= CLOCK_TOLERANCE:
        return now
    if force:
        return hub.date
    raise RunError(
        f"nothing published: this machine's clock says {_minute(now)}, {hub.origin} says {_minute(hub.date)}",
        "set the clock, then run again; --force takes the time of the Hub",
    )


def replayed_at(hub: Hub, *, force: bool = False) -> datetime | None:
    """Return when the facts of a replay were observed, as it says; a run against one never pretends to be fresh."""
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
    refuse_if_yet_to_come("the replay", moment, force=force)
    return moment


def refuse_if_yet_to_come(what: str, moment: datetime, *, force: bool = False) -> None:
    """Raise where something is dated later than this machine's clock: it would shut out all honest runs until then."""
    now = datetime.now(UTC)
    if moment > now + CLOCK_TOLERANCE and not force:
        raise RunError(
            f"nothing published: {what} is dated {_minute(moment)}, this machine's clock says {_minute(now)}",
            "get it again from where it came; if this machine's clock is slow, set it, or run again with --force",
        )


def refuse_if_older(last: Dataset | None, moment: datetime) -> None:
    """Raise where the dataset already holds a later observation: `latest` never goes back."""
    if last is not None and moment < last.manifest.checked_at:
        raise OlderError(
            f"nothing published: {last.root} was observed at {last.manifest.checked_at.isoformat()},"
            f" later than {moment.isoformat()}",
            "give a later --observed-at or another --out",
        )


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
