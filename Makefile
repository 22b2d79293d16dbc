# Everything sets up what it needs, once. Imported libraries are compiled then, because every command imports them, and
# a machine may be told to keep no bytecode.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup up test test-fast test-slow lint docs bench clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install everything into .venv and .sallyport

up: $(READY) ## Run the whole stack on this machine; Ctrl-C stops it
	@$(BIN)/sallyport up

# tests/live is run by test_secrets_stay_secret.py, and on a second stack by `make test-slow`.
test: $(READY) lint ## Run every check and every test
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	  echo "Chromium is missing (apt-get install chromium): signing in through a browser is not tested."
	@command -v npm >/dev/null || echo "npm is missing: the types of web/sallyport.js are not checked."
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/live

test-fast: $(READY) lint ## Run every check, and the tests that need no stack
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not stack and not slow" tests/core tests/functions tests/adapters tests/store

test-slow: $(READY) ## Run the tests that take minutes: random kills, the live tests on a second stack
	@$(BIN)/python -m pytest -m slow

bench: $(READY) ## Measure beside other libraries (ten minutes); write docs/performance.md
	@$(BIN)/python -m bench --write

docs: $(READY) ## Write the tables of docs/reference
	@$(BIN)/python -m tests.support.reference

lint: $(READY) ## Check style, types and imports
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@said=$$($(BIN)/lint-imports --no-cache --no-logo 2>&1) || { echo "$$said"; exit 1; }

clean: ## Stop the stack and remove everything that was installed or built
	@if [ -x $(BIN)/sallyport ]; then $(BIN)/sallyport down; fi
	@rm -rf $(VENV) .sallyport .mypy_cache .ruff_cache .hypothesis build *.egg-info

.PHONY: embedded-aws layers
embedded-aws:
	@$(BIN)/python -m sallyport.local.tools
layers:
	@$(BIN)/python -m components.packaging

$(READY): requirements/bootstrap.txt requirements/dev.txt requirements/factors.txt requirements/layer.txt requirements/cloud.txt requirements/runtime.txt pyproject.toml
	@echo "Setting up (once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try make PYTHON=python3.13"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 2; }
	@echo "  1/3 uv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@echo "  2/3 libraries"
	@$(BIN)/uv pip sync --quiet --no-build-isolation --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c 'import sallyport.client.commands.main, sallyport.local.deployment, components.operators'
	@echo "  3/3 the embedded AWS, and the libraries of the functions"
	@$(MAKE) --no-print-directory -j2 embedded-aws layers
	@touch $@
