"""Print what aider knows of the models of each metadata file.

python aider_models.py FILE…
"""

import json
import sys

from aider.models import Model, model_info_manager, register_litellm_models


def models(path: str) -> dict:
    model_info_manager.local_model_metadata.clear()
    register_litellm_models([path])
    return {name: Model(name).info for name in list(model_info_manager.local_model_metadata)}


def told(path: str) -> dict:
    try:
        return {"value": models(path)}
    except Exception as error:  # noqa: BLE001 - whatever theirs raises is the answer
        return {"error": repr(error)}


print(json.dumps([told(path) for path in sys.argv[1:]]))
