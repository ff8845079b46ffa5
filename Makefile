# Vigie: `make` alone prints what there is to make.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := .setup-done
DEMO := build/demo
CORPUS ?=
DOCUMENTS ?= 1000000
MINUTES ?= 20
SEED ?= 1
NODE ?=
KILLS ?= 200
SECONDS ?= 60
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo run check test acceptance soak kills fuzz hazards audit docs clean \
        bench-extraction bench-equality bench-extraction-cost bench-templates bench-discovery bench-search bench-indexing \
        bench-locks bench-alerts bench-audits bench-latency bench-flood bench-web bench-bombs bench-misbehaving bench-warc \
        bench-same-texts bench-growth bench-smoke bench-feeds bench-crawl bench-thousand bench-freshness \
        bench-news-please

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with every dependency (done by the other targets when needed)

$(STAMP): requirements.lock pyproject.toml scripts/setup.sh scripts/as_root.sh
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
	$(BIN)/python -m pytest tests -q -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

test: $(STAMP) ## every test, with real processes, a browser and the local news site; the slowest are listed
	@sh scripts/browser.sh
	$(BIN)/python -m pytest tests -q -n 2 --dist loadfile --no-loadscope-reorder

acceptance: $(STAMP) ## contract, parity and Kibana on a cluster of yours: make acceptance ES_URL=URL KIBANA_URL=URL
	@test -n "$(ES_URL)" || { echo "acceptance: give the address of a cluster: make acceptance ES_URL=https://..."; exit 2; }
	$(BIN)/python -m pytest tests/acceptance tests/indexer/engines/test_contract.py tests/indexer/test_checking.py \
		-q -rs -k "not embedded and not fts5 and not memory and not opensearch"

fuzz: $(STAMP) ## fuzz the query language and the form of URLs for a minute each (SECONDS=600), keep what breaks them
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

hazards: $(STAMP) ## try everything that the world outside is known to do, and print a line each (ONLY="N8 S" for those)
	$(BIN)/python -m tests.hazards $(ONLY)

audit: $(STAMP) ## look for known vulnerabilities of the locked dependencies; code 3 where nobody can be asked
	@test -x build/audit/bin/pip-audit || $(BIN)/python -m venv build/audit
	@build/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.lock
	$(BIN)/python scripts/audit.py build/audit/bin/pip-audit requirements.lock requirements-fuzz.lock

docs: $(STAMP) ## write the documents that are made from the code
	$(BIN)/python -m config.reference > docs/configuration.md
	$(BIN)/python -m vigie.reference commands > docs/command-reference.md
	$(BIN)/python -m vigie.reference outcomes > docs/outcomes.md
	$(BIN)/python -m tests.hazards --document > docs/hazards.md
	$(BIN)/python -m benchmarks.report > docs/performance.md

bench-extraction: $(STAMP) ## measure the extraction on a corpus: make bench-extraction CORPUS=DIR
	@test -n "$(CORPUS)" || { echo "bench-extraction: give the folder of the corpus: make bench-extraction CORPUS=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.extraction "$(CORPUS)"

bench-equality: $(STAMP) ## every page of a folder extracted with and without acceleration: make bench-equality CORPUS=DIR
	@test -n "$(CORPUS)" || { echo "bench-equality: give the folder of the pages: make bench-equality CORPUS=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.extraction_equality "$(CORPUS)"

bench-extraction-cost: $(STAMP) ## processor time of an extraction against the library's alone: make bench-extraction-cost CORPUS=DIR
	@test -n "$(CORPUS)" || { echo "bench-extraction-cost: give the folder of the pages: make bench-extraction-cost CORPUS=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.extraction_cost "$(CORPUS)" --json build/extraction_cost.json

bench-templates: $(STAMP) ## measure pages read by the learned layout of their source: cost and equality (CORPUS=DIR for pages of yours)
	$(BIN)/python -m benchmarks.templates $(if $(CORPUS),--folder "$(CORPUS)")

bench-discovery: $(STAMP) ## measure feeds, sitemaps, listings and robots rules: make bench-discovery CORPUS=DIR
	@test -n "$(CORPUS)" || { echo "bench-discovery: give the folder of the corpus: make bench-discovery CORPUS=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.discovery "$(CORPUS)"

bench-indexing: $(STAMP) ## measure indexing of a million generated documents (DOCUMENTS=100000 for fewer)
	$(BIN)/python -m benchmarks.indexing build/bench-index --documents $(DOCUMENTS)

bench-search: $(STAMP) ## measure searches over the index that bench-indexing made
	$(BIN)/python -m benchmarks.search build/bench-index --documents $(DOCUMENTS)

bench-same-texts: $(STAMP) ## measure finding the same text elsewhere among a million documents (DOCUMENTS=100000 for fewer)
	$(BIN)/python -m benchmarks.same_texts build/bench-same-texts --documents $(DOCUMENTS)

bench-locks: $(STAMP) ## measure the wait for the catalogue's write lock with all stages at once
	$(BIN)/python -m benchmarks.locks

bench-web: $(STAMP) ## measure the page at 100,000 generated documents: alone, with 50 readers, beside a crawl
	$(BIN)/python -m benchmarks.web build/bench-web
	$(BIN)/python -m benchmarks.web_beside_crawl build/bench-web

bench-warc: $(STAMP) ## measure the writing of WARC records against warcio
	$(BIN)/python -m benchmarks.warc

bench-feeds: $(STAMP) ## measure a check of an unchanged feed, everything included, against Scrapy with feedparser
	$(BIN)/python -m benchmarks.feed_check

bench-crawl: $(STAMP) ## measure a page from request to index, and the crawl process alone, against plain Scrapy
	$(BIN)/python -m benchmarks.crawl

# the lock holds everything, and some versions of pip stumble over the extra of an extra in it: so --no-deps
bench-news-please: $(STAMP) ## measure articles a second of one core against news-please on the same site
	@test -x build/news-please/bin/python || $(BIN)/python -m venv build/news-please
	@build/news-please/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-news-please.lock
	$(BIN)/python -m benchmarks.news_please

bench-thousand: $(STAMP) ## measure a daemon that checks a thousand quiet sources every five minutes (MINUTES=15)
	$(BIN)/python -m benchmarks.thousand_sources --minutes $(MINUTES)

bench-freshness: $(STAMP) ## measure the time from publication on a local site until a search finds the article
	$(BIN)/python -m benchmarks.freshness

bench-alerts: $(STAMP) ## measure saved queries: many on a batch, backtests of 450,000 documents, all ways alike
	$(BIN)/python -m benchmarks.alerts build/bench-alerts

bench-audits: $(STAMP) ## audit after an import, late documents, everything read again and a new index, of 1,000 articles
	$(BIN)/python -m benchmarks.audits

bench-latency: $(STAMP) ## measure the time from a document's commit to the mail that tells of it
	$(BIN)/python -m benchmarks.alert_latency

bench-flood: $(STAMP) ## measure thousands of new matches at once for one query with many recipients
	$(BIN)/python -m benchmarks.alert_flood

bench-bombs: $(STAMP) ## measure memory and time of a daemon under answers made to fill memory or hold a processor
	$(BIN)/python -m benchmarks.bombs

bench-misbehaving: $(STAMP) ## measure ten good sources alone, then beside ninety that hang, drip, reset, bomb, redirect for ever
	$(BIN)/python -m benchmarks.misbehaving

bench-growth: $(STAMP) ## how time, memory and disk grow with the archive (DOCUMENTS=10000,100000,1000000)
	$(BIN)/python -m benchmarks.growth build/bench-growth --documents $(DOCUMENTS)

bench-smoke: $(STAMP) ## every benchmark at a tiny size, to see that they still run; about two minutes
	$(BIN)/python -m benchmarks.smoke

kills: $(STAMP) ## kill -9 the daemon and its children at random over the whole chain, then account for all (KILLS=200 SEED=1)
	$(BIN)/python -m benchmarks.kills --kills $(KILLS) --seed $(SEED)

soak: $(STAMP) ## the daemon beside a lively site, kills, full disks, stopped servers; then account for all (MINUTES=20 SEED=1 NODE=1)
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) --seed $(SEED) $(if $(NODE),--node)

clean: ## remove what make made, apart from data/
	rm -rf build $(STAMP) $(VENV)
