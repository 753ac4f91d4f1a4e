# Two commands do everything: `make digest` builds the sample site, `make test` runs every check.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
# One lock for every supported Python and system: what only some of them need is marked.
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --quiet
# The sample's moment: a fixed one, so that its digest is full on any date.
AS_OF ?= 2026-11-23T09:00:00+08:00

.PHONY: digest test docs packages addresses generators install lock bench screenshots clean

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

# Builds small sites with other generators, some of which need npm, and compares the addresses.
addresses: install generators .generators/.node
	$(BIN)/python -m pytest tests/generators/test_lab.py

# The generators that tests/generators/test_lab.py builds sites with; Jekyll is a package of Debian.
generators: .generators/.python

.generators/.python: tests/generators/lab/requirements.lock
	@echo "installing site generators into .generators ..."
	@$(PYTHON) -m venv .generators
	@.generators/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.generators/.node: tests/generators/lab/package-lock.json | .generators/.python
	@cp tests/generators/lab/package*.json .generators && cd .generators && npm ci --silent
	@touch $@

# The docs site, in build/docs/site. DOCS_URL is the address at which it will stand.
DOCS_URL ?= http://127.0.0.1:8000/

docs: $(VENV)/.docs
	@$(BIN)/python docs/build_site.py --url "$(DOCS_URL)"
	@echo "Look at it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/docs/site"

$(VENV)/.docs: docs/requirements.lock $(VENV)/.run
	@echo "installing what the docs site needs into $(VENV) ..."
	@$(PIP_INSTALL) --require-hashes -r docs/requirements.lock
	@touch $@

# Wheel, sdist, Action, hook, uvx and container, each in an empty place.
packages: install
	$(BIN)/python .ci/try.py

bench: install
	$(BIN)/python bench/run.py
	$(BIN)/python bench/readers.py
	$(BIN)/python bench/sites.py

screenshots: install
	$(BIN)/python docs/screenshots.py /usr/bin/chromium

install: $(VENV)/.test

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

# What the program needs to run.
$(VENV)/.run: requirements.lock | $(BIN)/python
	@echo "installing what a build needs into $(VENV) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@touch $@

# That, the program itself and what the checks need.
$(VENV)/.test: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "installing digest and what its tests need into $(VENV) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $(VENV)/.run $@

# requirements-dev.lock has the newest versions of what the checks need, the others the same versions: requirements.lock
# of what a build of a site needs, requirements-all.lock of every extra, requirements-build.lock of what makes packages.
lock: install
	$(COMPILE) --upgrade --extra dev -o requirements-dev.lock pyproject.toml
	$(COMPILE) --upgrade --constraint requirements-dev.lock --extra all -o requirements-all.lock pyproject.toml
	$(COMPILE) --upgrade --constraint requirements-dev.lock -o requirements.lock pyproject.toml
	$(COMPILE) --upgrade --constraint requirements-dev.lock --group build -o requirements-build.lock
	$(COMPILE) --upgrade --constraint requirements-dev.lock -o docs/requirements.lock docs/requirements.txt
	$(COMPILE) --upgrade -o tests/generators/lab/requirements.lock tests/generators/lab/requirements.txt

clean:
	rm -rf $(VENV) .generators .digest public dist
