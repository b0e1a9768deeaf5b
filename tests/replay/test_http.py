"""The replay's answers, read with a plain HTTP client and compared with the recording they come from."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.replay import ReplayServer, read_capture, serve

OBSERVED_AT = "2026-02-26T11:27:00Z"


def mapping(provider: str, **more: Any) -> dict[str, Any]:
    entry = {
        "_id": f"id-{provider}",
        "provider": provider,
        "providerId": f"{provider}/own-name",
        "status": "live",
        "task": "conversational",
        "type": "single-model",
        "isModelAuthor": False,
    }
    return {**entry, **more}


PRICED = mapping(
    "novita",
    features={"toolCalling": True, "structuredOutput": False},
    performance={
        "tokensPerSecond": 36.11493774682064,
        "firstTokenLatencyMs": 1175.8,
        "requestLatencyMs": 53556,
    },
    providerDetails={"context_length": 64000, "pricing": {"input": 0.060000000000000005, "output": 0}},
)
LORA = mapping("fal-ai", task="text-to-image", type="tag-filter", adapter="lora", adapterWeightsPath="w.safetensors")
MODELS: list[dict[str, Any]] = [
    {
        "id": "Org/Chat",
        "likes": 5,
        "downloads": 70,
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "tags": ["conversational", "license:mit"],
        "inferenceProviderMapping": [
            PRICED,
            mapping("groq", status="error"),
            mapping("cohere", status="staging"),
        ],
    },
    {
        "id": "org/image",
        "likes": 9,
        "pipeline_tag": "text-to-image",
        "inferenceProviderMapping": [
            LORA,
            {**LORA, "type": "single-model", "providerId": "fal-ai/single", "adapter": None},
        ],
    },
    *(
        {
            "id": f"many/model-{n:02}",
            "likes": n,
            "inferenceProviderMapping": [mapping("novita", task="translation")],
        }
        for n in range(7)
    ),
    {"id": "org/local-only", "likes": 100},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplayServer]:
    capture = tmp_path_factory.mktemp("capture") / "models-a.json"
    capture.write_text(json.dumps(MODELS))
    with serve(read_capture(capture, OBSERVED_AT), max_page=3) as running:
        yield running


@pytest.fixture
def client(server: ReplayServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def ids(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [model["id"] for model in reply.json()]


def chain(client: httpx.Client, params: dict[str, Any]) -> list[list[dict[str, Any]]]:
    reply = client.get("/api/models", params=params)
    pages = [reply.json()]
    while "next" in reply.links:
        reply = client.get(reply.links["next"]["url"])
        pages.append(reply.json())
    return pages


def test_the_chain_of_pages_covers_every_model_of_a_provider_once(client: httpx.Client) -> None:
    pages = chain(client, {"inference_provider": "novita", "expand[]": ["inferenceProviderMapping", "likes"]})
    assert [len(page) for page in pages] == [3, 3, 2]
    wanted = [
        {key: model[key] for key in ("id", "likes", "inferenceProviderMapping")}
        for model in MODELS
        if any(entry["provider"] == "novita" for entry in model.get("inferenceProviderMapping", []))
    ]
    assert [model for page in pages for model in page] == wanted


def test_a_link_is_absolute_keeps_the_query_and_percent_encodes_its_cursor(
    client: httpx.Client, server: ReplayServer
) -> None:
    reply = client.get("/api/models?inference_provider=novita&limit=2&expand[]=likes")
    link = reply.headers["Link"]
    query = r"inference_provider=novita&limit=2&expand%5B%5D=likes&cursor=[A-Za-z0-9%]+"
    assert re.fullmatch(rf'<{re.escape(server.url)}/api/models\?{query}>; rel="next"', link), link
    assert "Link" not in client.get("/api/models?inference_provider=fal-ai").headers


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("inference_provider=groq", ["Org/Chat"]),
        ("inference_provider=groq,fal-ai", ["Org/Chat", "org/image"]),
        ("inference_provider=groq&inference_provider=fal-ai", ["Org/Chat", "org/image"]),
        ("inference_provider=nobody", []),
        ("search=CHAT", ["Org/Chat"]),
        ("pipeline_tag=text-to-image", ["org/image"]),
        ("filter=transformers,license:mit", ["Org/Chat"]),
        ("filter=transformers&filter=license:apache-2.0", []),
        ("sort=likes&limit=2", ["org/local-only", "org/image"]),
        ("sort=likes&limit=2&inference_provider=all", ["org/image", "many/model-06"]),
        ("sort=downloads&limit=2", ["Org/Chat", "org/image"]),
        ("sort=trendingScore&limit=1", ["Org/Chat"]),
    ],
)
def test_filters_and_order(client: httpx.Client, query: str, expected: list[str]) -> None:
    assert ids(client.get(f"/api/models?{query}")) == expected


def test_all_lists_what_any_provider_serves_and_no_filter_lists_the_rest_too(client: httpx.Client) -> None:
    everything = [model["id"] for page in chain(client, {}) for model in page]
    served = [model["id"] for page in chain(client, {"inference_provider": "all"}) for model in page]
    assert everything == [model["id"] for model in MODELS]
    assert served == [model["id"] for model in MODELS if "inferenceProviderMapping" in model]


@pytest.mark.parametrize(
    "query",
    ["expand[]=likes&expand[]=tags", "expand=likes&expand=tags", "expand=likes,tags", "expand[]=likes,tags"],
)
def test_every_form_of_expand_gives_the_same_fields_and_no_others(client: httpx.Client, query: str) -> None:
    first = client.get(f"/api/models?limit=1&{query}").json()[0]
    assert first == {key: MODELS[0][key] for key in ("id", "likes", "tags")}


def test_without_expand_the_list_has_no_mapping(client: httpx.Client) -> None:
    first = client.get("/api/models?limit=1").json()[0]
    assert first == {
        **{k: v for k, v in MODELS[0].items() if k != "inferenceProviderMapping"},
        "modelId": "Org/Chat",
    }


@pytest.mark.parametrize(
    "query",
    ["cursor=nonsense", "cursor=eyJhZnRlciI6OTk5fQ%3D%3D", "cursor=eyJhZnRlciI6LTF9", "limit=0", "limit=x",
     "sort=price", "expand[]=pipelineTag", "&".join("a=1" for _ in range(300))],
)  # fmt: skip
def test_what_the_hub_refuses_is_400_with_an_error_string(client: httpx.Client, query: str) -> None:
    reply = client.get(f"/api/models?{query}")
    assert reply.status_code == 400
    assert isinstance(reply.json()["error"], str)


def test_numbers_are_the_recorded_digits(client: httpx.Client) -> None:
    text = client.get("/api/models?limit=1&expand=inferenceProviderMapping").text
    assert '"pricing":{"input":0.060000000000000005,"output":0}' in text
    assert '"tokensPerSecond":36.11493774682064' in text


def test_one_model_has_an_object_shaped_mapping_without_price_and_speed(client: httpx.Client) -> None:
    reply = client.get("/api/models/Org/Chat?expand[]=inferenceProviderMapping")
    own = {"providerId": "novita/own-name", "task": "conversational", "isModelAuthor": False}
    assert reply.json() == {
        "id": "Org/Chat",
        "inferenceProviderMapping": {
            "novita": {"status": "live", **own},
            "groq": {"status": "error", **own, "providerId": "groq/own-name"},
            "cohere": {"status": "staging", **own, "providerId": "cohere/own-name"},
        },
    }


def test_of_two_offers_of_a_provider_the_model_of_its_own_speaks(client: httpx.Client) -> None:
    reply = client.get("/api/models/org/image?expand=inferenceProviderMapping").json()
    assert reply["inferenceProviderMapping"]["fal-ai"]["providerId"] == "fal-ai/single"
    assert "inferenceProviderMapping" not in client.get("/api/models/org/local-only").json()


def test_another_spelling_redirects_as_recorded(client: httpx.Client) -> None:
    reply = client.get("/api/models/oRG/chat?expand=inferenceProviderMapping")
    target = "/api/models/Org/Chat?expand=inferenceProviderMapping"
    assert (reply.status_code, reply.headers["Location"]) == (307, target)
    assert reply.text == f"Temporary Redirect. Redirecting to {target}"
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert client.get(reply.headers["Location"]).json()["id"] == "Org/Chat"


def test_a_missing_model_is_401_to_an_anonymous_caller(client: httpx.Client) -> None:
    reply = client.get("/api/models/org/none")
    assert (reply.status_code, reply.json()) == (401, {"error": "Invalid username or password."})
    assert reply.headers["X-Error-Code"] == "RepoNotFound"
    assert reply.headers["X-Error-Message"] == "Invalid username or password."


@pytest.mark.parametrize("path", ["/", "/api", "/api/models/a/b/c", "/../etc/passwd", "/%2e%2e/x", "/v1/chat"])
def test_any_other_path_is_the_hubs_404(client: httpx.Client, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.json()) == (
        404,
        {"error": "Sorry, we can't find the page you are looking for."},
    )


def test_other_methods_are_404_too(client: httpx.Client) -> None:
    assert client.post("/api/models", json={"a": 1}).status_code == 404
    assert client.get("/api/models?limit=1").status_code == 200


def test_a_partner_lists_its_own_models_by_task_without_tag_filters(client: httpx.Client) -> None:
    live = client.get("/api/partners/novita/models?status=live").json()
    registered = {"_id": "id-novita", "providerId": "novita/own-name", "status": "live"}
    assert live == {
        "conversational": {"Org/Chat": registered},
        "translation": {f"many/model-{n:02}": registered for n in range(7)},
    }
    assert client.get("/api/partners/novita/models?status=staging").json() == {}
    assert list(client.get("/api/partners/cohere/models?status=staging").json()) == ["conversational"]
    own = {"_id": "id-fal-ai", "providerId": "fal-ai/single", "status": "live"}
    assert client.get("/api/partners/fal-ai/models").json() == {"text-to-image": {"org/image": own}}


class _Props(HTMLParser):
    found: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "data-props" and value:
                self.found = json.loads(value)


def test_the_inference_page_carries_chat_offers_in_escaped_props(client: httpx.Client) -> None:
    reply = client.get("/inference/models")
    parser = _Props()
    parser.feed(reply.text)
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert parser.found == {
        "mappings": [
            {
                "_id": "id-novita",
                "provider": "novita",
                "status": "live",
                "features": PRICED["features"],
                "performance": PRICED["performance"],
                "model": {"id": "Org/Chat"},
            },
            {"_id": "id-groq", "provider": "groq", "status": "error", "model": {"id": "Org/Chat"}},
        ],
        "orderedInferenceProviders": ["novita", "groq"],
    }


def test_the_router_lists_chat_offers_and_states_no_price_of_the_hub_list(client: httpx.Client) -> None:
    chat = {
        "id": "Org/Chat",
        "object": "model",
        "owned_by": "Org",
        "providers": [
            {
                "provider": "novita",
                "status": "live",
                "context_length": 64000,
                "supports_tools": True,
                "supports_structured_output": False,
                "first_token_latency_ms": 1175.8,
                "throughput": 36.11493774682064,
                "is_model_author": False,
            },
            {"provider": "groq", "status": "error", "is_model_author": False},
        ],
    }
    assert client.get("/v1/models?ignored=1").json() == {"object": "list", "data": [chat]}
    assert client.get("/v1/models/Org/Chat").json() == chat
    missing = client.get("/v1/models/org/image")
    assert (missing.status_code, missing.json()) == (404, {"error": "Model org/image does not exist"})


@pytest.mark.parametrize(
    ("path", "bucket"),
    [("/api/models", "api"), ("/nothing", "api"), ("/api/models/a/b", "api"), ("/inference/models", "pages")],
)
def test_every_response_says_that_it_is_a_replay_and_what_the_rate_limit_is(
    client: httpx.Client, path: str, bucket: str
) -> None:
    from huggingface_hub.utils import parse_ratelimit_headers

    reply = client.get(path)
    limit = parse_ratelimit_headers(reply.headers)
    assert limit is not None
    assert (limit.resource_type, limit.window_seconds) == (bucket, 300)
    assert limit.limit is not None
    assert 0 < limit.remaining <= limit.limit
    assert reply.headers["Server"] == "hf-providers-replay"
    assert reply.headers["X-Replay-Observed-At"] == OBSERVED_AT
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", reply.headers["X-Request-Id"])


def test_an_etag_is_the_hubs_and_gives_304_without_a_body(client: httpx.Client) -> None:
    plain = client.get("/api/models?limit=3&expand[]=inferenceProviderMapping")
    digest = b64encode(hashlib.sha1(plain.content).digest()).decode().rstrip("=")
    assert plain.headers["ETag"] == f'W/"{len(plain.content):x}-{digest}"'
    again = client.get(plain.url, headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(plain.url, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_head_has_the_headers_of_get_and_gzip_is_given_to_who_takes_it(client: httpx.Client) -> None:
    url = "/api/models?limit=3&expand[]=inferenceProviderMapping"
    zipped, plain = client.get(url), client.get(url, headers={"Accept-Encoding": "identity"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert zipped.json() == plain.json()
    head = client.head(url)
    assert head.content == b""
    same = ("Content-Length", "Content-Type", "Content-Encoding", "ETag", "Link")
    assert {name: head.headers.get(name) for name in same} == {name: zipped.headers.get(name) for name in same}


def test_requests_are_kept_without_any_token(server: ReplayServer) -> None:
    secret = "not-a-real-token"
    headers = {"Authorization": f"Bearer {secret}", "User-Agent": "someone/1"}
    httpx.get(f"{server.url}/api/models?limit=1&search=seen", headers=headers)
    seen = server.requests[-1]
    assert (seen.method, seen.path, seen.query) == ("GET", "/api/models", "limit=1&search=seen")
    assert seen.authorized
    assert seen.headers["user-agent"] == "someone/1"
    assert secret not in repr(server.requests)


def test_a_connection_is_kept_alive(server: ReplayServer) -> None:
    def own_address(reply: httpx.Response) -> Any:
        return reply.extensions["network_stream"].get_extra_info("client_addr")

    with httpx.Client(base_url=server.url) as client:
        paths = ("/api/models?limit=1", "/nothing", "/api/models/org/none", "/v1/models")
        assert len({own_address(client.get(path)) for path in paths}) == 1


def test_a_later_recording_serves_only_the_parameters_that_an_earlier_one_states_too(tmp_path: Path) -> None:
    def model(name: str, total: int, **more: Any) -> dict[str, Any]:
        return {"id": f"org/{name}", "safetensors": {"total": total}, **more}

    def served(path: Path) -> dict[str, Any]:
        with serve(read_capture(path)) as server:
            reply = httpx.get(f"{server.url}/api/models?expand[]=safetensors")
            assert "X-Replay-Observed-At" not in reply.headers
        return {m["id"]: m.get("safetensors", {}).get("total") for m in reply.json()}

    first, second, third = (tmp_path / f"models-{n}.json" for n in (1, 2, 3))
    first.write_text(json.dumps([model("a", 10), model("b", 20)]))
    second.write_text(json.dumps([model("a", 10), model("b", 21), model("c", 30, is_moe=True)]))
    third.write_text(json.dumps([model("a", 10), model("b", 21), model("c", 30, is_moe=True)]))
    assert served(first) == {"org/a": 10, "org/b": 20}
    assert served(second) == {"org/a": 10, "org/b": None, "org/c": None}
    assert served(third) == {"org/a": 10, "org/b": 21, "org/c": 30}
    assert "is_moe" not in read_capture(third).models[2].fields
