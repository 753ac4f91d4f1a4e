# Two commands do everything: `make digest` builds the sample site, `make test` runs lint, types and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The sample's moment: a fixed one, so that its digest is full on any date.
AS_OF ?= 2026-11-23T09:00:00+08:00

.PHONY: digest test install lock bench screenshots clean

digest: install
	$(BIN)/digest build --now $(AS_OF)

test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

bench: install
	$(BIN)/python bench/run.py

screenshots: install
	$(BIN)/python docs/screenshots.py /usr/bin/chromium

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q digest
	@touch $@

lock: install
	$(BIN)/pip-compile --extra dev --strip-extras --generate-hashes --allow-unsafe --no-annotate --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --quiet --upgrade -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .digest public dist
