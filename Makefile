# make book | pdf | browser | test | train | bench | tables | world | execute | pages | address | lint | clean
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
.PHONY: help book pdf browser test train bench tables world execute pages address lint clean

help:
	@echo 'make book     build the book into _build/html, warnings as errors, and check that the site is whole'
	@echo 'make pdf      print the whole book into _build/realm-in-miniature.pdf; needs Chromium or Chrome'
	@echo 'make browser  build the book, then try it in Chromium: search, contrast, phone, keyboard'
	@echo 'make test     run the tests, the doctests and all notebooks'
	@echo 'make train    train REALM and its baselines from nothing into RUN ($(RUN))'
	@echo 'make bench    measure speed and memory: benchmarks/results.md'
	@echo 'make tables   make experiments/tables.md of the result files'
	@echo 'make world    rebuild the pocket world from data/facts'
	@echo 'make execute  run all notebooks and record their outputs; then make pages'
	@echo 'make pages    write the pages of the book that are made from its other files'
	@echo 'make address  change the address of the repository everywhere: ADDRESS=https://github.com/OWNER/REPO'
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
	@# Every page, heading, link, anchor and picture, and nothing loaded from elsewhere.
	$(BIN)/python -m book._tools.site
	@echo 'The book is in _build/html: open index.html there, or run: $(BIN)/python -m http.server -d _build/html'

pdf: $(STAMP)
	@# First, because the build takes a minute: is there a browser to print with?
	$(BIN)/python -m book._tools.pdf --check
	rm -rf _build/singlehtml
	$(BIN)/jupyter-book build book --builder singlehtml
	$(BIN)/python -m book._tools.pdf

# Chromium or Chrome is the system's own; where there is none: .venv/bin/playwright install chromium
browser: book
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	$(BIN)/python -m pytest tests/test_browser.py --browser

test: $(STAMP)
	$(BIN)/python -m pytest

train: $(STAMP)
	$(BIN)/realm-mini train --compare --out $(RUN)

bench: $(STAMP)
	@# The public REALM classes go into an environment of their own, below benchmarks/.public, the first time.
	$(BIN)/python -m benchmarks.run
tables: $(STAMP)
	$(BIN)/python -m experiments tables

# The generator needs the standard library only, so it runs without the environment.
world:
	$(PYTHON) -m data.world

execute: $(STAMP)
	@# Always with a time limit: without one a kernel that hangs would hang for ever.
	@for notebook in $(NOTEBOOKS); do \
	  echo "$$notebook"; $(BIN)/jupyter-execute --inplace --timeout=300 "$$notebook" || exit 1; \
	done
	$(BIN)/python -m book._tools.pages

pages: $(STAMP)
	$(BIN)/python -m book._tools.pages

# Standard library only, as for `make world`.
address:
	$(PYTHON) -m book._tools.address $(ADDRESS)

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/codespell

clean:
	rm -rf _build dist build .pytest_cache .ruff_cache .coverage coverage.xml
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
