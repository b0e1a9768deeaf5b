"""Other names of models that people use: renamed owners and ids, short names.

Each entry has the page that it was read on. Imported for every answer, so it holds data only.
"""

from __future__ import annotations

OWNERS = {
    # https://github.com/xorbitsai/inference/pull/3870
    "thudm": "zai-org",
    # https://github.com/vllm-project/vllm/pull/30147
    "cohereforai": "CohereLabs",
}
"""Organisations that were renamed on the Hub, in lower case, and their current names."""

PREFIXES = {
    # https://github.com/oumi-ai/oumi/pull/1357 and https://github.com/huggingface/candle/pull/2576
    "meta-llama/meta-llama-3.1-": "meta-llama/Llama-3.1-",
}
"""Beginnings of ids that were renamed on the Hub, in lower case, and the current ones."""

NAMES = {
    # https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/discussions/74/files: the card is headed SD-XL 1.0
    "sdxl": "stabilityai/stable-diffusion-xl-base-1.0",
    "sdxl base": "stabilityai/stable-diffusion-xl-base-1.0",
    # https://weirdreads.com/2025/01/28/hugging-face-researchers-are-trying-to-build-a-more-open-version-of-deepseeks-ai-reasoning-model
    "r1": "deepseek-ai/DeepSeek-R1",
}
"""Short names, in lower case with spaces, and the one model that each means everywhere."""

ABBREVIATIONS = {
    # https://huggingface.co/collections/stabilityai/stable-diffusion-35: "Generate images with SD3.5", "SDXL models"
    "sd": "stable diffusion",
    "sdxl": "stable diffusion xl",
}
"""Abbreviations in lower case, and their words; used where the abbreviation itself finds nothing."""


def renamed(model_id: str) -> str | None:
    """Return a model's name after it or its owner was renamed; None where neither was."""
    owner, _, name = model_id.partition("/")
    now = OWNERS.get(owner.lower())
    if now:
        return f"{now}/{name}"
    for old, new in PREFIXES.items():
        if model_id.lower().startswith(old):
            return new + model_id[len(old) :]
    return None
