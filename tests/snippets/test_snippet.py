"""What `snippet` and `clients` promise, and that nothing in an id or a comment becomes code."""

from __future__ import annotations

import ast
import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.errors import NoSnippet
from hf_providers.snippets import LANGS, POLICIES, clients, snippet
from hf_providers.snippets.literals import literal
from hf_providers.snippets.tasks import CHAT_TASKS, TASKS

HOSTILE = [
    'a"; import os; os.system("id"); "',
    "a'b",
    "a\\",
    "a\nimport os",
    "a\r\u2028b\u2029c\x1b[31m\x07",
    "$HOME ${x} $model `id` $(id) %s {0} !!",
    "\u202eabc\U000e0041",
    "Ünï/模型 😀",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_literals_are_read_back_as_what_they_were(value: Any) -> None:
    assert ast.literal_eval(literal(value, "python")) == value
    assert json.loads(literal(value, "json", depth=2)) == value


def test_javascript_reads_its_literals_back(run_javascript: Any) -> None:
    value = {"a": HOSTILE, "not an identifier": {"x": [None, True, 1.5]}, 'q"': "`${1}`"}
    code = f"console.log(JSON.stringify({literal(value, 'javascript')}))"
    [result] = run_javascript([{"code": code}])
    assert json.loads(result["output"]) == value


@pytest.mark.parametrize("text", HOSTILE)
def test_an_id_stays_a_string(text: str) -> None:
    made = snippet(text, "conversational", text, text, client="openai", comment=text)
    strings = [node.value for node in ast.walk(ast.parse(made.code)) if isinstance(node, ast.Constant)]
    assert f"{text}:{text}" in strings
    names = {
        a.name for n in ast.walk(ast.parse(made.code)) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names
    }
    assert names == {"os", "OpenAI"}
    words = shlex.split(snippet(text, "conversational", text, text, lang="curl").code.replace("\\\n", " "))
    assert json.loads(words[-1])["model"] == f"{text}:{text}"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("lang", LANGS)
def test_nothing_reaches_the_terminal_but_printable_characters(text: str, lang: str) -> None:
    for client in clients("conversational", "groq", lang):
        code = snippet(text, "conversational", "groq", text, lang=lang, client=client, comment=text).code
        assert all(char.isprintable() or char == "\n" for char in code)
        mark = "//" if lang == "javascript" else "#"
        assert all(line.startswith(mark) for line in code.splitlines()[: len(text.splitlines())])


def test_a_javascript_id_stays_a_string(run_javascript: Any, chat_answer: Any) -> None:
    jobs = [
        {
            "code": snippet(
                text, *("conversational", "groq", text), lang="javascript", client="fetch", comment=text
            ).code,
            "answer": chat_answer(False),
        }
        for text in HOSTILE
    ]
    for text, result in zip(HOSTILE, run_javascript(jobs), strict=True):
        assert result["error"] is None
        assert [json.loads(request["body"])["model"] for request in result["requests"]] == [f"{text}:groq"]


def test_an_id_cannot_lead_a_plain_request_elsewhere() -> None:
    for hostile in ("../../evil", "a/../../b", "/a", "a//b", ""):
        with pytest.raises(NoSnippet, match="web address"):
            snippet("a/b", "fill-mask", "hf-inference", hostile, lang="curl")
    code = snippet("a/b", "fill-mask", "hf-inference", "a/b?x=y#z", lang="curl").code
    assert "https://router.huggingface.co/hf-inference/models/a/b%3Fx%3Dy%23z " in code


@pytest.mark.parametrize("bill_to", ["a\nX-Evil: 1", "ü", "a\r"])
def test_who_pays_cannot_add_a_header(bill_to: str) -> None:
    with pytest.raises(NoSnippet, match="header"):
        snippet("a/b", "conversational", "groq", "a", bill_to=bill_to)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("lang", LANGS)
def test_a_policy_takes_the_provider_s_place(policy: str, lang: str) -> None:
    code = snippet("a/b", "conversational", "groq", "x", lang=lang, policy=policy).code
    assert f'"a/b:{policy}"' in code
    assert "groq" not in code
    assert '"a/b"' in snippet("a/b", "conversational", "auto", "x", lang=lang).code


def test_other_tasks_know_one_policy() -> None:
    code = snippet("a/b", "text-to-image", "fal-ai", "x", policy="preferred").code
    assert 'provider="auto"' in code
    with pytest.raises(NoSnippet, match="does not choose by cheapest"):
        snippet("a/b", "text-to-image", "fal-ai", "x", policy="cheapest")
    with pytest.raises(NoSnippet, match="choose python or javascript"):
        snippet("a/b", "fill-mask", "hf-inference", "x", policy="preferred", lang="curl")


def test_the_first_client_is_taken_and_named() -> None:
    for lang, first in (("python", "huggingface_hub"), ("javascript", "huggingface.js"), ("curl", "curl")):
        made = snippet("a/b", "conversational", "groq", "x", lang=lang)
        assert (made.lang, made.client) == (lang, first)
        assert clients("conversational", "groq", lang)[0] == first


def test_an_adapter_is_left_to_the_clients_that_know_its_weights() -> None:
    assert clients("text-to-image", "nscale", "javascript") == ("huggingface.js", "fetch")
    assert clients("text-to-image", "nscale", "javascript", adapter="lora") == ("huggingface.js",)


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"task": "depth-estimation"}, "no snippet for the task depth-estimation"),
        ({"task": "text-classification", "provider": "novita"}, "choose another provider"),
        ({"task": "text-to-video", "provider": "novita", "lang": "curl"}, "choose python or javascript"),
        ({"client": "fal_client"}, "choose huggingface_hub or openai or requests"),
        ({"lang": "ruby"}, "choose python, javascript, curl"),
        ({"lang": "javascript", "client": "fetch", "stream": True}, "choose huggingface.js or openai"),
        ({"task": "fill-mask", "provider": "hf-inference", "stream": True}, "only chat models"),
        ({"task": "fill-mask", "provider": "hf-inference", "tools": True}, "only chat models"),
        ({"policy": "slowest"}, "does not choose by slowest"),
        ({"provider": "openai"}, "cannot call conversational on openai"),
    ],
)
def test_what_there_is_not_is_said(given_: dict[str, Any], says: str) -> None:
    arguments = {"task": "conversational", "provider": "groq", **given_}
    with pytest.raises(NoSnippet, match=says):
        snippet("a/b", arguments.pop("task"), arguments.pop("provider"), "x", **arguments)


def test_every_python_snippet_compiles_and_ends_in_one_newline() -> None:
    offers = [(task, "groq") for task in CHAT_TASKS] + [(t, p) for t in TASKS for p in TASKS[t].providers]
    for task, provider in offers:
        for client in clients(task, provider, "python"):
            code = snippet("a/b", task, provider, "x/y", client=client, bill_to="org").code
            compile(code, "snippet", "exec")
            assert code.endswith("\n")
            assert not code.endswith("\n\n")
