#!/usr/bin/env bash
# Mutation testing of the engine: one change after the other is made to its code, and its tests must notice each.
# Those that live and may are listed with their reasons in tests/mutants.txt. Options are passed to cargo-mutants.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'mutants: %s\n' "$*" >&2; }

if ! cargo mutants --version >/dev/null 2>&1; then
    say 'cargo-mutants is missing: cargo install --locked cargo-mutants'
    exit 1
fi

work="${CARGO_TARGET_DIR:-target}/mutants"
mkdir -p "$work"
rm -rf "$work/mutants.out"

# A failure found is a mutant killed: shrinking it would be for a reader, and there is none. The corpora and the tests with
# fixed values find most; so a few random cases must do.
export PROPTEST_MAX_SHRINK_ITERS=0 PROPTEST_CASES=12
status=0
cargo mutants --package susurro-omemo --output "$work" --no-shuffle --colors never \
    --timeout 120 --cargo-test-arg=--lib \
    --file 'src/omemo/ratchet/*.rs' --file 'src/omemo/wire/*.rs' \
    --file src/omemo/x3dh.rs --file src/omemo/session.rs --file 'src/omemo/record/*.rs' \
    --file src/omemo/message.rs --file src/omemo/payload.rs --file src/omemo/bundle.rs \
    "$@" || status=$?
# 2: some lived. 3: some ran out of time, which is as good as noticed. Everything else is no result.
case $status in 0 | 2 | 3) ;; *) exit "$status" ;; esac
[ -f "$work/mutants.out/missed.txt" ] || exit 0

# By file and change alone: lines move.
unplaced() { sed -E 's/:[0-9]+:[0-9]+: /: /' "$@" | sort -u; }
listed() { grep -v '^\(#\|$\)' tests/mutants.txt | sort -u; }
new=$(comm -23 <(unplaced "$work/mutants.out/missed.txt") <(listed))
if [ -n "$new" ]; then
    say 'these changes were noticed by no test:'
    printf '%s\n' "$new" >&2
    exit 1
fi
say "every change was noticed, but for $(unplaced "$work/mutants.out/missed.txt" | wc -l) that are explained in tests/mutants.txt"
