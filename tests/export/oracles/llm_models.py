"""Print the models that llm has from each folder's extra-openai-models.yaml.

python llm_models.py FOLDER…
"""

import json
import os
import sys

import llm


def models(folder: str) -> list:
    os.environ["LLM_USER_PATH"] = folder
    llm.plugins._loaded = False
    found = {model.model.model_id: model.model for model in llm.get_models_with_aliases()}
    return [
        {
            "model_id": model.model_id,
            "model_name": model.model_name,
            "api_base": model.api_base,
            "key": model.needs_key,
            "tools": model.supports_tools,
            "schema": model.supports_schema,
        }
        for model in found.values()
        if model.model_id.startswith("hf/")
    ]


def told(folder: str) -> dict:
    try:
        return {"value": models(folder)}
    except Exception as error:  # noqa: BLE001 - whatever theirs raises is the answer
        return {"error": repr(error)}


print(json.dumps([told(folder) for folder in sys.argv[1:]]))
