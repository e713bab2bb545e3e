#!/usr/bin/env bash
# The long run: every fuzz target for SOAK_MINUTES (10), a million pairs before the oracles, the index
# against brute force, random histories, a hostile party at all limits, a simulated host and its desks, a
# store that is killed. Fuzzed time is added to fuzz/HOURS.md. Names what failed; exit status 1 then.
set -uo pipefail
cd "$(dirname "$0")/.."

minutes=${SOAK_MINUTES:-10}
# Of those asked for, about one in a hundred is no valid pair.
pairs=${SOAK_PAIRS:-1020000}
export PATH="$PWD/.tools/bin:$PATH"
mkdir -p out/soak
failures=()

tools/prerequisites.sh && tools/prerequisites.sh fuzz || exit 1

# SOAK_TARGETS names some of them.
targets=${SOAK_TARGETS:-$(sed -nE 's/^path = "fuzz_targets\/(.*)\.rs"$/\1/p' fuzz/Cargo.toml)}
echo "== building the fuzz targets"
# Coverage needs no nightly compiler as long as no sanitizer is asked for: the code has no unsafe.
cargo fuzz build --sanitizer none --features libfuzzer || exit 1
python3 tools/seed_corpus.py || exit 1
built=${CARGO_TARGET_DIR:-target}/$(rustc -vV | sed -n 's/^host: //p')/release

# The built program itself: `cargo fuzz run` would ask cargo again, many at once.
one_target() {
    local target=$1 log="out/soak/fuzz-$1.log"
    mkdir -p "fuzz/artifacts/$target"
    if "$built/$target" "fuzz/corpus/$target" -artifact_prefix="fuzz/artifacts/$target/" \
        -max_total_time=$((minutes * 60)) -timeout=20 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 >"$log" 2>&1; then
        echo "fuzz $target: nothing found in $minutes minutes ($(sed -nE 's/^stat::number_of_executed_units: +//p' "$log") inputs)"
    else
        echo "fuzz $target: FAILED; the input is in fuzz/artifacts/$target, the end of $log:"
        tail -n 25 "$log"
        return 1
    fi
}
export minutes built
export -f one_target
echo "== fuzzing, $minutes minutes for each target"
tr ' ' '\n' <<<"$targets" | xargs -P "$(nproc)" -I{} bash -c 'one_target {}' || failures+=("fuzz targets")
python3 tools/fuzz_hours.py out/soak/fuzz-*.log

echo "== oracles, $pairs pairs"
cargo build --quiet --locked --release -p deconflict-oracle
driver=${CARGO_TARGET_DIR:-target}/release/deconflict-oracle
.venv/bin/python -m oracle.differential --driver "$driver" --pairs "$pairs" --seed "${SOAK_SEED:-$(date +%s)}" ||
    failures+=("oracles")

echo "== index against brute force"
DECONFLICT_SOAK_SECONDS=$((minutes * 60)) cargo test --locked --release -p deconflict-geometry --test index -- --nocapture ||
    failures+=("index")

echo "== random histories"
DECONFLICT_SOAK_STEPS="${SOAK_STEPS:-10000000}" cargo test --locked --release -p deconflict-core --test model -- --nocapture ||
    failures+=("histories")

echo "== a hostile party at all limits of the default charter"
DECONFLICT_SOAK_LIMITS=full cargo test --locked --release -p deconflict-core --test limits -- --nocapture ||
    failures+=("limits")
DECONFLICT_SOAK_LIMITS=full cargo test --locked --release -p deconflict-host --test newcomer -- --nocapture ||
    failures+=("newcomer")

echo "== a host and its desks, simulated for ${SOAK_SIM_SECONDS:-3600} seconds"
DECONFLICT_SIM_SEED="${SOAK_SEED:-$(date +%s)}" DECONFLICT_SOAK_SECONDS="${SOAK_SIM_SECONDS:-3600}" \
    cargo test --locked --release -p deconflict-testing --test sim whatever -- --nocapture ||
    failures+=("simulation")

echo "== killed processes and power cuts"
DECONFLICT_SOAK_ROUNDS="${SOAK_ROUNDS:-1000}" cargo test --locked --release -p deconflict-store -- --nocapture ||
    failures+=("store")
DECONFLICT_SOAK_ROUNDS="${SOAK_ROUNDS:-1000}" cargo test --locked --release -p deconflict-host --test crash --test outage -- --nocapture ||
    failures+=("host")

echo "== bytes of a store flipped: ${SOAK_FLIPS:-all}"
DECONFLICT_SOAK_FLIPS="${SOAK_FLIPS:-all}" cargo test --locked --release -p deconflict-host --test flips -- --nocapture ||
    failures+=("flips")

if [ ${#failures[@]} -gt 0 ]; then
    printf 'soak failed: %s\n' "${failures[@]}"
    exit 1
fi
echo "soak: nothing found"
