"""The snippets are run to their end: the answer that a service gives must come out of them."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from hf_providers.snippets import clients, snippet

BOX = {"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4}
ANSWERS = {
    "automatic-speech-recognition": {"text": "found it"},
    "feature-extraction": [[0.25, 0.5]],
    "fill-mask": [{"score": 0.5, "sequence": "found it", "token": 1, "token_str": "it"}],
    "image-classification": [{"label": "found it", "score": 0.5}],
    "object-detection": [{"label": "found it", "score": 0.5, "box": BOX}],
    "question-answering": {"answer": "found it", "score": 0.5, "start": 0, "end": 1},
    "sentence-similarity": [0.25, 0.5, 0.75],
    "summarization": [{"summary_text": "found it"}],
    "table-question-answering": {"answer": "found it", "coordinates": [[0, 0]], "cells": ["1"], "aggregator": "NONE"},
    "text-classification": [[{"label": "found it", "score": 0.5}]],
    "token-classification": [{"entity_group": "found it", "score": 0.5, "word": "me", "start": 0, "end": 1}],
    "translation": [{"translation_text": "found it"}],
    "zero-shot-classification": [{"label": "found it", "score": 0.5}],
}
"""What hf-inference answers, and so what must be printed: "found it", or the numbers."""

VARIANTS = [{}, {"stream": True}, {"tools": True}, {"json_schema": True}, {"stream": True, "tools": True}]
CHAT = ("acme/chatty", "conversational", "acme-cloud", "chatty-1")


def _found(output: str, task: str) -> bool:
    return ("0.25" in output and "0.5" in output) if "0.25" in json.dumps(ANSWERS[task]) else "found it" in output


def _answer(task: str) -> dict[str, str]:
    return {"type": "application/json", "body": json.dumps(ANSWERS[task])}


def _model(task: str) -> dict[str, Any]:
    mapping = {"hf-inference": {"status": "live", "providerId": f"acme/{task}", "task": task}}
    return {"id": f"acme/{task}", "pipeline_tag": task, "tags": [], "inferenceProviderMapping": mapping}


def _said_paris(output: str) -> bool:
    """The text, or (tools, streamed: pieces are printed whole) its two pieces."""
    return "Paris." in output or ("Par" in output and "is." in output)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("client", clients("conversational", "acme-cloud", "python"))
def test_python_chats(run_python: Any, chat_answer: Any, client: str, variant: dict[str, bool]) -> None:
    code = snippet(*CHAT, client=client, bill_to="an-org", comment="acme-cloud: cheapest", **variant).code
    [sent], output, error = run_python(code, answer=chat_answer("stream" in variant))
    assert error is None
    assert _said_paris(output)
    body = json.loads(sent["body"])
    assert sent["path"] == "/v1/chat/completions"
    assert sent["headers"]["authorization"] == "Bearer hf_made_up"
    assert sent["headers"]["x-hf-bill-to"] == "an-org"
    assert body["model"] == "acme/chatty:acme-cloud"
    assert body.get("stream", False) == ("stream" in variant)
    assert ("tools" in body) == ("tools" in variant)
    assert ("response_format" in body) == ("json_schema" in variant)


@pytest.mark.parametrize("task", ANSWERS)
def test_python_prints_what_hf_inference_answers(run_python: Any, task: str) -> None:
    for client in clients(task, "hf-inference", "python"):
        code = snippet(f"acme/{task}", task, "hf-inference", f"acme/{task}", client=client).code
        [_], output, error = run_python(code, _model(task), _answer(task))
        assert error is None, client
        assert _found(output, task), (client, output)


@pytest.mark.parametrize("client", ["huggingface_hub", "requests"])
def test_python_writes_speech_to_a_file(run_python: Any, client: str) -> None:
    code = snippet("acme/text-to-speech", "text-to-speech", "hf-inference", "acme/text-to-speech", client=client).code
    _, _, error = run_python(code, _model("text-to-speech"), {"type": "audio/flac", "body": "sounds"})
    assert error is None
    assert Path("speech.audio").read_text() == "sounds"


@pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="huggingface_hub makes images with Pillow")
def test_python_saves_an_image(run_python: Any) -> None:
    from PIL import Image

    Image.new("1", (1, 1)).save("dot.ppm")
    answer = {"type": "image/x-portable-pixmap", "body": Path("dot.ppm").read_bytes()}
    code = snippet("acme/text-to-image", "text-to-image", "hf-inference", "acme/text-to-image").code
    _, _, error = run_python(code, _model("text-to-image"), answer)
    assert error is None
    assert Image.open("image.png").size == (1, 1)


def test_javascript_chats_and_prints(run_javascript: Any, chat_answer: Any) -> None:
    jobs = []
    for client, variant in product(clients("conversational", "acme-cloud", "javascript"), VARIANTS):
        stream = "stream" in variant
        if client in clients("conversational", "acme-cloud", "javascript", stream=stream):
            code = snippet(*CHAT, lang="javascript", client=client, comment="two\nlines", **variant).code
            jobs.append({"code": code, "answer": chat_answer(stream)})
    results = run_javascript(jobs)
    assert len(results) == 13
    for job, result in zip(jobs, results, strict=True):
        assert result["error"] is None, job["code"]
        assert _said_paris(result["output"]), job["code"]


def test_javascript_prints_what_hf_inference_answers(run_javascript: Any) -> None:
    jobs = []
    for task in ANSWERS:
        names = {"model": f"acme/{task}", "providerId": f"acme/{task}", "provider": "hf-inference", "task": task}
        for client in clients(task, "hf-inference", "javascript"):
            code = snippet(f"acme/{task}", task, "hf-inference", f"acme/{task}", lang="javascript", client=client).code
            jobs.append({**names, "code": code, "answer": _answer(task)})
    for job, result in zip(jobs, run_javascript(jobs), strict=True):
        assert result["error"] is None, job["code"]
        assert _found(result["output"], job["task"]), job["code"]


def test_javascript_writes_files(run_javascript: Any) -> None:
    image = {"type": "application/json", "body": json.dumps({"data": [{"b64_json": "cGl4ZWxz"}]})}
    speech = {"type": "audio/flac", "body": "sounds"}
    made = [
        ("text-to-image", "nscale", image, "image.png", "pixels", "fetch"),
        ("text-to-image", "hf-inference", {"type": "image/png", "body": "pixels"}, "image.png", "pixels", "fetch"),
        ("text-to-speech", "hf-inference", speech, "speech.audio", "sounds", "fetch"),
        ("text-to-speech", "hf-inference", speech, "speech.audio", "sounds", "huggingface.js"),
    ]
    for task, provider, answer, file, content, client in made:
        code = snippet("acme/m", task, provider, "acme/m", lang="javascript", client=client).code
        code += f'\nconsole.log(fs.readFileSync("{file}", "utf8"));\n'
        names = {"model": "acme/m", "provider": provider, "providerId": "acme/m", "task": task}
        [result] = run_javascript([{**names, "code": code, "answer": answer}])
        assert result["error"] is None, code
        assert result["output"] == f"{content}\n"


@pytest.fixture
def shell(service: Any, tmp_path: Path) -> Any:
    """Return a function that runs a curl snippet in a shell, its address led to the service."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (tmp_path / "cats.jpg").write_bytes(b"a photo")

    def run(code: str) -> str:
        local = code.replace("https://router.huggingface.co", service.url)
        environment = {"PATH": os.environ["PATH"], "HF_TOKEN": "hf_made_up", "NO_PROXY": "127.0.0.1"}
        done = subprocess.run(
            ["sh", "-c", local], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30, check=True
        )
        return done.stdout

    return run


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_curl_chats(shell: Any, service: Any, chat_answer: Any, variant: dict[str, bool]) -> None:
    answer = chat_answer("stream" in variant)
    service.answer = (answer["type"], answer["body"].encode())
    model = 'acme/it\'s "$HOME" `id` \\ $(id)'
    code = snippet(model, *CHAT[1:], lang="curl", bill_to="it's-us", comment="$(id)\n`id`", **variant).code
    assert shell(code) == answer["body"]
    [sent] = service.requests
    assert sent["path"] == "/v1/chat/completions"
    assert sent["headers"]["authorization"] == "Bearer hf_made_up"
    assert sent["headers"]["x-hf-bill-to"] == "it's-us"
    assert json.loads(sent["body"])["model"] == f"{model}:acme-cloud"
    assert json.loads(sent["body"])["stream"] == ("stream" in variant)


def test_curl_uploads_the_file(shell: Any, service: Any) -> None:
    service.answer = ("application/json", b"[]")
    assert shell(snippet("a/b", "image-classification", "hf-inference", "a/b?c=d'e", lang="curl").code) == "[]"
    [sent] = service.requests
    assert sent["path"] == "/hf-inference/models/a/b%3Fc%3Dd%27e"
    assert sent["headers"]["content-type"] == "image/jpeg"
    assert sent["body"] == b"a photo"
