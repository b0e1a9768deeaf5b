"""Serve recorded facts in the Hub's wire format on 127.0.0.1, until interrupted."""

from __future__ import annotations

from pipeline.replay.cli import add_arguments as arguments
from pipeline.replay.cli import run as main

HELP = "serve recorded facts as the Hub would"

__all__ = ["HELP", "arguments", "main"]
