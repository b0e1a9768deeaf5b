"""What each task is called with: an example input, the clients' method, what comes back, and who can be called.

The examples and the methods are those of Hugging Face's own snippets, so that the code a reader finds here is the code
that the model's page shows. A task is added by adding a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

CHAT_TASKS: Final = ("conversational", "text-generation", "image-text-to-text")
"""Tasks that are called as a chat, through the router."""


class Task(NamedTuple):
    """How one task other than chat is called.

    Attributes:
        output: What comes back: value (JSON), image, audio or video.
        python: Arguments of the huggingface_hub method, by name.
        javascript: Arguments of the huggingface.js method; None where that client has no snippet for the task.
        providers: Providers that Hugging Face's clients know how to call for this task.
        raw: Clients that know nothing of Hugging Face and are offered: requests, fetch, curl.
        inputs: The JSON body of a raw request, where it is not the arguments of huggingface.js.
        upload: The file that a raw request sends as its body, instead of JSON.
        note: A line that a reader of the code needs.
    """

    output: str
    python: JsonObject
    javascript: JsonObject | None
    providers: tuple[str, ...] = ("hf-inference",)
    raw: tuple[str, ...] = ("requests", "fetch", "curl")
    inputs: JsonObject | None = None
    upload: str | None = None
    note: str | None = None


def _text(text: str, **more: Any) -> Task:
    return Task("value", {"text": text}, {"inputs": text}, **more)


_PICTURE: Final = "cats.jpg"
_DRAWING: Final = "cat.png"
_RECORDING: Final = "sample1.flac"

_TOWER: Final = (
    "The tower is 324 metres (1,063 ft) tall, about the same height as an 81-storey building, and the tallest "
    "structure in Paris. Its base is square, measuring 125 metres (410 ft) on each side. During its construction, the "
    "Eiffel Tower surpassed the Washington Monument to become the tallest man-made structure in the world, a title it "
    "held for 41 years until the Chrysler Building in New York City was finished in 1930. It was the first structure "
    "to reach a height of 300 metres. Due to the addition of a broadcasting aerial at the top of the tower in 1957, it "
    "is now taller than the Chrysler Building by 5.2 metres (17 ft). Excluding transmitters, the Eiffel Tower is the "
    "second tallest free-standing structure in France after the Millau Viaduct."
)
_COMPLAINT: Final = (
    "Hi, I recently bought a device from your company but it is not working as advertised and I would like to get "
    "reimbursed!"
)
_LABELS: Final = ["refund", "legal", "faq"]
_SENTENCES: Final = ["That is a happy dog", "That is a very happy person", "Today is a sunny day"]
_REPOSITORIES: Final = {
    "Repository": ["Transformers", "Datasets", "Tokenizers"],
    "Stars": ["36542", "4512", "3934"],
    "Contributors": ["651", "77", "34"],
    "Programming language": ["Python", "Python", "Rust, Python and NodeJS"],
}

TASKS: Final = {
    "automatic-speech-recognition": Task(
        "value",
        {"audio": _RECORDING},
        {"data": _RECORDING},
        ("hf-inference", "deepinfra", "fal-ai", "replicate", "together"),
        upload=_RECORDING,
    ),
    "feature-extraction": _text(
        "Today is a sunny day and I will get some ice cream.",
        providers=("hf-inference", "deepinfra", "scaleway", "together"),
    ),
    "fill-mask": _text(
        "The answer to the universe is [MASK].",
        note="The mask token is the model's own: [MASK] for BERT, <mask> for RoBERTa.",
    ),
    "image-classification": Task("value", {"image": _PICTURE}, {"data": _PICTURE}, upload=_PICTURE),
    "image-segmentation": Task("value", {"image": _PICTURE}, None, ("hf-inference", "fal-ai"), upload=_PICTURE),
    "image-to-image": Task(
        "image",
        {"image": _DRAWING, "prompt": "Turn the cat into a tiger."},
        {"inputs": _DRAWING, "parameters": {"prompt": "Turn the cat into a tiger."}},
        ("hf-inference", "fal-ai", "replicate", "together", "wavespeed"),
        raw=(),
    ),
    "image-to-video": Task(
        "video",
        {"image": _DRAWING, "prompt": "The cat starts to dance"},
        {"inputs": _DRAWING, "parameters": {"prompt": "The cat starts to dance"}},
        ("fal-ai", "together", "wavespeed"),
        raw=(),
    ),
    "object-detection": Task("value", {"image": _PICTURE}, None, upload=_PICTURE),
    "question-answering": Task(
        "value",
        {"question": "What is my name?", "context": "My name is Clara and I live in Berkeley."},
        None,
        raw=(),
    ),
    "sentence-similarity": Task(
        "value",
        {"sentence": "That is a happy person", "other_sentences": _SENTENCES},
        {"inputs": {"source_sentence": "That is a happy person", "sentences": _SENTENCES}},
    ),
    "summarization": _text(_TOWER),
    "table-question-answering": Task(
        "value",
        {"query": "How many stars does the transformers repository have?", "table": _REPOSITORIES},
        None,
        raw=(),
    ),
    "text-classification": _text("I like you. I love you"),
    "text-to-image": Task(
        "image",
        {"prompt": "Astronaut riding a horse"},
        {"inputs": "Astronaut riding a horse", "parameters": {"num_inference_steps": 5}},
        ("hf-inference", "deepinfra", "fal-ai", "nscale", "replicate", "together", "wavespeed", "zai-org"),
        raw=("requests", "fetch"),
        inputs={"inputs": "Astronaut riding a horse"},
    ),
    "text-to-speech": Task(
        "audio",
        {"text": "The answer to the universe is 42"},
        {"inputs": "The answer to the universe is 42"},
        ("hf-inference", "deepinfra", "fal-ai", "replicate", "together"),
        raw=("requests", "fetch"),
    ),
    "text-to-video": Task(
        "video",
        {"prompt": "A young man walking on the street"},
        {"inputs": "A young man walking on the street"},
        ("fal-ai", "novita", "replicate", "together", "wavespeed"),
        raw=(),
    ),
    "token-classification": _text("My name is Sarah Jessica Parker but you can call me Jessica"),
    "translation": _text("Меня зовут Вольфганг и я живу в Берлине"),
    "zero-shot-classification": Task(
        "value",
        {"text": _COMPLAINT, "candidate_labels": _LABELS},
        {"inputs": _COMPLAINT, "parameters": {"candidate_labels": _LABELS}},
    ),
}
"""From a task to how it is called."""


def javascript_arguments(task: str, provider: str) -> JsonObject:
    """Return the arguments of the huggingface.js method; fal-ai is given an MP3, since it takes no FLAC."""
    arguments = TASKS[task].javascript or {}
    if provider != "fal-ai":
        return arguments
    return {name: "sample1.mp3" if value == _RECORDING else value for name, value in arguments.items()}
