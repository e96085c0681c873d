# The commands of this repository; `make` alone lists them. Everything they need they fetch themselves.
.DEFAULT_GOAL := help
.PHONY: help setup check test demo bench count up chaos simulate storms machines pictures
SHELL := /bin/bash

UV := $(shell command -v uv 2>/dev/null || echo $(CURDIR)/var/uv/bin/uv)
BIN := .venv/bin
# Tests with many processes, which mostly wait for one another: after the others, not between them.
PROCESSES := tests/broker tests/supervisor tests/browser/real tests/chaos/test_chaos.py
# Minutes in which everything breaks at random, on both databases: `make storms` and `make chaos` run them.
STORMS := tests/chaos/test_storms.py
# Two machines as network namespaces: needs root, and the machine to itself.
MACHINES_TEST := tests/chaos/test_machines.py
# Three whole systems one after the other: minutes, and not part of any build.
GROWTH_TEST := tests/chaos/test_growing.py
CODE := contracts policies runtime services demo evidence insight cli bench tests

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(UV) ## the virtual environment, exactly as uv.lock says
	@$(UV) sync --locked --compile-bytecode

# A private virtual environment first; --target where Debian has split ensurepip off into another package.
$(CURDIR)/var/uv/bin/uv:
	@echo "uv is missing: installing it under var/uv ..."
	@mkdir -p var && rm -rf var/uv
	@(python3 -m venv var/uv && var/uv/bin/pip install --quiet uv) 2>var/uv.log \
	  || (rm -rf var/uv && python3 -m pip install --quiet --target var/uv uv) 2>>var/uv.log \
	  || (cat var/uv.log >&2; echo "uv could not be installed: install it, or python3-venv (apt-get install python3-venv)." >&2; exit 1)

check: setup ## linters, types, import rules: seconds
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || (echo "Format with: $(BIN)/ruff format ." >&2; exit 1)
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-logo

SBOM := dist/sbom.json
.PHONY: sbom
sbom: $(UV) ## what tuiding is made of, with versions and hashes (CycloneDX 1.5)
	@mkdir -p $(dir $(SBOM))
	@$(UV) export --quiet --frozen --no-dev --format cyclonedx1.5 --output-file $(SBOM)

# Debian's packages come first: without one of them the environment itself cannot be made.
.PHONY: packages-for-demo packages-for-test
packages-for-demo packages-for-test:
	@UV=$(UV) deploy/debian-packages.sh $(@:packages-for-%=%)

test: packages-for-test setup check ## everything that can be wrong
ifdef ARGS
	@$(BIN)/pytest $(ARGS)
else
	@$(BIN)/pytest -q -n 2 --dist loadfile $(addprefix --ignore=,$(PROCESSES) $(STORMS) $(MACHINES_TEST) $(GROWTH_TEST))
	@$(BIN)/pytest -q -n 3 --dist loadfile $(PROCESSES)
endif

demo: packages-for-demo setup ## traffic on all channels until Ctrl-C; ONCE=1 plays every journey and ends
	@$(BIN)/python -m demo $(if $(ONCE),--once) $(ARGS)

up: setup ## broker, carrier and services without traffic, until Ctrl-C; SECURE=1: Kafka over TLS, with users and rights; BROKERS=3
	@$(BIN)/tuiding up $(if $(SECURE),--secure) $(if $(BROKERS),--brokers $(BROKERS)) $(ARGS)

simulate: setup ## everything goes wrong in one process; SEEDS=0-999, SEED=4711 for its story, BUG=no-inbox or BUG=all
	@$(BIN)/python -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED)) $(if $(BUG),--bug $(BUG)) $(ARGS)

chaos: setup ## everything goes wrong on the real thing; MINUTES=6 DATABASE=sqlite|postgresql SEED= BROKERS=3 MACHINES=2
	@$(BIN)/python -m tests.chaos --minutes $(or $(MINUTES),6) --database $(or $(DATABASE),sqlite) $(if $(BROKERS),--brokers $(BROKERS)) $(if $(MACHINES),--machines $(MACHINES)) $(if $(SEED),--seed $(SEED)) $(ARGS)

pictures: packages-for-test setup ## the pictures of the READMEs, from a real run with messaging away: docs/pictures
	@$(BIN)/python -m tests.browser.pictures

storms: packages-for-test setup ## a short chaos run on each database
	@$(BIN)/pytest -q $(STORMS)

machines: packages-for-test setup ## one of two machines loses its broker, its database or its clock, or the network flickers; needs root
	@$(BIN)/pytest -q $(MACHINES_TEST)

.PHONY: growth
growth: packages-for-test setup ## from 6 to 24 partitions with requests under way, as the runbook says
	@$(BIN)/pytest -q $(GROWTH_TEST)

.PHONY: mutants
mutants: setup ## one change at a time in the rules of money: which do no tests notice? SAMPLE=300 SEED=1 NAMES='services.billing.settling.*' TESTS=tests/flow/test_settling*
	@$(UV) run --locked --with mutmut==3.8.1 python -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(AT_ONCE),--at-once $(AT_ONCE)) $(if $(NAMES),--names '$(NAMES)') $(if $(TESTS),--tests $(TESTS))

bench: setup ## the measurements; JSON under bench/results
	@$(BIN)/python -m bench $(ARGS)

count: setup ## what a saga costs in calls, statements, commits, deliveries, records, JSON; CPU=1 adds its seconds
	@$(BIN)/python -m bench.count $(if $(CPU),--cpu) $(ARGS)
