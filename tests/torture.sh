#!/usr/bin/env bash
# Breaks things on purpose, for so many minutes (0: without end): the laws of the simulation with seeds that nobody tried,
# and between them the program itself on real servers: killed, cut off, its disk full, its clock wrong. A finding prints
# its seed, says how to see it again, and ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'torture: %s\n' "$*" >&2; }

minutes=${1:-0}
each=${SEEDS:-100}
# Whoever says no first seed gets one that nobody tried.
from=${FROM:-$(($(date +%s) * 1000))}
laws=(whatever_breaks however_it_breaks what_the_line_promises)
fixed=(faults::killed faults::a_server_that)
courses=(kills agreement pages clock disk)
log=$(mktemp)
done=$(mktemp)
trap 'rm -f "$log" "$done"' EXIT

run() {
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
    grep -o 'TALLY .*' "$log" >>"$done" || true
    # What this machine cannot do is said in every round.
    grep SKIPPED "$log" >&2 || true
}

# All that was done so far, as in: 240 kills, 31 cuts
tally() {
    awk '{ count = $2; sub(/^TALLY [0-9]+ /, ""); sum[$0] += count }
        END { for (what in sum) { printf "%s%d %s", (more++ ? ", " : ""), sum[what], what } }' "$done"
}

is_over() { [ "$minutes" != 0 ] && [ $SECONDS -ge $((minutes * 60)) ]; }

tests/setup.sh
cargo build --locked
cargo test --locked --test simulation --test e2e --no-run
SECONDS=0
rounds=0
until is_over; do
    for law in "${laws[@]}"; do
        if ! SIMULATION_FROM=$from SIMULATION_SEEDS=$each run cargo test --locked --test simulation "$law"; then
            say "a law is broken. Again: SIMULATION_FROM=<the seed above> SIMULATION_SEEDS=1 cargo test --test simulation $law"
            exit 1
        fi
    done
    for test in "${fixed[@]}"; do
        if ! run cargo test --locked --test e2e "$test"; then
            say "the program is broken: cargo test --test e2e $test"
            exit 1
        fi
    done
    for course in "${courses[@]}"; do
        if ! TORTURE_SEED=$from run cargo test --locked --test e2e "torture::$course" -- --ignored --nocapture; then
            say "the program is broken. Again: TORTURE_SEED=$from cargo test --test e2e torture::$course -- --ignored --nocapture"
            exit 1
        fi
    done
    from=$((from + each)) rounds=$((rounds + 1))
    say "$rounds rounds of $each seeds, $((SECONDS / 60)) minutes, nothing found; the next seed is $from"
    say "done so far: $(tally)"
done
