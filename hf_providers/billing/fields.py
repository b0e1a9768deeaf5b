"""Map the field names that clients write to what they mean: one table, printed by docs/bill.md.

A name is compared without letter case, spaces, `_`, `-` and `.`, so `prompt_tokens`, `promptTokens` and `Prompt Tokens`
are one. Names in an object (`usage`, `prompt_tokens_details`, …) count as if they were outside it, unless the table
says otherwise. Of several names with the same meaning the first in the table that has a value counts.
"""

from __future__ import annotations

from typing import NamedTuple

MEANINGS = {
    "time": "when the request was made: ISO 8601 (UTC where no zone is named) or seconds, ms or µs since 1970",
    "end": "when a bucket of several requests ends (exclusive)",
    "requests": "how many requests the row counts (1 where it is missing)",
    "model": "an id of the Hub, an exact name, or a provider's own id; `:provider` and `:fastest` at its end count",
    "provider": "who served the request: an id or a display name, in any letter case",
    "client": "which adapter of the client was used: counts only where nothing else names a provider",
    "task": "what was asked for; chat where it is missing",
    "input": "all input tokens, those read from a cache included",
    "fresh_input": "input tokens without those read from or written to a cache",
    "output": "all output tokens, reasoning included",
    "fresh_output": "output tokens without reasoning",
    "cached": "input tokens read from the provider's cache: a part of the input tokens",
    "cached_apart": "input tokens read from the provider's cache: not a part of the input tokens",
    "written": "input tokens written to the provider's cache: a part of the input tokens",
    "written_apart": "input tokens written to the provider's cache: not a part of the input tokens",
    "reasoning": "reasoning tokens: a part of the output tokens, and priced as such",
    "reasoning_apart": "reasoning tokens: not a part of the output tokens, and priced as such",
    "other_input": "input tokens of a kind that no source states a price of: a part of the input tokens, but on top of"
    " them in `usage_details`",
    "other_output": "output tokens of a kind that no source states a price of",
    "plain": "input and output tokens that are priced like the others",
    "total": "input and output tokens together",
    "cost": "what the client says it cost, in USD: compared, never used",
    "session": "the X-HF-Session-id of the request, for `--against`",
    "status": "whether it failed: a failed request is unpriced, because nobody says whether it was billed",
    "cache_hit": "whether the client's own cache answered: no provider was asked, so nothing is priced",
    "currency": "the currency of the row's costs: only USD is understood",
    "unit": "what was counted: only tokens are understood",
}
"""The meanings of fields, and how each is read."""

OPENAI = "https://platform.openai.com/docs/api-reference/chat/object"
OPENAI_USAGE = "https://platform.openai.com/docs/api-reference/usage/completions_object"
ANTHROPIC_USAGE = "https://docs.anthropic.com/en/api/messages (usage)"
LITELLM = "https://github.com/BerriAI/litellm/blob/main/schema.prisma (LiteLLM_SpendLogs)"
LITELLM_DAILY = "https://github.com/BerriAI/litellm/blob/main/schema.prisma (LiteLLM_DailyUserSpend)"
LITELLM_LOG = "https://github.com/BerriAI/litellm/blob/main/litellm/types/utils.py (StandardLoggingPayload, Usage)"
OPENROUTER = "https://openrouter.ai/activity (the CSV export)"
OPENROUTER_API = "https://openrouter.ai/docs/agent-sdk/typescript/models/activityitem"
OPENROUTER_USAGE = "https://openrouter.ai/docs/sdks/python/api-reference/components/prompttokensdetails"
OPENROUTER_GENERATION = "https://openrouter.ai/docs/client-sdks/go/models/components/generationresponsedata"
HELICONE = "https://github.com/Helicone/helicone/blob/main/packages/llm-mapper/types.ts (HeliconeRequest)"
LANGFUSE = "https://github.com/langfuse/langfuse/blob/main/fern/apis/server/definition/commons.yml (Observation)"
ROUTER = "the router's response header, as huggingface/chat-ui reads it"
HUB = "https://huggingface.co/docs/inference-providers/pricing"
OWN = "logs written by hand, and hf-providers' own"


class Field(NamedTuple):
    """A name, its meaning, the object that it is in (empty: any) and the page that documents it."""

    name: str
    meaning: str
    source: str
    inside: str = ""


FIELDS = (
    Field("time", "time", OWN),
    Field("at", "time", OWN),
    Field("timestamp", "time", OWN),
    Field("startTime", "time", LITELLM),
    Field("start_time_iso", "time", OPENAI_USAGE),
    Field("request_created_at", "time", HELICONE),
    Field("created", "time", OPENAI),
    Field("created_at", "time", OPENROUTER),
    Field("date", "time", OPENROUTER_API),
    Field("end_time", "end", OPENAI_USAGE),
    Field("end_time_iso", "end", OPENAI_USAGE),
    Field("num_model_requests", "requests", OPENAI_USAGE),
    Field("requests", "requests", OPENROUTER_API),
    Field("api_requests", "requests", LITELLM_DAILY),
    Field("model", "model", OPENAI),
    Field("response_model", "model", HELICONE),
    Field("request_model", "model", HELICONE),
    Field("model_permaslug", "model", OPENROUTER),
    Field("providedModelName", "model", LANGFUSE),
    Field("model_id", "model", OWN),
    Field("x-inference-provider", "provider", ROUTER),
    Field("inference_provider", "provider", ROUTER),
    Field("response_provider", "provider", OWN),
    Field("provider", "provider", OWN),
    Field("provider_name", "provider", OPENROUTER),
    Field("custom_llm_provider", "client", LITELLM),
    Field("task", "task", OWN),
    Field("call_type", "task", LITELLM),
    Field("object", "task", OPENAI),
    Field("input_tokens", "input", OPENAI),
    Field("prompt_tokens", "input", OPENAI),
    Field("native_tokens_prompt", "input", OPENROUTER_GENERATION),
    Field("tokens_prompt", "input", OPENROUTER),
    Field("input_usage", "input", LANGFUSE),
    Field("input", "input", LANGFUSE, "usage"),
    Field("input", "fresh_input", LANGFUSE, "usage_details"),
    Field("output_tokens", "output", OPENAI),
    Field("completion_tokens", "output", OPENAI),
    Field("native_tokens_completion", "output", OPENROUTER_GENERATION),
    Field("tokens_completion", "output", OPENROUTER),
    Field("output_usage", "output", LANGFUSE),
    Field("output", "output", LANGFUSE, "usage"),
    Field("output", "fresh_output", LANGFUSE, "usage_details"),
    Field("cached_tokens", "cached", OPENAI),
    Field("cached_input_tokens", "cached", OWN),
    Field("input_cached_tokens", "cached_apart", LANGFUSE, "usage_details"),
    Field("cache_read_input_tokens", "cached_apart", LANGFUSE, "usage_details"),
    Field("input_cached_tokens", "cached", OPENAI_USAGE),
    Field("native_tokens_cached", "cached", OPENROUTER_GENERATION),
    Field("tokens_cached", "cached", OPENROUTER),
    Field("prompt_cache_hit_tokens", "cached", LITELLM_LOG),
    Field("cache_read_input_tokens", "cached_apart", ANTHROPIC_USAGE),
    Field("prompt_cache_read_tokens", "cached_apart", HELICONE),
    Field("cache_write_tokens", "written", LITELLM_LOG),
    Field("cache_creation_tokens", "written", LITELLM_LOG),
    Field("input_cache_write_tokens", "written", OPENAI_USAGE),
    Field("cache_creation_input_tokens", "written_apart", ANTHROPIC_USAGE),
    Field("prompt_cache_write_tokens", "written_apart", HELICONE),
    Field("reasoning_tokens", "reasoning", OPENAI),
    Field("native_tokens_reasoning", "reasoning", OPENROUTER_GENERATION),
    Field("tokens_reasoning", "reasoning", OPENROUTER),
    Field("output_reasoning_tokens", "reasoning_apart", LANGFUSE, "usage_details"),
    Field("output_reasoning", "reasoning_apart", LANGFUSE, "usage_details"),
    Field("audio_tokens", "other_input", OPENAI, "prompt_tokens_details"),
    Field("image_tokens", "other_input", LITELLM_LOG, "prompt_tokens_details"),
    Field("video_tokens", "other_input", OPENROUTER_USAGE, "prompt_tokens_details"),
    Field("input_audio_tokens", "other_input", OPENAI_USAGE),
    Field("input_image_tokens", "other_input", OPENAI_USAGE),
    Field("prompt_audio_tokens", "other_input", HELICONE),
    Field("audio_tokens", "other_output", OPENAI, "completion_tokens_details"),
    Field("image_tokens", "other_output", LITELLM_LOG, "completion_tokens_details"),
    Field("output_audio_tokens", "other_output", OPENAI_USAGE),
    Field("output_image_tokens", "other_output", OPENAI_USAGE),
    Field("completion_audio_tokens", "other_output", HELICONE),
    Field("text_tokens", "plain", LITELLM_LOG),
    Field("accepted_prediction_tokens", "plain", OPENAI),
    Field("rejected_prediction_tokens", "plain", OPENAI),
    Field("total_tokens", "total", OPENAI),
    Field("total_usage", "total", LANGFUSE),
    Field("total", "total", LANGFUSE, "usage"),
    Field("total", "total", LANGFUSE, "usage_details"),
    Field("response_cost", "cost", LITELLM_LOG),
    Field("estimated_cost", "cost", HUB),
    Field("spend", "cost", LITELLM),
    Field("cost_total", "cost", OPENROUTER),
    Field("total_cost", "cost", OPENROUTER_GENERATION),
    Field("calculated_total_cost", "cost", LANGFUSE),
    Field("cost_usd", "cost", HELICONE),
    Field("cost", "cost", OWN),
    Field("usage", "cost", OPENROUTER_API),
    Field("x-hf-session-id", "session", HUB),
    Field("hf_session_id", "session", OWN),
    Field("session_id", "session", OWN),
    Field("status", "status", LITELLM_LOG),
    Field("response_status", "status", HELICONE),
    Field("status_code", "status", OWN),
    Field("level", "status", LANGFUSE),
    Field("cache_hit", "cache_hit", LITELLM),
    Field("currency", "currency", OWN),
    Field("unit", "unit", LANGFUSE, "usage"),
)
"""Every known name."""

OBJECTS = {
    "usage": "usage",
    "usagedetails": "usage_details",
    "usageobject": "usage",
    "additionalusagevalues": "usage",
    "metadata": "metadata",
    "prompttokensdetails": "prompt_tokens_details",
    "inputtokensdetails": "prompt_tokens_details",
    "inputtokendetails": "prompt_tokens_details",
    "completiontokensdetails": "completion_tokens_details",
    "outputtokensdetails": "completion_tokens_details",
    "outputtokendetails": "completion_tokens_details",
    "headers": "headers",
    "responseheaders": "headers",
}
"""Objects whose names are read, as they are compared, and the `inside` that their names have in the table."""
METADATA_OBJECTS = frozenset(("usageobject", "additionalusagevalues"))
"""The objects read in `metadata`, which is otherwise the user's: LiteLLM's spend log has the cached tokens there."""
OTHER_KINDS = {"prompt_tokens_details": "other_input", "completion_tokens_details": "other_output"}
"""The meaning of an unknown kind of tokens in the objects that count tokens by kind."""

TASKS = {
    "chat-completion": "conversational",
    "chat_completion": "conversational",
    "chat.completion": "conversational",
    "chat.completion.chunk": "conversational",
    "completion": "conversational",
    "acompletion": "conversational",
    "completions": "conversational",
    "chat": "conversational",
    "response": "conversational",
    "responses": "conversational",
    "aresponses": "conversational",
    "text_completion": "conversational",
    "text-generation": "conversational",
    "organization.usage.completions.result": "conversational",
    "embedding": "feature-extraction",
    "aembedding": "feature-extraction",
    "embeddings": "feature-extraction",
    "list": "feature-extraction",
    "organization.usage.embeddings.result": "feature-extraction",
}
"""Maps a client's word for a task to the Hub's; `list` is the `object` of OpenAI's embeddings."""

CLIENT_PROVIDERS = {"together_ai": "together"} | dict.fromkeys(
    ("huggingface", "openai", "custom_openai", "litellm_proxy"), ""
)
"""Adapters of clients (LiteLLM's LlmProviders) that are not a provider's id; empty: they name no provider."""


def compared(name: str) -> str:
    """Return a name as names are compared: lower case, without spaces, `_`, `-` and `.`."""
    return name.lower().translate(_SEPARATORS)


_SEPARATORS = {ord(sign): None for sign in " _-."}
_BY_NAME = {(field.inside, compared(field.name)): field for field in FIELDS}


def object_of(name: str, inside: str = "") -> str:
    """Return the `inside` of an object with this name in another object; empty where it is not read."""
    key = compared(name)
    return "" if inside == "metadata" and key not in METADATA_OBJECTS else OBJECTS.get(key, "")


def field_of(name: str, inside: str = "") -> Field | None:
    """Return the field of a name in an object; None for an unknown one.

    Args:
        name: As the log has it. `usage.prompt_tokens`, as flattened exports write it, is the name in its object.
        inside: The `inside` of the object in which it stands.
    """
    *objects, last = name.replace("/", ".").split(".") if "." in name or "/" in name else (name,)
    for one in objects:
        inside = object_of(one, inside) or inside
    key = compared(last)
    field = _BY_NAME.get((inside, key))
    if field is None and inside != "metadata":
        field = _BY_NAME.get(("", key))
    if field is None:
        meaning = _other_kind(key, inside)
        return None if meaning is None else Field(last, meaning, "", inside)
    return field._replace(inside=inside) if field.meaning.startswith("other_") else field


def _other_kind(key: str, inside: str) -> str | None:
    """Return the meaning of an unknown name that counts a kind of tokens; None where it does not."""
    if inside == "usage_details" and (key.startswith(("input", "output")) or key.endswith("tokens")):
        return "other_output" if key.startswith(("output", "completion")) else "other_input"
    return OTHER_KINDS.get(inside) if key.endswith("tokens") else None


def understood(*meanings: str) -> list[str]:
    """Return the names with one of these meanings (none given: all names), in the table's order."""
    return list(dict.fromkeys(f.name for f in FIELDS if not meanings or f.meaning in meanings))
