#!/usr/bin/env bash
# Makes sure that PostgreSQL's programs are on this machine and prints the folder they are in.
set -euo pipefail
[ -z "${TUIDING_TEST_POSTGRESQL:-}" ] || exit 0 # the tests were given a server

newest() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -V | tail -1; }
on_the_path() { local found; found=$(command -v initdb) && dirname "$(readlink -f "$found")"; }

bin=$(on_the_path || newest || true)
if [ -z "$bin" ]; then
  if ! command -v apt-get >/dev/null; then
    echo "PostgreSQL is missing: install it, or set TUIDING_TEST_POSTGRESQL to a server." >&2
    exit 1
  fi
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  echo "PostgreSQL is missing: installing Debian's package ..." >&2
  export DEBIAN_FRONTEND=noninteractive
  { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends postgresql; } >&2 || {
    echo "It could not be installed: install PostgreSQL, or set TUIDING_TEST_POSTGRESQL to a server." >&2
    exit 1
  }
  bin=$(newest)
fi
echo "$bin"
