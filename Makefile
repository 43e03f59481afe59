# Everything is installed into .venv and nowhere else. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
# uv where it is on PATH, else the pip that comes with Python: both read the same lock.
UV := $(shell command -v uv 2>/dev/null)
PIP := $(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check --quiet)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile -rs

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench soak lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

install: .venv/.installed  ## put qos at .venv/bin/qos, from the lock file with hashes

demo: install  ## the main job on the bundled data, offline: demo/site/index.html
	$(BIN)/qos demo

test: .venv/.installed-dev  ## the tests in their short form; PYTEST_ARGS is handed on
	$(PYTEST) $(PYTEST_ARGS)

check: .venv/.installed-dev  ## lint, format, types, import rules, migrations, house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -rs tests/test_house.py tests/store/test_migrations.py

bench: .venv/.installed-dev  ## every benchmark, each against a yardstick of the same run
	@for file in $$(grep -l '__main__' benchmarks/*.py | grep -v /soak); do echo "== $$file"; $(BIN)/python $$file || exit 1; done

soak: .venv/.installed-dev  ## the full numbers, resumable: docs/soak-report.md
	$(BIN)/python benchmarks/soak.py

lock:  ## resolve the lock files anew (needs uv); UPGRADE=--upgrade for newer versions
	echo 'setuptools>=77' | $(LOCK) $(UPGRADE) pyproject.toml - -o requirements.lock
	echo 'setuptools>=77' | $(LOCK) $(UPGRADE) --extra dev -c requirements.lock pyproject.toml - -o requirements-dev.lock

clean:  ## remove what the targets made, except the demo and the soak's results
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "qos needs Python 3.11 or newer; make PYTHON=python3.12 picks another one")'
	$(PYTHON) -m venv .venv

# The build tool is in the lock too, so that the package itself needs no network. Its folder is put on the
# path as it is (compat): a file or folder added later is found without installing again. An environment
# that uv made has no pip of its own.
.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	@$(if $(UV),true,$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
