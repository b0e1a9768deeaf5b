"""Print what LiteLLM makes of each file: by key the cost of a request, what it says of the model, or the error.

python litellm_prices.py PROMPT_TOKENS COMPLETION_TOKENS FILE…
"""

import json
import os
import sys
from pathlib import Path

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm

PROMPT, COMPLETION = int(sys.argv[1]), int(sys.argv[2])


def priced(path: str) -> dict:
    said = json.loads(Path(path).read_text())
    litellm.register_model(said)
    return {key: one(key) for key in said}


def one(key: str) -> dict:
    costs = litellm.cost_per_token(model=key, prompt_tokens=PROMPT, completion_tokens=COMPLETION)
    info = litellm.get_model_info(key)
    kept = ("max_input_tokens", "supports_function_calling", "supports_response_schema", "litellm_provider", "mode")
    return {"costs": costs, **{name: info[name] for name in kept}}


def in_a_process_of_its_own(path: str) -> dict:
    """What one file registers must not stay for the next."""
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            told = {"value": priced(path)}
        except Exception as error:  # noqa: BLE001 - whatever theirs raises is the answer
            told = {"error": repr(error)}
        with os.fdopen(write, "w") as file:
            file.write(json.dumps(told))
            file.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        return json.loads(file.read())


print(json.dumps([in_a_process_of_its_own(path) for path in sys.argv[3:]]))
