#!/usr/bin/env bash
# Fuzzes every target below fuzz/ for so many seconds each. What is new in a corpus stays below target/; a finding is
# kept in fuzz/artifacts and ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'fuzz: %s\n' "$*" >&2; }

seconds=${1:-60}
if ! cargo fuzz --version >/dev/null 2>&1; then
    say 'cargo-fuzz is missing: cargo install --locked cargo-fuzz'
    exit 1
fi
if ! cargo +nightly --version >/dev/null 2>&1; then
    say 'the nightly toolchain is missing: rustup toolchain install nightly --profile minimal'
    exit 1
fi

# No sanitizer: there is no unsafe code of ours for one to look at, and the fuzzer is faster without.
build=(-O --sanitizer none --target-dir "${CARGO_TARGET_DIR:-target}/fuzz")
work="${CARGO_TARGET_DIR:-target}/fuzz-corpus"

# Longer input says nothing new to these.
longest() {
    case $1 in
        life) echo 700 ;;
        wire) echo 9000 ;;
        record) echo 20000 ;;
        *) echo 4096 ;;
    esac
}

cargo +nightly fuzz build "${build[@]}"
for target in $(cargo +nightly fuzz list); do
    say "$target, $seconds s"
    mkdir -p "$work/$target"
    known=("fuzz/corpus/$target")
    [ ! -d "fuzz/regressions/$target" ] || known+=("fuzz/regressions/$target")
    if ! cargo +nightly fuzz run "${build[@]}" "$target" "$work/$target" "${known[@]}" -- \
        -max_total_time="$seconds" -max_len="$(longest "$target")" -timeout=20 -rss_limit_mb=2048 \
        -print_final_stats=1 >"$work/$target.log" 2>&1; then
        tail -n 60 "$work/$target.log" >&2
        say "a finding in $target: keep its input in fuzz/regressions/$target, where the tests replay it"
        exit 1
    fi
    grep -a '^stat::number_of_executed_units' "$work/$target.log" >&2
done
say 'no finding'
