# Everything runs in .venv, which is built once from lock files; Python 3.11+ and make are all that is needed.
PYTHON ?= python3
PORT_SHIFT ?= 0
ARGS ?=

bin := .venv/bin
code := services shared deploy tests
compile := $(bin)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet
jgo = cd $(1) && M2_REPO=$(CURDIR)/.pacewell/m2 $(CURDIR)/$(bin)/jgo --resolver python --class-path-only lock

.DEFAULT_GOAL := help
.PHONY: help compose-secrets run demo-clock demo-outage test check docs trace lock clean ops bench histories simulate walk-throughs chaos environment environment-dev audit sbom

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1 — /p' Makefile

run: environment ## Start everything, let two clinics live four weeks, follow one log on screen, stay up; PORT_SHIFT=100
	@exec $(bin)/python -m deploy.local run --port-shift $(PORT_SHIFT) $(ARGS)

demo-clock: environment ## Let everybody of the running demo live on: DAYS=3
	@test -n "$(DAYS)" || { echo "Say by how many days: make demo-clock DAYS=3" >&2; exit 1; }
	@$(bin)/python -m deploy.local live --days $(DAYS) $(ARGS)

demo-outage: environment ## Kill Kafka in a stack of its own: five logs accepted, Kafka back, five effects, none twice
	@exec $(bin)/python -m deploy.local outage

test: environment-dev ## Run every test on real Kafka and both engines; ARGS="tests/unit -k clock" picks some
	@$(bin)/python -m tests $(ARGS)

check: environment-dev ## Lint, format, types, layers, contracts, written pages
	@$(bin)/python -m ruff check .
	@$(bin)/python -m ruff format --check .
	@$(bin)/python -m mypy --strict $(code)
	@$(bin)/lint-imports
	@$(bin)/python -m shared.contracts check
	@$(bin)/python -m deploy.security check
	@$(bin)/python -m deploy.docgen check
	@$(bin)/python -m deploy.grafana check

docs: environment-dev ## Write the pages for those who decide (rules, data map, article, capacity's sums) and the Grafana boards
	@$(bin)/python -m deploy.docgen write
	@$(bin)/python -m deploy.grafana write

trace: environment ## Print the path of an event through the code: EVENT=session.logged
	@test -n "$(EVENT)" || { echo "Say which event: make trace EVENT=session.logged" >&2; exit 1; }
	@$(bin)/python -m shared.contracts trace $(EVENT)

lock: environment-dev ## Write the lock files again, with the newest versions that pyproject.toml and jgo.toml allow
	$(compile) --upgrade --extra local --output-file requirements.lock
	$(compile) --upgrade --constraint requirements.lock --output-file requirements-image.lock
	$(compile) --upgrade --extra local --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(bin)/uv pip compile tests/bench/requirements.in --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements-bench.lock
	echo uv | $(bin)/uv pip compile - --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements-uv.lock
	$(call jgo,deploy/local)
	$(call jgo,tests/support/mongo_java)
	$(bin)/python -m deploy.security sbom

compose-secrets: environment ## Make the passwords, keys and certificates that docker compose needs; what is there stays
	@$(bin)/python -m deploy.docker.make_secrets

bench: environment-dev ## Measure speed, latency and memory beside rivals; ARGS="http --quick" measures one part, small
	@$(bin)/python -m tests.bench $(ARGS)

histories: environment-dev ## Live 26 weeks of 500 drawn lives and hold each step to its promises: ARGS="2000"
	@$(bin)/python -m tests.support.progression_wide $(ARGS)

simulate: environment-dev ## Live months of 1 000 people who do not exist, and report on the rules: ARGS="--people 100"
	@$(bin)/python -m tests.simulation $(ARGS)

walk-throughs: environment-dev ## Walk an offer, a flare, an override and a plan's life on a stack of its own, and write the pages
	@$(bin)/python -m tests.support.e2e_walks

chaos: environment-dev ## Let everything go wrong over 100 000 logs, and count: SEED=7, ARGS="--logs 2000"
	@$(bin)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(ARGS)

ops: environment ## Operate an installation: ARGS="status", ARGS="--help" tells what there is
	@$(bin)/python -m deploy.operations $(ARGS)

audit: environment-dev ## Judge every package by known advisories: ARGS="--advisories FOLDER" where no service answers
	@$(bin)/python -m deploy.security audit $(ARGS)

sbom: environment-dev ## Write deploy/security/sbom.json from the lock files
	@$(bin)/python -m deploy.security sbom

clean: environment ## Remove what a run recorded, and its logs
	@$(bin)/python -m deploy.local clean

environment environment-dev:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed, and $(PYTHON) is not: say make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) deploy/local/environment.py $(if $(findstring dev,$@),dev,runtime)
