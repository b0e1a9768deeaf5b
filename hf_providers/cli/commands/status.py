"""Is it ready now? Asked of the Hub and the router, with what differs from the snapshot.

Readiness and why, speed, when Hugging Face measured it, and a cold start where one was measured. --watch asks again
and again: on a terminal in place, into a pipe one line for each change (with --json the whole state each time), until
Ctrl-C. --probe sends each live chat provider one tiny request, which costs money: it says how much, and asks.
"""

from __future__ import annotations

import os
import re
import sys

from hf_providers.cli import filters, resolve_model
from hf_providers.cli.exits import AMBIGUOUS, IN_PART, NETWORK, NOTHING_FOUND, OK, USAGE, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.errors import HubError
    from hf_providers.hub import Hub, Settings
    from hf_providers.live.offers_now import Live


PACE_S = 5.0
TIME_S = 6.0
"""How long one look may take, retries and all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    parser.add_argument("--provider", metavar="P", help="only this provider")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=pace,
        const=PACE_S,
        metavar="SECONDS",
        help="ask again every so often (default: 5, at least 2); put it after the model",
    )
    group = parser.add_argument_group("probe: one tiny chat with each live provider, which costs money")
    group.add_argument("--probe", action="store_true", help="send the requests; needs a token")
    group.add_argument("--yes", action="store_true", help="do not ask before spending")
    group.add_argument(
        "--max-cost", type=filters.usd, metavar="USD", help="spend at most so much, on known prices only"
    )
    group.add_argument("--time-limit", type=pace, default=30.0, metavar="S", help="for each provider (default: 30)")


def pace(text: str) -> float:
    """Return a number of seconds above 0."""
    value = filters.number(text)
    if value <= 0:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text} is no pace: give seconds, as in 5")
    return value


def main(args: argparse.Namespace) -> int:
    """Look once, or watch."""
    from hf_providers.errors import HubError, HubNotFound
    from hf_providers.hub import Settings

    if args.watch and (args.probe or args.format in {"csv", "markdown"}):
        what = "--probe, which would spend each time" if args.probe else f"--format {args.format}"
        raise Stop(USAGE, f"--watch does not go with {what}", "leave one of them out")
    args.live = True
    with resolve_model.catalog(args) as catalog:
        target = _target(args, catalog)
        if target is None:
            return AMBIGUOUS
        model_id, args.provider = target[0], (target[1] or args.provider or "").lower() or None
        try:
            settings = Settings.from_env(os.environ)
            if args.watch:
                return _watch(args, catalog, model_id, settings)
            return _once(args, catalog, model_id, settings)
        except HubNotFound:
            raise resolve_model.unknown_to_the_hub(catalog, model_id) from None
        except HubError as error:
            raise _refused(error, model_id) from None


def _target(args: argparse.Namespace, catalog: Catalog) -> tuple[str, str | None] | None:
    """Return the model's id and the pinned provider; an exact id need not be in the snapshot."""
    from hf_providers.hub.wire import MODEL_ID

    asked = resolve_model.unlisted(args, catalog)
    if asked and re.match(MODEL_ID, asked.query):
        return asked.query, asked.provider
    return resolve_model.model(args, catalog, former=True)


def _refused(error: HubError, model_id: str) -> Stop:
    from hf_providers.errors import CallError

    spare = "" if isinstance(error, CallError) else f"; the snapshot answers offline: hfp {model_id}"
    return Stop(NETWORK, str(error), error.hint + spare)


def _look(args: argparse.Namespace, hub: Hub, model_id: str, before: list[OfferRow], validated: list[Any]) -> Live:
    """Return the state of what is asked for.

    Raises:
        HubError: there is no usable answer.
    """
    from hf_providers.live.offers_now import read

    found = read(hub, model_id, before, validated=validated)
    if args.provider:
        found.offers = [offer for offer in found.offers if offer["provider"] == args.provider]
    return found


def _known(args: argparse.Namespace, catalog: Catalog, model_id: str) -> list[OfferRow]:
    return catalog.offers(model_id, provider=args.provider)


def _served(args: argparse.Namespace, found: Live, before: list[OfferRow], everyone: list[str]) -> None:
    """Make sure that somebody serves the model.

    Raises:
        Stop: nobody does, or not the provider that is asked for.
    """
    if found.offers:
        return
    if args.provider:
        who = ", ".join(everyone)
        hint = f"the snapshot has it with: {who}" if who else f"see who does: hfp status {found.model_id}"
        raise Stop(NOTHING_FOUND, f"{args.provider} does not serve {found.model_id}", hint)
    had = f"; the snapshot had {len(before)} offers" if before else ""
    raise Stop(NOTHING_FOUND, f"no provider serves {found.model_id}{had}", "look for a variant: hfp models")


def _once(args: argparse.Namespace, catalog: Catalog, model_id: str, settings: Settings) -> int:
    from hf_providers.cli import status_view
    from hf_providers.hub import Hub
    from hf_providers.live.offers_now import validations

    before = _known(args, catalog, model_id)
    with Hub(settings, concurrency=2, deadline_s=TIME_S) as hub:
        found = _look(args, hub, model_id, before, validations(hub, model_id))
    if found.model_id != model_id:
        resolve_model.say_read_as(model_id, found.model_id)
    everyone = list(dict.fromkeys(row["provider"] for row in catalog.offers(model_id)))
    _served(args, found, before, everyone)
    probes = None
    if args.probe:
        from hf_providers.cli import confirm_probe

        probes = confirm_probe.probed(args, found, settings)
    status_view.show(args, catalog, found, before, probes)
    if probes is not None and not any(probe.answered for probe in probes):
        return NETWORK
    return IN_PART if found.in_part or not all(probe.answered for probe in probes or ()) else OK


def _watch(args: argparse.Namespace, catalog: Catalog, model_id: str, settings: Settings) -> int:
    """Watch until interrupted.

    Raises:
        HubError: the first look failed, or a later one was refused for good.
    """
    from hf_providers.cli import watch_view
    from hf_providers.live.watch import hub_for_watching, watch

    before = _known(args, catalog, model_id)
    everyone = list(dict.fromkeys(row["provider"] for row in catalog.offers(model_id)))
    with hub_for_watching(settings) as hub:
        seen = watch(lambda: _look(args, hub, model_id, before, []), args.watch)
        first = next(seen)
        if first.live is not None:
            _served(args, first.live, before, everyone)
        if args.format == "json":
            watch_view.as_json(catalog, before, first, seen)
        elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            watch_view.on_terminal(args, before, first, seen)
        else:
            watch_view.as_lines(first, seen)
    return OK
