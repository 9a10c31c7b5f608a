# Every command of the project; `make` alone lists them.
PYTHON ?= python3
PORT ?= 5000
WORKERS ?= 4
export PORT

BIN := .venv/bin
FLASK := $(BIN)/flask --app app

.DEFAULT_GOAL := help
.PHONY: help environment development run serve worker test check fix bench messages pictures migrate

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A sentence that every Python can say, for those that cannot even read .ci/environment.py.
NEW_ENOUGH := import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, and %s is %s.\
 Name another: make PYTHON=/path/to/python3 ..." % (sys.executable, sys.version.split()[0]))

environment development:
	@$(PYTHON) -c '$(NEW_ENOUGH)'
	@$(PYTHON) .ci/environment.py $(@:environment=run)

run: environment ## Start with the demonstration on http://localhost:5000 (PORT=...), making whatever is missing
	@DEMONSTRATION=on $(BIN)/python -m instruments.web.serving --demonstration

serve: environment ## Serve as in production: several processes (WORKERS=4), no demonstration; run `make worker` beside it
	@$(BIN)/python -m instruments.web.serving --workers $(WORKERS)

worker: environment ## Run the job worker that `make serve` needs beside it
	@$(FLASK) jobs work

test: check ## Run everything: both databases, the browser, the house rules
	@$(BIN)/python -m tests.chromium
	@$(FLASK) web messages --compile-only
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: development ## The fast checks: lint, format, types, floors and house rules
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted: run 'make fix'."; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache 2>&1 | .ci/only-when-broken
	@$(BIN)/python -m pytest -q --database sqlite tests/test_house_rules.py

fix: development ## Mend what the linter and the formatter can
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet

bench: development ## Measure the hot paths at full size on both databases, as ratios to their floors
	@$(BIN)/python -m bench

messages: development ## Extract the texts into every room's catalogue, and compile them
	@$(FLASK) web messages

pictures: development ## Take the pictures of the documents anew, from a small demonstration
	@$(FLASK) web messages --compile-only
	@$(BIN)/python -m pytest -q tests/pictures --pictures

migrate: environment ## Bring the database (DATABASE_URL) to the newest schema
	@$(FLASK) db upgrade
