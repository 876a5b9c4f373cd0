# Two commands matter: `make run` shows the loop on a careless example API, `make test` runs the suite.
# Each needs Python >= 3.11 (with venv and pip) and nothing else: the rest goes into .venv, from hash-pinned locks.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
PROCESSES ?= 3
LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
          --extra all pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run test live bench lint docs lock clean
.SECONDARY:

help:
	@echo "make run                                          audit, guard and audit again the careless example API"
	@echo "make run UPSTREAM=http://... API=openapi.yaml     the same for your API"
	@echo "make test                                         the suite"
	@echo "make live                                         install the API servers that the live tests put behind the gateway"
	@echo "make bench | lint | docs | lock | clean"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ostiary needs Python 3.11 or newer; say make PYTHON=/path/to/python3")'
	$(PYTHON) -m venv $(VENV)

# A stamp is as new as the lock it was installed from: the second `make` goes straight to its job.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

run: $(VENV)/.run
	@$(BIN)/ostiary demo $(if $(UPSTREAM),--upstream '$(UPSTREAM)') $(if $(API),--api '$(API)') $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal $(ARGS)

.venv-live/%/.ready: tests/live/%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

.venv-live/express/.ready: tests/apps/package.json tests/apps/package-lock.json
	@if ! command -v npm >/dev/null; then echo "no npm: the Express bookshelf stays away"; exit 0; fi; \
	mkdir -p $(@D) && cp $^ $(@D) && npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

.venv-live/go/.ready: tests/apps/go_app.go tests/apps/go.mod tests/apps/go.sum tests/apps/openapi.json
	@if ! command -v go >/dev/null; then echo "no go: the Go bookshelf stays away"; exit 0; fi; \
	mkdir -p $(@D) && cd tests/apps && go build -mod=readonly -o $(CURDIR)/$(@D)/bookshelf . && touch $(CURDIR)/$@

.venv-live/openid/.ready: tests/live/openid/package.json tests/live/openid/package-lock.json
	@if ! command -v npm >/dev/null; then echo "no npm: the OAuth server is not asked by foreign clients of Node"; exit 0; fi; \
	mkdir -p $(@D) && cp $^ $(@D) && npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

.venv-live/schemas/.ready: tests/live/schemas/package.json tests/live/schemas/package-lock.json
	@if ! command -v npm >/dev/null; then echo "no npm: reports are not held against the published schemas"; exit 0; fi; \
	mkdir -p $(@D) && cp $^ $(@D) && npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

live: $(patsubst tests/live/%.txt,.venv-live/%/.ready,$(wildcard tests/live/*.txt)) .venv-live/express/.ready .venv-live/go/.ready .venv-live/schemas/.ready .venv-live/openid/.ready

bench: $(VENV)/.dev
	@$(BIN)/python bench/run.py $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	$(BIN)/python tools/docs.py

# Newest versions within pyproject's bounds: make lock ARGS=--upgrade
lock: $(VENV)/.dev
	$(LOCK) $(ARGS) --group pyproject.toml:dev -o requirements/dev.txt
	$(LOCK) $(ARGS) --group pyproject.toml:build -c requirements/dev.txt --no-annotate -o requirements/run.txt

clean:
	rm -rf $(VENV) .venv-live .venv-bench .venv-peers dist build ostiary-report .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
