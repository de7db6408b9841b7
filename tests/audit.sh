#!/usr/bin/env bash
# Licences, bans and sources of every dependency by deny.toml; known vulnerabilities where the database can be fetched.
# A missing tool or database is said, never passed off as a clean result.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'audit: %s\n' "$*" >&2; }

if ! cargo deny --version >/dev/null 2>&1; then
    say 'cargo-deny is missing: cargo install --locked cargo-deny'
    exit 1
fi
cargo deny --all-features check bans licenses sources

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if cargo deny fetch db >"$log" 2>&1; then
    cargo deny --all-features check advisories
else
    say 'SKIPPED advisories: the advisory database could not be fetched'
    tail -n 3 "$log" >&2
fi
