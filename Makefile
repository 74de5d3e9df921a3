# The entry points. `make` alone lists them; each line below with two hashes is its help.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
CHECK ?=
FUZZ_SECONDS ?= 60
SEEDS ?= 5000
CYCLES ?= 1000
BENCH ?=
FILES ?=
export JOBS CHECK FUZZ_SECONDS

BUILD := tools/build.sh
SETUP := tools/setup.sh
SOURCES = $(shell git ls-files '*.cpp' '*.h')

.PHONY: help quickstart test sanitize simulate crash check check-full bench setup packages build-packages build \
        package tsan instructions clang-pass lint fuzz format format-check clean

help: ## This list. JOBS=n sets the number of compilers (default: one a core)
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	  awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

quickstart: build-packages ## Build and run the demo on real files, SQLite and Redis; CHECK=1: unattended
	@$(BUILD) release
	@tools/quickstart.sh

test: packages ## Build and run all tests, against the release build
	@$(BUILD) tests
	@tools/run_tests.sh tests

simulate: packages ## Simulate SEEDS worlds (default 5000); a second call goes on where one stopped
	@tools/simulate.sh long $(SEEDS)

crash: packages ## Kill and restart the daemon CYCLES times (default 1000); goes on where one stopped
	@tools/crash.sh $(CYCLES)

sanitize: packages ## The tests again under ASan + UBSan, but for power cuts and the look from outside
	@$(BUILD) asan
	@tools/run_tests.sh asan --without power_cuts

check: ## What CI runs: format, test, simulation, instruction counts, sanitizers, clang's analysis, quickstart CHECK=1
	@$(MAKE) --no-print-directory format-check
	@$(MAKE) --no-print-directory test
	@tools/simulate.sh quick
	@tools/instructions.sh
	@$(MAKE) --no-print-directory sanitize
	@$(MAKE) --no-print-directory tsan
	@tools/clang_pass.sh together
	@$(MAKE) --no-print-directory quickstart CHECK=1
	@echo "check: all passed"

check-full: ## Everything: check, long tests, TSan on all of them, fuzzing, simulation, kills
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory clang-pass
	@SIDEBAND_FULL=1 SIDEBAND_CRASH_IMAGES=5000 tools/run_tests.sh tests
	@SIDEBAND_FULL=1 SIDEBAND_CRASH_IMAGES=5000 tools/run_tests.sh asan
	@SIDEBAND_BIN=$(CURDIR)/build/asan/src/app/sideband tools/run_tests.sh tests '^e2e_'
	@$(BUILD) tsan
	@SIDEBAND_FULL=1 SIDEBAND_CRASH_IMAGES=5000 tools/run_tests.sh tsan
	@$(MAKE) --no-print-directory fuzz
	@tools/differential.sh
	@$(MAKE) --no-print-directory simulate
	@tools/simulate.sh planted
	@$(MAKE) --no-print-directory crash

tsan: packages ## Thread sanitizer on the tests of base, engine, store and net
	@$(BUILD) tsan --tests-matching '^(sb_)?(base|engine|store|net)_'
	@tools/run_tests.sh tsan '^(sb_)?(base|engine|store|net)_'

instructions: packages ## Count instructions and hold them to bench/instructions.txt; what make check does too
	@tools/instructions.sh

clang-pass: packages ## Read each source by itself with clang: warnings, includes, thread safety
	@tools/clang_pass.sh

lint: ## Checks of .clang-tidy over src/, or over FILES="src/net/socket.cpp ..." (slow; not in CI)
	@tools/lint.sh $(FILES)

fuzz: packages ## Run each fuzz target for FUZZ_SECONDS (default 60)
	@tools/fuzz.sh

bench: packages ## Benchmarks beside their rivals: JSON lines, a table; BENCH="--quick repairs"
	@$(BUILD) bench
	@bench/run.sh $(BENCH)

build: build-packages ## Build only the release binary
	@$(BUILD) release

package: packages ## The Debian package: build/release/package/sideband_*.deb
	@tools/package.sh

setup: ## Install the Debian packages of tools/packages/ (as root or with sudo; repeatable)
	@$(SETUP)

packages:
	@$(SETUP) --check 2>/dev/null || $(SETUP)

# To build and to run the quickstart takes a third of them.
build-packages:
	@$(SETUP) --check tools/packages/build.txt 2>/dev/null || $(SETUP) tools/packages/build.txt

format: packages ## Format every C++ source in place
	@clang-format -i $(SOURCES)

format-check: packages ## Say which sources clang-format would change
	@clang-format --dry-run -Werror $(SOURCES)

clean: ## Remove build/
	@rm -rf build
