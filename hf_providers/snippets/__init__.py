"""Ready-to-paste code that calls a model, per client and task.

`snippet` gives the code, `clients` says which clients there are for a task at a provider. The templates are plain
text, one file per client and family of tasks, in `templates/`; they are filled with literals of their language, never
with bare text. Offline.
"""

from __future__ import annotations

from typing import NamedTuple

from hf_providers.errors import NoSnippet
from hf_providers.snippets import raw
from hf_providers.snippets.literals import comment as as_comment
from hf_providers.snippets.render import Call, render_chat, render_task
from hf_providers.snippets.tasks import CHAT_TASKS, TASKS

__all__ = ["LANGS", "POLICIES", "NoSnippet", "Snippet", "clients", "snippet"]

LANGS = ("python", "javascript", "curl")
"""Languages, and with them the `lang` of `snippet`."""

POLICIES = ("cheapest", "fastest", "preferred")
"""The policies by which the router can choose a provider, where none is pinned."""

AUTO = "auto"
"""In place of a provider: Hugging Face chooses."""

_CHAT = {
    "python": ("huggingface_hub", "openai", "requests"),
    "javascript": ("huggingface.js", "openai", "fetch"),
    "curl": ("curl",),
}
_OWN = {"python": "huggingface_hub", "javascript": "huggingface.js"}
_NOT_ROUTED = ("openai",)
_NOT_IN_HUGGINGFACE_HUB = (("text-to-image", "deepinfra"), ("automatic-speech-recognition", "together"))


class Snippet(NamedTuple):
    """Code that calls a model: its language (of `LANGS`), the client that it uses, and the text."""

    lang: str
    client: str
    code: str


def clients(
    task: str, provider: str, lang: str, *, stream: bool = False, adapter: str | None = None
) -> tuple[str, ...]:
    """Return the clients with code for this call, the best first; none where it is not known how to make it.

    Args:
        task: The offer's task.
        provider: The provider's id, or "auto" where Hugging Face chooses.
        lang: One of `LANGS`.
        stream: Only those that stream.
        adapter: The offer's adapter (lora), whose weights only the client libraries know how to name.

    Raises:
        NoSnippet: There is none in that language.
    """
    if lang not in LANGS:
        raise NoSnippet(f"no snippets in {lang}: choose {', '.join(LANGS)}")
    if task in CHAT_TASKS:
        return () if provider in _NOT_ROUTED else tuple(c for c in _CHAT[lang] if not (stream and c == "fetch"))
    if task not in TASKS or stream:
        return ()
    own = (_OWN[lang],) if lang in _OWN and _own_client_calls(task, provider, lang) else ()
    plain = () if adapter or provider == AUTO else raw.clients(task, provider)
    return own + tuple(client for client in plain if client in _CHAT[lang])


def _own_client_calls(task: str, provider: str, lang: str) -> bool:
    """Whether Hugging Face's own client of the language can make the call."""
    if provider != AUTO and provider not in TASKS[task].providers:
        return False
    if lang == "javascript":
        return TASKS[task].javascript is not None
    return (task, provider) not in _NOT_IN_HUGGINGFACE_HUB


def snippet(
    model_id: str,
    task: str,
    provider: str,
    provider_model_id: str,
    *,
    lang: str = "python",
    client: str | None = None,
    stream: bool = False,
    bill_to: str | None = None,
    tools: bool = False,
    json_schema: bool = False,
    policy: str | None = None,
    comment: str | None = None,
    pipeline_tag: str | None = None,
    adapter: str | None = None,
) -> Snippet:
    """Return code that calls one offer of a model.

    Args:
        model_id: The model's id on the Hub.
        task: The offer's task.
        provider: The provider's id; "auto" leaves the choice to Hugging Face.
        provider_model_id: The model's id at the provider; a plain request names it.
        lang: One of `LANGS`.
        client: One of `clients(...)`; None takes the first.
        stream: Chat: print the answer while it comes.
        bill_to: The organisation that pays.
        tools: Chat: offer the model a tool.
        json_schema: Chat: ask for an answer in the form of a JSON schema.
        policy: One of `POLICIES`, in the place of the provider; other tasks than chat know "preferred" only.
        comment: Lines to put on top as a comment.
        pipeline_tag: The model's own task; a chat model for image-text-to-text is shown a picture.
        adapter: The offer's adapter (lora), or None.

    Raises:
        NoSnippet: There is no such code; the message says what there is.
    """
    chat = task in CHAT_TASKS
    _check(chat=chat, asked=stream or tools or json_schema, policy=policy, bill_to=bill_to)
    if policy and not chat:
        provider = AUTO
    offered = _offered(task, provider, lang, stream=stream, adapter=adapter)
    chosen = client or offered[0]
    if chosen not in offered:
        raise NoSnippet(f"{chosen} has no snippet for {task} on {provider} in {lang}: choose {' or '.join(offered)}")
    call = Call(
        model_id=model_id,
        provider=provider,
        provider_model_id=provider_model_id,
        lang=lang,
        client=chosen,
        bill_to=bill_to,
    )
    if not chat:
        note = TASKS[task].note or ""
        return Snippet(lang, chosen, as_comment(f"{comment or ''}\n{note}".strip(), lang) + render_task(call, task))
    image = "image-text-to-text" in {task, pipeline_tag}
    code = render_chat(call, stream=stream, policy=policy, image=image, tools=tools, json_schema=json_schema)
    return Snippet(lang, chosen, as_comment(comment or "", lang) + code)


def _check(*, chat: bool, asked: bool, policy: str | None, bill_to: str | None) -> None:
    """Refuse options for which no code can be written with any provider."""
    if asked and not chat:
        raise NoSnippet("only chat models stream, use tools and take a JSON schema: leave that out for this task")
    if policy and policy not in (POLICIES if chat else ("preferred",)):
        words = ", ".join(POLICIES)
        raise NoSnippet(f"the router does not choose by {policy} here: chat knows {words}, other tasks preferred")
    if bill_to is not None and not (bill_to.isascii() and bill_to.isprintable()):
        raise NoSnippet(f"{bill_to!r} cannot stand in a header: name the organisation as its page on the Hub does")


def _offered(task: str, provider: str, lang: str, *, stream: bool, adapter: str | None) -> tuple[str, ...]:
    """Return the clients with code, or raise with the alternatives."""
    if task not in CHAT_TASKS and task not in TASKS:
        raise NoSnippet(f"Hugging Face has no snippet for the task {task}: see the model's page on the Hub")
    offered = clients(task, provider, lang, stream=stream, adapter=adapter)
    if offered:
        return offered
    others = [o for o in LANGS if clients(task, provider, o, stream=stream, adapter=adapter)]
    if others:
        raise NoSnippet(f"no {lang} snippet for {task} on {provider}: choose {' or '.join(others)}")
    raise NoSnippet(f"Hugging Face's clients cannot call {task} on {provider}: choose another provider")
