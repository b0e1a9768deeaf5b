"""Return commands that run a model locally, by its task. They are shown, never run."""

from __future__ import annotations

import re

from hf_providers.cli.this_machine import ollama_models

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from hf_providers.catalog.row_types import VariantRow
    from hf_providers.hosting.estimate_types import ModelFacts, RunCommand

LANGUAGE_TASKS = frozenset(
    {
        "conversational",
        "text-generation",
        "image-text-to-text",
        "video-text-to-text",
        "audio-text-to-text",
        "any-to-any",
    }
)
"""Tasks of models that keep a context: an inference engine serves them."""
_DIFFUSED = frozenset(
    {
        "text-to-image", "image-to-image", "image-text-to-image", "unconditional-image-generation", "text-to-video",
        "image-to-video", "image-text-to-video", "video-to-video",
    }
)  # fmt: skip
_EMBEDDED = frozenset({"feature-extraction", "sentence-similarity"})
_RERANKED = frozenset({"text-ranking"})
_PIPED = frozenset(
    {
        "audio-classification", "automatic-speech-recognition", "depth-estimation", "document-question-answering",
        "fill-mask", "image-classification", "image-feature-extraction", "image-segmentation", "image-to-text",
        "mask-generation", "object-detection", "question-answering", "summarization", "table-question-answering",
        "text-classification", "text-to-audio", "text-to-speech", "token-classification", "translation",
        "video-classification", "visual-question-answering", "zero-shot-classification",
        "zero-shot-image-classification", "zero-shot-object-detection", "keypoint-detection",
    }
)  # fmt: skip
"""Tasks that transformers has a pipeline for (https://huggingface.co/docs/transformers/main_classes/pipelines)."""
_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")
_TEI = "docker run -p 8080:80 ghcr.io/huggingface/text-embeddings-inference:cpu-latest --model-id"


def is_language_model(task: str | None) -> bool:
    """Return whether a model of this task keeps a context; one of which no task is known may."""
    return task is None or task in LANGUAGE_TASKS


def commands(model: ModelFacts, task: str | None, variants: Iterable[VariantRow]) -> list[RunCommand]:
    """Return commands that run a model, each with `known`: True where the model is known to be there for it.

    None is not known. A model whose id could mean something to a shell gets none.
    """
    name = model["model_id"]
    if not _ID.fullmatch(name):
        return []
    library = model.get("library")
    if task in _DIFFUSED:
        return [_python("diffusers", _diffusers(name), _there(library, "diffusers"))]
    if task in _EMBEDDED | _RERANKED:
        embedding = [_command("text-embeddings-inference", f"{_TEI} {name}", None)]
        return embedding + ([_sentences(name, library)] if task in _EMBEDDED else [])
    if task in _PIPED:
        call = f'from transformers import pipeline; print(pipeline("{task}", "{name}")("…"))'
        return [_python("transformers", call, _there(library, "transformers"))]
    return _language(name, library, variants) if is_language_model(task) else []


def _there(library: str | None, name: str) -> bool | None:
    return None if library is None else library == name


def _diffusers(name: str) -> str:
    return f'from diffusers import DiffusionPipeline as P; print(P.from_pretrained("{name}")("a cat"))'


def _sentences(name: str, library: str | None) -> RunCommand:
    call = f'from sentence_transformers import SentenceTransformer as S; print(S("{name}").encode("a cat"))'
    return _python("sentence-transformers", call, _there(library, "sentence-transformers"))


def _python(tool: str, code: str, known: bool | None) -> RunCommand:
    return _command(tool, f"python -c '{code}'", known)


def _language(name: str, library: str | None, variants: Iterable[VariantRow]) -> list[RunCommand]:
    """Return the commands of a language model; a GGUF repository is one that declares to be made from it."""
    files = [row["variant_id"] for row in variants if row["declared"] and "gguf" in row["variant_id"].lower()]
    gguf = next((file for file in files if _ID.fullmatch(file)), None)
    there = _there(library, "transformers")
    source = f"hf.co/{gguf}" if gguf else "hf.co/<a GGUF repository of it>"
    return [
        _ollama(name, source, known=bool(gguf) or None),
        _command("llama-server", f"llama-server -hf {gguf or '<a GGUF repository of it>'}", bool(gguf) or None),
        _command("vllm", f"vllm serve {name}", there),
        _command("transformers", f"transformers chat {name}", there),
    ]


def _command(tool: str, command: str, known: bool | None) -> RunCommand:
    notes = {True: "in its format", False: "in another format", None: "not known"}
    return {"tool": tool, "command": command, "known": known, "note": notes[known]}


def _ollama(name: str, source: str, *, known: bool | None) -> RunCommand:
    """Return how ollama runs it: under its own name where it answers on this machine and has the model."""
    installed = ollama_models()
    same = next((m for m in installed or () if _plain(m) == _plain(name) and re.fullmatch(r"[\w./:-]+", m)), None)
    if same is not None:
        return {"tool": "ollama", "command": f"ollama run {same}", "known": True, "note": "installed here"}
    return {**_command("ollama", f"ollama run {source}", known), "answers": installed is not None}


def _plain(name: str) -> str:
    """Return a model's bare name: no owner, no tag, only letters and digits."""
    return "".join(c for c in name.rpartition("/")[2].partition(":")[0].lower() if c.isalnum())
