#!/usr/bin/env bash
# Installs one of Debian's packages: debian-package.sh PACKAGE "What is missing" "what else somebody can do".
set -euo pipefail
package=$1 missing=$2 instead=$3

if ! command -v apt-get >/dev/null; then
  echo "$missing is missing: $instead." >&2
  exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
echo "$missing is missing: installing Debian's package $package ..." >&2
export DEBIAN_FRONTEND=noninteractive
{ $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends "$package"; } >&2 || {
  echo "It could not be installed: $instead." >&2
  exit 1
}
