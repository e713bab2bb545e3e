#!/usr/bin/env bash
# Everything that must pass. Each step is named and timed; what a failed step said is shown, and all
# output stays in out/test. The last line counts tests: each test of the Rust suites, and each other
# step as one.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=out/test
mkdir -p "$logs"
export PATH="$PWD/.tools/bin:$PATH"
export CARGO_TERM_COLOR=never
# Each crate is built once here: what would make its next build quicker is gigabytes for nothing.
export CARGO_INCREMENTAL=0
# A little of what the soak does to the index for long.
export DECONFLICT_SOAK_SECONDS=5
bin=${CARGO_TARGET_DIR:-target}/debug
passed=0 failed=0 skipped=0
failures=()

# Runs one step; what it says goes into a log.
#   step NAME COMMAND...   counts as one test
#   suite NAME COMMAND...  counts the tests that the command says it ran
step() { run count_step "$@"; }
suite() { run count_suite "$@"; }

run() {
    local count=$1 name=$2 begin=$SECONDS status=0
    local log="$logs/${name// /-}.log"
    shift 2
    printf '== %s ... ' "$name"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        printf 'ok (%d s)\n' $((SECONDS - begin))
    else
        printf 'FAILED (%d s), from %s:\n' $((SECONDS - begin)) "$log"
        tail -n 60 "$log"
        failures+=("$name")
    fi
    "$count" "$status" "$log"
    # A test that could not run says so; it has not passed.
    grep -h '^ *skipped: ' "$log" | sort -u
}

count_step() {
    if [ "$1" -ne 0 ]; then
        failed=$((failed + 1))
    elif grep -q '^ *skipped: ' "$2"; then
        skipped=$((skipped + 1))
    else
        passed=$((passed + 1))
    fi
}

count_suite() {
    local good bad quiet
    # Of nextest, of cargo, of vitest and of Playwright.
    good=$(sum "$2" 's/^ *Summary .* ([0-9]+) passed.*/\1/p; s/^test result: .* ([0-9]+) passed.*/\1/p;
        s/^ *Tests .*\b([0-9]+) passed.*/\1/p; s/^ *([0-9]+) passed \(.*/\1/p')
    bad=$(sum "$2" 's/^ *Summary .* ([0-9]+) failed.*/\1/p; s/^test result: .* ([0-9]+) failed.*/\1/p;
        s/^ *Tests .*\b([0-9]+) failed.*/\1/p; s/^ *([0-9]+) failed$/\1/p')
    quiet=$(grep -c '^ *skipped: ' "$2")
    # It did not build, or ended before it counted.
    if [ "$1" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    passed=$((passed + good - quiet))
    failed=$((failed + bad))
    skipped=$((skipped + quiet))
}

sum() { sed -nE "$2" "$1" | awk '{n += $1} END {print n + 0}'; }

finish() {
    for name in "${failures[@]}"; do echo "failed: $name ($logs/${name// /-}.log)"; done
    echo "$passed passed, $failed failed$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
    exit $((failed > 0))
}

# A full disk fails in a hundred ways, none of which says so.
room() {
    local target=${CARGO_TARGET_DIR:-target} needed_gb=8 free_gb
    [ -d "$target/debug/deps" ] && needed_gb=2
    mkdir -p "$target"
    free_gb=$(df -Pk "$target" | awk 'NR == 2 {print int($4 / 1048576)}')
    [ "$free_gb" -ge "$needed_gb" ] && return
    echo "only $free_gb GB are free where $target is, and building the tests takes up to $needed_gb: make room, or set" \
        "CARGO_TARGET_DIR to a folder on another disk"
    return 1
}
step "room on the disk" room
step "prerequisites" tools/prerequisites.sh
[ "$failed" -eq 0 ] || finish

page() { (export NO_COLOR=1 DECONFLICT_BIN && cd web && npm run --silent "$@"); }
DECONFLICT_BIN=$(realpath -m "$bin/deconflict")
# It is put into the program that is built next.
step "the page is built" page build
step "format" cargo fmt --all --check
step "clippy" cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
step "rules of the house" tools/house.py
step "licences and sources" cargo-deny --locked check licenses bans sources
step "advisories" tools/advisories.sh
if command -v cargo-nextest >/dev/null; then
    suite "tests" cargo nextest run --locked --workspace --no-fail-fast --success-output final
else
    suite "tests" cargo test --quiet --locked --workspace --lib --bins --tests --no-fail-fast -- --nocapture
fi
suite "examples in the documentation" cargo test --quiet --locked --workspace --doc
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps
failed_before=$failed
step "binaries" cargo build --quiet --locked -p deconflict-cli -p deconflict-oracle
# The rest would judge old binaries.
[ "$failed" -eq "$failed_before" ] || finish
step "oracles agree on 20000 pairs" \
    .venv/bin/python -m oracle.differential --driver "$bin/deconflict-oracle" --pairs 20500 --seed 20260701
step "times in the examples by brute force" .venv/bin/python -m oracle.examples --deconflict "$bin/deconflict"
step "UK airspace agrees with S2" .venv/bin/python -m oracle.uk_airspace --deconflict "$bin/deconflict"
step "real airspace agrees with a second reader" .venv/bin/python -m oracle.real_airspace --deconflict "$bin/deconflict"
step "heights in every form agree with a second reader" \
    .venv/bin/python -m oracle.height_forms --deconflict "$bin/deconflict" --forms 4000 --seed 20261201
step "bad input is refused in bounded memory" .venv/bin/python -m oracle.bad_input --deconflict "$bin/deconflict"

# The page that a desk serves, on a desk that is made up and on a real one.
step "the page's types and lints" page check
suite "the page's units" page test
step "what the page sends" page sizes
if [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
    suite "the page in a browser" page e2e
else
    step "the page in a browser" echo "skipped: the page in a browser, since there is no Chromium here"
fi
finish
