# Every target sets up .venv by itself at its first use, from pinned constraints.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ENV ?= local

.PHONY: help setup render validate publish run check format golden test test-fast bench clean reset

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@echo "setting up $(VENV) (once; some 1.6 GB of engines)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,azureml,dev]'
	@touch $@

setup: $(READY) ## Set up .venv

render: $(READY) ## Render artifacts/ and sql/ from the specs
	$(BIN)/synapse-gen render

validate: $(READY) ## Check specs and rendered documents
	$(BIN)/synapse-gen validate

publish: $(READY) ## Publish the committed tree (ENV=local)
	$(BIN)/synapse-gen publish --env $(ENV)

run: $(READY) ## Render, publish to the embedded workspace, run the taxi scenario there, show predictions
	@$(BIN)/synapse-gen render
	@$(BIN)/synapse-gen run nyc_taxi --env local --publish --baseline tripDistance

check: $(READY) ## Lint, types, import contracts, rendered trees as committed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/synapse-gen render --check

format: $(READY) ## Format and mend what lint can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

golden: $(READY) ## Write the goldens anew; read their diff beside tests/golden/witnesses.yaml
	$(BIN)/synapse-gen render --project tests/golden

test: $(READY) ## Every test, the engines' too
	$(BIN)/pytest -n 2 --dist loadgroup

test-fast: $(READY) ## The tests that start no engine
	$(BIN)/pytest -n 2 -m "not engines"

bench: $(READY) ## Measure: figures and ratios into docs/figures.md
	$(BIN)/python -m bench

reset: $(READY) ## Delete the state of the embedded workspace
	$(BIN)/synapse-gen local reset

clean: ## Delete .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
