# SPDX-License-Identifier: MIT
# duoboot. `make help` lists the targets. Each of them does the set-up it needs, once.
SHELL := /bin/bash

.DEFAULT_GOAL := build
.PHONY: help setup setup-lint build demo check lint format bench torture soak clean distclean

help: ## this list
	@sed -nE 's/^([a-z%-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## find and install what is missing (apt, BearSSL's source, test tools)
	@scripts/setup

setup-lint: setup
	@scripts/setup lint

build: setup ## host programs in build/bin, firmware of both cores in build/fw
	@scripts/build

demo: build ## an emulated board, updated from version 1 to version 2 on both cores
	@scripts/demo

check: build ## every test; the last line is "N passed, N failed"
	@scripts/check $(ARGS)

lint: setup-lint build ## clang-format, clang-tidy, cppcheck
	@scripts/lint

format: setup-lint ## clang-format over all sources, in place
	@scripts/format

bench: build ## every benchmark
	@shopt -s nullglob; for b in bench/*; do if [ -f "$$b" ] && [ -x "$$b" ]; then "$$b" || exit 1; fi; done

bench-%: build ## one benchmark: the program bench/NAME
	@if [ -x "bench/$*" ]; then "bench/$*" $(ARGS); else \
		echo "no benchmark '$*'; there are: $$(cd bench 2>/dev/null && ls)" >&2; exit 2; fi

torture: build ## power cuts at every flash operation of an install and of a revert (long)
	@tests/torture/full.sh $(ARGS)

soak: build ## the random part of the transaction's proof with new seeds: make soak ARGS=MINUTES
	@tests/txn/soak.sh $(ARGS)

clean: ## everything built; keeps what was fetched, and the keys
	@rm -rf build/bin build/fw build/host build/cm7 build/cm4 build/bench build/variants build/*.log compile_commands.json

distclean: ## build/ altogether, development keys included
	@rm -rf build compile_commands.json
