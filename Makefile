# Everything that a person does with this checkout. `make help` lists it.
# Each step leaves a file that says it is done: a second call costs nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBS := build/kafka/libs
APICURIO := build/apicurio
PEERS := build/peers
WEB := dashboard/web
ADDRESS ?= http://127.0.0.1:8080
NODE := node=$$(deploy/setup/node.sh) && PATH="$$node:$$PATH"
WEB_SOURCES := $(shell find $(WEB) -type f -not -path '*/node_modules/*' 2>/dev/null)
PEER_SOURCES := $(shell find benchmarks/peers/kafka_streams benchmarks/peers/avro -type f)

.PHONY: help system system-tests setup jars apicurio peers web demo test check lint lint-python lint-web licences lock bench soak pictures clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

system: ## check for Java, Maven, Node and Python; as root, install what is missing
	@deploy/setup/system.sh

system-tests:
	@deploy/setup/system.sh --tests

setup: $(VENV)/.installed ## the Python environment in .venv, from requirements.lock
jars: $(LIBS)/.resolved ## the embedded Kafka broker, from deploy/kafka/pom.xml
apicurio: $(APICURIO)/.unpacked ## another registry, for the tests: Apicurio, from deploy/apicurio/pom.xml
peers: $(PEERS)/venv/.installed $(PEERS)/kafka_streams/.built ## whom the lane is measured beside: Quix Streams, Kafka Streams
web: dashboard/static/index.html ## the pages, from dashboard/web

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.locked: requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(LIBS)/.resolved: deploy/kafka/pom.xml
	@rm -rf $(LIBS) && mkdir -p $(LIBS)
	mvn -B -q -ntp -Dstyle.color=never -f $< dependency:copy-dependencies -Dlibs=$(CURDIR)/$(LIBS)
	@touch $@

$(APICURIO)/.unpacked: deploy/apicurio/pom.xml
	@rm -rf $(APICURIO) && mkdir -p $(APICURIO)
	mvn -B -q -ntp -Dstyle.color=never -f $< dependency:unpack -Dfolder=$(CURDIR)/$(APICURIO)
	@touch $@

$(PEERS)/venv/.installed: benchmarks/peers/requirements.lock | $(VENV)/.installed
	@rm -rf $(PEERS)/venv && $(BIN)/python -m venv $(PEERS)/venv
	$(PEERS)/venv/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

$(PEERS)/kafka_streams/.built: deploy/kafka/pom.xml $(PEER_SOURCES)
	@rm -rf $(@D) && mkdir -p $(@D)
	mvn -B -q -ntp -Dstyle.color=never -f benchmarks/peers/kafka_streams/pom.xml compile \
	  dependency:copy-dependencies -Dtarget=$(CURDIR)/$(@D) -Dlibs=$(CURDIR)/$(@D)/libs
	@touch $@

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	@$(NODE) npm ci --prefix $(WEB) --no-audit --no-fund
	@touch $@

dashboard/static/index.html: $(WEB)/node_modules/.package-lock.json $(WEB_SOURCES)
	@$(NODE) npm run build --prefix $(WEB)
	@touch $@

demo: system setup jars web ## a whole simulated city on this machine, in the browser
	$(BIN)/shequ demo

test: system-tests setup jars apicurio web ## every test: the pages', unit, contract, integration, acceptance
	@$(NODE) npm test --prefix $(WEB)
	$(BIN)/python -m pytest --numprocesses auto tests/unit
	$(BIN)/python -m pytest tests/contract tests/integration tests/acceptance

check: lint-python ## what to run before a commit: ruff, mypy, import contracts, quick unit tests
	$(BIN)/python -m pytest -q --numprocesses auto -m "not long" tests/unit

lint: lint-python lint-web ## all of the code, read by machines: Python and the pages

lint-python: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-web: $(WEB)/node_modules/.package-lock.json
	@$(NODE) npm run check --prefix $(WEB)

licences: setup ## may we ship what we depend on?
	$(BIN)/python .ci/licences.py

lock: ## write requirements.lock anew from pyproject.toml, and that of the peers (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --quiet --output-file requirements.lock
	uv pip compile benchmarks/peers/requirements.in --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --quiet --output-file benchmarks/peers/requirements.lock

bench: system-tests setup jars peers web ## the side-by-side measurements
	$(BIN)/python -m benchmarks

soak: system-tests setup jars ## an hour of faults on real brokers, each run proven exact: docs/soak.md
	PYTHONPATH=tests/support $(BIN)/python -m soak

pictures: system-tests setup ## the pictures of README and docs anew, from a demo that runs (ADDRESS=...)
	$(BIN)/python docs/pictures/take.py $(ADDRESS)

clean: ## remove what was made here, the data in var/ excepted
	rm -rf $(VENV) build dist dashboard/static $(WEB)/node_modules
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
