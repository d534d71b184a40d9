#!/usr/bin/env bash
# Licences, sources and bans of what is linked; known faults too where the advisory database can be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v cargo-deny >/dev/null; then
  echo "installing cargo-deny (once; a few minutes)"
  cargo install --quiet --locked cargo-deny
fi
cargo deny --log-level error check licenses bans sources
if cargo deny --log-level off fetch db 2>/dev/null; then
  cargo deny --log-level error check advisories
else
  echo "advisories: NOT checked, the database cannot be fetched from here"
fi
