# One verb a chore. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo dev test lint format docs lock bench clean
BIN := .venv/bin
# Workflows import their modules anew for every run: without bytecode each of them would be compiled every time.
unexport PYTHONDONTWRITEBYTECODE
VERBS := demo dev test lint format docs lock bench clean

help: ## list what make can do
	@echo "make demo    a real call, end to end, on this machine (SCRIPT=file.jsonl SPEED=20 STAY=1 FREE_PORTS=1)"
	@echo "make dev     the same stack, left running (Ctrl-C stops it)"
	@echo "make test    all tests (ARGS='-k name' for some)"
	@echo "make lint    style, types, import directions, generated docs"
	@echo "make format  put the code into its standard form"
	@echo "make docs    write the generated docs anew"
	@echo "make lock    choose new versions of all dependencies"
	@echo "make bench   measure"
	@echo "make clean   remove .venv, caches and local data"

.venv/.ready: requirements.lock pyproject.toml tools/setup
	@tools/setup requirements.lock $@

.venv/.ready-dev: requirements-dev.lock pyproject.toml tools/setup
	@tools/setup requirements-dev.lock $@
	@touch .venv/.ready

demo: .venv/.ready ## one call, end to end
	@$(BIN)/callscribe demo $(if $(SCRIPT),--script "$(SCRIPT)") $(if $(SPEED),--speed $(SPEED)) $(if $(STAY),--stay) $(if $(FREE_PORTS),--free-ports)

dev: .venv/.ready ## the stack, left running
	@$(BIN)/callscribe dev $(if $(FREE_PORTS),--free-ports)

test: .venv/.ready-dev ## all tests, side by side
	@$(BIN)/python -m pytest --numprocesses=$(or $(WORKERS),8) --dist=loadscope $(ARGS)

lint: .venv/.ready-dev ## style, types, import directions, generated docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.generate_docs --check

format: .venv/.ready-dev ## standard form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: .venv/.ready-dev ## generated docs
	@$(BIN)/python -m tools.generate_docs

lock: ## new versions of all dependencies
	@tools/lock

bench: .venv/.ready-dev ## measurements
	@$(BIN)/python -m benchmarks

clean: ## remove .venv, caches and local data
	rm -rf .venv .callscribe .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info

.DEFAULT:
	@echo "make: there is no '$@' here. What there is: $(VERBS)." >&2; exit 2
