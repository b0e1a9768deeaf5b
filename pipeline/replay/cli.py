"""`python -m pipeline replay`: serve recorded facts until interrupted."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Any

from pipeline.errors import DatasetError, ReplayError
from pipeline.replay.capture import read_capture
from pipeline.replay.catalogue import MAX_PAGE
from pipeline.replay.chat import Chat
from pipeline.replay.dataset import read_dataset
from pipeline.replay.facts import Facts
from pipeline.replay.faults import KINDS, Fault, Faults
from pipeline.replay.server import serve

DEFAULT_DATASET = "data"
_FAULT_KEYS = tuple(field.name for field in dataclasses.fields(Fault) if field.name != "kind")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to serve, where, and which faults to inject."""
    add = parser.add_argument
    default = "(default %(default)s)"
    what = parser.add_mutually_exclusive_group()
    what.add_argument("dataset", nargs="?", metavar="DATASET", help=f"a published dataset (default {DEFAULT_DATASET})")
    what.add_argument("--capture", metavar="FILE", help="serve a recorded hub list (JSON) in its place")
    add("--observed-at", type=_moment, metavar="ISO", help="when the capture was recorded")
    add("--port", type=int, default=0, help="TCP port on 127.0.0.1 (default any free one)")
    add("--max-page", type=_positive, default=MAX_PAGE, metavar="N", help=f"models in a page {default}")
    add("--latency-ms", type=float, default=0, metavar="N", help="wait before every answer")
    add("--quota", type=_positive, metavar="N", help="answer 429 after N requests in a window")
    add("--window-s", type=_positive, default=300, metavar="N", help=f"the quota's window {default}")
    add(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="KIND[,KEY=VALUE…]",
        help=f"what goes wrong, repeatable: {', '.join(KINDS)}; keys {', '.join(_FAULT_KEYS)}; "
        "for example status,status=503,path=/api/models,times=2 (times=all: always)",
    )
    add(
        "--chat",
        type=_chat,
        action="append",
        default=[],
        metavar="KEY=VALUE[,KEY=VALUE…]",
        help="how a provider answers chats (none named: every one), repeatable: "
        "provider, latency_ms, tokens_per_s, tokens, status, body, hang=true, cut_after, usage=false",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _moment(text: str) -> str:
    """An ISO 8601 time in UTC, `Z` at its end; one without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a time; write it as 2026-02-26T11:27:00Z") from None
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return utc.isoformat().replace("+00:00", "Z")


def _fault(text: str) -> Fault:
    kind, *pairs = text.split(",")
    if kind not in KINDS:
        raise argparse.ArgumentTypeError(f"{kind} is none of {', '.join(KINDS)}")
    options: dict[str, Any] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        if key not in _FAULT_KEYS:
            raise argparse.ArgumentTypeError(f"{key} is none of {', '.join(_FAULT_KEYS)}")
        options[key] = _fault_value(key, value)
    return Fault(kind, **options)  # type: ignore[arg-type]  # checked against KINDS above


def _fault_value(key: str, value: str) -> str | int | None:
    if key == "times" and value == "all":
        return None
    return _positive(value) if key in ("times", "status", "page") else value


def _chat(text: str) -> Chat:
    known: dict[str, Callable[[str], Any]] = {
        "provider": str,
        "body": str,
        "latency_ms": float,
        "tokens_per_s": float,
        "tokens": _positive,
        "status": _positive,
        "cut_after": int,
        "hang": lambda value: value == "true",
        "usage": lambda value: value == "true",
    }
    options: dict[str, Any] = {}
    for pair in text.split(","):
        key, _, value = pair.partition("=")
        if key not in known:
            raise argparse.ArgumentTypeError(f"{key} is none of {', '.join(known)}")
        options[key] = known[key](value)
    return Chat(**options)


def _facts(args: argparse.Namespace) -> Facts:
    if args.capture is None:
        return read_dataset(args.dataset or DEFAULT_DATASET)
    return read_capture(args.capture, args.observed_at)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; 0 then, 1 with two lines on stderr when there is nothing to serve."""
    faults = Faults(args.latency_ms, args.quota, args.window_s, tuple(args.fault), tuple(args.chat))
    done = Event()
    try:
        facts = _facts(args)
        with serve(facts, faults, args.port, args.max_page) as server:
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, lambda *_: done.set())
            observed = facts.observed_at or "at a time not recorded"
            where = f"HF_ENDPOINT={server.url} HFP_ROUTER_URL={server.url}"
            sys.stdout.write(f"replay of {facts.what}, observed {observed}: {where}\n")
            sys.stdout.flush()
            done.wait()
    except (ReplayError, DatasetError) as error:
        sys.stderr.write(f"{error}\n{error.hint}\n")
        return 1
    return 0


def main(argv: list[str]) -> int:
    """Parse the arguments of `replay` and serve."""
    parser = argparse.ArgumentParser(prog="python -m pipeline replay", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(argv))
