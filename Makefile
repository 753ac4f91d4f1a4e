# Two commands do everything: `make digest` builds the sample site, `make test` runs every check.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
PIP_COMPILE := $(BIN)/pip-compile --strip-extras --generate-hashes --allow-unsafe --no-annotate --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --quiet --upgrade
# The sample's moment: a fixed one, so that its digest is full on any date.
AS_OF ?= 2026-11-23T09:00:00+08:00

.PHONY: digest test install lock bench screenshots clean

digest: $(VENV)/.run
	@echo "building the sample site as of $(AS_OF) ..."
	@$(BIN)/python -m digest build --now $(AS_OF)
	@echo
	@echo "Open in a browser:"
	@for digest in public/editions/*/; do ls -d "$$digest"*/index.html | tail -n 1 | sed 's/^/  /'; done
	@echo "  public/feeds/index.html"

test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

bench: install
	$(BIN)/python bench/run.py

screenshots: install
	$(BIN)/python docs/screenshots.py /usr/bin/chromium

install: $(VENV)/.test

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

# What the program needs to run.
$(VENV)/.run: requirements.lock | $(BIN)/python
	@echo "installing what digest needs into $(VENV) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@touch $@

# That, the program itself and what the checks need.
$(VENV)/.test: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "installing digest and what its tests need into $(VENV) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $(VENV)/.run $@

# requirements.lock has what runs, requirements-dev.lock the same versions and what the checks need.
lock: install
	$(PIP_COMPILE) -o requirements.lock pyproject.toml
	$(PIP_COMPILE) --extra dev --constraint requirements.lock -o requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) .digest public dist
