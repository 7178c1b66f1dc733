# The loop of this project: `make run`, `make test`, `make lint`. `make help` lists every target.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test soak screenshots styles lint format audit lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: requirements/run.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.run ## Make .venv and install what running needs

run: setup ## Start everything: web, worker, beat, and the simulator if there is no token
	@$(BIN)/python manage.py up

test: $(VENV)/.dev ## Run every test, on SQLite and, where it is installed, on PostgreSQL
	@$(BIN)/python -m tests

soak: $(VENV)/.dev ## Try every Hypothesis example; then kill servers and spoil answers for half an hour (SOAK_MINUTES)
	@$(BIN)/python -m tests.faults

screenshots: $(VENV)/.dev ## Make the pictures of docs/ anew (or, with FOLDER=, every page in every width and scheme)
	@$(BIN)/python -m tests.screenshots $(FOLDER)

styles: $(VENV)/.dev ## Write static/tabler.css anew, after a class of Tabler came into use or out of it
	@$(BIN)/python -m tests.styles.trim

lint: $(VENV)/.dev ## Check style, types, templates and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/djlint --check --lint --quiet templates
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.dev ## Rewrite code and templates in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates

audit: $(VENV)/.dev ## Look up whether a pinned dependency has a known vulnerability
	@$(BIN)/python -m tests.audit

lock: ## Pin every dependency anew, with hashes (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements/run.txt
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements/dev.txt

clean: ## Remove the environment and every local file (var/ holds the embedded database!)
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
