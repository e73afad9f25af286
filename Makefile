# WebMACS Edge: `make demo` starts the appliance on the virtual plant, `make test` runs every check.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c

# Whoever's settings say otherwise: byte code is kept. Tests start the appliance a hundred times, and
# compiling it takes longer than starting it.
unexport PYTHONDONTWRITEBYTECODE

# The newest Python from 3.11 on; override with `make demo PYTHON=/path/to/python3`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# Without docstrings and assertions the appliance is 5 MiB smaller.
RUN := $(BIN)/python -OO -m webmacs_edge
# One more than there are cores, as a quarter of the tests' time is waiting; browsers want a core
# each. A module's tests stay together, so that what they share is made once; in the order of their
# names, as those with few tests, which would come last, are the longest.
CORES := $(shell nproc)
# Their databases live in RAM where there is enough: hundreds of appliances wait for every commit.
IN_RAM := $(shell [ -w /dev/shm ] && df -Pk /dev/shm | awk 'NR == 2 && $$4 > 4000000 {print "TMPDIR=/dev/shm"}')
PYTEST := $(IN_RAM) $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PO := $(wildcard webmacs_edge/locale/*/LC_MESSAGES/webmacs.po)
MO := $(PO:.po=.mo)

.PHONY: help demo run test every-test lint types contracts unit browser screenshots bench messages deb test-system settings-file lock clean check-python check-chromium

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

check-python:
	@if [ -z "$(PYTHON)" ]; then
		echo "WebMACS Edge needs Python 3.11 or newer. Install it with:" >&2
		echo "  sudo apt-get install python3 python3-venv" >&2; exit 1
	fi
	if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then
		echo "This Python cannot make a virtual environment. Install the missing part with:" >&2
		echo "  sudo apt-get install python3-venv" >&2; exit 1
	fi

$(BIN)/python: | check-python
	@echo "Creating the environment in $(VENV) with $$($(PYTHON) --version)…"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the appliance needs (a minute on the first call)…"
	$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing what the checks need…"
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

%.mo: %.po | $(VENV)/.run
	@$(BIN)/python -m bench.messages compile

messages: $(VENV)/.dev  ## put what pages say anew into the catalogues of translations
	@$(BIN)/python -m bench.messages

demo: $(VENV)/.run $(MO)  ## set everything up and start the appliance on the virtual plant
	@exec $(RUN) demo $(ARGS)

run: $(VENV)/.run $(MO)  ## start the appliance on this machine's own hardware
	@exec $(RUN) run $(ARGS)

lint: $(VENV)/.dev  ## style and common faults
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev  ## types, strictly
	@$(BIN)/mypy

contracts: $(VENV)/.dev  ## who may import whom
	@$(BIN)/lint-imports

check-chromium:
	@if ! command -v chromium >/dev/null; then
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			echo "Installing Chromium for the browser tests…"
			{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >/dev/null
		else
			echo "The browser tests need Chromium. Install it with:" >&2
			echo "  sudo apt-get install chromium" >&2; exit 1
		fi
	fi

unit: $(VENV)/.dev  ## every test but those in a browser
	@$(PYTEST) -n $$(($(CORES) + 1)) -m "not browser" $(ARGS)

browser: $(VENV)/.dev check-chromium  ## the tests in a browser
	@$(PYTEST) -n $(CORES) -m browser $(ARGS)

test: lint types contracts every-test  ## set everything up and run every check (-j4: side by side)

every-test: unit check-chromium
	@$(PYTEST) -n $(CORES) -m browser $(ARGS)  # after the others: browsers want the cores to themselves

test-system: $(VENV)/.dev deb  ## boot Debian 12 and 13 and try the package there (root, minutes)
	@lintian --fail-on error,warning dist/webmacs-edge_*_$(ARCH).deb
	$(BIN)/python -m pytest tests/package $(ARGS)

screenshots: $(VENV)/.dev check-chromium  ## pictures of every page of the running demo into artefacts/
	@$(BIN)/python -m bench.screenshots

# The libraries are fetched (debian/wheels), then everything else works without a network.
ARCH ?= $(shell dpkg --print-architecture)

# How hard the package is compressed: 6 as released, 1 in a seventh of the time for a trial.
LEVEL ?= 6

# Public keys that releases are signed with: those of debian/keys, and KEYS="a.pub b.pub".
deb: $(VENV)/.run $(MO)  ## build the Debian package into dist/ (ARCH=amd64 or arm64, KEYS=NAME.pub)
	@for tool in dpkg-buildpackage dh fakeroot; do
		command -v $$tool >/dev/null || { echo "Building needs tools of Debian. Install them with:" >&2
		echo "  sudo apt-get install dpkg-dev debhelper fakeroot binutils-aarch64-linux-gnu" >&2; exit 1; }
	done
	$(BIN)/python debian/vendor.py fetch --arch $(ARCH)
	rm -rf build/deb && mkdir -p build/deb/webmacs-edge dist
	git ls-files -z -- webmacs_edge templates static migrations systemd debian docs requirements \
		README.md CHANGELOG.md LICENSE pyproject.toml | xargs -0 cp --parents -t build/deb/webmacs-edge
	cp --parents -t build/deb/webmacs-edge $(MO)
	for key in $(KEYS); do install -m644 "$$key" build/deb/webmacs-edge/debian/keys/; done
	ls build/deb/webmacs-edge/debian/keys/*.pub >/dev/null 2>&1 || \
		echo "This build trusts no key: boxes take updates by hand (docs/release.md)." >&2
	here=$$PWD
	cd build/deb/webmacs-edge
	WHEELS=$$here/debian/wheels LEVEL=$(LEVEL) PY=$(abspath $(BIN))/python dpkg-buildpackage -b -us -uc -d -a$(ARCH)
	cp ../*.deb $$here/dist/
	ls -l $$here/dist/*.deb

settings-file: $(VENV)/.run  ## renew the settings file of the package
	@$(BIN)/python -m webmacs_edge settings > debian/webmacs-edge.toml

lock:  ## renew the lock files (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements/run.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade --extra dev --extra postgresql -o requirements/dev.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --constraint requirements/run.txt --extra postgresql -o requirements/package.txt pyproject.toml

clean:  ## remove what was built (keeps recorded data)
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache artefacts
