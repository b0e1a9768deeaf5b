"""One call, written down: from what is called, and by which client, to the text of a template filled in."""

from __future__ import annotations

import os
import shlex
from string import Template
from typing import TYPE_CHECKING, Final, NamedTuple

from hf_providers.snippets import chat, raw
from hf_providers.snippets.literals import Code, literal, string
from hf_providers.snippets.tasks import TASKS, Task, javascript_arguments

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

_TEMPLATES: Final = f"{os.path.dirname(__file__)}/templates"  # noqa: PTH120 - pathlib costs a tenth of an answer
_RAW: Final = ("requests", "fetch", "curl")
_CHAT_URL: Final = f"{raw.ROUTER}/v1/chat/completions"
_CONTENT_TYPES: Final = {"jpg": "image/jpeg", "png": "image/png", "flac": "audio/flac", "mp3": "audio/mpeg"}
# A speech's format is the provider's choice (wav, mp3, flac), so its name does not promise one.
_FILES: Final = {"image": "image.png", "audio": "speech.audio", "video": "video.mp4", "value": ""}

_DELTAS: Final = {
    "python": ('chunk.choices[0].delta.content or ""', "chunk.choices[0].delta"),
    "javascript": ('chunk.choices[0]?.delta?.content ?? ""', "JSON.stringify(chunk.choices[0]?.delta ?? {})"),
}
_REQUESTS_DELTA: Final = ('choice["delta"].get("content") or ""', 'choice["delta"]')
"""What of a streamed piece is printed: its text, or (with tools) all of it."""


class Call(NamedTuple):
    """Who is called, and by what: the ids of model and provider, the language, the client, and who pays."""

    model_id: str
    provider: str
    provider_model_id: str
    lang: str
    client: str
    bill_to: str | None


def _fill(call: Call, family: str, values: dict[str, str]) -> str:
    with open(f"{_TEMPLATES}/{call.lang}/{call.client}.{family}.txt", encoding="utf-8") as file:  # noqa: PTH123
        return Template(file.read()).substitute(values)


def _lines(arguments: JsonObject, lang: str, depth: int = 1) -> str:
    """Return arguments as lines of their own, each with its comma: `name=value,` or `name: value,`."""
    mark = "=" if lang == "python" else ": "
    return "".join(f"{'    ' * depth}{name}{mark}{literal(value, lang, depth)},\n" for name, value in arguments.items())


def _options(call: Call) -> str:
    """Return the lines that say who pays, as the client says it; none where nobody is named."""
    if call.bill_to is None:
        return "" if call.client != "huggingface.js" else ")"
    header = {"X-HF-Bill-To": call.bill_to}
    if call.client == "huggingface_hub":
        return _lines({"bill_to": call.bill_to}, call.lang)
    if call.client == "huggingface.js":
        return f", {{\n{_lines({'billTo': call.bill_to}, call.lang)}}})"
    if call.client == "openai":
        name = "default_headers" if call.lang == "python" else "defaultHeaders"
        return _lines({name: header}, call.lang)
    if call.client == "curl":
        return f"    -H {shlex.quote(f'X-HF-Bill-To: {call.bill_to}')} \\\n"
    return f"        {string('X-HF-Bill-To', call.lang)}: {string(call.bill_to, call.lang)},\n"


def _request(call: Call, url: str, body: JsonObject) -> dict[str, str]:
    """Return what every plain request's template names: the URL, the body, and who pays."""
    if call.client == "curl":
        return {"url": shlex.quote(url), "body": shlex.quote(literal(body, "json", 1)), "options": _options(call)}
    return {"url": string(url, call.lang), "body": literal(body, call.lang, 1), "options": _options(call)}


def routed_model(call: Call, policy: str | None) -> str:
    """Return the model as the router wants it named: with the provider, or with what to choose it by."""
    suffix = policy or ("" if call.provider == "auto" else call.provider)
    return f"{call.model_id}:{suffix}" if suffix else call.model_id


def render_chat(call: Call, *, stream: bool, policy: str | None, image: bool, tools: bool, json_schema: bool) -> str:
    """Return the code of a chat completion through the router."""
    family = "chat_stream" if stream else "chat"
    model = routed_model(call, policy)
    arguments = chat.arguments(image=image, tools=tools, json_schema=json_schema)
    if call.client in _RAW:
        streamed = {"stream": stream} if stream or call.client == "curl" else {}
        body = {"model": model, **arguments, **streamed}
        return _fill(call, family, {**_request(call, _CHAT_URL, body), "delta": _REQUESTS_DELTA[tools]})
    values = {
        "model": string(model, call.lang),
        "arguments": _lines(arguments, call.lang),
        "options": _options(call),
        "delta": _DELTAS[call.lang][tools],
    }
    return _fill(call, family, values)


def render_task(call: Call, task: str) -> str:
    """Return the code of a call of any other task: through a client of Hugging Face, or as one plain request."""
    return _render_raw(call, task) if call.client in _RAW else _render_client(call, task, TASKS[task])


def _render_raw(call: Call, task: str) -> str:
    url, body, answer = raw.request(task, call.provider, call.provider_model_id)
    upload = TASKS[task].upload
    values = _request(call, url, body)
    values["imports"] = 'import { writeFile } from "node:fs/promises";\n\n'
    values["file"] = string(_FILES[TASKS[task].output], call.lang)
    if upload is None:
        return _fill(call, answer, values)
    kind = _CONTENT_TYPES[upload.rpartition(".")[2]]
    shell = call.client == "curl"
    values["imports"] = 'import { readFile } from "node:fs/promises";\n\n'
    values["upload"] = upload if shell else string(upload, call.lang)
    values["content_type"] = shlex.quote(f"Content-Type: {kind}") if shell else string(kind, call.lang)
    return _fill(call, "upload", values)


def _render_client(call: Call, task: str, how: Task) -> str:
    words = task.split("-")
    javascript = call.lang == "javascript"
    arguments = _with_files(javascript_arguments(task, call.provider)) if javascript else how.python
    method = words[0] + "".join(word.title() for word in words[1:]) if javascript else "_".join(words)
    family = "bytes" if how.output in {"audio", "video"} or (javascript and how.output == "image") else how.output
    values = {
        "imports": _imports(arguments, family),
        "model": string(call.model_id, call.lang),
        "provider": string(call.provider, call.lang),
        "arguments": _lines(arguments, call.lang),
        "options": _options(call),
        "method": method,
        "file": string(_FILES[how.output], call.lang),
    }
    return _fill(call, family, values)


def _with_files(arguments: JsonObject) -> JsonObject:
    """Return the arguments with the names of files replaced by code that reads them into a Blob."""
    return {name: _blob(value) if _is_file(value) else value for name, value in arguments.items()}


def _is_file(value: object) -> bool:
    return isinstance(value, str) and value.rpartition(".")[2] in _CONTENT_TYPES


def _blob(file: str) -> Code:
    kind = _CONTENT_TYPES[file.rpartition(".")[2]]
    return Code(f'new Blob([await readFile("{file}")], {{ type: "{kind}" }})')


def _imports(arguments: JsonObject, family: str) -> str:
    """Return JavaScript's import of what reads and writes files, as far as it is needed."""
    reads = any(isinstance(value, Code) for value in arguments.values())
    names = ["readFile"] * reads + ["writeFile"] * (family == "bytes")
    return f'import {{ {", ".join(names)} }} from "node:fs/promises";\n' if names else ""
