# `make run` and `make test` set up everything they need into .venv, and work again when repeated.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
DATASET := build/dataset

.PHONY: setup run test test-lowest oracles site browser lint types bench drill docs dist clean

# Compiled, as an installed package is: an editable install is not, where Python is told to write no bytecode.
setup: $(VENV)/ready
	@$(BIN)/python -m compileall -q hf_providers

$(VENV)/ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: setup
	$(BIN)/python -m pipeline desk --out $(DATASET)

test: setup
	$(BIN)/python -m pytest -n auto

# With the lowest versions that pyproject.toml admits, in a new environment each time: an old one would keep its own.
# The site, the workflows and what runs for hours are left to the other targets.
test-lowest:
	@$(PYTHON) -m venv --clear $(LOWEST)
	@$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --editable '.[dev]'
	$(LOWEST)/bin/python -m pytest -n auto $(addprefix tests/,assemble backfill billing catalog cli crawl deploy docs export history hosting hub library live package publish queries registry replay rules run snippets sync)

# The projects that read our exports, for the tests that ask them; elsewhere these are skipped.
oracles:
	@tests/export/oracles/install.sh build/oracles

# The system's Chromium, for the tests of the site, where this user may install it.
browser:
	@tests/browser/install.sh

# Its scripts are bundled with the machine's node, or with PyPI's where there is none.
site: setup
	@command -v node >/dev/null && command -v npm >/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[node]'
	$(BIN)/python -m pipeline site --data data --out build/site --serve 8000

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m tests.bench

# Thirty days of hourly runs with everything going wrong, 200 of them killed; then 200 kills of publishing and of syncing.
drill: setup
	$(BIN)/python -m tests.drill
	HFP_KILLS=200 $(BIN)/python -m pytest -q tests/publish/test_kill.py tests/sync/test_sync_kill.py

docs: setup
	$(BIN)/python -m pipeline docs
	$(BIN)/python -m pipeline.docs.cli_page

# The package, with the dataset in data/.
dist: setup
	rm -rf dist
	$(BIN)/python -m build

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache
