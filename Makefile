# `make run` and `make test` set up everything they need into .venv, and work again when repeated.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATASET := build/dataset

.PHONY: setup run test lint types bench docs clean

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: setup
	$(BIN)/python -m pipeline desk --out $(DATASET)

test: setup
	$(BIN)/python -m pytest -n auto

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m tests.bench

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache
