#!/usr/bin/env bash
# Installs what is missing and nothing else. Usage: scripts/install.sh run|test
#   run   what it takes to build and run: a C compiler, ALSA's headers, pkg-config, the engine that speaks the flows' texts
#   test  also the strangers that the tests talk to: SIPp, baresip, PostgreSQL, a modem, tshark, another clock
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-run}
missing=()
need() { # package, then how to tell that it is there
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
file() { compgen -G "$1"; }

need pkg-config command -v pkg-config
need gcc command -v cc
need libasound2-dev pkg-config --exists alsa
need espeak-ng command -v espeak-ng
if [ "$what" = test ]; then
  need sip-tester command -v sipp
  need baresip-core command -v baresip
  need postgresql file '/usr/lib/postgresql/*/bin/initdb'
  need minimodem command -v minimodem
  need tshark command -v tshark
  need faketime file '/usr/lib/*/faketime/libfaketimeMT.so.1'
fi

if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  # A new PostgreSQL must not start a server of its own: the tests make and remove their own cluster.
  $sudo mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v cargo >/dev/null; then
  echo "Rust is missing: install it from https://rustup.rs, then run this again" >&2
  exit 2
fi
