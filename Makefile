# `make help` lists what there is. The first two are all a newcomer needs.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

# All cores, and no more than there is memory for; ARGS="-n 0 tests/store" for one file.
CORES := -n auto --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help run once test chaos check bench pictures lock clean

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY)  ## set up, then the demo: stories, feeds, an issue in an inbox; Ctrl-C ends it
	@$(BIN)/dispatch run

once: $(READY)  ## set up, then one cycle of the demo, and exit
	@$(BIN)/dispatch once
	@echo "The feeds are in feeds/. To look at feeds, pages and mails in a browser: make run"

test: $(READY_DEV)  ## set up, then all tests
	@$(BIN)/python -m pytest $(CORES) $(ARGS)

chaos: $(READY_DEV)  ## the long form of the tests that kill: minutes, seeds printed
	@DISPATCH_CHAOS=$${DISPATCH_CHAOS:-10} $(BIN)/python -m pytest tests/chaos -rP -o timeout=1800 $(ARGS)

check: $(READY_DEV)  ## format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(READY_DEV)  ## all benchmarks: ratios against named yardsticks
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

pictures: $(READY_DEV)  ## every mail in every view, as pictures in var/pictures
	@$(BIN)/python tools/pictures.py var/pictures

lock:  ## renew the hashed lock files (needs uv on the PATH)
	@uv pip compile -q --group build $(LOCK) -o requirements-build.lock
	@uv pip compile -q pyproject.toml --extra postgres --group build $(LOCK) -o requirements.lock
	@uv pip compile -q pyproject.toml --extra postgres --extra fulltext --extra css-inline --group dev $(LOCK) -o requirements-dev.lock

clean:  ## remove the virtual environment, the demo's database and its feeds
	@rm -rf $(VENV) var
	@find feeds -type f ! -name README.md -delete

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate --upgrade

# -- setting up ------------------------------------------------------------------

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "Dispatch needs Python 3.11 or newer: $(PYTHON) was not found. On Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Dispatch needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@test -w . || { echo "$$(pwd): no permission to write here; .venv, var and feeds go into this folder." >&2; exit 1; }
	@echo "Setting up .venv (once, about half a minute) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The virtual environment could not be made. On Debian: apt-get install python3-venv" >&2; exit 1; }

# The lock has every hash; nothing unpinned is ever installed.
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet
BUILT = --no-build-isolation --use-pep517
INSTALL = $(PIP) --require-hashes -r requirements-build.lock \
	&& $(PIP) --require-hashes $(BUILT) -r $(1) && $(PIP) --no-deps $(BUILT) --editable . \
	|| { echo "The packages could not be installed: see above. Is a package index reachable?" >&2; exit 1; }

$(READY): requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(call INSTALL,requirements.lock)
	@touch $@

$(READY_DEV): requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@$(call INSTALL,requirements-dev.lock)
	@touch $@ $(READY)
