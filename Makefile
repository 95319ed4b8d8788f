# Frequent tasks. Needs Python 3.11 or newer, with venv, and make; `make help` lists the rest.

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
MOST ?= 100000
MINUTES ?= 60
BIN := .venv/bin
PIP := $(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test attack lint reference pictures bench bench-beside bench-export bench-import bench-load bench-pages bench-quality bench-search bench-slow

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/make \1	\2/p' Makefile | expand -t 20

demo: .make/installed ## install, import the sample articles and serve them (PORT=8000)
	@$(BIN)/verbatim db upgrade
	@$(BIN)/verbatim serve --port $(PORT) --check
	@$(BIN)/verbatim import seeds
	@touch .make/demo.key && chmod 600 .make/demo.key
	@prefix=$$(cut -c1-11 .make/demo.key); \
	if [ -z "$$prefix" ] || ! $(BIN)/verbatim keys list | cut -f1 | grep -qx "$$prefix"; then \
		$(BIN)/verbatim keys create demo --scope write > .make/demo.key; \
	fi
	@key=$$(cat .make/demo.key); echo "$$TRY" | sed "s/KEY/$$key/"
	@exec $(BIN)/verbatim serve --port $(PORT)

define TRY

A key to write with: KEY

Try in another terminal:
  curl 'http://127.0.0.1:$(PORT)/v1/quotes?q=bridge&speaker=Tamberg'
  curl 'http://127.0.0.1:$(PORT)/v1/speakers?q=zalut'
  curl 'http://127.0.0.1:$(PORT)/v1/roles?country=EE'
  curl 'http://127.0.0.1:$(PORT)/v1/articles' -H 'Authorization: Bearer KEY' -H 'Content-Type: application/json' -d '{"text": "“We are ready,” said Ann Poe, the mayor of Harnby."}'

or open http://127.0.0.1:$(PORT)/ in a browser; the API is described at /docs. Ctrl-C stops the server.

endef
export TRY

test: .make/developing .make/npm/installed ## run every test, on SQLite and PostgreSQL (WORKERS=2)
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal

attack: .make/developing ## write at random, kill and stop what writes, on both databases (MINUTES=60)
	@ATTACK_MINUTES=$(MINUTES) $(BIN)/pytest -rP tests/attack

lint: .make/developing ## check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy --strict api tests migrations docs/clients

reference: .make/developing ## make docs/reference.md and docs/tables.md from the code
	@$(BIN)/python -m tests.reference

pictures: .make/developing ## make the pictures of docs/page.md from the sample articles
	@$(BIN)/python -m tests.pictures

bench: .make/developing ## measure extraction, and import and request rates on both databases
	@$(BIN)/python -m tests.bench.extraction
	@$(BIN)/python -m tests.bench.service

bench-beside: .make/developing ## measure searches while 16 clients extract, on both databases
	@$(BIN)/python -m tests.bench.beside

bench-export: .make/developing ## measure exports in every format, on both databases
	@$(BIN)/python -m tests.bench.exports

bench-import: bench-export ## measure exports, storing, imports and their memory, on both databases (MOST=100000 articles)
	@$(BIN)/python -m tests.bench.imports
	@$(BIN)/python -m tests.bench.files
	@$(BIN)/python -m tests.bench.growth $(MOST)

bench-load: .make/developing ## have 200 readers and 4 writers at once for a minute, on both databases
	@$(BIN)/python -m tests.bench.load

bench-pages: .make/developing ## measure the page for journalists over a million quotes, on both databases
	@$(PIP) --editable '.[bench]'
	@$(BIN)/python -m tests.bench.pages

bench-search: .make/developing ## measure search over a million quotes, on both databases and beside Datasette
	@$(PIP) --editable '.[bench]'
	@$(BIN)/python -m tests.bench.search

bench-slow: .make/developing ## measure how extraction grows with texts made to be slow, a quarter of an hour
	@$(BIN)/python -m tests.bench.slow

bench-quality: .make/developing ## measure how good the engine is, on the gold articles
	@$(BIN)/python -m tests.bench.quality

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name it: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

.make/installed: .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing into .venv"
	@$(PIP) --editable .
	@mkdir -p .make && touch $@

# npm is missing on many machines; the tests that need what it installs are then left out.
.make/npm/installed: tests/npm/package.json tests/npm/package-lock.json
	@mkdir -p .make/npm && cp $^ .make/npm/
	@! command -v npm > /dev/null || \
		(cd .make/npm && npm ci --silent --ignore-scripts --no-audit --no-fund && touch installed)

.make/developing: .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing into .venv, with what tests need"
	@$(PIP) --editable '.[dev]'
	@mkdir -p .make && touch $@ .make/installed
