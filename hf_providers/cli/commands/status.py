"""Ask the Hub and the router whether a model is ready now, and what differs from the snapshot.

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
from hf_providers.cli.options import open_catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.cli.option_types import StatusOptions
    from hf_providers.errors import HubError
    from hf_providers.hub import Hub, Settings
    from hf_providers.live.offers_now import Live


PACE_S = 5.0
TIME_S = 6.0
"""The time limit of one look, retries included."""


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
        "--max-cost", type=filters.usd, metavar="USD", help="spend at most this, and only where the price is known"
    )
    group.add_argument("--time-limit", type=pace, default=30.0, metavar="S", help="for each provider (default: 30)")


def pace(text: str) -> float:
    """Return a number of seconds above 0."""
    value = filters.number(text)
    if value <= 0:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text} is not a number of seconds above 0, as in 5")
    return value


def main(options: StatusOptions) -> int:
    """Look once, or watch."""
    from hf_providers.errors import HubError, HubNotFound
    from hf_providers.hub import Settings

    if options.watch and (options.probe or options.format in {"csv", "markdown"}):
        what = "--probe, which would spend each time" if options.probe else f"--format {options.format}"
        raise Stop(USAGE, f"--watch does not go with {what}", "leave one of them out")
    with open_catalog(options.snapshot) as catalog:
        picked = _target(options, catalog)
        if picked is None:
            return AMBIGUOUS
        provider = (picked.provider or options.provider or "").lower() or None
        try:
            settings = Settings.from_env(os.environ)
            look = _watch if options.watch else _once
            return look(options, catalog, picked, provider, settings)
        except HubNotFound:
            raise resolve_model.unknown_to_the_hub(catalog, picked.model_id) from None
        except HubError as error:
            raise _refused(error, picked.model_id) from None


def _target(options: StatusOptions, catalog: Catalog) -> resolve_model.Picked | None:
    """Return the model and the pinned provider; an exact id need not be in the snapshot."""
    from hf_providers.hub.wire import MODEL_ID

    named = [options.provider.lower()] if options.provider else []
    picked = resolve_model.unlisted(options.model, catalog, named)
    if picked and re.match(MODEL_ID, picked.model_id):
        return picked
    return resolve_model.model(options, options.model, catalog, providers=named, former=True, live=True)


def _refused(error: HubError, model_id: str) -> Stop:
    from hf_providers.errors import CallError

    spare = "" if isinstance(error, CallError) else f"; the snapshot answers offline: hfp {model_id}"
    return Stop(NETWORK, str(error), error.hint + spare)


def _look(hub: Hub, model_id: str, provider: str | None, before: list[OfferRow], validated: list[Any]) -> Live:
    """Return the state of a model, or of its offer by a provider.

    Raises:
        HubError: there is no usable answer.
    """
    from hf_providers.live.offers_now import read

    live = read(hub, model_id, before, validated=validated)
    if provider:
        live.offers = [offer for offer in live.offers if offer["provider"] == provider]
    return live


def _served(provider: str | None, live: Live, before: list[OfferRow], everyone: list[str]) -> None:
    """Make sure that somebody serves the model.

    Raises:
        Stop: nobody does, or not the provider that is asked for.
    """
    if live.offers:
        return
    if provider:
        who = ", ".join(everyone)
        hint = f"the snapshot has it with: {who}" if who else f"see who does: hfp status {live.model_id}"
        raise Stop(NOTHING_FOUND, f"{provider} does not serve {live.model_id}", hint)
    had = f"; the snapshot had {len(before)} offers" if before else ""
    raise Stop(NOTHING_FOUND, f"no provider serves {live.model_id}{had}", "look for a variant: hfp models")


def _once(
    options: StatusOptions,
    catalog: Catalog,
    picked: resolve_model.Picked,
    provider: str | None,
    settings: Settings,
) -> int:
    from hf_providers.cli import status_view
    from hf_providers.hub import Hub
    from hf_providers.live.offers_now import validations

    model_id = picked.model_id
    before = catalog.offers(model_id, provider=provider)
    with Hub(settings, concurrency=2, deadline_s=TIME_S) as hub:
        live = _look(hub, model_id, provider, before, validations(hub, model_id))
    if live.model_id != model_id:
        resolve_model.say_read_as(model_id, live.model_id)
    everyone = list(dict.fromkeys(row["provider"] for row in catalog.offers(model_id)))
    _served(provider, live, before, everyone)
    probes = None
    if options.probe:
        from hf_providers.cli import confirm_probe

        probes = confirm_probe.probed(options, live, settings)
    status_view.show(options, catalog, live, before, probes, picked.asked)
    if probes is not None and not any(probe.answered for probe in probes):
        return NETWORK
    return IN_PART if live.in_part or not all(probe.answered for probe in probes or ()) else OK


def _watch(
    options: StatusOptions,
    catalog: Catalog,
    picked: resolve_model.Picked,
    provider: str | None,
    settings: Settings,
) -> int:
    """Watch until interrupted.

    Raises:
        HubError: the first look failed, or a later one was refused for good.
    """
    from hf_providers.cli import watch_view
    from hf_providers.live.watch import hub_for_watching, watch

    model_id = picked.model_id
    before = catalog.offers(model_id, provider=provider)
    everyone = list(dict.fromkeys(row["provider"] for row in catalog.offers(model_id)))
    with hub_for_watching(settings) as hub:
        seen = watch(lambda: _look(hub, model_id, provider, before, []), options.watch or PACE_S)
        first = next(seen)
        if first.live is not None:
            _served(provider, first.live, before, everyone)
        if options.format == "json":
            watch_view.as_json(catalog, before, first, seen)
        elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            watch_view.on_terminal(options.color, before, first, seen)
        else:
            watch_view.as_lines(first, seen)
    return OK
