# Everything from a fresh clone: `make run` serves the portal, `make test` proves it. What a step needs and does not find
# it installs; what is done is not done again.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
TOOLS := $(TARGET)/tools
WASM := $(TARGET)/wasm32-unknown-unknown/wasm/ostiary.wasm
SITE := target/site/manifest.json

BINDGEN := $(TARGET)/tool/bindgen
CARGO_FOLDER := $(or $(CARGO_HOME),$(HOME)/.cargo)

# Debian's packages are installed only where they are missing; elsewhere the message says what to install.
APT = $(if $(shell command -v apt-get),$(if $(filter 0,$(shell id -u)),apt-get,sudo apt-get),)
define need_debian
	if [ -z "$(APT)" ]; then echo "make: $(2) is needed; please install it." >&2; exit 1; fi; \
	echo "Installing $(1) for $(2)"; DEBIAN_FRONTEND=noninteractive $(APT) update -qq && DEBIAN_FRONTEND=noninteractive $(APT) install -y -qq $(1) >/dev/null
endef

export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.PHONY: help run demo bench bench-expiry build site wasm dev-server test fmt lint unit integration e2e pictures chromium postgres

help: ## Say what there is
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: build ## Build the portal and serve it on http://127.0.0.1:3000
	@exec $(TARGET)/release/ostiary serve

demo: build ## Serve a throw-away portal with half a year of story, and say whom to sign in as
	@exec $(TARGET)/release/ostiary demo

bench: build ## Measure the release build under load: 1,000 people, 10,000 assignments, 100,000 rows of audit
	cargo build --release --locked --features ssr --bin bench
	@exec $(TARGET)/release/bench

bench-expiry: build ## Measure the release build while 100,000 assignments end in the same minute
	cargo build --release --locked --features ssr --bin bench
	@exec $(TARGET)/release/bench --expiring 100000 --assignments 5000 --audit-rows 20000

build: site ## Build the one file that is the product: target/release/ostiary
	cargo build --release --locked --features ssr --bin ostiary

dev-server: site ## Build the server quickly, for work and for tests
	cargo build --locked --features ssr --bin ostiary

# The browser's code, the program that binds it and npm's packages wait for nothing of each other.
site: ## Build the stylesheet and the browser's code into target/site
	@$(MAKE) --no-print-directory --jobs 3 $(SITE)

wasm: $(WASM) ## Build the browser's code alone

# --- the browser's half ---------------------------------------------------------------------------------------------

# The library becomes a cdylib here alone: every build of the server would make one that nobody uses, and take much longer.
# What every visitor downloads names no folder of the machine that built it.
$(WASM): Cargo.toml Cargo.lock .cargo/config.toml src/lib.rs $(shell find src/ui src/domain -type f) | $(TOOLS)/wasm-target
	cargo --config "target.wasm32-unknown-unknown.rustflags=['--remap-path-prefix=$(CARGO_FOLDER)=cargo', '--remap-path-prefix=$(CURDIR)=ostiary']" \
	  rustc --lib --crate-type cdylib --profile wasm --locked --target wasm32-unknown-unknown --features hydrate
	@touch $@

$(SITE): $(WASM) build/site.mjs build/boot.js build/package-lock.json $(shell find style public -type f 2>/dev/null) | $(BINDGEN) build/node_modules/.done
	node build/site.mjs --wasm $(WASM) --bindgen $(BINDGEN) --out target/site

# --- tools ----------------------------------------------------------------------------------------------------------

$(TOOLS)/wasm-target:
	@mkdir -p $(TOOLS)
	@if command -v rustup >/dev/null; then rustup target add wasm32-unknown-unknown; \
	elif [ ! -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then \
	  echo "make: the Rust target wasm32-unknown-unknown is needed; install rustup or add it to your toolchain." >&2; exit 1; fi
	@touch $@

$(BINDGEN): build/bindgen/Cargo.toml build/bindgen/src/main.rs Cargo.lock
	cargo build --locked --package bindgen --profile tool
	@touch $@

%/node_modules/.done: %/package-lock.json | node
	cd $* && npm ci --no-audit --no-fund
	@touch $@

.PHONY: node
node:
	@if ! command -v npm >/dev/null; then $(call need_debian,nodejs npm,Node.js 20 or later with npm); fi
	@node -e 'if (parseInt(process.versions.node) < 20) { console.error(`make: Node.js 20 or later is needed; this is $${process.versions.node}.`); process.exit(1); }'

chromium:
	@if [ -z "$${CHROMIUM:-}" ] && [ ! -x /usr/bin/chromium ]; then $(call need_debian,chromium,Chromium (or CHROMIUM=/path/to/it)); fi

postgres:
	@if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then \
	  $(call need_debian,postgresql,PostgreSQL 15 or later); fi

# --- proofs ---------------------------------------------------------------------------------------------------------

test: fmt-check lint unit integration e2e ## Prove everything

fmt: ## Format the code
	cargo fmt --all

.PHONY: fmt-check
fmt-check:
	cargo fmt --all --check

lint: | $(TOOLS)/wasm-target ## Read the code with clippy, as both builds see it
	cargo clippy --locked --all-targets --features ssr -- -D warnings
	cargo clippy --locked --lib --target wasm32-unknown-unknown --features hydrate -- -D warnings

unit: ## Test the rules alone
	cargo test --locked --lib

integration: site postgres ## Test the use cases and the front door, on both engines
	cargo test --locked --features ssr

e2e: dev-server chromium end2end/node_modules/.done ## Prove the portal in a browser, with and without JavaScript
	cd end2end && OSTIARY_PROGRAM="$(abspath $(TARGET))/debug/ostiary" npx playwright test

pictures: dev-server chromium end2end/node_modules/.done ## Take the pictures of the README anew, of the demo
	mkdir -p docs
	cd end2end && OSTIARY_PROGRAM="$(abspath $(TARGET))/debug/ostiary" npx playwright test --config pictures.config.ts
