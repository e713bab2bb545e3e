#!/bin/sh
# Runs the command on the examples. Conflicts are what the demo is about, so status 1 is expected.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --quiet --package deconflict-cli
deconflict="${CARGO_TARGET_DIR:-target}/release/deconflict"
mkdir -p out

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
expect_conflicts() {
    status=0
    "$@" || status=$?
    [ "$status" -eq 1 ] || { echo "demo: expected status 1, conflicts, but got $status" >&2; exit 1; }
}

say "1. Temporary restrictions and drone flights of July 2026 against the airspace of the northern
   Netherlands and its hospitals:"
expect_conflicts "$deconflict" check \
    examples/temporary.openair.txt examples/temporary.geojson examples/operations.json \
    --against examples/airspace.geojson --against examples/sites.csv \
    --language en --picture out/demo.svg

say "2. The same for the survey flight's morning only, with what is known of the ground and of the
   air pressure: facts turn the possible conflicts into conflicts or into none."
expect_conflicts "$deconflict" check examples/temporary.openair.txt \
    --against examples/airspace.geojson --language en \
    --from 2026-07-11T09:00:00Z --until 2026-07-11T11:30:00Z \
    --terrain=-7,110 --pressure 1005,1025

say "3. Drone flights that come nearer than 5 km along the ground and 100 m in height to a hospital
   or a lifeboat station:"
expect_conflicts "$deconflict" check examples/operations.json --against examples/sites.csv \
    --language en --separation 5km,100m,0s

say "The picture of the first answer is out/demo.svg"
