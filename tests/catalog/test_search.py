"""From typed words to a model, over the real models of a snapshot, and over small catalogs for each rule."""

import json
import random
import re
import string
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_providers.catalog import aliases, exact, search
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.locate import find
from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.publish.catalog_build import build

REPOSITORY = Path(__file__).resolve().parents[2]
CAPTURE = REPOSITORY.parent / "shared/captures/hub-list-2026-02/models-2026-02-26T1227-8f91cbd.json"
AT = datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC)


def catalog_of(path: Path, records: Iterable[dict[str, Any]]) -> Catalog:
    """A catalog of records in the Hub's shape: id, likes, downloads, inferenceProviderMapping, base_models."""
    models, offers = [], []
    for record in records:
        author, _, name = record["id"].rpartition("/")
        values = {key: record.get(key) for key in ("likes", "downloads", "base_models")}
        facts = {"model_id": record["id"], "author": author, "name": name, "modality": "other"}
        models.append(dict.fromkeys(TABLES["models"].column_names) | facts | values)
        for number, entry in enumerate(record.get("inferenceProviderMapping", [])):
            facts = {"model_id": record["id"], "status": entry["status"], "readiness": "cold", "stale": False}
            key = {"provider": entry["provider"], "task": "t", "provider_model_id": str(number)}
            times = {"first_seen_at": AT, "changed_at": AT}
            offers.append(dict.fromkeys(TABLES["offers"].column_names) | facts | key | times)
    content = {"models": models, "offers": offers}
    build({name: tables.from_rows(TABLES[name], rows) for name, rows in content.items()}, path, {})
    made = Catalog(str(path))
    made.close_when_dropped()
    return made


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The published snapshot where the repository has one, else one made of a recording."""
    if (REPOSITORY / "data/manifest.json").exists():
        with Catalog(find(str(REPOSITORY / "data"), {})) as catalog:
            yield catalog
        return
    if not CAPTURE.exists():
        pytest.skip("needs data/ or the recording hub-list-2026-02")
    records = [record for record in json.loads(CAPTURE.read_bytes()) if "inferenceProviderMapping" in record]
    with catalog_of(tmp_path_factory.mktemp("snapshot") / "catalog.sqlite", records) as catalog:
        yield catalog


QUERIES = {
    # exact ids, and ids in another case or with other separators
    "deepseek-ai/DeepSeek-R1": "deepseek-ai/DeepSeek-R1",
    "deepseek-ai/deepseek-r1": "deepseek-ai/DeepSeek-R1",
    "QWEN/QWEN3-8B": "Qwen/Qwen3-8B",
    "baai/bge-m3": "BAAI/bge-m3",
    # names
    "deepseek-r1": "deepseek-ai/DeepSeek-R1",
    "DEEPSEEK-R1": "deepseek-ai/DeepSeek-R1",
    "DeepSeek_R1": "deepseek-ai/DeepSeek-R1",
    "deepseekr1": "deepseek-ai/DeepSeek-R1",
    "  deepseek r1 ": "deepseek-ai/DeepSeek-R1",
    "deepseek-v3": "deepseek-ai/DeepSeek-V3",
    "deepseek v3.2": "deepseek-ai/DeepSeek-V3.2",
    "gpt-oss-120b": "openai/gpt-oss-120b",
    "gpt oss 20b": "openai/gpt-oss-20b",
    "gptoss120b": "openai/gpt-oss-120b",
    "llama 3.3 70b instruct": "meta-llama/Llama-3.3-70B-Instruct",
    "meta-llama-3-8b-instruct": "meta-llama/Meta-Llama-3-8B-Instruct",
    "qwen3 8b": "Qwen/Qwen3-8B",
    "qwen 2.5 7b instruct": "Qwen/Qwen2.5-7B-Instruct",
    "Qwen2-5-7B-Instruct": "Qwen/Qwen2.5-7B-Instruct",
    "glm 4.6": "zai-org/GLM-4.6",
    "glm4.6": "zai-org/GLM-4.6",
    "bge m3": "BAAI/bge-m3",
    "flux.1 schnell": "black-forest-labs/FLUX.1-schnell",
    "flux1-dev": "black-forest-labs/FLUX.1-dev",
    "hunyuan video": "tencent/HunyuanVideo",
    "z image turbo": "Tongyi-MAI/Z-Image-Turbo",
    "whisper large v3": "openai/whisper-large-v3",
    # words, in any order, and beginnings of words
    "llama 3.3": "meta-llama/Llama-3.3-70B-Instruct",
    "llama3.3": "meta-llama/Llama-3.3-70B-Instruct",
    "70b llama 3.3": "meta-llama/Llama-3.3-70B-Instruct",
    "flux": "black-forest-labs/FLUX.1-dev",
    "flux kontext": "black-forest-labs/FLUX.1-Kontext-dev",
    "schnell": "black-forest-labs/FLUX.1-schnell",
    "qwen coder": "Qwen/Qwen2.5-Coder-32B-Instruct",
    "coder qwen 480b": "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "qwen cod next": "Qwen/Qwen3-Coder-Next",
    "whisper large": "openai/whisper-large-v3",
    "large whisper": "openai/whisper-large-v3",
    "whisper turbo": "openai/whisper-large-v3-turbo",
    "whisp": "openai/whisper-large-v3",
    "r1 distill 32b": "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
    "r1 distill llama 70b": "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
    "r1": "deepseek-ai/DeepSeek-R1",
    "kimi k2": "moonshotai/Kimi-K2-Instruct",
    "kimi thinking": "moonshotai/Kimi-K2-Thinking",
    "k2 0905": "moonshotai/Kimi-K2-Instruct-0905",
    "kokoro": "hexgrad/Kokoro-82M",
    "mixtral": "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "mixtral 8x22b": "mistralai/Mixtral-8x22B-Instruct-v0.1",
    "mistral nemo": "mistralai/Mistral-Nemo-Instruct-2407",
    "stable diffusion xl": "stabilityai/stable-diffusion-xl-base-1.0",
    "stable diffusion 3.5 large": "stabilityai/stable-diffusion-3.5-large",
    "sdxl lightning": "ByteDance/SDXL-Lightning",
    "gemma 27b": "google/gemma-3-27b-it",
    "llama 4 scout": "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "maverick": "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    "llama guard 4": "meta-llama/Llama-Guard-4-12B",
    "qwq": "Qwen/QwQ-32B",
    "t5 small": "google-t5/t5-small",
    "minilm l6": "sentence-transformers/all-MiniLM-L6-v2",
    "bert base uncased": "google-bert/bert-base-uncased",
    "qwen image edit 2511": "Qwen/Qwen-Image-Edit-2511",
    # with the organisation, or a part of it
    "openai whisper": "openai/whisper-large-v3",
    "google t5 base": "google-t5/t5-base",
    "nvidia nemotron nano": "nvidia/Llama-3.1-Nemotron-Nano-8B-v1",
    "black forest labs schnell": "black-forest-labs/FLUX.1-schnell",
    # wrong letters
    "deepsek": "deepseek-ai/DeepSeek-R1",
    "deepsek-r1": "deepseek-ai/DeepSeek-R1",
    "depseek r1": "deepseek-ai/DeepSeek-R1",
    "wisper": "openai/whisper-large-v3",
    "whsiper large": "openai/whisper-large-v3",
    "lama 3.3": "meta-llama/Llama-3.3-70B-Instruct",
    "mixtrla": "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "stable difusion xl": "stabilityai/stable-diffusion-xl-base-1.0",
    "gtp-oss-120b": "openai/gpt-oss-120b",
    "kokorro": "hexgrad/Kokoro-82M",
    "flux schnel": "black-forest-labs/FLUX.1-schnell",
    "kimi k2 thinkin": "moonshotai/Kimi-K2-Thinking",
    "deepsekr1": "deepseek-ai/DeepSeek-R1",
    "lamma3.3": "meta-llama/Llama-3.3-70B-Instruct",
    # glued letters left off
    "gpt-oss 120": "openai/gpt-oss-120b",
    "kimi 2.5": "moonshotai/Kimi-K2.5",
    "kimi2.5": "moonshotai/Kimi-K2.5",
    "deepseek 3.2": "deepseek-ai/DeepSeek-V3.2",
    "minimax 2.5": "MiniMaxAI/MiniMax-M2.5",
    # other names, and pasted forms
    "sdxl": "stabilityai/stable-diffusion-xl-base-1.0",
    "sd 3.5 large": "stabilityai/stable-diffusion-3.5-large",
    "sd3.5 large": "stabilityai/stable-diffusion-3.5-large",
    "THUDM/GLM-4-32B-0414": "zai-org/GLM-4-32B-0414",
    "CohereForAI/aya-expanse-32b": "CohereLabs/aya-expanse-32b",
    "meta-llama/Meta-Llama-3.1-8B-Instruct": "meta-llama/Llama-3.1-8B-Instruct",
    "https://huggingface.co/Qwen/Qwen3-8B": "Qwen/Qwen3-8B",
    "huggingface.co/Qwen/Qwen3-8B/tree/main?not-for-all-audiences=true#files": "Qwen/Qwen3-8B",
    "huggingface/Qwen/Qwen3-8B": "Qwen/Qwen3-8B",
    "huggingface/novita/Qwen/Qwen3-8B": "Qwen/Qwen3-8B",
    "huggingface/CodeBERTa-small-v1": "huggingface/CodeBERTa-small-v1",
    "hf:Qwen/Qwen3-8B": "Qwen/Qwen3-8B",
    "accounts/fireworks/models/deepseek-r1": "deepseek-ai/DeepSeek-R1",
}
CLEAR = ("deepseek r1", "llama 3.3", "whisper large", "r1 distill 32b", "qwq", "glm 4.6", "deepsek-r1", "kokoro")
CLEAR += ("meta-llama-3-8b-instruct", "DeepSeek-R1-Distill-Llama-8B", "lama 3.3", "wisper", "flux schnell")
SEVERAL = ("llama", "qwen", "flux", "qwen coder", "gpt oss", "deepsek", "stable diffusion", "bert", "openai")


@pytest.mark.parametrize(("query", "model_id"), QUERIES.items())
def test_what_people_type(snapshot: Catalog, query: str, model_id: str) -> None:
    found = search.find(snapshot, query)
    assert found.matched_by != "nearest"
    assert found.model_ids[0] == model_id


@pytest.mark.parametrize("query", CLEAR)
def test_one_clear_winner(snapshot: Catalog, query: str) -> None:
    assert search.find(snapshot, query).clear


@pytest.mark.parametrize("query", SEVERAL)
def test_several(snapshot: Catalog, query: str) -> None:
    found = search.find(snapshot, query)
    assert not found.clear
    assert found.matched_by != "nearest"
    assert 1 < len(found.model_ids) <= 20


@pytest.mark.parametrize("query", ["", " ", "-", "qzxvkj wqzx", "gpt-99-turbo", "unsloth/DeepSeek-V3", "ゼロ",
    # an id means that id: neither other separators nor letters are forgiven, nor another owner
    "openai/gpt_oss_120b", "openai/whisper-larg-v3", "meta/llama-3.3-70b-instruct", "a/b/c", "Qwen/Qwen3-8B/x",
    # numbers, glued letters, short words and words that other models have are no misspellings
    "deepseek-r1-0582", "moonshotai/Kimi-K2.9", "kimi 2.9", "deepseek v1", "deepseekv1", "gemma-3-27b-pt",
    "qwen3 235b 22b",
    "mixtral-7b-instruct-v0.2", "GLM-1-32B-0414", "Wan2-Distill-Loras", "Qwen25-7B-Instruct",
    "https://huggingface.co/spaces/Qwen/Qwen3-8B", "https://example.org/Qwen/Qwen3-8B"])  # fmt: skip
def test_none(snapshot: Catalog, query: str) -> None:
    found = search.find(snapshot, query)
    assert found.matched_by == "nearest"
    assert not found.clear
    assert len(found.model_ids) <= 5


def test_none_names_what_is_near(snapshot: Catalog) -> None:
    assert search.find(snapshot, "unsloth/DeepSeek-V3").model_ids[0] == "deepseek-ai/DeepSeek-V3"


def edited(name: str, rng: random.Random) -> str:
    """The name with a letter too few, too many, wrong, or swapped with the next, within a word of letters."""
    places = [at for word in re.finditer("[A-Za-z]{3,}", name) for at in range(*word.span())]
    if not places:
        return name
    at = rng.choice(places)
    letter = rng.choice(string.ascii_lowercase)
    ways = [name[at + 1 :], letter + name[at:], letter + name[at + 1 :]]
    if name[at + 1 : at + 2].isalpha():
        ways.append(name[at + 1] + name[at] + name[at + 2 :])
    return name[:at] + rng.choice(ways)


@pytest.mark.slow
@pytest.mark.parametrize(("edits", "least"), [(0, 0.99), (1, 0.985), (2, 0.96)])
def test_every_model_is_found_by_its_name_as_people_mistype_it(snapshot: Catalog, edits: int, least: float) -> None:
    rng = random.Random(edits)
    every = [name for (name,) in snapshot.query("SELECT name FROM models")]
    assert len(every) > 500
    hits = 0
    for name in every:
        typed = name
        for _ in range(edits):
            typed = edited(typed, rng)
        found = search.find(snapshot, typed)
        top = found.model_ids[0] if found.model_ids and found.matched_by != "nearest" else ""
        hits += top.rpartition("/")[2].lower() == name.lower()
    assert hits / len(every) >= least


def other_numbers(model_id: str, rng: random.Random) -> Iterator[str]:
    """The id with one digit changed, with another size, and with another version, at each of its numbers."""
    for digit in re.finditer(r"\d", model_id):
        other = rng.choice(string.digits.replace(digit.group(), ""))
        yield model_id[: digit.start()] + other + model_id[digit.end() :]
    for number in re.finditer(r"\d+(\.\d+)?", model_id):
        whole, point, _ = number.group().partition(".")
        others = [
            str(rng.choice((1.6, 3, 9, 13, 21, 34, 99, 405))),
            whole if point else f"{whole}.{rng.randrange(1, 10)}",
        ]
        for other in others:
            yield model_id[: number.start()] + other + model_id[number.end() :]


@pytest.mark.slow
def test_no_id_that_does_not_exist_is_answered(snapshot: Catalog) -> None:
    rng = random.Random(15)
    ids = [model_id for (model_id,) in snapshot.query("SELECT model_id FROM models")]
    known = {model_id.lower() for model_id in (*ids, *exact.former_ids(snapshot))}
    every = (one for model_id in ids for one in other_numbers(model_id, rng))
    typed = [one for one in every if one.lower() not in known and not aliases.renamed(one)]
    assert len(typed) > 500
    assert [one for one in typed if exact.exact(snapshot, one) is not None] == []
    some = rng.sample(typed, 200)
    assert {search.find(snapshot, one).matched_by for one in some} == {"nearest"}
    bare = [one.rpartition("/")[2] for one in rng.sample(typed, 200)]
    assert {how for name in bare if (how := search.find(snapshot, name).matched_by) != "nearest"} <= {"name", "words"}


def test_every_id_is_itself_and_clear_in_any_case(snapshot: Catalog) -> None:
    ids = [model_id for (model_id,) in snapshot.query("SELECT model_id FROM models")]
    folded = Counter(model_id.lower() for model_id in ids)
    for model_id in ids:
        itself = search.find(snapshot, model_id)
        assert (itself.model_ids, itself.matched_by, itself.clear) == ([model_id], "id", True)
        other = search.find(snapshot, model_id.swapcase())
        if folded[model_id.lower()] == 1:
            assert other.model_ids[0] == model_id
            assert other.clear


HOSTILE = [
    *("'", '"', "''; DROP TABLE models; --", "' OR '1'='1", "%", "_", "*", "deepseek*", "^r1", "NEAR(a b)", "a AND b"),
    *(
        "a OR",
        "NOT r1",
        '"unclosed',
        "(r1",
        "text : r1",
        "-r1",
        "{a b}",
        "a + b",
        "r1 AND",
        "\0",
        "deep\0seek",
        "\ud800",
    ),
    *(
        "\udcff\udcfe",
        "🔥",
        "🔥 deepseek 🔥",
        "ＤｅｅｐＳｅｅｋ",
        "İstanbul",
        "ß",
        "\n\t\r",
        "../../etc/passwd",
        "/",
        "//",
        "a/",
        "/a",
    ),
    *(
        "x" * 10_000,
        "a b " * 2500,
        "deepseek " * 1111,
        "0" * 10_000,
        "🔥" * 10_000,
        ". " * 5000,
        "a1" * 5000,
        "/" * 9999,
    ),
    *("".join(map(chr, range(256))), "..", "3.3", ".5", "5.", "1.2.3.4", "a" * 95, "abcdefghijklmnopqrstuvwxyz" * 4),
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_is_typed_raises_or_takes_long(snapshot: Catalog, query: str) -> None:
    search.find(snapshot, "qzxvkj wqzx")  # the import of the library for such cases, once
    started = time.process_time()
    found = search.find(snapshot, query, 7)
    assert time.process_time() - started < 0.5
    assert len(found.model_ids) <= 7


@pytest.mark.parametrize(
    ("query", "model_id"),
    [
        ("deepseek v3.２", "deepseek-ai/DeepSeek-V3.2"),
        ("ｄｅｅｐｓｅｅｋ r1", "deepseek-ai/DeepSeek-R1"),
        ("gpt\u2011oss\u2011120b", "openai/gpt-oss-120b"),
    ],
)
def test_other_forms_of_ascii_are_read_as_it(snapshot: Catalog, query: str, model_id: str) -> None:
    found = search.find(snapshot, query)
    assert (found.clear, found.model_ids[0]) == (True, model_id)


@pytest.mark.parametrize(
    "query",
    [
        "deepseek v3.٢",
        "deepseek r١",
        "豆包 r1",
        "дипсик r1",
        "gpt oss 20б",
        "deepseek-rⅡ",
        "command r+",
        "pi 4",
        "o3",
        "flux pro",
    ],
)
def test_no_word_or_digit_of_another_alphabet_is_left_out(snapshot: Catalog, query: str) -> None:
    """Nor a plus, which is a part of some names; and two letters are too few to be mistyped."""
    assert not search.find(snapshot, query).clear


def test_one_letter_is_never_clear(snapshot: Catalog) -> None:
    found = [search.find(snapshot, letter) for letter in string.ascii_lowercase + string.digits]
    assert any(matches.model_ids for matches in found)
    assert not any(matches.clear for matches in found)


@settings(deadline=None)
@given(query=st.text(max_size=60))
def test_no_text_raises(snapshot: Catalog, query: str) -> None:
    found = search.find(snapshot, query)
    assert len(set(found.model_ids)) == len(found.model_ids)
