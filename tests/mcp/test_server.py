"""The MCP server, asked by the SDK's own client: over stdio as an agent's client starts it, and in this process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from hf_providers.mcp.answers import MOST_BYTES
from hf_providers.mcp.server import TOOLS, make
from tests.cli.hfp import ROOT, Hfp
from tests.export import oracles

R1 = "deepseek-ai/DeepSeek-R1"
SERVE = [sys.executable, "-m", "hf_providers", "mcp"]
JOB = {"model": R1, "input_tokens": 10_000_000, "output_tokens": 1_000_000}
CALLS: dict[str, dict[str, Any]] = {
    "find_model": {"query": "deepseek"},
    "offers": {"model": R1},
    "cost": JOB,
    "price_history": {"model": R1},
    "what_changed": {},
    "cheapest": {"tools": True},
    "compare": {"models": [R1, "Qwen/Qwen3-32B"]},
    "fits_on": {"model": R1, "machine": "8xh200"},
    "snippet": {"model": R1},
}
Call = Callable[..., tuple[bool, str]]
Talk = Callable[[str, int], list[dict[str, Any]]]


@pytest.fixture
def call(data: Path) -> Call:
    """Call a tool in this process: whether it is an error, and its text."""

    def run(name: str, **arguments: Any) -> tuple[bool, str]:
        async def ask() -> tuple[bool, str]:
            async with Client(make(str(data))) as client:
                found = await client.call_tool(name, arguments)
                return bool(found.is_error), found.content[0].text

        return anyio.run(ask)

    return run


def over_stdio(data: Path, ask: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        server = StdioServerParameters(command=SERVE[0], args=[*SERVE[1:], "--snapshot", str(data)], cwd=ROOT)
        async with Client(stdio_client(server)) as client:
            return await ask(client)

    return anyio.run(run)


def test_a_client_lists_the_tools_and_calls_each_over_stdio(data: Path, checked_at: str) -> None:
    async def ask(client: Client) -> tuple[list[Any], dict[str, str], str]:
        listed = (await client.list_tools()).tools
        said = {}
        for name, arguments in CALLS.items():
            found = await client.call_tool(name, arguments)
            assert not found.is_error, found
            said[name] = found.content[0].text
        schema = await client.read_resource("hfp://schema")
        return listed, said, schema.contents[0].text

    listed, said, schema = over_stdio(data, ask)
    assert [tool.name for tool in listed] == list(TOOLS) == list(CALLS)
    assert all(tool.annotations.read_only_hint and tool.description for tool in listed)
    for name, text in said.items():
        assert len(text.encode()) <= MOST_BYTES, name
        assert nulls(json.loads(text)) <= NOTHING, name
        assert json.loads(text)["snapshot"]["checked_at"] == checked_at, name
    assert "input_usd_per_mtok" in json.loads(schema)["offers"]["columns"]


NOTHING = {
    "valid_to", "percent", "before", "after", "weight_format", "kv_cache_unknown", "best_format", "price_observed_at",
    "measured_at",
}  # fmt: skip
"""Keys of these answers where null says that there is none; what is unknown is "unknown"."""


def nulls(value: Any) -> set[str]:
    """The keys whose value is null, at any depth."""
    if isinstance(value, list):
        return set().union(*map(nulls, value))
    if not isinstance(value, dict):
        return set()
    return {key for key, item in value.items() if item is None}.union(*map(nulls, value.values()))


def test_what_went_back_and_forth_says_how_often(call: Call) -> None:
    """Else a change from true to true would look like a mistake."""
    rows = json.loads(call("what_changed", model=R1, since="2026-02-24")[1])["rows"]
    back = [row for row in rows if row["kind"] == "tools"]
    assert [(row["provider"], row["before"] == row["after"], row["times"]) for row in back] == [
        ("hyperbolic", True, 2),
        ("sambanova", True, 2),
    ]


COMMANDS = {
    "offers": [R1],
    "cost": ["cost", R1, "--in", "10M", "--out", "1M"],
    "price_history": ["history", R1],
    "what_changed": ["changes", "--limit", "0"],
    "cheapest": ["models", "--task", "chat", "--tools", "--sort", "price", "--limit", "0"],
    "snippet": ["run", R1],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_full_is_what_hfp_prints(hfp: Hfp, call: Call, data: Path, name: str) -> None:
    wrong, text = call(name, **CALLS[name], full=True)
    printed = hfp(*COMMANDS[name], "--snapshot", str(data), "--json").json
    said = {key: value for key, value in json.loads(text).items() if key in printed}
    assert not wrong
    if name == "cheapest":  # a model without a known price is in no order by price
        printed["rows"] = [row for row in printed["rows"] if row["blended_usd_per_mtok"] is not None]
        printed["total"] = len(printed["rows"])
    assert said == printed


@pytest.mark.parametrize("name", ["find_model", "what_changed", "cheapest"])
def test_pages_follow_each_other_and_have_every_row_once(call: Call, name: str) -> None:
    rows = "matches" if name == "find_model" else "rows"
    whole = json.loads(call(name, **CALLS[name], full=True)[1])[rows]
    page, seen = 1, []
    while page:
        wrong, text = call(name, **CALLS[name], page=page)
        assert not wrong
        assert len(text.encode()) <= MOST_BYTES
        said = json.loads(text)
        seen += said[rows]
        page = said.get("next_page", 0)
    assert len(seen) == len(whole)
    for short, long in zip(seen, whole, strict=True):
        assert all(long[key] == value or (value, long[key]) == ("unknown", None) for key, value in short.items())


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "no such model": ("offers", {"model": "moonshotai/Kimi-K9.9"}, "no model is called 'moonshotai/Kimi-K9.9'\n"),
    "a digit changed": ("cost", JOB | {"model": "deepseek-ai/DeepSeek-R2"}, "no model is called"),
    "mistyped": ("offers", {"model": "deepsek-r1"}, "no model is called 'deepsek-r1'\nnearest: "),
    "no such page": ("offers", {"model": R1, "page": 10**9}, "there is no page 1000000000\ngive page 1"),
    "page 0": ("offers", {"model": R1, "page": 0}, "there is no page 0\n"),
    "no such provider": ("offers", {"model": R1, "provider": "grok"}, "no provider 'grok' in the snapshot\nchoose "),
    "no such task": ("offers", {"model": R1, "task": "x"}, "no task or group 'x'\n"),
    "no such readiness": ("offers", {"model": R1, "readiness": "x"}, "no status 'x'\nchoose "),
    "no date": ("what_changed", {"since": "yesterday"}, "'yesterday' is not a time"),
    "a blank date": ("price_history", {"model": R1, "since": ""}, "'' is not a time"),
    "a blank date of changes": ("what_changed", {"since": " "}, "'' is not a time"),
    "a blank model": ("what_changed", {"model": ""}, "no model is called ''\n"),
    "a blank provider": ("what_changed", {"provider": ""}, "no provider '' in the snapshot\nchoose "),
    "a blank machine": ("fits_on", {"model": R1, "machine": ""}, "'' is not in the list of machines\n"),
    "a blank weight format": ("fits_on", {"model": R1, "weights": ""}, "'' is not a known weight format\n"),
    "no such kind": ("what_changed", {"kind": "x"}, "no change is called 'x'\none of: "),
    "no tokens": ("cost", {"model": R1, "input_tokens": 0}, "a job needs tokens, and at least one request\n"),
    "negative tokens": ("cost", {"model": R1, "input_tokens": -5}, "a job needs tokens, and at least one request\n"),
    "one to compare": ("compare", {"models": [R1]}, "compare takes 2 to 10 models, not 1\n"),
    "no such machine": ("fits_on", {"model": R1, "machine": "zx81"}, "'zx81' is not in the list of machines\n"),
    "nothing passes": ("offers", {"model": R1, "min_context": 10**12}, "no offer of deepseek-ai/DeepSeek-R1 passes"),
    "nothing found": ("find_model", {"query": "qwweenn"}, "no model like 'qwweenn'\nnearest: "),
    "no such tool": ("offer", {}, "no tool is called 'offer'\nchoose find_model, "),
    "an argument lacks": ("offers", {}, "offers: model: field required\n"),
    "a word for a number": ("offers", {"model": R1, "page": "x"}, "offers: page: input should be a valid integer"),
    "a list for a name": ("offers", {"model": [R1]}, "offers: model: input should be a valid string\n"),
    "no such argument": ("offers", {"model": R1, "min_ctx": 1}, "offers has no argument 'min_ctx'\nchoose model, "),
    "two providers": ("offers", {"model": f"{R1}:novita", "provider": "together"}, "the model's name pins novita, and"),
    "a hostile name": ("find_model", {"query": "\x1b[31m" + "x" * 100_000}, "no model like"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_goes_wrong_is_a_result_in_two_lines(call: Call, case: str) -> None:
    name, arguments, said = WRONG[case]
    wrong, text = call(name, **arguments)
    assert wrong
    assert text.startswith(said), text
    assert len(text.splitlines()) == 2
    assert len(text) < 2000
    assert all(line.isprintable() for line in text.splitlines())


def test_without_a_snapshot_the_error_says_what_to_type(tmp_path: Path) -> None:
    async def ask() -> Any:
        async with Client(make(str(tmp_path / "none"))) as client:
            return await client.call_tool("offers", {"model": R1})

    found = anyio.run(ask)
    assert found.is_error
    assert "there is no snapshot at" in found.content[0].text


def test_a_call_of_no_tool_and_with_wrong_types_leaves_the_server_alive(data: Path) -> None:
    async def ask(client: Client) -> list[bool]:
        return [
            bool((await client.call_tool(name, arguments)).is_error)
            for name, arguments in (
                ("no_such_tool", {}),
                ("offers", {}),
                ("offers", {"model": R1, "page": "x"}),
                ("offers", {"model": R1}),
            )
        ]

    assert over_stdio(data, ask) == [True, True, True, False]


def request(number: int, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n"


HELLO = request(
    1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "t", "version": "0"}
) + json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n"  # fmt: skip


def served(data: Path, text: str) -> subprocess.CompletedProcess[str]:
    """The server that is sent this text by hand and is then closed."""
    command = [*SERVE, "--snapshot", data]
    return subprocess.run(command, input=text, capture_output=True, encoding="utf-8", timeout=60, check=False, cwd=ROOT)


PARSE_ERROR, INVALID_REQUEST, NO_METHOD = -32700, -32600, -32601
GARBAGE: dict[str, tuple[str, object, int]] = {
    "no JSON": ("not json", None, PARSE_ERROR),
    "control characters": ("\x00\x01", None, PARSE_ERROR),
    "long": ("x" * 100_000, None, PARSE_ERROR),
    "deep": ("[" * 100_000, None, PARSE_ERROR),
    "an empty object": ("{}", None, INVALID_REQUEST),
    "a list": ("[]", None, INVALID_REQUEST),
    "no parameters": ('{"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": 5}', "a", INVALID_REQUEST),
    "a fraction for an id": ('{"jsonrpc": "2.0", "id": 1.5, "method": "tools/list"}', None, INVALID_REQUEST),
    "null for an id": ('{"jsonrpc": "2.0", "id": null, "method": "tools/list"}', None, INVALID_REQUEST),
    "no id": ('{"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "offers"}}', None, INVALID_REQUEST),
    "half of a character": (
        r'{"jsonrpc": "2.0", "id": 6, "method": "tools/call", "params": {"name": "\ud800", "arguments": {}}}',
        6,
        INVALID_REQUEST,
    ),
    "no such method": ('{"jsonrpc": "2.0", "id": 7, "method": "no/such"}', 7, NO_METHOD),
}


@pytest.fixture
def talk(data: Path) -> Iterator[Talk]:
    """Send text to a server, and read its answers up to the one to a request; it must end well when it is closed."""
    with subprocess.Popen(
        [*SERVE, "--snapshot", data],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        written, read = server.stdin, server.stdout

        def run(text: str, number: int) -> list[dict[str, Any]]:
            written.write(text)
            written.flush()
            answers: list[dict[str, Any]] = []
            while not answers or answers[-1].get("id") != number:
                answers.append(json.loads(read.readline()))
            return answers

        run(HELLO, 1)
        yield run
        written.close()
        errors = server.stderr.read()
    assert "Traceback" not in errors
    assert server.returncode == 0


def test_garbage_is_answered_with_an_error_and_survived(talk: Talk) -> None:
    for asked, (case, (line, number, code)) in enumerate(GARBAGE.items(), start=100):
        call = request(asked, "tools/call", name="offers", arguments={"model": R1})
        *wrong, right = talk(f"{line}\n\n{call}", asked)
        assert [(answer["id"], answer["error"]["code"]) for answer in wrong] == [(number, code)], case
        assert R1 in right["result"]["content"][0]["text"], case


def test_a_cancelled_call_is_survived(talk: Talk) -> None:
    """Whether it was answered before it was cancelled depends on the threads; the next one is, in any case."""
    cancelled = "".join(
        request(number, "tools/call", name="cheapest", arguments={})
        + json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
        + "\n"
        for number in (99, 100, 101)
    )
    *others, last = talk(cancelled + request(2, "tools/call", name="offers", arguments={"model": R1}), 2)
    assert {answer["id"] for answer in others} <= {99, 100, 101}
    assert R1 in last["result"]["content"][0]["text"]


@pytest.mark.parametrize("text", ["", HELLO, HELLO + request(2, "tools/list")[:20]])
def test_a_client_that_closes_in_the_middle_ends_it(data: Path, text: str) -> None:
    done = served(data, text)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_a_client_that_reads_no_more_ends_it_in_silence(data: Path) -> None:
    with started(data) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdout.close()
        with suppress(OSError):  # BrokenPipeError, and on Windows EINVAL
            server.stdin.write(request(2, "tools/list"))
            server.stdin.close()
        assert (server.wait(60), server.stderr.read()) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_where_nothing_can_be_written_it_ends_with_74(data: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*SERVE, "--snapshot", data],
            input=HELLO,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
            cwd=ROOT,
        )
    assert done.returncode == 74
    assert len(done.stderr.splitlines()) == 2, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal, as POSIX has it")
def test_an_interrupt_ends_it_at_once(data: Path) -> None:
    with started(data) as server:
        assert server.stderr is not None
        server.send_signal(signal.SIGINT)
        assert (server.wait(60), server.stderr.read()) == (130, "")


def started(data: Path) -> subprocess.Popen[str]:
    """A server that has shaken hands."""
    command = [*SERVE, "--snapshot", data]
    pipe = subprocess.PIPE
    server = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8", cwd=ROOT)
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(HELLO)
    server.stdin.flush()
    assert json.loads(server.stdout.readline())["id"] == 1
    return server


def test_without_the_sdk_the_command_says_what_to_install(hfp: Hfp, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "mcp" or name == "hf_providers.mcp.server"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    found = hfp("mcp")
    assert found.code == 2
    assert found.err.splitlines()[1] == "install it: pip install 'hf-providers[mcp]'"


def test_the_inspector_calls_it(data: Path, tmp_path: Path) -> None:
    """@modelcontextprotocol/inspector in its command-line mode."""
    cli = oracles.environment("npm") / "node_modules" / "@modelcontextprotocol" / "inspector"
    bins = json.loads((cli / "package.json").read_text(encoding="utf-8"))["bin"]
    program = cli / (bins if isinstance(bins, str) else next(iter(bins.values())))
    command = [oracles.environment("node") / "bin" / "node", program, "--cli", "--connect-timeout", "60000", *SERVE]
    command += ["--snapshot", data]
    listed = json.loads(oracles.run([*command, "--method", "tools/list"], tmp_path).stdout)
    assert [tool["name"] for tool in listed["tools"]] == list(TOOLS)
    asked = ["--method", "tools/call", "--tool-name", "offers", "--tool-arg", f"model={R1}"]
    found = json.loads(oracles.run([*command, *asked], tmp_path).stdout)
    assert json.loads(found["content"][0]["text"])["cheapest"]["provider"] == "novita"
