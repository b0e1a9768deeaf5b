# `make run` and `make test` set up what they need into .venv, and work again when repeated. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LOWEST := .venv-lowest
DATASET := build/dataset

.PHONY: spark help setup run test quick test-lowest oracles site browser lint types bench bench-peers drill docs lock dist clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Compiled, as an installed package is: an editable install is not, where Python is told to write no bytecode.
setup: $(VENV)/ready
	@$(BIN)/python -m compileall -q hf_providers pipeline

$(VENV)/ready: pyproject.toml requirements/dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'installing what the tests need into $(VENV) …'
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib || true  # else each process that a test starts compiles it again
	@touch $@ $(VENV)/runs

run: $(VENV)/runs  ## crawl the Hub into build/dataset and answer a question from it
	$(BIN)/python -m pipeline desk --out $(DATASET)

# What running needs, and no more: the tests' tools are ten times as large.
$(VENV)/runs: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'installing what the pipeline needs into $(VENV) …'
	@$(PIP) install --editable '.[pipeline]'
	@touch $@

# One worker more than processors, for some test always waits: for a process, a server, a browser. Files stay together on
# a worker as far as they can: what one makes for its tests is made once.
WORKERS := $(shell expr $$(nproc) + 1)
PYTEST := python -m pytest -n $(WORKERS) --dist worksteal
# Where Python is told to write no bytecode, each worker would compile every test again.
unexport PYTHONDONTWRITEBYTECODE

test: setup  ## run every test
	$(BIN)/$(PYTEST)

# What a typo breaks: without processes, servers and a browser, and without the few that take seconds each.
QUICK := assemble backfill billing catalog crawl docs history hosting hub library queries registry rules
quick: lint types  ## lint, check types, and run the tests that take no time
	$(BIN)/$(PYTEST) -q -m 'not slow' $(addprefix tests/,$(QUICK))

# Its scripts are bundled with the machine's node, or with PyPI's where there is none.
site: setup  ## build the site from data/ and serve it on localhost:8000
	@command -v node >/dev/null && command -v npm >/dev/null || \
		$(PIP) install --editable '.[node]'
	$(BIN)/python -m pipeline site --data data --out build/site --serve 8000

lint: setup  ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup  ## check types
	$(BIN)/mypy

docs: setup  ## write the generated documents
	$(BIN)/python -m pipeline docs

# The system's Chromium, for the tests of the site, where this user may install it.
browser:  ## install Chromium for the tests of the site
	@tests/browser/install.sh

# With the lowest versions that pyproject.toml admits, in a new environment each time: an old one would keep its own.
# The site, the workflows and what runs for hours are left to the other targets.
test-lowest:  ## run most tests with the lowest versions admitted
	@$(PYTHON) -m venv --clear $(LOWEST)
	@$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --editable '.[dev]'
	$(LOWEST)/bin/$(PYTEST) $(addprefix tests/,assemble backfill billing catalog cli crawl deploy docs export history hosting hub library live mcp package publish queries registry replay rules run snippets sync)

# The projects that read our exports, for the tests that ask them; elsewhere these are skipped.
oracles:  ## install the other projects that the exports are tested against
	@tests/export/oracles/install.sh build/oracles

# Java 17 or newer must be there. Spark has no place in the locked versions: no workflow with a secret runs it.
spark: setup  ## run every query in Spark and every recipe in its engine, beside DuckDB
	@command -v java >/dev/null || { echo 'make spark needs Java 17 or newer on the PATH' >&2; exit 1; }
	@$(PIP) install --editable '.[spark]' 'datafusion>=50'
	$(BIN)/python -m pytest -q tests/engines tests/docs/test_engines.py tests/billing/test_bill_sql.py

bench: setup  ## measure every speed that has a limit
	$(BIN)/python -m tests.bench

bench-peers: setup  ## measure what people would use instead, installed in build/peers
	@test -x build/peers/bin/python || $(PYTHON) -m venv build/peers
	@build/peers/bin/python -m pip install --quiet --disable-pip-version-check duckdb "genai-prices[cli]" httpx huggingface_hub litellm llm orjson polars
	$(BIN)/python -m tests.bench peers

# A minute of hostile answers; thirty days of what a real Hub does to runs; thirty more with everything going wrong, 200
# runs of them killed; then 200 kills of publishing and of syncing.
drill: setup  ## rehearse sixty days of hourly runs; takes an hour
	$(BIN)/python -m tests.drill
	HFP_KILLS=200 $(BIN)/python -m pytest -q tests/publish/test_kill.py tests/sync/test_sync_kill.py

# What pyproject.toml admits, as exact versions with the hashes of their files: for the tests, and for the workflows.
# What is locked stays; UPGRADE=--upgrade takes the newest instead.
LOCK = UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE) pyproject.toml
lock: setup  ## lock the versions that tests and workflows install
	$(LOCK) --extra dev --output-file requirements/dev.txt
	$(LOCK) --extra pipeline --extra mirror --extra node --group build \
		--constraint requirements/dev.txt --output-file requirements/run.txt

# The package, with the dataset in data/.
dist: setup  ## build the package
	rm -rf dist
	$(BIN)/python -m build --no-isolation

clean:  ## remove what was made
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache
