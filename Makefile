# Everything a person or a machine does with this project. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes share the work of a test run; more only crowd a small machine.
TEST_PROCESSES ?= 2

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: run
run: ## Start Attorn on this machine, with everything it needs (Ctrl-C stops it)
	@$(PYTHON) deploy/install.py run
	@exec $(BIN)/python manage.py up --with-parent

.PHONY: test
test: ## Run the whole test suite (browser tests too, when Chromium is there)
	@$(PYTHON) deploy/install.py dev
	@exec $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal $(PYTEST_OPTIONS)

.PHONY: screens
screens: ## Take a picture of every page for docs/screens (needs Chromium; SCREENS_OPTIONS="-k states" for some)
	@$(PYTHON) deploy/install.py dev
	@exec $(BIN)/python -m pytest tests/browser/screens.py -p no:randomly -q $(SCREENS_OPTIONS)

.PHONY: messages
messages: ## Collect what pages and mails say, and compile the German of it (needs GNU gettext)
	@$(PYTHON) deploy/install.py dev
	@$(BIN)/python manage.py makemessages
	@exec msgfmt -o registry/locale/de/LC_MESSAGES/django.mo registry/locale/de/LC_MESSAGES/django.po

.PHONY: interop
interop: ## Ask public npm libraries whether they and Attorn read each other's credentials (needs Node.js)
	@$(PYTHON) deploy/install.py dev
	@exec $(BIN)/python -m tests.interop

.PHONY: check
check: ## Lint, types, layers, deployment settings, missing migrations, size caps
	@$(PYTHON) deploy/install.py dev
	@exec $(BIN)/python deploy/check.py

.PHONY: bench
bench: ## Measure speed and print the ratios that docs/performance.md explains
	@$(PYTHON) deploy/install.py dev
	@exec $(BIN)/python -m bench

.PHONY: soak
soak: ## Try for long to break the ledger: clients, stops and kill -9 (SOAK_OPTIONS="--attempts 20000" for less)
	@$(PYTHON) deploy/install.py dev
	@exec $(BIN)/python -m bench.soak $(SOAK_OPTIONS)

.PHONY: fmt
fmt: ## Sort imports and format the code
	@$(PYTHON) deploy/install.py dev
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

.PHONY: lock
lock: ## Pin every dependency again, with hashes, from pyproject.toml
	@$(PYTHON) deploy/install.py dev
	@exec $(BIN)/python deploy/lock.py

.PHONY: clean
clean: ## Remove the virtual environment and every local file, the demo's database too
	@exec $(PYTHON) deploy/install.py clean
