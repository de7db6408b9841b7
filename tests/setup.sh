#!/usr/bin/env bash
# Makes a Debian or Ubuntu with Rust ready for the tests: servers and peers from the distribution, and a python
# environment below target/. With `demo`: for `make demo` only, which needs less; with
# `figures`: for `make figures`, which needs more. Does nothing, quickly, when all is there.
set -euo pipefail
for_demo=$([ "${1:-}" = demo ] && echo yes || echo no)
for_figures=$([ "${1:-}" = figures ] && echo yes || echo no)
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
venv=$target/test-venv
pins=tests/support/requirements.txt
policy=/usr/sbin/policy-rc.d
PATH=$PATH:/usr/sbin:/sbin

say() { printf 'setup: %s\n' "$*" >&2; }
stop() { say "$@"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
has_header() { has cc && echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1; }

# Prints the distribution's packages that are missing, one a line: what is asked for is the tool, not the package,
# so that a tool from elsewhere counts too.
missing_packages() {
    local tool package tests
    while read -r tool package tests; do
        [ "$for_demo" = yes ] && [ -n "$tests" ] && continue
        has "$tool" || echo "$package"
    done <<'LIST'
cc build-essential
make build-essential
perl perl
openssl openssl
setpriv util-linux
tmux tmux
prosody prosody
python3 python3
ejabberdctl ejabberd tests
profanity profanity tests
LIST
    [ "$for_demo" = no ] || return 0
    # Debian's python3 comes without the half of venv that brings pip.
    if ! has python3 || ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo python3-venv
    fi
    # What some rooms can do that Prosody alone cannot (XEP-0425).
    ls -d /usr/lib/prosody/modules/mod_muc_moderation >/dev/null 2>&1 || echo prosody-modules
    # The engine is tested and measured against another one, in C.
    has_header omemo/signal_protocol.h || echo libomemo-c-dev
    has_header openssl/evp.h || echo libssl-dev
    # Measured is a server that keeps its archive as administrators do.
    [ "$for_figures" = no ] || lua5.4 -e 'require "dbd.sqlite3"' >/dev/null 2>&1 || echo lua-dbi-sqlite3
}

# While this script installs, no package may start its service on a public port. A policy that somebody else put there
# is left alone; it must forbid the start too, or we do not install.
forbid_services() {
    if [ -e "$policy" ] || [ -L "$policy" ]; then
        local answer=0
        "$policy" prosody start >/dev/null 2>&1 || answer=$?
        [ "$answer" -eq 101 ] || stop "$policy lets packages start services; install these yourself: $*"
        return
    fi
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\n# Put here by tests/setup.sh while it installs, removed when it ends.\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

install_packages() {
    local list
    list=$(missing_packages | sort -u | tr '\n' ' ')
    list=${list% }
    [ -n "$list" ] || return 0
    has apt-get || stop "please install: $list"
    if [ "$(id -u)" -ne 0 ]; then
        say 'something is missing; as root, run this one line (the services need not run), then try again:'
        say "    apt-get install --no-install-recommends $list"
        exit 1
    fi
    say "installing $list"
    # shellcheck disable=SC2086 # a list of package names, one word each
    (
        forbid_services $list
        export DEBIAN_FRONTEND=noninteractive
        log=$(mktemp)
        apt-get -qq update </dev/null >"$log" 2>&1 &&
            apt-get -qq -y --no-install-recommends install $list </dev/null >>"$log" 2>&1 ||
            { cat "$log" >&2; rm -f "$log"; stop 'the packages could not be installed'; }
        rm -f "$log"
    )
    [ -z "$(missing_packages)" ] || stop "still missing after installing: $(missing_packages | tr '\n' ' ')"
}

# The stamp holds what the environment was made from: another pin or another python makes it anew.
make_venv() {
    local stamp wanted
    stamp=$venv/made-from
    wanted=$(python3 -V; cat "$pins")
    [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
    say "making the python environment in $venv"
    rm -rf "$venv"
    mkdir -p "$target"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input install --requirement "$pins"
    printf '%s\n' "$wanted" >"$stamp"
}

has cargo || stop 'Rust is missing: https://rustup.rs'
if [ "$for_demo" = yes ]; then
    install_packages
    exit 0
fi
for component in fmt clippy; do
    cargo "$component" --version >/dev/null 2>&1 || stop "cargo $component is missing: rustup component add rustfmt clippy"
done
install_packages
make_venv
# What tests that were killed left behind, long enough ago that no other run can still be using it.
find "$target" -maxdepth 2 -path "*/tmp/susurro-*" -mmin +240 -exec rm -rf {} +
