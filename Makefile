# The only entry points. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test unit unit-postgres javascript journeys deployment scan fuzz update reproducible bench lint format homeassistant packages packages-test packages-scan emoji
.NOTPARALLEL:

RUN_ARGUMENTS ?=
FUZZ_SECONDS ?= 60
FUZZ_SEED ?=
PYTHON := .venv/bin/python
# Read-only relocations: whoever finds a memory bug cannot redirect calls.
HARDENED := -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now
# Without debug information the file has two thirds of its size; names stay for backtraces.
STRIPPED := -Xswiftc -gnone -Xlinker --strip-debug
# The compiler keeps a hash of each part for its next run, in which are the times of header files: no two checkouts would give
# the same binary.
REPRODUCIBLE := -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
RELEASE := swift build -c release --static-swift-stdlib $(HARDENED) $(STRIPPED) $(REPRODUCIBLE) --product homechat

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: packages emoji ## install what is missing, build, and serve http://localhost:3000 with data in ./data
	@echo "Building HomeChat. The first time takes several minutes, later ones seconds."
	$(RELEASE)
	exec .build/release/homechat serve --data-dir ./data $(RUN_ARGUMENTS)

build: packages emoji ## the release binary, .build/release/homechat
	$(RELEASE)

test: FUZZ_SECONDS := 20
# Whether a change passes is not left to luck; `make fuzz` goes new ways each time.
test: FUZZ_SEED := 1
test: packages-test lint unit unit-postgres javascript journeys homeassistant deployment scan fuzz ## everything: both databases, real sockets, real browser

# Hundreds of tests at once starve each other on two cores until patience ends that has nothing to do with them.
SWIFT_TEST := scripts/swift-test-twice --experimental-maximum-parallelization-width 16

# Time limits are the cable's subject: nothing else runs beside its tests.
unit: packages emoji ## Swift's tests, on SQLite
	swift build --build-tests
	$(SWIFT_TEST) --filter CableTests
	$(SWIFT_TEST) --skip CableTests

unit-postgres: packages-test emoji ## those that know a database again, on a private PostgreSQL
	swift build --build-tests
	scripts/with-postgres $(SWIFT_TEST) --skip CableTests

javascript: packages-test ## the tests of Web/javascript/lib, under node
	node --test Tests/JavaScript/

journeys: packages-test emoji .venv/ready ## the real binary with real browsers and other people's clients
	swift build --product homechat
	scripts/with-postgres --or-without scripts/pytest-twice Tests/Journeys Tests/Clients Tests/Browser

homeassistant: packages-test emoji .venv-homeassistant/ready ## a real Home Assistant and the server, in both directions
	swift build --product homechat
	.venv-homeassistant/bin/python -m pytest -q -c Tests/HomeAssistant/pytest.ini Tests/HomeAssistant

deployment: packages-scan emoji .venv/ready ## the files of deploy/ and scripts/, with the programs that they are for
	swift build --product homechat
	scripts/pytest-twice Tests/Deploy

scan: packages-scan emoji .venv/ready .venv-checkov/ready ## secrets, our own rules, what it is made of and its known holes
	swift build --product homechat
	scripts/scan

fuzz: packages emoji ## strangers' input for each parser, FUZZ_SECONDS each (60)
	FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(FUZZ_SEED) scripts/fuzz

update: packages ## the newest versions that Package.swift allows, then every test
	swift package update
	scripts/outdated
	$(MAKE) test

reproducible: packages emoji ## the release twice from nothing, and whether it is the same
	scripts/reproducible

bench: packages emoji .venv/ready ## fan-out beside a bare broadcaster, what uploads cost, and search among a million messages
	$(RELEASE)
	swift build -c release --package-path bench
	$(PYTHON) bench/bench.py
	$(PYTHON) bench/uploads.py
	$(PYTHON) bench/search.py

lint: ## formatting, and the sizes of files
	scripts/lint

format: ## put the Swift files into the form that lint asks for
	swift format --in-place --recursive --parallel Package.swift Sources Tests/*Tests fuzz

packages:
	@scripts/bootstrap build

packages-test:
	@scripts/bootstrap build test

packages-scan:
	@scripts/bootstrap build test scan

emoji:
	@scripts/emoji

.venv/ready: Tests/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
	@touch $@

# Apart, because it wants other versions of what the rest wants.
.venv-checkov/ready: Tests/requirements-checkov.txt
	python3 -m venv .venv-checkov
	.venv-checkov/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements-checkov.txt
	@touch $@

# Apart too: Home Assistant pins all that it needs. The newest that this machine's Python runs: PYTHON313 names one.
.venv-homeassistant/ready: Tests/requirements-homeassistant.txt
	"$$(scripts/python-for-home-assistant)" -m venv .venv-homeassistant
	.venv-homeassistant/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements-homeassistant.txt
	@touch $@
