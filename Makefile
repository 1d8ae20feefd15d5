# Rapport's commands. `make` alone lists them.

GO      ?= go
NPM     := $(shell command -v npm)
BINARY  := bin/rapport
LINTER  := bin/tools/golangci-lint-v2.15.0

# Without a usable git checkout the binary carries no revision; it builds all the same.
BUILDVCS  := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)
CLIENT    := clients/typescript
SDKS      := internal/app/sdktest/node_modules/.package-lock.json
PEERS     := internal/testenv/peers/node_modules/.package-lock.json
WEB_FILES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo dev build web check quick test test-go test-web race lint fmt generate generated openapi sim fuzz bench models peers bandits crash decide prove hooks clean contract test-client docs

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Install, build and start with a lifelike company in it
	$(BINARY) demo

dev: hooks build ## Serve the demo with live console files, Vite beside it
	@$(BINARY) demo & server=$$!; trap 'kill $$server' EXIT; cd web && $(NPM) run dev

build: $(BINARY) ## One binary with the console inside: bin/rapport
	@$(if $(NPM),:,echo "npm is not here: the binary has no console in it")

$(BINARY): $(if $(NPM),web/dist/index.html) FORCE
	$(GO) build -trimpath -buildvcs=$(BUILDVCS) -o $@ ./cmd/rapport

.PHONY: FORCE
FORCE:

web: web/dist/index.html ## Build the console into web/dist

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(SDKS): internal/app/sdktest/package.json internal/app/sdktest/package-lock.json
	cd internal/app/sdktest && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(PEERS): internal/testenv/peers/package.json internal/testenv/peers/package-lock.json
	cd internal/testenv/peers && npm ci --no-audit --no-fund --ignore-scripts
	.ci/twilio-description internal/testenv/peers/node_modules
	@touch $@

$(CLIENT)/node_modules/.package-lock.json: $(CLIENT)/package.json $(CLIENT)/package-lock.json
	cd $(CLIENT) && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_FILES)
	cd web && npm run build
	@touch $@

check: lint generated test ## Everything that CI checks

quick: ## Format, vet and test the packages that differ from main; the pre-commit hook
	.ci/quick

test: ## Set up what the tests need, and run them all
	.ci/needs
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory $(if $(NPM),test-web test-client)
	@$(MAKE) --no-print-directory test-go

test-go: $(if $(NPM),$(SDKS) $(PEERS)) ## Run the Go tests, shuffled
	@$(GO) build -o bin/tools/tally ./internal/testenv/tally
	@$(GO) test -shuffle=on -json ./... | bin/tools/tally

test-web: web/node_modules/.package-lock.json $(BINARY) ## Check the console, and walk through it in a browser
	cd web && npm run lint && npm run typecheck && npm test && npm run test:browser

test-client: $(CLIENT)/node_modules/.package-lock.json $(BINARY) ## Run the TypeScript client against a real server
	cd $(CLIENT) && npm test

race: ## Run the Go tests with the race detector
	$(GO) test -race -shuffle=on ./...

$(LINTER):
	@echo "building the linter; it takes two minutes, once"
	GOBIN=$(CURDIR)/bin/tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv bin/tools/golangci-lint $@

lint: $(LINTER) ## Check Go with the house's linters
	$(LINTER) run ./...
	$(LINTER) fmt --diff ./...

fmt: $(LINTER) ## Format Go, and mend what linters can
	$(LINTER) fmt ./...
	$(LINTER) run --fix ./...

openapi: ## Write web/openapi.json
	$(GO) test ./internal/api -run TestDescriptionOfTheAPI -update

generate: openapi web/node_modules/.package-lock.json ## Write all that is generated: the API's description and the console's types
	cd web && npm run generate

generated: generate ## Fail if anything generated was stale
	git diff --exit-code -- web/openapi.json web/src/api

contract: $(BINARY) ## Hold a real server to its OpenAPI description with schemathesis
	.ci/contract

SEED ?= 1
sim: $(BINARY) ## Rehearse a year of the simulated company: make sim SEED=7
	$(BINARY) rehearse --seed $(SEED)

T    ?= Fuzz
TIME ?= 1m
fuzz: ## Fuzz one target: make fuzz T=FuzzEventCodec TIME=5m
	@file=$$(grep -rlw --include='*_test.go' 'func $(T)' internal) || { echo "no fuzz target $(T)"; exit 1; }; \
	for f in $$file; do $(GO) test -run '^$$' -fuzz '^$(T)$$' -fuzztime $(TIME) ./$$(dirname $$f) || exit 1; done

bench: ## Run every benchmark once over
	$(GO) test -run '^$$' -bench . -benchmem ./...

models: ## Fit the state-space model to the reference data sets, and to simulated companies
	$(GO) test -tags models -timeout 90m -v -run 'Foretell|RegularTiming|Cover' ./internal/statemodel ./internal/belief

FITTERS := bin/tools/peers/bin/python

$(FITTERS): internal/statemodel/peers.txt
	python3 -m venv bin/tools/peers
	$(FITTERS) -m pip install --quiet --disable-pip-version-check -r internal/statemodel/peers.txt
	@touch $@

peers: $(FITTERS) ## Fit models beside hmmlearn, lifetimes, clvkit and R's msm (Debian: r-cran-msm), and compare
	$(GO) test -tags peers -run Beside -count=1 -v -timeout 60m ./internal/statemodel/...

BANDITS := bin/tools/bandits/bin/python

$(BANDITS): internal/experiment/offpolicy/peers.txt
	python3 -m venv bin/tools/bandits
	$(BANDITS) -m pip install --quiet --disable-pip-version-check -r internal/experiment/offpolicy/peers.txt
	@touch $@

bandits: $(BANDITS) ## Learn from the same logged decisions as Vowpal Wabbit, and compare
	$(GO) test -tags bandits -run Beside -count=1 -v -timeout 60m ./internal/experiment/offpolicy

bin/tools/docs/bin/mkdocs: docs/requirements.txt
	python3 -m venv bin/tools/docs
	bin/tools/docs/bin/python -m pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	@touch $@

docs: bin/tools/docs/bin/mkdocs docs/definitions.md ## Build docs/ as a small site, into bin/docs
	bin/tools/docs/bin/mkdocs build --quiet

docs/definitions.md: FORCE
	@$(GO) run ./cmd/rapport schema --markdown > $@

RUNS ?= 100
crash: $(BINARY) ## kill -9 a serving process RUNS times under load, and count what was lost or sent twice
	$(BINARY) bench crash --runs $(RUNS)

decide: $(BINARY) ## Try policies on 100,000 simulated people for half a year
	$(BINARY) bench decide --quick --people 100000 --weeks 26

prove: $(BINARY) ## Try policies on six companies of no model's family, 100,000 people for half a year
	$(BINARY) bench prove --people 100000

hooks: ## Use the hooks under .githooks in this checkout
	git config core.hooksPath .githooks

clean: ## Remove what was built
	rm -rf bin web/node_modules internal/app/sdktest/node_modules internal/testenv/peers/node_modules $(CLIENT)/node_modules $(CLIENT)/dist
	find web/dist -mindepth 1 ! -name .keep -delete
