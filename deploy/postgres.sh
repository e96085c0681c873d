#!/usr/bin/env bash
# Makes sure that PostgreSQL's programs are on this machine and prints the folder they are in.
set -euo pipefail
[ -z "${TUIDING_TEST_POSTGRESQL:-}" ] || exit 0 # the tests were given a server

newest() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -V | tail -1; }
on_the_path() { local found; found=$(command -v initdb) && dirname "$(readlink -f "$found")"; }

bin=$(on_the_path || newest || true)
if [ -z "$bin" ]; then
  "$(dirname "$0")/debian-packages.sh" postgresql
  bin=$(newest)
fi
echo "$bin"
