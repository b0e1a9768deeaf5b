"""The project's snippets against Hugging Face's own: the same clients, and the same requests when both are run.

The reference is npm's `@huggingface/inference` as locked beside this file. `getInferenceSnippets` gives the official
text; official and ours are then executed, and what they send is compared. Where ours differ on purpose, a rule below
says why, and a rule that no offer needs any more fails.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hf_providers.errors import NoSnippet
from hf_providers.snippets import LANGS, clients, snippet
from hf_providers.snippets.tasks import CHAT_TASKS, TASKS

HERE = Path(__file__).parent
CAPTURES = HERE.resolve().parents[1].parent / "shared" / "captures"
RAW = ("requests", "fetch", "curl")
ORG = "an-org"

BEYOND_THE_SNAPSHOT = [
    ("conversational", "auto"),
    ("conversational", "baseten"),
    ("conversational", "deepinfra"),
    ("text-to-image", "deepinfra"),
    ("feature-extraction", "deepinfra"),
    ("text-to-speech", "deepinfra"),
    ("automatic-speech-recognition", "deepinfra"),
    ("feature-extraction", "together"),
    ("text-to-speech", "together"),
    ("automatic-speech-recognition", "together"),
    ("text-to-video", "together"),
    ("image-to-video", "together"),
    ("text-to-speech", "hf-inference"),
    ("image-to-image", "hf-inference"),
]
"""Offers that the clients know and the snapshot of 2026-02 does not show; model and id are made up."""


class Offer(NamedTuple):
    """One (task, provider), with a model that has it."""

    task: str
    provider: str
    model: str
    provider_id: str
    tag: str | None


PAIRS = [Offer(*row) for row in json.loads((HERE / "pairs.json").read_text())]
OFFERS = PAIRS + [
    Offer(task, provider, f"acme/{task}-{provider}", "acme/its-id", None) for task, provider in BEYOND_THE_SNAPSHOT
]


class Rule(NamedTuple):
    """Where ours differ from the official ones: which offers and clients, and why."""

    tasks: tuple[str, ...] | None
    providers: str
    clients: tuple[str, ...]
    why: str

    def fits(self, offer: Offer, client: str) -> bool:
        tasks = self.tasks is None or offer.task in self.tasks
        return tasks and re.fullmatch(self.providers, offer.provider) is not None and client in self.clients


THIRD = "(?!hf-inference$).+"
LESS = [
    Rule(None, "fal-ai", ("fal_client",), "calls fal.ai itself: another key, another bill, prices that we do not list"),
    Rule(
        ("automatic-speech-recognition", "image-segmentation"),
        THIRD,
        RAW,
        "sends the bare file (or none: `query()`), which only hf-inference takes",
    ),
    Rule(("image-to-image", "image-to-video"), ".+", RAW, "sends the name of a file, or an object that is not JSON"),
    Rule(
        ("text-to-image",), "fal-ai|replicate|wavespeed|zai-org", RAW, "takes the ticket of a queued job for the image"
    ),
    Rule(
        ("text-to-speech",), "replicate|together", RAW, "lacks what the provider wants: input and version, or a voice"
    ),
    Rule(
        ("text-to-image", "automatic-speech-recognition"),
        "deepinfra|together",
        ("huggingface_hub",),
        "the Python client refuses the pair",
    ),
]
"""Clients that the official snippets offer and ours do not."""

MORE = [
    Rule(
        ("zero-shot-classification",),
        "hf-inference",
        ("huggingface_hub", "huggingface.js"),
        "both clients have the method; only the official template is missing",
    ),
    Rule(
        ("automatic-speech-recognition",),
        "deepinfra|together",
        ("huggingface_hub", "huggingface.js"),
        "the official generator breaks off: it has not the file that the client uploads",
    ),
    Rule(
        CHAT_TASKS,
        "fal-ai|sambanova|hyperbolic",
        ("huggingface_hub", "openai", "huggingface.js", *RAW),
        "the router routes by the name after the colon, also to providers that the package does not (any more) know",
    ),
]
"""Clients that ours offer and the official snippets do not."""

BROKEN = [
    Rule(("sentence-similarity",), ".+", ("huggingface_hub",), "passes one dict where the method wants two arguments"),
    Rule(("feature-extraction",), THIRD, ("requests", "fetch"), "leaves the input out: `inputs: ,` is no code"),
    Rule(("text-to-speech",), "hf-inference", ("requests", "fetch"), "says text where the official client says inputs"),
    Rule(("text-to-speech",), "deepinfra", ("requests", "fetch"), "says text where the official client says input"),
    Rule(
        ("automatic-speech-recognition", "image-classification", "image-segmentation", "object-detection"),
        "hf-inference",
        ("fetch",),
        "sends the file's name as JSON under the content type of the file",
    ),
]
"""Official snippets that cannot work: there, ours are compared with what the official client sends."""


@pytest.fixture(scope="module")
def official_of(official: Any) -> Any:
    """Return a function from (stream, billed) to the official snippets by offer, made once."""

    @cache
    def make(stream: bool, billed: bool) -> dict[Offer, dict[tuple[str, str], str]]:
        asked = [_asked(offer, stream=stream, billed=billed) for offer in OFFERS]
        return dict(zip(OFFERS, official(asked), strict=True))

    return make


def _tag(offer: Offer) -> str:
    """The pipeline tag the official generator goes by: it has no other way to tell a chat."""
    if offer.task in CHAT_TASKS:
        return (
            offer.tag if offer.tag == "image-text-to-text" or offer.task == "image-text-to-text" else "text-generation"
        )
    return offer.task


def _asked(offer: Offer, *, stream: bool, billed: bool) -> dict[str, Any]:
    names = {"model": offer.model, "provider": offer.provider, "providerId": offer.provider_id, "task": offer.task}
    return {**names, "tag": _tag(offer), "stream": stream, "billTo": ORG if billed else None}


def _ours(offer: Offer, lang: str, client: str, *, stream: bool = False, billed: bool = False) -> str:
    return snippet(
        offer.model,
        offer.task,
        offer.provider,
        offer.provider_id,
        lang=lang,
        client=client,
        stream=stream,
        bill_to=ORG if billed else None,
        pipeline_tag=offer.tag,
    ).code


def _offered(offer: Offer, stream: bool) -> set[tuple[str, str]]:
    return {(lang, c) for lang in LANGS for c in clients(offer.task, offer.provider, lang, stream=stream)}


@pytest.mark.parametrize("stream", [False, True])
def test_the_same_clients_are_offered(official_of: Any, stream: bool) -> None:
    used, unexplained = set(), []
    for offer, snippets in official_of(stream, False).items():
        if stream and offer.task not in CHAT_TASKS:
            continue
        for rules, kinds in (
            (LESS, set(snippets) - _offered(offer, stream)),
            (MORE, _offered(offer, stream) - set(snippets)),
        ):
            for lang, client in kinds:
                fitting = [rule for rule in rules if rule.fits(offer, client)]
                used.update(fitting)
                unexplained += [] if fitting else [(offer.task, offer.provider, lang, client)]
    assert unexplained == []
    assert stream or used == {*LESS, *MORE}


def test_where_the_choice_is_hugging_face_s_only_its_own_clients_are_offered(official: Any) -> None:
    offer = Offer("text-to-image", "auto", "acme/m", "acme/m", None)
    [theirs] = official([_asked(offer, stream=False, billed=False)])
    assert set(theirs) == _offered(offer, stream=False)
    for (lang, client), code in theirs.items():
        chosen = re.findall(r'provider\W+"(\w+)"', code)
        assert chosen == re.findall(r'provider\W+"(\w+)"', _ours(offer, lang, client)) == ["auto"]


def test_every_pair_that_ours_offer_is_compared() -> None:
    offered = {(task, provider) for task, how in TASKS.items() for provider in how.providers}
    assert offered <= {(offer.task, offer.provider) for offer in OFFERS}


def test_a_pair_that_no_client_knows_has_no_snippet(official_of: Any) -> None:
    unknown = [o for o, snippets in official_of(False, False).items() if not snippets and not _offered(o, stream=False)]
    assert {(o.task, o.provider) for o in unknown} >= {("text-classification", "novita")}
    for offer in unknown:
        for lang in LANGS:
            with pytest.raises(NoSnippet, match="choose another provider"):
                snippet(offer.model, offer.task, offer.provider, offer.provider_id, lang=lang)


def _shared(official_of: Any, langs: tuple[str, ...]) -> Iterator[tuple[Offer, str, str, bool, bool, str]]:
    """Every (offer, lang, client, stream, billed) that both have, with the official code, the broken ones left out."""
    for stream, billed in ((False, False), (False, True), (True, True)):
        for offer, snippets in official_of(stream, billed).items():
            if stream and offer.task not in CHAT_TASKS:
                continue
            for (lang, client), code in snippets.items():
                broken = any(rule.fits(offer, client) for rule in BROKEN)
                if lang in langs and not broken and (lang, client) in _offered(offer, stream):
                    yield offer, lang, client, stream, billed, code


def _body(text: str | bytes | None) -> Any:
    text = text.decode() if isinstance(text, bytes) else text
    try:
        return json.loads(text or "null")
    except ValueError:
        return text


def _unquoted(value: Any) -> Any:
    """Undo the official curl and fetch templates' quoting of an input that is quoted already."""
    if isinstance(value, dict):
        return {name: _unquoted(item) for name, item in value.items()}
    return json.loads(value) if isinstance(value, str) and value[:1] in {'"', "{"} else value


def _sent(request: dict[str, Any]) -> dict[str, Any]:
    """What of a request matters: address, headers that say who asks, who pays and what it is, and the body."""
    headers = {name: request["headers"].get(name) for name in ("authorization", "x-hf-bill-to", "content-type")}
    return {"url": request["url"], **headers, "body": _body(request["body"])}


def _with_blobs(code: str, provider: str) -> str:
    """Make the official code's Buffers into what its own client demands: typed Blobs, and no FLAC for fal-ai."""
    kinds = {"jpg": "image/jpeg", "png": "image/png", "flac": "audio/mpeg" if provider == "fal-ai" else "audio/flac"}
    return re.sub(
        r'fs\.readFileSync\(("[\w.]+\.(\w+)")\)',
        lambda m: f"new Blob([fs.readFileSync({m[1]})], {{ type: '{kinds[m[2]]}' }})",
        code,
    )


def test_javascript_sends_the_same_requests(official_of: Any, run_javascript: Any, chat_answer: Any) -> None:
    jobs, shared = [], list(_shared(official_of, ("javascript",)))
    for offer, lang, client, stream, billed, code in shared:
        names = _asked(offer, stream=stream, billed=billed)
        official_code = _with_blobs(code, offer.provider) if client == "huggingface.js" else code
        answer = chat_answer(stream) if offer.task in CHAT_TASKS else None
        jobs.append({"code": official_code, "answer": answer, **names})
        jobs.append({"code": _ours(offer, lang, client, stream=stream, billed=billed), "answer": answer, **names})
    results = run_javascript(jobs)
    assert len(shared) > 150
    for (offer, _, client, stream, billed, _), theirs, ours in zip(shared, results[::2], results[1::2], strict=True):
        label = f"{offer.task} {offer.provider} {client} stream={stream} billed={billed}"
        assert len(theirs["requests"]) >= 1, f"{label}: {theirs['error']}"
        assert len(ours["requests"]) >= 1, f"{label}: {ours['error']}"
        expected = _sent(theirs["requests"][0])
        if client == "fetch":
            expected["body"] = _unquoted(expected["body"])
        assert _sent(ours["requests"][0]) == expected, label


def _mapping(offer: Offer) -> dict[str, Any]:
    mapping = {offer.provider: {"status": "live", "providerId": offer.provider_id, "task": offer.task}}
    return {"id": offer.model, "pipeline_tag": offer.task, "tags": [], "inferenceProviderMapping": mapping}


def _without_image_types(request: dict[str, Any]) -> Any:
    return json.loads(re.sub(r"data:image/\w+", "data:image", json.dumps(_sent(request))))


def test_python_sends_the_same_requests(official_of: Any, run_python: Any) -> None:
    compared = 0
    for offer, lang, client, stream, billed, code in _shared(official_of, ("python",)):
        label = f"{offer.task} {offer.provider} {client} stream={stream} billed={billed}"
        theirs, _, their_error = run_python(code, _mapping(offer))
        ours, _, our_error = run_python(_ours(offer, lang, client, stream=stream, billed=billed), _mapping(offer))
        assert theirs, f"{label}: {their_error}"
        assert ours, f"{label}: {our_error}"
        # Official: bytes, which some clients take for a JPEG. Ours: the file's name, by which they know the PNG.
        assert _without_image_types(ours[0]) == _without_image_types(theirs[0]), label
        compared += 1
    assert compared > 150


def _parsed_curl(code: str) -> dict[str, Any]:
    words = shlex.split(code.replace("\\\n", " "), comments=True)
    headers = [words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H"]
    [data] = [words[i + 1] for i, word in enumerate(words) if word in {"-d", "--data-binary"}]
    [url] = [word for word in words if word.startswith("https://")]
    return {"url": url, "headers": dict(headers), "data": _body(data)}


def test_curl_sends_the_same_requests(official_of: Any) -> None:
    shared = list(_shared(official_of, ("curl",)))
    assert len(shared) > 50
    for offer, lang, client, stream, billed, code in shared:
        expected = _parsed_curl(code)
        expected["data"] = _unquoted(expected["data"])
        ours = _parsed_curl(_ours(offer, lang, client, stream=stream, billed=billed))
        assert ours == expected, (offer, stream, billed)


def test_plain_requests_send_what_the_official_client_sends(
    official_of: Any, run_javascript: Any, run_python: Any
) -> None:
    """Every plain request but a chat, also where the official snippet is broken: the client's own is the reference."""
    plain = [
        o for o in OFFERS if o.task not in CHAT_TASKS and TASKS.get(o.task) and TASKS[o.task].javascript and _raw(o)
    ]
    names = [_asked(offer, stream=False, billed=True) for offer in plain]
    own = [_ours(offer, "javascript", "huggingface.js", billed=True) for offer in plain]
    results = run_javascript([{"code": code, **name} for code, name in zip(own, names, strict=True)])
    fetched = {o: _ours(o, "javascript", "fetch", billed=True) for o in plain if ("javascript", "fetch") in _raw(o)}
    jobs = [{"code": code} for code in fetched.values()]
    by_fetch = dict(zip(fetched, run_javascript(jobs), strict=True))
    for offer, result in zip(plain, results, strict=True):
        assert result["requests"], (offer, result["error"])
        reference = _sent(result["requests"][0])
        reference["content-type"] = reference["content-type"] or _content_type(offer)
        if offer.task == "text-to-image":
            reference["body"] = _without_steps(reference["body"])
        if offer in by_fetch:
            assert _sent(by_fetch[offer]["requests"][0]) == reference, offer
        if ("python", "requests") in _raw(offer):
            sent, _, error = run_python(_ours(offer, "python", "requests", billed=True))
            assert sent, (offer, error)
            assert _sent(sent[0]) == reference, offer


def _without_steps(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out the number of steps: of the official snippets, the one for huggingface.js alone sets it."""
    return {name: value for name, value in body.items() if name not in {"parameters", "num_inference_steps", "steps"}}


def _raw(offer: Offer) -> set[tuple[str, str]]:
    return {(lang, client) for lang, client in _offered(offer, stream=False) if client in RAW}


def _content_type(offer: Offer) -> str:
    """The type that `fetch` takes from the Blob it is given."""
    return "audio/flac" if offer.task == "automatic-speech-recognition" else "image/jpeg"


def test_the_table_has_every_pair_of_the_recorded_lists() -> None:
    captures = sorted((CAPTURES / "hub-list-2026-02").glob("*.json"))
    if not captures:
        pytest.skip("the recorded hub lists are not here")
    seen = set()
    for capture in captures:
        for model in json.loads(capture.read_text()):
            offers = model.get("inferenceProviderMapping") or []
            seen |= {(o["task"], o["provider"]) for o in offers if o["type"] == "single-model"}
    assert seen == {(offer.task, offer.provider) for offer in PAIRS}
    assert len({task for task, _ in seen}) == 22
