# Everything that checks Susurro. `make test` is the one that counts: it needs nothing but Rust on a Debian or Ubuntu.

SHELL := /bin/sh
CARGO ?= cargo
PROGRAM = $${CARGO_TARGET_DIR:-target}/debug/susurro
# For the demo's own options, as in: make demo DEMO=--detached
DEMO ?=
export CARGO_TERM_PROGRESS_WHEN ?= never
# The end-to-end tests mostly wait for each other's processes: more of them than there are processors is quicker.
export RUST_TEST_THREADS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n * 2 : n)))

.PHONY: help demo setup-demo pictures test setup lint units audit fuzz oracle torture mutants interop bench figures clean-test

help:
	@echo 'make demo        try it: two people side by side in this terminal, with a server of their own'
	@echo 'make pictures    the pictures in docs/pictures, taken of the running program'
	@echo 'make test        install what the tests need, then format check, lints and every test'
	@echo 'make setup       only the first half of that: servers, peers and the python environment'
	@echo 'make lint        format check, lints and the documentation; licences and spelling where the tools are installed'
	@echo 'make units       the tests that need no server'
	@echo 'make audit       licences, bans and advisories of the dependencies (needs cargo-deny)'
	@echo 'make fuzz        every fuzz target for SECONDS each, 60 if not told (needs cargo-fuzz and a nightly Rust)'
	@echo 'make oracle      LIVES random lives (1000 if not told) beside libomemo-c, and a third of them beside python oldmemo and twomemo'
	@echo 'make torture     breaks lines, servers, disks, clocks (with libfaketime) and the program for MINUTES (0, if not told:'
	@echo '                 without end); a finding says its seed'
	@echo 'make mutants     changes the engine in one place after the other: do its tests notice? (needs cargo-mutants)'
	@echo 'make interop     clients of Debian 12 and 13, each against Susurro (docs/interop.md says what it needs)'
	@echo 'make bench       the benchmarks, libomemo-c beside ours'
	@echo 'make figures     memory, idle CPU and login time beside Profanity, catching up beside slixmpp-omemo'
	@echo 'make clean-test  remove what setup and the tests made below target/'

# Built as the tests are: our own code is not optimised, what it stands on is. That is the quickest way to a running
# program (a release takes minutes longer), and quick enough to live in.
demo: setup-demo
	$(CARGO) build --locked
	@PYTHONDONTWRITEBYTECODE=1 python3 demo/demo.py --susurro $(PROGRAM) $(DEMO)

setup-demo:
	@tests/setup.sh demo

pictures: setup-demo
	$(CARGO) build --locked
	@PYTHONDONTWRITEBYTECODE=1 python3 demo/pictures.py --susurro $(PROGRAM) docs/pictures

# One failing test must not keep the others from running.
test: setup lint
	$(CARGO) test --locked --workspace --no-fail-fast

setup:
	@tests/setup.sh

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@# What the fuzzers stand on is built as they build it: nothing else here would notice that it no longer does.
	RUSTFLAGS='--cfg fuzzing -D warnings' $(CARGO) check --locked --manifest-path fuzz/Cargo.toml -p susurro-wire \
		--target-dir "$${CARGO_TARGET_DIR:-target}/fuzz-check"
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --workspace --no-deps --document-private-items
	@# What a machine has of these is used. Building them takes a fresh one minutes, and whoever adds a crate has them:
	@# a licence, a ban or a source changes with Cargo.lock alone. `make audit` insists, and asks for advisories besides.
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny --offline --all-features check bans licenses sources; \
	else echo 'lint: no cargo-deny here: licences, bans and sources are not checked' >&2; fi
	@if typos --version >/dev/null 2>&1; then typos; \
	else echo 'lint: no typos here: spelling is not checked' >&2; fi

units:
	$(CARGO) test --locked --workspace --lib --bins
	$(CARGO) test --locked --workspace --doc

audit:
	@tests/audit.sh

# As in: make fuzz SECONDS=600
SECONDS ?= 60
fuzz:
	@tests/fuzz.sh $(SECONDS)

# As in: make oracle LIVES=3000
LIVES ?= 1000
oracle:
	@tests/setup.sh
	OMEMO_LIVES=$(LIVES) $(CARGO) test --locked --test libomemo lives
	OMEMO_LIVES=$$(($(LIVES) / 3)) $(CARGO) test --locked --test pyomemo lives

# As in: make torture MINUTES=60 (0: without end)
MINUTES ?= 0
torture:
	@tests/torture.sh $(MINUTES)

# As in: make mutants MUTANTS='--file src/omemo/session.rs'
MUTANTS ?=
mutants:
	@tests/mutants.sh $(MUTANTS)

bench:
	@tests/setup.sh
	$(CARGO) bench --locked

interop:
	$(CARGO) build --locked
	@tests/interop/run
	@COURSE=group tests/interop/run
	@tests/interop/trixie

figures:
	@tests/setup.sh figures
	$(CARGO) test --locked --release --test screen -- --ignored --nocapture figures

clean-test:
	rm -rf "$${CARGO_TARGET_DIR:-target}/test-venv" "$${CARGO_TARGET_DIR:-target}/tmp"
