# Vigie: `make` alone prints what there is to make.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := .setup-done
DEMO := build/demo
CORPUS ?=
DOCUMENTS ?= 1000000
MINUTES ?= 60

.DEFAULT_GOAL := help
.PHONY: help setup demo run check test soak docs clean \
        bench-extraction bench-discovery bench-search bench-indexing bench-locks bench-web

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with every dependency (done by the other targets when needed)

$(STAMP): requirements.lock pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV)
	@touch $(STAMP)

demo: $(STAMP) ## crawl the local news site end to end, search it, and account for every page
	@$(BIN)/python -m tests.demo $(DEMO)

run: $(STAMP) ## make what is missing, then run the daemon on config/ until Ctrl-C
	@$(BIN)/vigie init
	@$(BIN)/vigie run

check: $(STAMP) ## lint, types, import directions and the quick tests; no network, about a minute
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py -q
	$(BIN)/python -m pytest tests -q -n 2 --dist loadfile -m "not slow"

test: $(STAMP) ## every test, with real processes, a browser and the local news site; the slowest are listed
	@sh scripts/browser.sh
	$(BIN)/python -m pytest tests -q -n 2 --dist loadfile

docs: $(STAMP) ## write the documents that are made from the code
	$(BIN)/python -m config.reference > docs/configuration.md
	$(BIN)/python -m vigie.reference commands > docs/command-reference.md
	$(BIN)/python -m vigie.reference outcomes > docs/outcomes.md

bench-extraction: $(STAMP) ## measure the extraction on a corpus: make bench-extraction CORPUS=DIR
	@test -n "$(CORPUS)" || { echo "bench-extraction: give the folder of the corpus: make bench-extraction CORPUS=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.extraction "$(CORPUS)"

bench-discovery: $(STAMP) ## measure feeds, sitemaps, listings and robots rules: make bench-discovery CORPUS=DIR
	@test -n "$(CORPUS)" || { echo "bench-discovery: give the folder of the corpus: make bench-discovery CORPUS=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.discovery "$(CORPUS)"

bench-indexing: $(STAMP) ## measure indexing of a million generated documents (DOCUMENTS=100000 for fewer)
	$(BIN)/python -m benchmarks.indexing build/bench-index --documents $(DOCUMENTS)

bench-search: $(STAMP) ## measure searches over the index that bench-indexing made
	$(BIN)/python -m benchmarks.search build/bench-index --documents $(DOCUMENTS)

bench-locks: $(STAMP) ## measure the wait for the catalogue's write lock with all stages at once
	$(BIN)/python -m benchmarks.locks

bench-web: $(STAMP) ## measure the page at 100,000 generated documents, alone and with 50 readers
	$(BIN)/python -m benchmarks.web build/bench-web

soak: $(STAMP) ## run the daemon on the local news site for an hour and watch memory and open files (MINUTES=5)
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

clean: ## remove what make made, apart from data/
	rm -rf build $(STAMP) $(VENV)
