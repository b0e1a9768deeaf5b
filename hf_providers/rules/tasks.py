"""The Hub's tasks, and the groups people mean: chat, text, image, audio, video, embedding."""

from __future__ import annotations

CHAT_TASK = "conversational"

_MODALITY_TASKS = {
    "text": (
        "conversational",
        "fill-mask",
        "image-text-to-text",
        "question-answering",
        "summarization",
        "table-question-answering",
        "text-classification",
        "text-generation",
        "text-ranking",
        "token-classification",
        "translation",
        "video-text-to-text",
        "visual-question-answering",
        "zero-shot-classification",
    ),
    "image": (
        "depth-estimation",
        "image-classification",
        "image-segmentation",
        "image-to-image",
        "image-text-to-image",
        "image-to-text",
        "mask-generation",
        "object-detection",
        "text-to-image",
        "unconditional-image-generation",
        "zero-shot-image-classification",
        "zero-shot-object-detection",
    ),
    "audio": (
        "audio-classification",
        "audio-text-to-text",
        "audio-to-audio",
        "automatic-speech-recognition",
        "text-to-audio",
        "text-to-speech",
        "voice-activity-detection",
    ),
    "video": (
        "image-text-to-video",
        "image-to-video",
        "text-to-video",
        "video-classification",
        "video-to-video",
    ),
    "embedding": ("feature-extraction", "image-feature-extraction", "sentence-similarity"),
}

MODALITY = {task: modality for modality, tasks in _MODALITY_TASKS.items() for task in tasks}
"""The modality of each task; any other task is `other`."""

KNOWN = frozenset(MODALITY) | {
    "any-to-any",
    "document-question-answering",
    "graph-ml",
    "image-to-3d",
    "keypoint-detection",
    "multiple-choice",
    "other",
    "reinforcement-learning",
    "robotics",
    "table-to-text",
    "tabular-classification",
    "tabular-regression",
    "tabular-to-text",
    "text-retrieval",
    "text-to-3d",
    "time-series-forecasting",
    "visual-document-retrieval",
}
"""Every task the Hub is known to have (@huggingface/tasks 0.21.54, and conversational); another one is drift."""

GROUPS = {
    "chat": (CHAT_TASK,),
    **_MODALITY_TASKS,
}
"""The tasks of each word that a person may type."""


def modality(pipeline_tag: str | None, offer_tasks: list[str]) -> str:
    """Return text, image, audio, video, embedding or other: by the model's pipeline tag, or else by its offers' tasks.

    Args:
        pipeline_tag: The Hub's task tag of the model, or None.
        offer_tasks: The tasks it is offered for; the alphabetically first known one decides.
    """
    for task in (pipeline_tag, *sorted(offer_tasks)):
        if task in MODALITY:
            return MODALITY[task]
    return "other"


def tasks_of(word: str) -> tuple[str, ...]:
    """Return the tasks for a typed word: a group's tasks, or the word itself as one of the Hub's tasks.

    The Hub calls chat models `text-generation`, and their offers `conversational`: the former word means both.
    """
    word = word.lower()
    return (word, CHAT_TASK) if word == "text-generation" else GROUPS.get(word, (word,))
