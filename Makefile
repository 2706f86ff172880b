# make book | browser | test | train | world | execute | lint | clean
#
# Needs Python 3.11 or newer and nothing else: everything is installed into .venv, on demand, in the
# versions of constraints.txt, and again whenever pyproject.toml or constraints.txt change.

PYTHON ?= python3
RUN ?= runs/small
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NOTEBOOKS = $(shell find book -name '*.ipynb' -not -path '*/.*')

.DEFAULT_GOAL := help
.PHONY: help book browser test train world execute lint clean

help:
	@echo 'make book     build the book into _build/html, warnings as errors'
	@echo 'make browser  build the book, then try it in Chromium: errors, search, contrast, phone, keyboard'
	@echo 'make test     run the tests, the doctests and all notebooks'
	@echo 'make train    train REALM and its baselines from nothing into RUN ($(RUN))'
	@echo 'make world    rebuild the pocket world from data/facts'
	@echo 'make execute  run all notebooks and record their outputs'
	@echo 'make lint     ruff and codespell'
	@echo 'make clean    remove what was built; the environment and the runs stay'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, but $(PYTHON) is " + sys.version.split()[0] + ". Say which to use: make PYTHON=python3.11")'
	@echo 'Installing into $(VENV): some minutes, this once.'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[book,test]'
	@touch $@

book: $(STAMP)
	@# Sphinx leaves pages behind that are no longer in the book, so it starts from nothing.
	rm -rf _build
	$(BIN)/jupyter-book build book -W --keep-going -n
	@test -s _build/html/index.html
	@echo 'The book is in _build/html: open index.html there, or run: $(BIN)/python -m http.server -d _build/html'

# Chromium or Chrome is the system's own; where there is none: .venv/bin/playwright install chromium
browser: book
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	$(BIN)/python -m pytest tests/test_browser.py --browser

test: $(STAMP)
	$(BIN)/python -m pytest

train: $(STAMP)
	$(BIN)/realm-mini train --out $(RUN)

# The generator needs the standard library only, so it runs without the environment.
world:
	$(PYTHON) -m data.world

execute: $(STAMP)
	@# Always with a time limit: without one a kernel that hangs would hang for ever.
	@for notebook in $(NOTEBOOKS); do \
	  echo "$$notebook"; $(BIN)/jupyter-execute --inplace --timeout=300 "$$notebook" || exit 1; \
	done

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/codespell

clean:
	rm -rf _build dist build .pytest_cache .ruff_cache .coverage coverage.xml
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
