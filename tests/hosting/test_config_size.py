"""Parameters by arithmetic on config.json, against what model cards and technical reports publish."""

import json

import pytest

from hf_providers.errors import UnknownError
from hf_providers.hosting.config import read
from hf_providers.hosting.config_size import count
from hf_providers.hosting.weights import at_format


def size_of(**keys):
    return count(read(json.dumps(keys).encode()))


LLAMA_8B = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
}  # fmt: skip
KIMI = {
    "model_type": "kimi_k2", "num_hidden_layers": 61, "hidden_size": 7168, "num_attention_heads": 64,
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
    "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 384, "num_experts_per_tok": 8,
    "n_shared_experts": 1, "first_k_dense_replace": 1, "moe_layer_freq": 1, "vocab_size": 163840,
}  # fmt: skip
DEEPSEEK = {
    **KIMI, "model_type": "deepseek_v3", "num_attention_heads": 128, "n_routed_experts": 256, "vocab_size": 129280,
    "first_k_dense_replace": 3,
}  # fmt: skip
MIXTRAL = {
    "model_type": "mixtral", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 32000, "num_local_experts": 8,
    "num_experts_per_tok": 2,
}  # fmt: skip
QWEN_30B = {
    "model_type": "qwen3_moe", "num_hidden_layers": 48, "hidden_size": 2048, "num_attention_heads": 32,
    "num_key_value_heads": 4, "head_dim": 128, "intermediate_size": 6144, "moe_intermediate_size": 768,
    "num_experts": 128, "num_experts_per_tok": 8, "decoder_sparse_step": 1, "mlp_only_layers": [], "vocab_size": 151936,
}  # fmt: skip
GPT_OSS = {
    "model_type": "gpt_oss", "num_hidden_layers": 36, "hidden_size": 2880, "num_attention_heads": 64,
    "num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 2880, "num_local_experts": 128,
    "num_experts_per_tok": 4, "vocab_size": 201088,
}  # fmt: skip
SCOUT = {
    "model_type": "llama4_text", "num_hidden_layers": 48, "hidden_size": 5120, "num_attention_heads": 40,
    "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 8192, "intermediate_size_mlp": 16384,
    "num_local_experts": 16, "num_experts_per_tok": 1, "interleave_moe_layer_step": 1, "vocab_size": 202048,
}  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "total", "active"),
    [
        (LLAMA_8B, 8.03e9, None),  # 8,030,261,248 tensors elements of meta-llama/Meta-Llama-3-8B
        (KIMI, 1.0265e12, 32.9e9),  # 1,026,470,735,448 of Kimi-K2-Instruct-0905; "1T total, 32B activated"
        (DEEPSEEK, 671e9, 37.5e9),  # "671B total parameters with 37B activated"
        (MIXTRAL, 46.7e9, 12.9e9),  # "46.7B total parameters but only uses 12.9B per token"
        (QWEN_30B, 30.5e9, 3.3e9),  # "30.5B in total and 3.3B activated"
        (GPT_OSS, 116.8e9, 5.7e9),  # 116.83B in the model card; 5.13B active and 0.58B of embedding
        (SCOUT, 108e9, 17.2e9),  # "17B active, 109B total", 0.9B of it the vision tower
    ],
)
def test_published_sizes(keys, total, active):
    size = size_of(**keys)
    assert size.total == pytest.approx(total, rel=0.01)
    assert size.active == (None if active is None else pytest.approx(active, rel=0.02))


def test_llama_to_the_parameter_but_norms():
    """Every tensor of Meta-Llama-3-8B but its 65 norms of 4096."""
    a_layer = 4096 * 4096 * 2 + 4096 * 1024 * 2 + 3 * 4096 * 14336
    assert size_of(**LLAMA_8B).total == 2 * 128256 * 4096 + 32 * a_layer == 8_030_261_248 - 65 * 4096


@pytest.mark.parametrize(
    ("layers", "experts", "checkpoint_gib"), [(36, 128, 60.8), (24, 32, 12.8)]
)  # the model card of gpt-oss: "Checkpoint Size" of 120b and 20b, experts in MXFP4
def test_mxfp4_is_of_the_experts_alone(layers, experts, checkpoint_gib):
    size = size_of(**{**GPT_OSS, "num_hidden_layers": layers, "num_local_experts": experts})
    stored = at_format(size.total, "MXFP4", size.embedding, size.experts)
    assert stored / 2**30 == pytest.approx(checkpoint_gib, rel=0.005)


def test_tied_embeddings_count_once():
    once, twice = (size_of(**LLAMA_8B, tie_word_embeddings=tied).total for tied in (True, False))
    assert twice - once == 128256 * 4096


def test_a_vision_tower_is_left_out_and_that_is_said():
    size = size_of(model_type="kimi_k25", vision_config={"hidden_size": 1152}, text_config=KIMI)
    assert size.total == size_of(**KIMI).total
    assert size.left_out == "its vision or audio tower"


@pytest.mark.parametrize(("layers", "words"), [(1, "a layer that predicts"), (3, "3 layers that predict")])
def test_layers_that_predict_are_left_out_and_that_is_said(layers, words):
    size = size_of(**KIMI, num_nextn_predict_layers=layers)
    assert (size.total, size.left_out) == (size_of(**KIMI).total, f"{words} further tokens")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({**LLAMA_8B, "vocab_size": None}, "vocab_size is not stated"),
        ({**LLAMA_8B, "intermediate_size": None}, "intermediate_size is not stated"),
        ({**LLAMA_8B, "intermediate_size": "14336"}, "intermediate_size is '14336'"),
        ({**KIMI, "n_routed_experts": 10**9}, "n_routed_experts is 1000000000"),
        ({**KIMI, "num_experts_per_tok": 400}, "uses more experts than there are"),
        ({**KIMI, "num_experts_per_tok": None}, "num_experts_per_tok is not stated"),
        ({**KIMI, "moe_layer_freq": [1] * 60}, "moe_layer_freq does not say"),
        ({**KIMI, "q_lora_rank": "x"}, "q_lora_rank is 'x'"),
        ({**QWEN_30B, "mlp_only_layers": 5}, "mlp_only_layers is no list"),
        ({**SCOUT, "interleave_moe_layer_step": 0}, "every 0th layer"),
        ({**QWEN_30B, "decoder_sparse_step": 0}, "every 0th layer"),
        ({**KIMI, "moe_layer_freq": 0}, "every 0th layer"),
        ({**LLAMA_8B, "model_type": "brand_new"}, "brand_new are not known here"),
    ],
)
def test_what_is_not_known_has_a_reason(keys, reason):
    with pytest.raises(UnknownError, match=reason):
        size_of(**keys)


@pytest.mark.parametrize("junk", [None, -1, 10**12, "7", 1.5, True, [], [1], {}, {"a": []}])
def test_no_value_of_any_key_raises_another_error(junk):
    for keys in (LLAMA_8B, KIMI, MIXTRAL, QWEN_30B, SCOUT):
        for key in {*keys, "moe_layer_freq", "mlp_layer_types", "moe_latent_size", "block_configs", "compress_ratios"}:
            try:
                assert size_of(**{**keys, key: junk}).total > 0
            except UnknownError:
                continue
