# make run     the page at http://127.0.0.1:8000 (the first time it sets everything up)
# make check   what can be told in a minute: lint, types, and the tests that draw nothing
# make test    every test
# make help    the rest

PYTHON  ?= python3
NPM     ?= npm
ARGS    ?=

VENV      := .venv
BIN       := $(VENV)/bin
LOCKED    := $(VENV)/.locked
INSTALLED := $(VENV)/.installed
MODULES   := frontend/node_modules/.installed
BROWSER   := frontend/node_modules/.browser
PAGE      := frontend/dist/index.html
CHROMIUM  := /usr/bin/chromium

PAGE_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' \
                  -not -path '*/test-results/*' -not -path '*/.vite/*' 2>/dev/null)

export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Many containers forbid Python to keep what it compiled; every process then compiles torch and diffusers again: 7 s.
unexport PYTHON PYTHONDONTWRITEBYTECODE
SIDE_BY_SIDE := $(MAKE) --no-print-directory --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.DEFAULT_GOAL := help
.PHONY: help setup run check test lint format bench gallery storybook lock wheel clean
.PHONY: test-quick test-python test-page test-browser lint-python lint-page
.DELETE_ON_ERROR:

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(INSTALLED) $(PAGE) $(BROWSER)  ## prepare everything: Python, front end, a browser for the tests

run: $(INSTALLED) $(PAGE)  ## serve the page (ARGS="--port 9000" goes to `diffusion-explainer serve`)
	@$(BIN)/diffusion-explainer serve $(ARGS)

check: $(INSTALLED) $(MODULES)  ## lint, types and the tests that need no model, no browser and no cluster
	@$(SIDE_BY_SIDE) test-quick lint-python lint-page test-page

test: setup lint  ## every check and test: of Python, of the page, of the page in a browser
	@$(SIDE_BY_SIDE) test-browser test-python test-page

lint: $(INSTALLED) $(MODULES)  ## ruff, mypy --strict, import-linter, svelte-check, ESLint, Prettier
	@$(SIDE_BY_SIDE) lint-python lint-page

# The parts of those three: each takes about one processor, and prints in one piece.

test-quick test-python test-browser: export OMP_WAIT_POLICY ?= passive

test-quick:
	$(BIN)/python -m pytest -q -m "not model and not cluster and not slow" $(ARGS)

test-python:
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-page:
	cd frontend && $(NPM) run --silent test

test-browser:
	cd frontend && $(NPM) run --silent browser

lint-python:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-page:
	cd frontend && $(NPM) run --silent check
	cd frontend && $(NPM) run --silent lint

format: $(INSTALLED) $(MODULES)  ## write every file the way lint wants it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	cd frontend && $(NPM) run --silent format

bench: $(INSTALLED) $(PAGE) $(BROWSER)  ## seconds to the first step and to a whole trace; milliseconds to paint a slider's move
	$(BIN)/diffusion-explainer bench $(ARGS)
	cd frontend && $(NPM) run --silent bench

gallery: $(INSTALLED)  ## make the precomputed bundles of precomputed/gallery.yaml again
	$(BIN)/diffusion-explainer precompute $(ARGS)

storybook: $(INSTALLED)  ## train the embedded model from scratch (a quarter of an hour on a large GPU, days without)
	cd backend && ../$(BIN)/python -m storybook make $(ARGS)

wheel: $(INSTALLED) $(PAGE)  ## dist/*.whl with the page, the model and the gallery inside
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .

lock: $(INSTALLED)  ## choose the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --overrides without-torch.txt \
	  ../pyproject.toml torch-needs.in --extra video --output-file product.txt
	cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --overrides without-torch.txt --constraints product.txt \
	  ../pyproject.toml torch-needs.in --all-extras --output-file development.txt
	cd requirements && ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --overrides without-torch.txt --constraints development.txt \
	  ../pyproject.toml torch-needs.in --extra ray --extra s3 --extra video --output-file cluster.txt

clean:  ## remove all that setup and the tests made
	rm -rf $(VENV) frontend/node_modules frontend/dist frontend/test-results frontend/playwright-report \
	  build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find backend docs tests -name __pycache__ -prune -exec rm -r {} +

# Every rule below leaves a stamp, so that it runs again only when what it read has changed.

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(LOCKED): requirements/development.txt requirements/torch.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes --no-deps -r requirements/development.txt
	$(BIN)/python -m pip install --quiet --no-compile -r requirements/torch.txt
	@touch $@

$(INSTALLED): $(LOCKED) pyproject.toml hatch_build.py
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(MODULES): frontend/package.json frontend/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a < 20 || (a == 20 && b < 19) ? 1 : 0)' || \
	  { echo "Node.js 20.19 or newer is needed."; exit 1; }
	cd frontend && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): $(MODULES) $(PAGE_SOURCES)
	cd frontend && $(NPM) run --silent build
	@touch $@

$(BROWSER): $(MODULES)
	@test -x $(CHROMIUM) || (cd frontend && npx playwright install chromium) || \
	  echo "No browser could be installed; the tests of the page need Chromium as $(CHROMIUM)."
	@touch $@
