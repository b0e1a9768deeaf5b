"""Inspect this machine: its memory, whether it has a GPU, and which models ollama has."""

from __future__ import annotations

import os

from hf_providers.hosting.hardware import UNIFIED_SHARE_PCT
from hf_providers.hosting.memory import fits
from hf_providers.hosting.requirements import held, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.hosting.estimate_types import Needs, ThisMachine

OLLAMA = ("127.0.0.1", 11434)
OLLAMA_TIMEOUT_S = 0.3
MAX_ANSWER_BYTES = 1 << 20
GPU_DEVICES = ("/dev/nvidia0", "/dev/kfd", "/dev/dxg")


def judged(needs: Needs) -> ThisMachine:
    """Return this machine's memory, whether a GPU was found, and whether the model fits into the memory."""
    memory = memory_bytes()
    gpu = any(map(os.path.exists, GPU_DEVICES))
    if memory is None:
        return {"memory_bytes": None, "gpu_found": gpu, "fits": None, "needed_bytes": None}
    verdict = fits(needs["weights_bytes"], held(needs) or 0, memory, usable_share_pct=UNIFIED_SHARE_PCT)
    return {"memory_bytes": memory, "gpu_found": gpu, **verdict}


def memory_bytes() -> int | None:
    """Return this machine's main memory; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def text(machine: ThisMachine) -> str:
    """Return a line about this machine."""
    gpu = "a GPU, whose memory is not asked" if machine["gpu_found"] else "no GPU found"
    if machine["memory_bytes"] is None:
        return f"this machine: memory unknown, {gpu}"
    fit = {True: "it fits into that, at a CPU's speed", False: "too small", None: "unknown whether it fits"}[
        machine["fits"]
    ]
    return f"this machine: {size(machine['memory_bytes'])} of memory, {gpu}: {fit}"


def ollama_models() -> list[str] | None:
    """Return what ollama has on this machine; None where it does not answer. No proxy and no other host is asked."""
    import socket

    try:
        socket.create_connection(OLLAMA, OLLAMA_TIMEOUT_S).close()
    except OSError:  # usually nothing listens, and importing an HTTP client would take longer than all the rest
        return None

    import json
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(*OLLAMA, timeout=OLLAMA_TIMEOUT_S)
    try:
        connection.request("GET", "/api/tags")
        answer = json.loads(connection.getresponse().read(MAX_ANSWER_BYTES))
        return [str(model["name"])[:200] for model in answer["models"]]
    except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return None
    finally:
        connection.close()
