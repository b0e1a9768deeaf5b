"""Serve recorded facts over HTTP in the Hub's wire format, to try, test and measure without the Hub.

    with serve(read_capture("models.json"), Faults(latency_ms=50)) as server:
        ...  # HF_ENDPOINT=server.url

Formats, headers and errors are the Hub's as observed; the `Server` header says that it is a replay, and
`X-Replay-Observed-At` when its facts were observed. Facts that were not recorded are left out, never made up.
"""

from __future__ import annotations

from pipeline.errors import ReplayError
from pipeline.replay.capture import read_capture
from pipeline.replay.chat import Chat
from pipeline.replay.cli import add_arguments, main, run
from pipeline.replay.dataset import read_dataset
from pipeline.replay.facts import Facts, Model, Offer
from pipeline.replay.faults import Fault, Faults
from pipeline.replay.server import ReplayServer, Seen, serve

__all__ = [
    "Chat",
    "Facts",
    "Fault",
    "Faults",
    "Model",
    "Offer",
    "ReplayError",
    "ReplayServer",
    "Seen",
    "add_arguments",
    "main",
    "read_capture",
    "read_dataset",
    "run",
    "serve",
]  # fmt: skip
