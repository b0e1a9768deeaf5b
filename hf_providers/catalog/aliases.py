"""Names that people use for a model and that are no name of it: renamed owners and ids, short names.

Each entry has the page that it was read on. On the way to every answer, so it holds data only.
"""

from __future__ import annotations

OWNERS = {
    # https://github.com/xorbitsai/inference/pull/3870
    "thudm": "zai-org",
    # https://github.com/vllm-project/vllm/pull/30147
    "cohereforai": "CohereLabs",
}
"""Organisations that were renamed on the Hub, in lower case, and what they are called now."""

PREFIXES = {
    # https://github.com/oumi-ai/oumi/pull/1357 and https://github.com/huggingface/candle/pull/2576
    "meta-llama/meta-llama-3.1-": "meta-llama/Llama-3.1-",
}
"""Beginnings of ids, in lower case, that were renamed on the Hub, and what they are now."""

NAMES = {
    # https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/discussions/74/files: the card is headed SD-XL 1.0
    "sdxl": "stabilityai/stable-diffusion-xl-base-1.0",
    "sdxl base": "stabilityai/stable-diffusion-xl-base-1.0",
    # https://weirdreads.com/2025/01/28/hugging-face-researchers-are-trying-to-build-a-more-open-version-of-deepseeks-ai-reasoning-model
    "r1": "deepseek-ai/DeepSeek-R1",
}
"""Short names, in lower case with blanks, and the one model that each means everywhere."""

ABBREVIATIONS = {
    # https://huggingface.co/collections/stabilityai/stable-diffusion-35: "Generate images with SD3.5", "SDXL models"
    "sd": "stable diffusion",
    "sdxl": "stable diffusion xl",
}
"""Words that stand for others, in lower case; taken where the words themselves find nothing."""


def renamed(model_id: str) -> str | None:
    """Return what a model is called since its owner, or it, was renamed; None where neither was."""
    owner, _, name = model_id.partition("/")
    now = OWNERS.get(owner.lower())
    if now:
        return f"{now}/{name}"
    for old, new in PREFIXES.items():
        if model_id.lower().startswith(old):
            return new + model_id[len(old) :]
    return None
