# `make` prints the targets. Whatever a target needs beyond Go it installs itself on
# Debian and Ubuntu, and names elsewhere.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO ?= go
FUZZTIME ?= 20s
SCALE ?= 1
ROUNDS ?= 3
JOBS ?= 2
BENCH ?= # further flags of `understudy bench`
GOLANGCI_VERSION := v2.15.0

.PHONY: help build test race lint eval load mutants fuzz bench bench-full bench-suite speed long demo vuln licences sbom reproduce images ci clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/understudy, a static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/understudy ./cmd/understudy

test: ## run every test, on PostgreSQL 15 and 17 in containers too
	.ci/test -timeout 20m ./...

race: ## run the tests of the packages under the race detector
	@.ci/need gcc gcc libc6-dev
	@.ci/need pgbouncer pgbouncer
	.ci/need initdb postgresql postgresql-contrib
	CGO_ENABLED=1 $(GO) test -race -short -timeout 20m ./pkg/... ./rules/...

lint: ## run the linters; they also hold the floors of the house
	@if golangci-lint version 2>/dev/null | grep -qF 'version $(GOLANGCI_VERSION:v%=%) '; then golangci-lint run; \
	else $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION) run; fi

eval: ## print precision and recall of the detectors by kind, and what init masks of labelled columns
	.ci/need initdb postgresql postgresql-contrib
	$(GO) test -count=1 -run '^TestEvaluation$$' -v ./pkg/detect
	$(GO) test -count=1 -run '^TestInitMasksWhatAPersonWouldCallPersonal$$' -v ./pkg/pipeline

load: ## 10,000 tables, 1,000 schemas, 300 partitions, eight refreshes at once, a hundred in a row, 200 kills
	UNDERSTUDY_LOAD=100 UNDERSTUDY_KILLS=200 .ci/test -count=1 -timeout 3h -v -run 'Loads|Killed' ./integration/night

mutants: ## break every masked column of three databases, one masker after the other
	.ci/need initdb postgresql postgresql-contrib
	UNDERSTUDY_MUTANTS=each $(GO) test -count=1 -timeout 60m -run '^TestMutants$$' -v ./pkg/pipeline

fuzz: ## fuzz every target for FUZZTIME (20s)
	.ci/fuzz $(FUZZTIME)

bench: ## run every benchmark once, and a small refresh against its contenders
	.ci/need initdb postgresql postgresql-contrib
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...
	$(GO) run ./cmd/understudy bench --scale 0.01 --rounds 1

bench-full: build ## measure a refresh at full SCALE (1), ROUNDS (3); a run that was cut goes on
	.ci/need initdb postgresql postgresql-contrib
	bin/understudy bench --scale $(SCALE) --rounds $(ROUNDS) --jobs $(JOBS) --results bench-$(SCALE)-$(JOBS).jsonl $(BENCH)

bench-suite: build ## measure all that docs/performance.md has a table of, in 35 minutes; SIZE=0.1 is a try
	.ci/need initdb postgresql postgresql-contrib
	.ci/bench-suite $(PARTS)

speed: ## measure what a stand-in costs, into docs/maskers-speed.md
	UNDERSTUDY_SPEED_TABLE=$(CURDIR)/docs/maskers-speed.md $(GO) test -count 1 -run 'TestSpeedTable$$' -timeout 20m ./pkg/mask

long: ## the long forms of the maskers' tests: ten million inputs, 10^5 values a masker
	UNDERSTUDY_LONG=1 $(GO) test -count 1 -run 'TestStandInsOfUnique|TestStandInsAreDistinct|TestSuiteGrams' -timeout 3h ./pkg/mask

demo: ## see a refresh: two throw-away servers, a sample shop, a report
	@.ci/need initdb postgresql postgresql-contrib
	$(GO) run ./cmd/understudy demo

vuln: ## look for known vulnerabilities in what is called
	.ci/vuln

licences: ## check the licences of what is linked
	$(GO) test ./cmd/understudy -run Licence -count 1 -v

sbom: ## write the bill of materials, dist/understudy.cdx.json
	.ci/sbom dist/understudy.cdx.json

reproduce: ## build twice from two folders, and compare the bytes
	.ci/reproduce

images: ## make the container images that the stories run on
	integration/image/build

ci: ## run everything that has to hold before a merge
	.ci/run

clean: ## remove what was built
	rm -rf bin dist
