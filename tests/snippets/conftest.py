"""What the snippets' tests share: Hugging Face's packages, a folder with the example files, and a local service."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import io
import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.threaded import running

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "build" / "snippets.lock"
FILES = {"cats.jpg": b"a photo", "cat.png": b"a drawing", "sample1.flac": b"a recording", "sample1.mp3": b"a recording"}
TOKEN = "hf_made_up"


CHAT = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Paris."}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
CHUNKS = [
    {**CHAT, "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]} for text in ("Par", "is.")
] + [{**CHAT, "choices": []}]
STREAM = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n"


@pytest.fixture(scope="session")
def chat_answer() -> Any:
    """Return a function from (stream) to an answer of the router, "Paris.": at once, or in two pieces and the usage."""

    def answer(stream: bool) -> dict[str, str]:
        if stream:
            return {"type": "text/event-stream", "body": STREAM}
        return {"type": "application/json", "body": json.dumps(CHAT)}

    return answer


def skip_unless_ci(reason: str) -> None:
    """Skip, but never where CI=true: there a missing tool is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _install(target: Path) -> str | None:
    """Put the locked packages at `target`, whole or not at all; return what went wrong, if anything."""
    with tempfile.TemporaryDirectory(dir=HERE, prefix="node_modules-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode:
            return done.stderr[-400:]
        shutil.rmtree(target, ignore_errors=True)
        (Path(folder) / "node_modules").rename(target)
    return None


def _is_locked(target: Path) -> bool:
    """Whether the packages at `target` are those that are locked."""
    locked = json.loads((HERE / "package-lock.json").read_text())["packages"]
    marker = target / ".package-lock.json"
    installed = json.loads(marker.read_text())["packages"] if marker.is_file() else {}
    return all(installed.get(name, {}).get("version") == entry["version"] for name, entry in locked.items() if name)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the installed packages, as locked."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            skip_unless_ci(f"{tool} is not installed: Hugging Face's own snippets cannot be made")
    target = HERE / "node_modules"
    LOCK.parent.mkdir(exist_ok=True)
    with FileLock(LOCK):  # one test process installs, while the others wait: none may remove what another runs with
        problem = None if _is_locked(target) else _install(target)
    if problem:
        skip_unless_ci(f"npm ci could not install Hugging Face's packages: {problem}")
    return target


@pytest.fixture(scope="session")
def node(node_modules: Path) -> Any:
    """Return a function that runs one of this folder's scripts with JSON on stdin and returns its stdout."""

    def run(script: str, given: Any) -> str:
        done = subprocess.run(
            ["node", "--no-warnings", str(HERE / script)],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "HF_TOKEN": TOKEN},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def official(node: Any) -> Any:
    """Return a function from offers to Hugging Face's own snippets, `{(lang, client): code}` each."""
    langs = {"python": "python", "js": "javascript", "sh": "curl"}

    def ask(offers: list[dict[str, Any]]) -> list[dict[tuple[str, str], str]]:
        answer = json.loads(node("oracle.mjs", offers))
        return [{(langs[s["language"]], s["client"]): s["content"] for s in snippets} for snippets in answer]

    return ask


@pytest.fixture(scope="session")
def run_javascript(node: Any, node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that runs JavaScript snippets under a `fetch` that only takes note."""

    def run(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        folder = tmp_path_factory.mktemp("javascript")
        (folder / "node_modules").symlink_to(node_modules)
        for name, content in FILES.items():
            (folder / name).write_bytes(content)
        node("run.mjs", {"folder": str(folder), "jobs": jobs})
        results: list[dict[str, Any]] = json.loads((folder / "results.json").read_text())
        return results

    return run


@dataclass
class Service:
    """A local stand-in for the Hub and the router: notes what is asked, and answers what the test says."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    model: dict[str, Any] = field(default_factory=dict)
    answer: tuple[str, bytes] | None = None


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._send(200, "application/json", json.dumps(service.model).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.requests.append({"path": self.path, "headers": headers, "body": body})
            status, (kind, answer) = (200, service.answer) if service.answer else (400, ("text/plain", b"noted"))
            self._send(status, kind, answer)

        def log_message(self, *words: Any) -> None:
            """Keep the test's output clean."""

    return Handler


@pytest.fixture
def service() -> Iterator[Service]:
    """A running `Service`."""
    state = Service()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_port}"
    with running(server):
        yield state


@pytest.fixture
def run_python(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Return a function that runs a Python snippet through the real clients, their connections led to `service`.

    The clients fix the router's address in their code, so that only the transport under them can be led elsewhere;
    `requests` counts what they sent, with the address they meant as `url`.
    """
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    # Else it asks the Hub, once a day, by which agent it is run, and keeps the answer in the home folder.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY", True)
    meant = _redirect_httpx(monkeypatch, service) + _redirect_requests(monkeypatch, service)

    def run(
        code: str, model: dict[str, Any] | None = None, answer: dict[str, Any] | None = None
    ) -> tuple[list[dict[str, Any]], str, Exception | None]:
        from huggingface_hub.inference._providers import _common

        _common._fetch_inference_provider_mapping.cache_clear()
        service.requests.clear()
        for urls in meant:
            urls.clear()
        service.model = model or {}
        service.answer = (answer["type"], _as_bytes(answer["body"])) if answer else None
        output, error = io.StringIO(), None
        with contextlib.redirect_stdout(output):
            try:
                exec(compile(code, "snippet", "exec"), {"__name__": "snippet"})
            except Exception as caught:  # noqa: BLE001 - whatever a client raises is the test's to judge
                error = caught
        posted = [url for urls in meant for url in urls]
        noted = [{**request, "url": url} for request, url in zip(service.requests, posted, strict=True)]
        return noted, output.getvalue(), error

    # A snippet leaves its client's connections to the end of its process, which is here the end of the test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield run
        gc.collect()


def _as_bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _redirect_httpx(monkeypatch: pytest.MonkeyPatch, service: Service) -> list[list[str]]:
    """Lead the transports of httpx (by whichever name the clients import it) to the service; note what was posted."""
    found = []
    for name in ("httpx", "httpx2"):
        if importlib.util.find_spec(name) is None:
            continue
        module: Any = importlib.import_module(name)
        original, urls = module.HTTPTransport.handle_request, []
        found.append(urls)

        def handle(
            self: Any, request: Any, original: Any = original, urls: list[str] = urls, module: Any = module
        ) -> Any:
            if request.method == "POST":
                urls.append(str(request.url))
            local = module.URL(service.url)
            request.url = request.url.copy_with(scheme="http", host=local.host, port=local.port)
            return original(self, request)

        monkeypatch.setattr(module.HTTPTransport, "handle_request", handle)
    return found


def _redirect_requests(monkeypatch: pytest.MonkeyPatch, service: Service) -> list[list[str]]:
    adapters = pytest.importorskip("requests.adapters", reason="the requests snippets need requests")
    original, urls = adapters.HTTPAdapter.send, []

    def send(self: Any, request: Any, **options: Any) -> Any:
        urls.append(request.url)
        request.url = service.url + request.path_url
        return original(self, request, **options)

    monkeypatch.setattr(adapters.HTTPAdapter, "send", send)
    return [urls]
