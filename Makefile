# The commands of the project. `make run` and `make test` install what is missing.
.PHONY: run test check bench deny install-run install-test

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

install-run:
	@scripts/install.sh run

install-test:
	@scripts/install.sh test
