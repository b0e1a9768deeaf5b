"""Made-up facts at the size of the whole Hub: no figure in here was ever observed. The same call gives the same facts.

The shape is that of the real listings: a few providers of media models list tens of thousands of LoRA adapters by tag
filter, the others some hundreds or thousands of models of their own; a model has about a dozen tags.
"""

from __future__ import annotations

from random import Random
from typing import Any

from pipeline.replay import Facts, Model, Offer

OBSERVED_AT = "2026-02-26T11:27:00.000Z"
MEDIA = ("fal-ai", "replicate", "wavespeed")
LARGE = ("featherless-ai", "hf-inference")
CHAT = (
    "baseten", "cerebras", "cohere", "deepinfra", "fireworks-ai", "groq", "novita", "nscale", "openai", "ovhcloud",
    "publicai", "scaleway", "together", "zai-org",
)  # fmt: skip
_BASES = ("black-forest-labs/FLUX.1-dev", "stabilityai/stable-diffusion-xl-base-1.0", "Qwen/Qwen-Image")
_FAMILIES = ("Llama", "Qwen", "Mistral", "Gemma", "DeepSeek", "Phi")


def facts(models: int = 64_000, offers: int = 100_000) -> Facts:
    """Return facts of so many models and offers, in 19 providers: four models of five are adapters of the media ones.

    Args:
        models: At least 100.
        offers: From the number of models to one and a half times it, about.
    """
    random = Random(20260226)
    adapters = models * 4 // 5
    first = [1] * models
    second = (1 if place < offers - models else 0 for place in range(models))
    counts = [one + more for one, more in zip(first, second, strict=True)]
    random.shuffle(counts)
    made = [
        _adapter(random, place, counts[place]) if place < adapters else _own(random, place, counts[place])
        for place in range(models)
    ]
    return Facts(made, f"{models} synthetic models", OBSERVED_AT)


def _adapter(random: Random, place: int, offers: int) -> Model:
    base = random.choice(_BASES)
    tags = [
        "diffusers", "text-to-image", "lora", "template:diffusion-lora", "flux", "image-generation", "en",
        f"base_model:{base}", f"base_model:adapter:{base}", "license:other", "region:us", f"style-{place % 997}",
    ]  # fmt: skip
    entries = [
        {
            **_entry(random, provider, f"{provider}/{base.lower()}-lora", "text-to-image"),
            "type": "tag-filter",
            "adapter": "lora",
            "adapterWeightsPath": "lora.safetensors",
        }
        for provider in random.sample(MEDIA, offers)
    ]
    return Model(
        _fields(random, place, f"artist-{place % 4001}/style-{place}", "text-to-image", "diffusers", tags),
        list(map(Offer, entries)),
    )


def _own(random: Random, place: int, offers: int) -> Model:
    family = random.choice(_FAMILIES)
    base = f"{family.lower()}-ai/{family}-{place % 31}B"
    tags = [
        "transformers", "safetensors", family.lower(), "text-generation", "conversational", "arxiv:2501.12948",
        f"base_model:{base}", f"base_model:finetune:{base}", "license:apache-2.0", "text-generation-inference",
        "endpoints_compatible", "region:us",
    ]  # fmt: skip
    large = random.random() < 0.8
    providers = random.sample(LARGE if large else CHAT, offers)
    task = "text-generation" if large else "conversational"
    entries = [_entry(random, provider, f"own/{place}", task) | {"type": "single-model"} for provider in providers]
    fields = _fields(random, place, f"lab-{place % 503}/{family}-{place}", "text-generation", "transformers", tags)
    count = random.randrange(1, 700) * 10**9
    return Model(fields | {"safetensors": {"parameters": {"BF16": count}, "total": count}}, list(map(Offer, entries)))


def _fields(random: Random, place: int, model_id: str, task: str, library: str, tags: list[str]) -> dict[str, Any]:
    return {
        "_id": f"{place:024x}",
        "id": model_id,
        "pipeline_tag": task,
        "library_name": library,
        "likes": random.randrange(5000),
        "downloads": random.randrange(10**6),
        "createdAt": f"2025-{1 + place % 12:02}-{1 + place % 28:02}T{place % 24:02}:07:31.000Z",
        "gated": False,
        "tags": tags,
    }


def _entry(random: Random, provider: str, provider_id: str, task: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "_id": f"{random.getrandbits(96):024x}",
        "provider": provider,
        "providerId": provider_id,
        "status": "live" if random.random() < 0.9 else "error",
        "task": task,
        "isModelAuthor": False,
    }
    if task == "conversational":
        entry["features"] = {"toolCalling": random.random() < 0.5, "structuredOutput": random.random() < 0.5}
        entry["performance"] = {
            "tokensPerSecond": random.uniform(5, 300),
            "firstTokenLatencyMs": random.uniform(100, 4000),
            "requestLatencyMs": random.randrange(500, 60_000),
        }
        pricing = {"input": random.randrange(1, 500) / 100, "output": random.randrange(1, 1500) / 100}
        entry["providerDetails"] = {"context_length": random.choice((8192, 32768, 131072)), "pricing": pricing}
    elif random.random() < 0.05:
        entry["performance"] = {"requestLatencyMs": random.randrange(500, 60_000)}
    return entry
