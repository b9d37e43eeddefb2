# Two commands: `make run` and `make test`. `make check` is the quick part of the second.

PORT ?= 8050
export PORT
# Byte code is kept also where the environment forbids it: else every process would compile every library again.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
APPLICATION := analytics dashboard data tests gunicorn.conf.py
QUICK := not slow and not long and not browser and not redis
# A file's tests share what they prepare; files come in the order of tests/conftest.py.
BY_FILE := --dist loadfile --no-loadscope-reorder
# One process more than there are cores, since many tests wait for servers.
PARALLEL := --numprocesses $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1))) --maxprocesses 5 $(BY_FILE)
COVERAGE := --cov --cov-report=

.DEFAULT_GOAL := help
.PHONY: help run serve demo ingest test test-long test-spark check lock lint jscheck types contracts unit bytecode behaviour in_browsers covered bench bench-large bench-truth browsers clean

help:
	@echo "make run     the application on http://127.0.0.1:$(PORT) (PORT=… for another)"
	@echo "make test    format, lint, types, import contracts, and the tests with their coverage"
	@echo "make test-long  simulations of many companies, all random examples, servers broken under load, accessibility of every tab"
	@echo "make test-spark  the same suite, and the application, on a Spark cluster of this machine (needs Java)"
	@echo "make check   the quick part of it, about a minute"
	@echo "make bench   the benchmarks, a quarter of an hour; writes the tables of docs/performance.md"
	@echo "make bench-large  1 to 100 million lines, an hour and 25 GB of disk"
	@echo "make bench-truth  what methods and packs say of simulations and files whose truth is known"
	@echo "make lock    writes the requirements*.lock again, after a requirements*.txt was changed"
	@echo "make clean   remove the environment, the demo company and the store"

# Environment: one stamp per requirements file, so that nothing is installed twice. The lock files name every package, also
# the indirect ones, with hashes. uv installs in seconds what takes pip more than a minute; where uv fails, pip is used.

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
define install
@echo "Installing $(1)"
@{ $(PIP) uv==0.13.9 && $(BIN)/uv pip install --quiet --python $(BIN)/python -r $(1); } || $(PIP) -r $(1)
endef

$(BIN)/python:
	@sh scripts/environment $(VENV)

$(VENV)/.requirements: requirements.lock | $(BIN)/python
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.requirements-company: requirements-company.lock | $(BIN)/python
	$(call install,requirements-company.lock)
	@touch $@ $(VENV)/.requirements

$(VENV)/.requirements-dev: requirements-dev.lock | $(BIN)/python
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.requirements $(VENV)/.requirements-company

$(VENV)/.requirements-bench: requirements-bench.txt $(VENV)/.requirements-dev
	$(call install,requirements-bench.txt)
	@touch $@

$(VENV)/.requirements-spark: requirements-spark.txt $(VENV)/.requirements-dev
	$(call install,requirements-spark.txt)
	@touch $@

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: | $(BIN)/python
	@$(PIP) uv==0.13.9
	@$(LOCK) requirements.txt --output-file requirements.lock
	@$(LOCK) requirements.txt requirements-company.txt --output-file requirements-company.lock
	@$(LOCK) requirements-dev.txt --output-file requirements-dev.lock

# The application.

run: $(VENV)/.requirements-company
	@exec sh scripts/run $(BIN)/python

# One thread for each product of matrices, as gunicorn.conf.py: threads that wait for each other keep the cores busy.
test behaviour unit test-long: export OPENBLAS_NUM_THREADS := 1

# Tests, the fastest to fail first: types in parallel with what needs no browser; browser tests last, while the coverage of
# the others is counted. Beside the others, browsers would save a minute, but answer so late that tests fail.

# What its two runs prepare once and only read: the store, and what servers have computed from it.
test: export TESTS_SHARE := $(CURDIR)/build/tests
test: $(VENV)/.requirements-dev
	@rm -rf build/tests
	@$(MAKE) --no-print-directory --jobs 2 bytecode browsers lint jscheck contracts types behaviour
	@$(MAKE) --no-print-directory --jobs 2 covered in_browsers

# Compiles the tests and what they import once, before several processes would each do it.
bytecode: $(VENV)/.requirements-dev
	@$(BIN)/python -m pytest --collect-only -qq > /dev/null || { $(BIN)/python -m pytest --collect-only -qq | tail -n 30; exit 1; }

behaviour: $(VENV)/.requirements-dev | bytecode browsers lint jscheck contracts
	@$(BIN)/python -m pytest $(PARALLEL) $(COVERAGE) -m "not browser and not long" --ignore tests/browser

in_browsers: $(VENV)/.requirements-dev
	@$(BIN)/python -m pytest $(PARALLEL) -m "not long" tests/browser

# What the last `behaviour` has run; told at once, as other tests report meanwhile.
covered: $(VENV)/.requirements-dev
	@told=$$($(BIN)/python -m coverage report --fail-under=90) && echo "$$told" || { echo "$$told"; exit 1; }

# What takes minutes of processor time and seldom breaks, and all cases and examples of what `make test` samples (see
# tests/samples.py); continuous integration runs it after `make test`.
test-long: export ALL_EXAMPLES := 1
test-long: $(VENV)/.requirements-dev browsers
	@$(BIN)/python -m pytest $(PARALLEL) -m "long or drawn"

test-spark: $(VENV)/.requirements-spark
	@command -v java > /dev/null || { echo "Spark needs Java 17 or later: install it first"; exit 1; }
	@$(BIN)/python -m pytest -m spark tests/spark tests/analytics

check: $(VENV)/.requirements-dev lint types contracts unit

lint: $(VENV)/.requirements-dev
	@$(BIN)/ruff format --check --quiet $(APPLICATION)
	@$(BIN)/ruff check $(APPLICATION)

types: $(VENV)/.requirements-dev
	@$(BIN)/mypy

jscheck:
	@sh scripts/check_client

contracts: $(VENV)/.requirements-dev
	@$(BIN)/lint-imports

unit: $(VENV)/.requirements-dev
	@$(BIN)/python -m pytest -q $(PARALLEL) -m "$(QUICK)"

browsers:
	@sh scripts/system_packages

bench: $(VENV)/.requirements-bench browsers
	@$(BIN)/python -m tests.benchmarks --write

bench-large: $(VENV)/.requirements-bench $(VENV)/.requirements-spark
	@$(BIN)/python -m tests.benchmarks --only duckdb,spark,shapes,growth --json build/bench-large.json --write

bench-truth: $(VENV)/.requirements-bench
	@$(BIN)/python -m tests.benchmarks --only packs,truth

clean:
	rm -rf $(VENV) node_modules build store data/generated .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
