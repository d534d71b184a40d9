# The commands of the project. `make run` and `make test` install what is missing.
.PHONY: run test check bench soak deny install-run install-test

run: install-run
	cargo build --quiet --bin hotline
	cargo run --quiet --bin hotline -- demo --stay

test: install-test check
	cargo test --quiet

# What does not run the product: format, lints, documentation, licences.
check: install-run
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items
	scripts/deny.sh

deny:
	scripts/deny.sh

bench: install-test
	cargo bench

# Many calls, long calls and a flood, about half an hour: no part of `test`. Smaller by HOTLINE_SOAK_CALLS, _RATE, _LONG_CALLS,
# _SECONDS and _FLOOD.
soak: install-test
	cargo test --release --quiet --test injected soak -- --ignored --nocapture --test-threads=1

install-run:
	@scripts/install.sh run

install-test:
	@scripts/install.sh test
