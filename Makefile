# Regulars. `make help` lists what there is to do.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PYTHONDONTWRITEBYTECODE := 1

VENV := .venv
PY := $(VENV)/bin/python
# The embedded database and broker around a command; nothing is started when DATABASE_URL and BROKER_URL are set.
WITH_SERVERS := $(PY) -m loyalty_site.embedded
# Where the web listens.
PORT ?= 8000

# A name on the PATH may be a shim that only says "command not found", so every candidate is run.
FIND_PYTHON = for candidate in python3.14 python3.13 python3.12 python3 python \
	$$(ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[2-9]*/bin/python3 2>/dev/null | sort -rV) \
	"$$(uv python find '>=3.12' 2>/dev/null)"; do \
	[ -n "$$candidate" ] && "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null \
	&& { echo "$$candidate"; break; }; done

.PHONY: help demo run sandbox clients fuzz set-up backup worker beat fmt lint types contracts migrations lock test test-fast races faults bench soak oracle check browser-screens schema messages

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(VENV)/.run: requirements.lock
	@python="$$($(FIND_PYTHON))"; [ -n "$$python" ] || { echo "Regulars needs Python 3.12 or newer (with venv), and found none on the PATH or under pyenv. Install it and run make again." >&2; exit 1; }; \
	[ -x $(PY) ] && $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || { echo "Making a virtual environment with $$python"; rm -rf $(VENV); "$$python" -m venv $(VENV) || exit 1; }
	@echo "Installing the packages (once; about half a minute)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing the tools for tests and checks (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.dev
	@echo "Installing the libraries that benchmarks stand beside (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(VENV)/.run ## Set everything up, run the main job on real receipts, serve it until Ctrl-C (CHECK=1: prove it and stop; PORT=8001)
	@$(PY) -m loyalty_site.demo $(if $(CHECK),--check,--port $(PORT))

run: $(VENV)/.run ## Serve the installation: web, worker and beat, until Ctrl-C (PORT=8001: on another port)
	@$(PY) -m loyalty_site.serve --port $(PORT)

sandbox: $(VENV)/.run ## A separate installation for integrators under var/sandbox, with a terminal's token (PORT=8010)
	@$(PY) -m loyalty_site.sandbox --port $(if $(filter command line,$(origin PORT)),$(PORT),8010)

clients: $(VENV)/.run ## Generate two clients from the schema and let them work against a sandbox (downloads the generators)
	@$(PY) -m tests.clients

fuzz: $(VENV)/.dev ## schemathesis with all its checks against every endpoint of a sandbox, signed in (MINUTES=30)
	@$(PY) -m tests.clients.fuzz $(or $(MINUTES),30)

set-up: $(VENV)/.run ## Make your company and its first administrator: NAME="My Shop" COUNTRY=US ZONE=America/New_York CURRENCY=USD
	@$(WITH_SERVERS) $(PY) manage.py migrate --no-input --verbosity 0
	@$(WITH_SERVERS) $(PY) manage.py set_up "$(NAME)" --country "$(COUNTRY)" --time-zone "$(ZONE)" --currency "$(CURRENCY)"

backup: $(VENV)/.run ## Save the embedded database to var/backup-DATE.dump, also while it runs
	@$(WITH_SERVERS) $(PY) -m loyalty_site.embedded.backup

worker: $(VENV)/.run ## Run one background worker
	@$(WITH_SERVERS) $(VENV)/bin/celery -A loyalty_site worker --loglevel warning --concurrency 2

beat: $(VENV)/.run ## Run the clock that starts due work
	@$(WITH_SERVERS) $(VENV)/bin/celery -A loyalty_site beat --loglevel warning --pidfile=

fmt: $(VENV)/.dev ## Format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix --quiet .

lint: $(VENV)/.dev ## ruff: style, and what the house forbids
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check .

types: $(VENV)/.dev ## mypy
	@$(VENV)/bin/mypy .

contracts: $(VENV)/.dev ## import-linter: who may import whom
	@$(VENV)/bin/lint-imports --no-cache

migrations: $(VENV)/.dev ## Fail when a model has no migration
	@$(WITH_SERVERS) $(PY) manage.py makemigrations --check --dry-run

lock: ## Make the lock files again from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -q -o requirements.lock
	@uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -q -o requirements-dev.lock
	@uv pip compile --group bench -c requirements-dev.lock --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -q -o requirements-bench.lock

test: export REGULARS_VAR ?= $(CURDIR)/var/test
test: $(VENV)/.dev ## The whole suite, in two processes with a database each (PROCESSES=0: in one)
	@$(WITH_SERVERS) $(VENV)/bin/pytest --numprocesses $(or $(PROCESSES),2) --dist loadfile --no-loadscope-reorder $(PYTEST)

test-fast: $(VENV)/.dev ## Rules only: no database, two seconds
	@$(VENV)/bin/pytest -q $$(find tests -type d -name rules) $(PYTEST)

races: export REGULARS_VAR ?= $(CURDIR)/var/test
races: $(VENV)/.dev ## Only the races, each with its negative control
	@$(WITH_SERVERS) $(VENV)/bin/pytest -m race $(PYTEST)

faults: export REGULARS_VAR ?= $(CURDIR)/var/test
faults: $(VENV)/.dev ## The fault plan in full numbers (an hour): kill -9 at every point, lost answers, races, each with its negative control
	@FAULT_TRIALS=full $(WITH_SERVERS) $(VENV)/bin/pytest tests/faults tests/races tests/programs/services/offline/test_acceptance.py $(PYTEST)

browser-screens: $(VENV)/.dev ## Take the README's pictures of the demonstration (needs Chromium, and make demo before)
	@$(PY) -m demo.screens

messages: $(VENV)/.run ## Collect the texts anew into locale/, then compile; docs/translating.md
	@$(PY) -m loyalty_site.catalogues messages

schema: $(VENV)/.run ## Write the API's schema to docs/openapi.yaml
	@$(PY) manage.py spectacular --file docs/openapi.yaml --validate --fail-on-warn

soak: export REGULARS_VAR ?= $(CURDIR)/var/test
soak: $(VENV)/.dev ## Hours if you like: HISTORIES=2000 random histories and LIVES=1000 lives of people (both go on where they stopped), a year of real receipts sold, forecast and sold, 20,000 examples a property and 4,000 of programmes sold by, the races ROUNDS=20 times
	@SOAK_HISTORIES=$(or $(HISTORIES),2000) $(WITH_SERVERS) $(VENV)/bin/pytest -q -s tests/histories -k reference_agree
	@SOAK_LIVES=$(or $(LIVES),1000) $(WITH_SERVERS) $(VENV)/bin/pytest -q -s tests/histories -k becomes_a_yes
	@SOAK_RECEIPTS=all $(WITH_SERVERS) $(VENV)/bin/pytest -q -s --timeout 0 tests/journeys/test_real_receipts.py
	@SOAK_RECEIPTS=all $(WITH_SERVERS) $(VENV)/bin/pytest -q -s --timeout 0 tests/programs/services/test_replays.py -k ledger
	@HYPOTHESIS_PROFILE=soak $(VENV)/bin/pytest -q --timeout 0 $$(find tests -type d -name rules)
	@HYPOTHESIS_PROFILE=soak $(WITH_SERVERS) $(VENV)/bin/pytest -q tests/programs/services/test_any_programme.py
	@for round in $$(seq $(or $(ROUNDS),20)); do echo "round $$round"; $(WITH_SERVERS) $(VENV)/bin/pytest -q -m race || exit 1; done

check: lint types contracts migrations test ## Exactly what CI runs

bench: export REGULARS_VAR ?= $(CURDIR)/var/bench
bench: $(VENV)/.bench ## Ratios beside yardsticks built in the same run (ONLY=sale for one)
	@for script in $(if $(ONLY),$(ONLY),sale clients lookup finding engine replay burn mail freeze rendering lifecycle duplicates importing sale_during_import); do echo "== $$script"; $(WITH_SERVERS) $(PY) -m benchmarks.$$script || exit 1; done

oracle: export REGULARS_VAR ?= $(CURDIR)/var/bench
oracle: $(VENV)/.dev ## Replay other systems' scenarios (CASES=file.jsonl REPORT=out.json)
	@$(WITH_SERVERS) $(PY) -m benchmarks.oracle $(if $(CASES),--cases "$(CASES)") $(if $(REPORT),--report "$(REPORT)")
