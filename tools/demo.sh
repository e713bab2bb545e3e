#!/bin/sh
# First the check of the examples, then the story of a zone, a convoy and an altered record, over real
# processes. `--fast` plays without pauses; DEMO_PACE=SECONDS sets them (2 unless said).
set -eu
cd "$(dirname "$0")/.."
command -v python3 > /dev/null || { echo "demo: python3 is needed to play the story" >&2; exit 1; }
cargo build --release --quiet --package deconflict-cli
deconflict="${CARGO_TARGET_DIR:-target}/release/deconflict"
mkdir -p out

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }

say "Temporary restrictions and drone flights of July 2026 against the airspace of the northern
Netherlands and its hospitals; the picture is out/demo.svg:"
# Conflicts are what the demo is about, so status 1 is expected.
status=0
"$deconflict" check \
    examples/temporary.openair.txt examples/temporary.geojson examples/operations.json \
    --against examples/airspace.geojson --against examples/sites.csv \
    --language en --picture out/demo.svg || status=$?
[ "$status" -eq 1 ] || { echo "demo: expected status 1, conflicts, but got $status" >&2; exit 1; }

say "A story: two powers and an aid agency, a host and three desks on this machine, in out/demo/."
exec python3 tools/story.py --deconflict "$deconflict" --folder out/demo "$@"
