"""This machine, and the commands that run a model on it: what is known to be there, and what is not."""

from __future__ import annotations

import os

from hf_providers.hosting.hardware import UNIFIED_SHARE_PCT
from hf_providers.hosting.memory import fits
from hf_providers.hosting.requirements import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Row = dict[str, Any]

OLLAMA = ("127.0.0.1", 11434)
OLLAMA_TIMEOUT_S = 0.3
MAX_ANSWER_BYTES = 1 << 20
GPU_DEVICES = ("/dev/nvidia0", "/dev/kfd", "/dev/dxg")


def judged(needs: Row) -> Row:
    """Return this machine's memory, whether a GPU was found, and whether the model fits into the memory."""
    memory = memory_bytes()
    gpu = any(map(os.path.exists, GPU_DEVICES))
    if memory is None:
        return {"memory_bytes": None, "gpu_found": gpu, "fits": None, "needed_bytes": None}
    verdict = fits(needs["weights_bytes"], needs["kv_cache_bytes"] or 0, memory, usable_share_pct=UNIFIED_SHARE_PCT)
    return {"memory_bytes": memory, "gpu_found": gpu, **verdict}


def memory_bytes() -> int | None:
    """Return this machine's main memory; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def text(found: Row) -> str:
    """Return a line about this machine."""
    gpu = "a GPU, whose memory is not asked" if found["gpu_found"] else "no GPU found"
    if found["memory_bytes"] is None:
        return f"this machine: memory unknown, {gpu}"
    fit = {True: "it fits into that, at a CPU's speed", False: "too small"}[bool(found["fits"])]
    return f"this machine: {size(found['memory_bytes'])} of memory, {gpu}: {fit}"


def commands(model: Row, variants: Iterable[Row]) -> list[Row]:
    """Return commands that run a model, each with `known`: True where the model is known to be there for it.

    None is not known. A GGUF repository is one that declares to be made from the model and has GGUF in its name.
    """
    name = model["model_id"]
    files = [row["variant_id"] for row in variants if row["declared"] and "gguf" in row["variant_id"].lower()]
    gguf = next(iter(files), None)
    library = model["library"]
    there = None if library is None else library == "transformers"
    source = f"hf.co/{gguf}" if gguf else "hf.co/<a GGUF repository of it>"
    return [
        _ollama(name, source, known=bool(gguf) or None),
        _command("llama-server", f"llama-server -hf {gguf or '<a GGUF repository of it>'}", bool(gguf) or None),
        _command("vllm", f"vllm serve {name}", there),
        _command("transformers", f"transformers chat {name}", there),
    ]


def _command(tool: str, command: str, known: bool | None) -> Row:
    notes = {True: "in its format", False: "in another format", None: "not known"}
    return {"tool": tool, "command": command, "known": known, "note": notes[known]}


def _ollama(name: str, source: str, *, known: bool | None) -> Row:
    """Return how ollama runs it: under its own name where it answers on this machine and has the model."""
    installed = ollama_models()
    same = next((model for model in installed or () if _plain(model) == _plain(name)), None)
    if same is not None:
        return {"tool": "ollama", "command": f"ollama run {same}", "known": True, "note": "installed here"}
    return _command("ollama", f"ollama run {source}", known) | {"answers": installed is not None}


def _plain(name: str) -> str:
    """Return a model's bare name: without owner, tag, and what is no letter or digit."""
    return "".join(c for c in name.rpartition("/")[2].partition(":")[0].lower() if c.isalnum())


def ollama_models() -> list[str] | None:
    """Return what ollama has on this machine; None where it does not answer. No proxy and no other host is asked."""
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
