# SPDX-License-Identifier: MIT
# duoboot. `make help` lists the targets. `make` builds and installs nothing; demo, check, proof, lint, coverage, fuzz and
# the benchmarks install what they lack first (make setup).
SHELL := /bin/bash

.DEFAULT_GOAL := build
.PHONY: help build setup setup-lint all demo install dist check check-usb proof long lint sizes coverage fuzz format bench torture glitch soak clean distclean setup-docs setup-usb site pictures package selftest check-docs

help: ## this list
	@sed -nE 's/^([a-z%-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

build: ## what a product needs: both bootloaders and libduo in build/fw and build/cm*, duoboot and duoemu in build/bin
	@scripts/setup --check && scripts/build

setup: ## find and install what is missing (apt, BearSSL's source, test tools)
	@scripts/setup

setup-lint:
	@scripts/setup lint

setup-usb:
	@scripts/setup usb

setup-docs:
	@scripts/setup docs

all: setup ## build everything, test programs for the host and for both cores included
	@scripts/build all

demo: setup ## an emulated board, updated from version 1 to version 2 on both cores; ARGS=--layout=twin: by a swap of banks
	@export DUO_LAYOUT=$(or $(patsubst --layout=%,%,$(filter --layout=%,$(ARGS))),$(DUO_LAYOUT),exchange) && \
		scripts/build && scripts/build examples && scripts/demo $(ARGS)

check: all ## every test but the exhaustive ones; the last line is "N passed, N failed"
	@scripts/check -LE 'proof|long' $(ARGS)

proof: all ## the exhaustive tests; the last line is "N passed, N failed"
	@scripts/check -L proof $(ARGS)

long: all ## what takes hours: each deliberate fault in firmware, each cut of a running product's update; ends as proof does
	@scripts/check -L long $(ARGS)

check-usb: setup-usb all ## Debian's dfu-util and libusb in a QEMU guest against the emulated board (fetches Debian's kernel once)
	@/usr/bin/python3 -B tests/usb/check_usb.py

lint: setup-lint ## clang-format, clang-tidy, cppcheck, licence lines
	@scripts/build all && scripts/lint $(ARGS)

install: ## make install [PREFIX=/usr/local] [DESTDIR=]: libduo, its CMake package, bootloaders, tools (after make build)
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" scripts/install

dist: ## libduo as one C file for each core, for any IDE and for Zephyr, in build/dist/libduo (after make build)
	@scripts/dist

sizes: setup ## how large the firmware of a product is, and its limits
	@scripts/build && scripts/sizes

site: setup-docs ## the documents as a static site with search, in build/site
	@mkdocs build -q && echo "the site is in build/site/index.html"

check-docs: setup ## every command of README and docs, in a fresh clone (builds everything once more)
	@scripts/build && python3 -B tests/docs/run_commands.py build/docs-clone $(ARGS)

pictures: setup-docs demo ## the pictures of the documents again, by a headless browser
	@DUO_PICTURES=docs/pictures /usr/bin/python3 -B -m pytest tests/board/test_page.py

package: setup ## a .deb of the host tools and a tarball of the firmware, with SBOM and sums, in build/package
	@scripts/build && scripts/package

selftest: setup ## questions that only a board can answer: build/fw/selftest.hex; then scripts/selftest PORT
	@scripts/build && scripts/build examples && scripts/selftest --join

coverage: setup-lint ## lines and branches of core/ and proto/ that host tests reach, with a floor
	@scripts/build host && scripts/coverage $(ARGS)

fuzz: setup-lint ## the fuzz targets of tests/fuzz: make fuzz ARGS=SECONDS
	@tests/fuzz/run $(ARGS)

format: setup-lint ## clang-format over all sources, in place
	@scripts/format

bench: all ## every benchmark
	@shopt -s nullglob; for b in bench/*; do if [ -f "$$b" ] && [ -x "$$b" ]; then "$$b" || exit 1; fi; done

bench-%: all ## one benchmark: the program bench/NAME
	@if [ -x "bench/$*" ]; then "bench/$*" $(ARGS); else \
		echo "no benchmark '$*'; there are: $$(cd bench 2>/dev/null && ls)" >&2; exit 2; fi

torture: all ## power cuts at every flash operation of an install and of a revert (long)
	@tests/torture/full.sh $(ARGS)

glitch: all ## faults at every instruction of a boot that must start nothing (long)
	@tests/glitch/full.sh $(ARGS)

soak: all ## the random part of the transaction's proof with new seeds: make soak ARGS=MINUTES
	@tests/txn/soak.sh $(ARGS)

clean: ## everything built; keeps what was fetched, and the keys
	@rm -rf build/bin build/share build/fw build/host build/asan build/cm7 build/cm4 build/bench build/variants build/*/fw $(dir $(wildcard build/*/CMakeCache.txt build/*/*/CMakeCache.txt)) build/*.log compile_commands.json

distclean: ## build/ but for build/keys: a private key cannot be made again
	@scripts/distclean
