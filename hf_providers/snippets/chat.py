"""What a chat is asked: the messages and the options of a chat completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

_QUESTION: Final = "What is the capital of France?"
_LIBERTY: Final = "https://cdn.britannica.com/61/93061-050-99147DCE/Statue-of-Liberty-Island-New-York-Bay.jpg"
_PICTURE: Final = [
    {"type": "text", "text": "Describe this image in one sentence."},
    {"type": "image_url", "image_url": {"url": _LIBERTY}},
]
_CITY: Final = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_TOOLS: Final = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": "The weather in a city, now.", "parameters": _CITY},
    }
]
_RESPONSE_FORMAT: Final = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "strict": True, "schema": {**_CITY, "additionalProperties": False}},
}


def arguments(*, image: bool, tools: bool, json_schema: bool) -> JsonObject:
    """Return the arguments of a chat completion but for the model and the stream, as the OpenAI API names them.

    Args:
        image: The model takes pictures, so the example shows it one.
        tools: Offer the model a tool, and ask what needs it.
        json_schema: Ask for an answer in the form of a JSON schema.
    """
    question: Any = _PICTURE if image and not tools else _QUESTION
    if tools:
        question = "What is the weather in Paris?"
    return {
        "messages": [{"role": "user", "content": question}],
        **({"tools": _TOOLS} if tools else {}),
        **({"response_format": _RESPONSE_FORMAT} if json_schema else {}),
    }
