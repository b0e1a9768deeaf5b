"""What `hfp need --json` says of the sample, valid by its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema

from pipeline.docs.json_schemas import schema_of
from tests.hosting.made import T, architecture, hfp, instance, said, usual

TALK = architecture(
    T, layers=28, full_attention_layers=28, sliding_attention_layers=0, linear_attention_layers=0, kv_heads=8,
    head_dim=128, max_positions=40_960, kv_values={"all": 28 * 2 * 8 * 128}, state_bytes=0,
)  # fmt: skip
GPUS = [
    instance("small", "0.5", 14),
    instance("fits", "1", 24),
    instance("old", "0.6", 80, deprecated=True),
    instance("large", "5", 141),
    instance("cpu", "0.1", 640, kind="cpu"),
]


LLAMA_8B = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256, "torch_dtype": "bfloat16",
    "max_position_embeddings": 131072,
}  # fmt: skip


def told(tmp_path: Path, *argv: str, code: int = 0, **rows: list[Any]) -> Any:
    rows = {"endpoint_instances": GPUS, "architectures": [TALK]} | rows
    path = usual(tmp_path / "catalog.sqlite", **rows)
    result = hfp("need", *([] if "--config" in argv else [T]), "--snapshot", path, "--json", *argv)
    assert result.code == code, result.err
    found = said(result)
    jsonschema.validate(found, schema_of("need"))
    return found
