# What a developer runs. Each target makes .venv and installs what it needs; the second time that
# takes no time, because tools/install.sh remembers what it was installed from.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# Workers of pytest: one for each core. PYTEST_ARGS goes to pytest as it is.
WORKERS ?= logical
PYTEST_ARGS ?=
BENCH_ARGS ?=
FAULTS_ARGS ?=

# `make demo HUB_DEMO_EXIT=1` ends the demo by itself. Not exported when it is not given.
ifdef HUB_DEMO_EXIT
export HUB_DEMO_EXIT
endif

.PHONY: help install demo test n8n machines faults fuzz lint bench performance format texts docs freeze clean

help: ## This list
	@sed -n 's/^\([a-z0-9]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: ## Make .venv with the hub, its plugins and the tools of development
	@bash tools/install.sh

demo: install ## A hub, sample senders and what they set off, on this machine only
	$(BIN)/hub demo

test: install ## All tests, on SQLite, a PostgreSQL and a RabbitMQ of their own (PYTEST_ARGS="-k money")
	bash tools/postgres.sh run bash tools/rabbitmq.sh run $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

n8n: install ## n8n sends sales and receives a webhook: a heavy test, in no other run (installs n8n into var/n8n)
	bash tools/n8n.sh
	$(BIN)/python -m pytest -m n8n --durations=3 tests/e2e/n8n $(PYTEST_ARGS)

faults: install ## Crashes, outages, a full disk, odd clocks (FAULTS_ARGS="--seed 7 --scenario points")
	$(BIN)/python -m tests.faults.crashes $(FAULTS_ARGS)

fuzz: install ## The fuzzer on every signature, reader and source (FUZZ_SECONDS=600, FUZZ_TARGETS="source-stripe")
	bash tools/fuzz.sh

machines: install ## Two machines share a PostgreSQL; one is killed, one cut off (as root)
	HUB_TEST_MACHINES=1 $(BIN)/python -m pytest -n 0 -rs tests/machines/test_machines.py

lint: install ## Format, rules, types, layers, migrations, texts, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	bash tools/postgres.sh run $(BIN)/python tools/check_migrations.py
	$(BIN)/python tools/check_texts.py
	$(BIN)/python tools/texts.py --check
	$(BIN)/python tools/vendor.py --check
	$(BIN)/python -m tools.docs --check

bench: install ## The benchmarks (BENCH_ARGS=--quick); not tests
	$(BIN)/python -m bench $(BENCH_ARGS)

performance: install ## Figures, tables and charts of docs/performance.md, in a quarter of an hour
	$(BIN)/python -m bench --preset performance --json var/performance.json \
		--markdown docs/performance.md --charts docs/performance $(BENCH_ARGS)

format: install ## Put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

texts: install ## Enter new texts of the web UI into its English catalogues
	$(BIN)/python tools/texts.py

docs: install ## Write the generated part of docs/ anew
	$(BIN)/python -m tools.docs

freeze: install ## Write constraints.txt from what is installed
	bash tools/freeze.sh

clean: ## Remove .venv and everything built; data in var/ stays
	rm -rf .venv build dist var/postgres var/n8n .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf *.egg-info plugins/*/*.egg-info plugins/*/build
	find hub plugins tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
