# Two commands do all set-up: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= fapiao-data
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run test lint proof proof-nightly proof-release samples docs browser tracer clean

help: ## Show these lines
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(VENV)/run.done ## Start the server with the demo company on http://127.0.0.1:8000
	@$(BIN)/python -m core.cli --data $(DATA) serve --demo --port $(PORT)

test: lint $(VENV)/test.done browser tracer ## Check style and types, then run every test
	$(BIN)/python -m pytest

lint: $(VENV)/test.done ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

proof: $(VENV)/test.done browser tracer ## Prove the promise on this machine: the table, and proof.json
	$(BIN)/python -m tests.proof

proof-nightly: $(VENV)/test.done browser tracer ## The same with the counts of a night
	$(BIN)/python -m tests.proof --column nightly

proof-release: $(VENV)/test.done browser tracer ## The same with the counts of a release
	$(BIN)/python -m tests.proof --column release

samples: $(VENV)/test.done ## Score the readers on the real invoices beside this checkout
	$(BIN)/python -m benchmarks.samples

docs: $(VENV)/run.done ## Write the generated pages of docs/
	$(BIN)/python -m core.cli --data $$(mktemp -d) docs

browser:
	@command -v chromium >/dev/null || (echo "Chromium is missing: installing Debian's package" && \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium poppler-utils fonts-noto-cjk; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq chromium poppler-utils fonts-noto-cjk; fi) || \
	  (echo "Install it yourself: sudo apt-get install chromium poppler-utils fonts-noto-cjk"; exit 1)

tracer:
	@command -v strace >/dev/null || (echo "strace is missing: installing Debian's package" && \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq strace; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq strace; fi) || \
	  echo "Rows R1, R2 and S4 need it: sudo apt-get install strace"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  (echo "Fapiao needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Say which with: make run PYTHON=python3.12"; exit 1)
	@$(PYTHON) -m venv $(VENV) || (echo "Python's venv is missing: sudo apt-get install python3-venv"; exit 1)

$(VENV)/run.done: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/test.done: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(VENV)/run.done

clean: ## Remove the environment; the data folder stays
	rm -rf $(VENV) build dist *.egg-info
