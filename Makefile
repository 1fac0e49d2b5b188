# One verb per need. `make test` is the whole set-up of a fresh machine with Python 3.11: it makes its own
# environment in .venv-test, installs every extra at the tested versions, and passes all tests.
PYTHON ?= python3
VENV := .venv-test
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: test check fix lint unit slow wheel browser golden examples figures backtest perf snapshot clean

test: $(STAMP) browser lint unit slow wheel

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; run: make test PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip -c constraints.txt
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[build,bench,cluster,hub,charts,dashboard,dev]'
	$(BIN)/python -m pip check
	touch $(STAMP)

check: lint unit

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/pytest -q --durations=10

slow: $(STAMP) browser
	ADVISOR_BROWSER=1 HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 $(BIN)/pytest -q -m slow --durations=10

# A real browser for the charts and the dashboard: from Debian's packages, with the fonts that its own package only recommends.
browser:
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-liberation fonts-dejavu-core >/dev/null; \
	else \
	  echo "Charts and dashboard are tested in Chromium, which is not here; run: sudo apt-get install chromium fonts-liberation" >&2; exit 1; \
	fi

wheel: $(STAMP)
	$(BIN)/python tests/e2e/wheel_alone.py

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(STAMP)
	$(BIN)/python tests/golden/regenerate.py
	$(BIN)/python tests/contract/module_map.py

examples: $(STAMP)
	$(BIN)/python examples/regenerate.py

figures: $(STAMP) browser
	$(BIN)/python examples/figures.py

backtest: $(STAMP)
	$(BIN)/advisor backtest

perf: $(STAMP)
	$(BIN)/python tests/perf/start_up.py
	$(BIN)/python tests/perf/dashboard_speed.py

# The sources are laid out as data/README.md tells, in the folder that FROM names.
snapshot: $(STAMP)
	$(BIN)/advisor data build --from $(FROM) --out data/snapshots

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
