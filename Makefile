# Everything is pinned: the toolchain in rust-toolchain.toml, crates in Cargo.lock, the oracles'
# libraries in oracle/requirements.txt, tools in tools/prerequisites.sh.
.PHONY: help demo test bench soak
.DEFAULT_GOAL := help

help:
	@echo 'make demo    check the examples, then a story over real processes: DEMO_PACE=0 plays it fast'
	@echo 'make test    everything that must pass; installs what it needs (about 15 minutes the first time)'
	@echo 'make bench   measure, and write BENCHMARKS.md (some minutes; PostGIS if it can be installed)'
	@echo 'make soak    fuzzing, long histories, killed hosts, flipped bytes: hours. SOAK_MINUTES=10 for each target'

demo:
	@tools/demo.sh

test:
	@tools/test.sh

bench:
	@tools/prerequisites.sh bench
	cargo build --locked --release -p deconflict-bench
	cargo run --locked --release -p deconflict-bench

soak:
	@tools/soak.sh
