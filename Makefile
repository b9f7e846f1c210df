# Everything a person or a machine does with this project. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
STUDY  ?= data/demo
OUT    ?= reports

.PHONY: help report test check notebooks keep lab bench oracles demo catalogue lock clean browser

help:  ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

$(READY): requirements.lock
	@echo "cxresearch: setting up $(VENV) (about a minute the first time)"
	@python=$$(for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	    command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done || true); \
	  if [ -z "$$python" ]; then \
	    echo "cxresearch: no Python 3.11 or newer with venv was found on PATH."; \
	    echo "  Install one, for example: apt install python3 python3-venv | brew install python@3.12 | conda env create -f environment.yml"; \
	    exit 2; fi; \
	  rm -rf $(VENV); "$$python" -m venv $(VENV)
	@awk '/^uv==/{on=1} on{print} on&&!/\\$$/{exit}' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(READY)

report: $(READY)  ## run every notebook on the sample company (or STUDY=folder) and publish HTML reports
	@$(BIN)/cxresearch run $(STUDY) --out $(OUT)

check: $(READY)  ## format, lint, types, layers, doctests, unit tests, notebook shape (under a minute)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n auto -m "not slow and not browser and not run"
	@$(BIN)/python tests/lines_of_code.py

test: $(READY) browser check  ## check, stories, notebooks by nbval, a full run opened in a browser
	@$(BIN)/python -m pytest -q -n auto --dist loadfile -m "slow or browser or run"
	@$(MAKE) notebooks

notebooks: $(READY)  ## run every notebook as JupyterLab would and compare its kept output
	@cd notebooks && ../$(BIN)/python -m pytest -q -c ../pyproject.toml --override-ini addopts= --override-ini testpaths= --nbval-lax --nbval-current-env --nbval-cell-timeout 300 .

keep: $(READY)  ## run every notebook in place and keep only the figures that are compared
	@cd notebooks && ../$(BIN)/jupyter nbconvert --log-level=ERROR --to notebook --execute --inplace \
	  --ExecutePreprocessor.record_timing=False *.ipynb
	@$(BIN)/nbstripout --keep-count --extra-keys "metadata.language_info" notebooks/*.ipynb

browser:  # Chromium for the page tests: installed through apt only as root, otherwise those tests skip
	@if ! command -v chromium >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "cxresearch: installing Chromium for the page tests"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji; } >/dev/null; \
	  else echo "cxresearch: no chromium on PATH; the page tests will be skipped"; fi; fi

lab: $(READY)  ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir=. notebooks

bench: $(READY)  ## measure against peers and by Monte-Carlo; writes the tables in benchmarks/
	@for f in benchmarks/bench_*.py; do echo "== $$f"; $(BIN)/python $$f; done

# Every tests/oracles/NAME.py asks one other program for figures our tests compare with. It declares
# its own dependencies (PEP 723), is called with a folder of Parquet inputs (what
# tests/oracle_inputs.py writes: add yours there) and writes NAME.json beside itself, an object with
# `input` (seed and size), `versions`, `script` and `figures`. One of them: make oracles ORACLE=NAME
ORACLE ?= *

oracles: $(READY)  ## ask other programs for the same figures, each in its own environment; writes tests/oracles/
	@inputs=$$(mktemp -d); trap 'rm -rf "$$inputs"' EXIT; \
	  $(BIN)/python tests/oracle_inputs.py "$$inputs"; \
	  for f in tests/oracles/$(ORACLE).py; do echo "== $$f"; $(BIN)/uv run --quiet --no-project --script "$$f" "$$inputs"; done

demo: $(READY)  ## make the committed sample company again
	@$(BIN)/cxresearch sample data/demo

catalogue: $(READY)  ## bring the Italian catalogue up to date with the sentences in the code and the notebooks
	@$(BIN)/pybabel -q extract -F babel.cfg -k message -k mark --no-location --sort-output --project cxresearch -o $(VENV)/messages.pot .
	@$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d cxresearch/locales -D messages -l it -w 100 \
	  --init-missing --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/python -m pytest -q -n0 tests/test_language.py

lock: $(READY)  ## pin every dependency anew
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-header --generate-hashes --upgrade --extra test pyproject.toml -o requirements.lock

clean:  ## remove the environment, caches and reports
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis reports/.cache reports/.work
	@find reports -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
