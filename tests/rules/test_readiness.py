"""Readiness, against a truth table written out by hand and the recorded capture."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from hf_providers.rules.readiness import readiness, reason

CAPTURE = (
    Path(__file__).resolve().parents[2].parent / "shared/captures/hub-list-2026-02/models-2026-02-26T1227-8f91cbd.json"
)

CASES = [
    # status, task, tps, ttft, latency, inference, expected
    ("live", "conversational", 30.0, 400.0, 900.0, None, "hot"),
    ("live", "conversational", 30.0, 400.0, None, None, "hot"),
    ("live", "conversational", None, 400.0, 900.0, None, "warm"),
    ("live", "conversational", None, None, 900.0, None, "warm"),
    ("live", "conversational", None, None, None, None, "cold"),
    ("live", "text-to-image", None, None, 900.0, None, "hot"),
    ("live", "text-to-image", None, None, None, None, "cold"),
    ("live", "text-to-image", None, 5.0, None, None, "warm"),
    ("live", "text-to-image", None, None, 900.0, "warm", "hot"),
    ("live", "text-to-image", None, None, 900.0, "cold", "warm"),
    ("live", "text-to-image", None, None, None, "cold", "cold"),
    ("staging", "conversational", 30.0, 400.0, 900.0, None, "unavailable"),
    ("error", "text-to-image", None, None, 900.0, "warm", "unavailable"),
    ("paused", "text-to-image", None, None, 900.0, "warm", "unavailable"),
    (None, "conversational", 30.0, 400.0, 900.0, None, "unavailable"),
]


@pytest.mark.parametrize(("status", "task", "tps", "ttft", "latency", "inference", "expected"), CASES)
def test_rule(status, task, tps, ttft, latency, inference, expected):
    assert readiness(status, task, tps, ttft, latency, inference) == expected
    assert reason(status, task, tps, ttft, latency, inference)


def test_zero_is_a_measurement():
    assert readiness("live", "text-to-image", None, None, 0.0) == "hot"


@pytest.mark.skipif(not CAPTURE.exists(), reason="the recorded capture is not beside the checkout")
def test_counts_on_the_recorded_capture():
    counts: Counter[str] = Counter()
    for model in json.loads(CAPTURE.read_text(encoding="utf-8")):
        for offer in model.get("inferenceProviderMapping") or []:
            performance = offer.get("performance") or {}
            counts[
                readiness(
                    offer["status"],
                    offer["task"],
                    performance.get("tokensPerSecond"),
                    performance.get("firstTokenLatencyMs"),
                    performance.get("requestLatencyMs"),
                )
            ] += 1
    assert counts == {"hot": 495, "warm": 2, "cold": 835, "unavailable": 116}
