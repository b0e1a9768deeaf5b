"""`run_inference`: chat through the router, the rest by huggingface_hub; refusals in plain words, without the token."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from hf_providers import HuggingFaceAdapter
from hf_providers.errors import CallError, HubError, HubOffline, HubUnreachable
from hf_providers.snapshot import Snapshot, open_snapshot
from pipeline.replay import Chat, Faults, ReplayServer
from tests.live import made

HELLO = {"model": made.CHATTY, "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def adapter(online: Any, tmp_path: Any) -> HuggingFaceAdapter:
    online()
    snapshot: Snapshot = open_snapshot(tmp_path / "snapshot" / "catalog.sqlite")
    return HuggingFaceAdapter(snapshot)


def test_chat_goes_through_the_router_once(adapter: HuggingFaceAdapter, server: ReplayServer) -> None:
    answer = adapter.run_inference(HELLO | {"provider": "quick", "max_tokens": 3, "stream": True})
    assert answer["model"] == f"{made.CHATTY}:quick"
    assert answer["choices"][0]["message"]["content"] == "replayed 1 2"
    [seen] = server.requests
    assert (seen.method, seen.path, seen.authorized) == ("POST", "/v1/chat/completions", True)


def told(adapter: HuggingFaceAdapter, payload: dict[str, Any]) -> HubError:
    """The error that a payload ends in, nothing of which holds the token."""
    with pytest.raises(HubError) as caught:
        adapter.run_inference(payload)
    error: BaseException | None = caught.value
    while error is not None:
        shown = "".join(traceback.TracebackException.from_exception(error).format())
        assert made.TOKEN not in shown + repr(error) + repr(vars(error))
        assert not hasattr(error, "request")
        error = error.__cause__ or error.__context__
    return caught.value


@pytest.mark.parametrize(
    ("status", "words"), [(401, "token was not accepted"), (402, "no credits"), (429, "overloaded"), (500, "failed")]
)
def test_a_refusal_is_told_and_not_tried_again(
    adapter: HuggingFaceAdapter, server: ReplayServer, status: int, words: str
) -> None:
    server.inject(Faults(chats=(Chat(status=status, body=f'{{"error": "no, {made.TOKEN}"}}'),)))
    error = told(adapter, HELLO)
    assert isinstance(error, CallError)
    assert error.status == status
    assert words in str(error)
    assert len(server.requests) == 1


def test_no_token_offline_and_nobody_there_are_told(
    adapter: HuggingFaceAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HFP_ROUTER_URL", "http://127.0.0.1:1")
    assert isinstance(told(adapter, HELLO), HubUnreachable)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert isinstance(told(adapter, HELLO), HubOffline)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.delenv("HF_TOKEN")
    assert "settings/tokens" in told(adapter, HELLO).hint


def test_a_payload_without_either_is_none(adapter: HuggingFaceAdapter) -> None:
    with pytest.raises(ValueError, match="messages"):
        adapter.run_inference({"model": made.CHATTY})
    assert "cannot call the task telepathy" in str(told(adapter, {"model": "a/b", "inputs": "x", "task": "telepathy"}))


@pytest.mark.parametrize(("answer", "status"), [('[[{"label": "good", "score": 0.5}]]', 200), ('{"error": "no"}', 402)])
def test_other_tasks_go_by_huggingface_hub(
    adapter: HuggingFaceAdapter, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
) -> None:
    """The real client, its transport replaced: what it sends is judged, and what it makes of the answer."""
    pytest.importorskip("huggingface_hub", reason="other tasks need huggingface_hub")
    posted: list[Any] = []
    for module in made.transports():

        def handle(_self: Any, request: Any, module: Any = module) -> Any:
            request.read()
            if request.method == "GET":
                mapping = {"hf-inference": {"status": "live", "providerId": "a/b", "task": "text-classification"}}
                known = {"id": "a/b", "pipeline_tag": "text-classification", "inferenceProviderMapping": mapping}
                return module.Response(200, json=known, request=request)
            posted.append(request)
            kind = {"content-type": "application/json"}
            return module.Response(status, text=answer, headers=kind, request=request)

        monkeypatch.setattr(module.HTTPTransport, "handle_request", handle)
    payload = {"model": "a/b", "inputs": "fine", "provider": "hf-inference", "task": "text-classification"}
    if status == 200:
        [found] = adapter.run_inference(payload | {"parameters": {"top_k": 1}})
        assert (found.label, found.score) == ("good", 0.5)
        assert b'"fine"' in posted[0].content
    else:
        assert str(told(adapter, payload)).startswith("no credits left")
    assert len(posted) == 1
    assert posted[0].headers["authorization"] == f"Bearer {made.TOKEN}"
