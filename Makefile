# Every target sets up .venv by itself at its first use, from pinned constraints.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AZURITE := tests/azurite/node_modules/.package-lock.json
ENV ?= local

.PHONY: help setup render validate publish run check format golden azurite test test-fast soak bench clean reset

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

publish: $(READY) ## Publish the committed tree (ENV=local, ARGS=--prune)
	$(BIN)/synapse-gen publish --env $(ENV) $(ARGS)

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

# npm writes the file when everything else is there. Without Node, or without a registry, its tests are skipped.
$(AZURITE): tests/azurite/package-lock.json
	@if ! command -v npm >/dev/null; then echo "no npm: the tests against Azurite are skipped"; \
	else echo "setting up Azurite (once; 121 MB)"; npm ci --prefix tests/azurite --loglevel=error \
	  || echo "npm failed: the tests against Azurite are skipped"; fi

azurite: $(AZURITE) ## Set up Azurite, the Blob service of the tests, where Node is present

test: $(READY) $(AZURITE) ## Every test, the engines' too
	$(BIN)/pytest -n 2 --dist loadgroup

soak: $(READY) ## Five hundred seeded runs of everything that goes wrong; a publish killed at every request
	SYNAPSE_GEN_SOAK=500 $(BIN)/pytest -n 2 tests/contract/test_soak.py tests/contract/test_killed.py tests/contract/test_publish_machine.py

test-fast: $(READY) $(AZURITE) ## The tests that start no engine
	$(BIN)/pytest -n 2 -m "not engines"

bench: $(READY) ## Measure: figures and ratios into docs/figures.md
	$(BIN)/python -m bench

reset: $(READY) ## Delete the state of the embedded workspace
	$(BIN)/synapse-gen local reset

clean: ## Delete .venv and caches
	rm -rf $(VENV) tests/azurite/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
