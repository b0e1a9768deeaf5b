"""The Hub's known keys and values, besides the statuses: any other is reported as drift."""

from __future__ import annotations

from typing import Final

TYPES: Final = frozenset({"single-model", "tag-filter"})
ADAPTERS: Final = frozenset({"lora"})
INFERENCE: Final = frozenset({"warm"})
GATED: Final = frozenset({"auto", "manual"})
RELATIONS: Final = frozenset({"base", "finetune", "adapter", "quantized", "merge"})

TASKS: Final = frozenset(
    {
        "any-to-any", "audio-classification", "audio-text-to-text", "audio-to-audio",
        "automatic-speech-recognition", "conversational", "depth-estimation",
        "document-question-answering", "feature-extraction", "fill-mask", "graph-ml",
        "image-classification", "image-feature-extraction", "image-segmentation", "image-text-to-image",
        "image-text-to-text", "image-text-to-video", "image-to-3d", "image-to-image", "image-to-text",
        "image-to-video", "keypoint-detection", "mask-generation", "multiple-choice",
        "object-detection", "other", "question-answering", "reinforcement-learning", "robotics",
        "sentence-similarity", "summarization", "table-question-answering", "table-to-text",
        "tabular-classification", "tabular-regression", "tabular-to-text", "text-classification",
        "text-generation", "text-ranking", "text-retrieval", "text-to-3d", "text-to-audio",
        "text-to-image", "text-to-speech", "text-to-video", "time-series-forecasting",
        "token-classification", "translation", "unconditional-image-generation", "video-classification",
        "video-text-to-text", "video-to-video", "visual-document-retrieval",
        "visual-question-answering", "voice-activity-detection", "zero-shot-classification",
        "zero-shot-image-classification", "zero-shot-object-detection",
    }
)  # fmt: skip
"""The Hub's pipeline types (@huggingface/tasks 0.21.54), and `conversational`, which only mappings use."""

_OF_A_MAPPING: Final = frozenset(
    {"_id", "adapterWeightsPath", "isCheapestPricingOutput", "isFastestThroughput", "modelStatus", "pricingOutput"}
)
"""A price of one side alone is no price, and who is cheapest or fastest follows from the rest."""

IGNORED_KEYS: Final[dict[str, frozenset[str]]] = {
    "model": frozenset(
        {
            "_id", "modelId", "author", "baseModels", "childrenModelCount", "config", "disabled", "downloadsAllTime",
            "evalResults", "gguf", "lastModified", "mask_token", "model-index", "private", "resourceGroup", "siblings",
            "spaces", "transformersInfo", "trendingScore", "usedStorage", "widgetData", "xetEnabled",
        }
    ),
    "mapping": _OF_A_MAPPING,
    "features": frozenset(),
    "performance": frozenset({"numGeneratedTokens"}),
    "providerDetails": frozenset(),
    "pricing": frozenset(),
    "router model": frozenset({"object", "owned_by"}),
    "router architecture": frozenset(),
    "router provider": frozenset(),
    "registration": frozenset({"_id"}),
    "page mapping": _OF_A_MAPPING | {"model"},
}  # fmt: skip
"""Known keys of each level that are not used."""
