#!/usr/bin/env bash
# debian-packages.sh WHAT: installs what WHAT (demo, test, or one package of the table) needs and this machine lacks.
# As root, or with a sudo that asks for no password; otherwise it says the command to type and ends with 1.
set -euo pipefail

# what it is wanted for | how to see that it is there | Debian's package, or a choice | what is missing, for whom
table() {
  cat <<'ROWS'
make|has make|make|make, which knows every command of this repository,
demo test|has_java|openjdk-17-jre-headless default-jre-headless|Java 17 or newer, which runs a real Kafka,
demo test|has mvn|maven|Maven, which fetches Kafka's jars,
demo test|has_venv|python3-venv|Python's ensurepip, which virtual environments are made with,
test|has_postgresql|postgresql|PostgreSQL's server, the second database of the tests,
test|has chromium|chromium|Chromium, which looks at the console's pages,
test|has kcat|kcat|kcat, a stranger's Kafka client,
test|has promtool|prometheus|promtool, which tests the alerts,
test|has javac|openjdk-17-jdk-headless default-jdk-headless|a JDK, which compiles a stranger's publisher,
test|has node|nodejs|Node.js, which runs other people's readers of our contracts,
test|has npm|npm|npm, which fetches those readers,
test|has_chinese|fonts-wqy-microhei|a font with Chinese letters, in which Chromium draws the pages,
test|has openssl|openssl|openssl, which makes new keys as the runbook says,
test|has ip|iproute2|ip, which makes the networks of several machines,
ROWS
}

has() { command -v "$1" >/dev/null; }
has_java() {
  local major
  major=$(java -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p') || return 1
  [ "${major:-0}" -ge 17 ]
}
has_chinese() { fc-list :lang=zh 2>/dev/null | grep -q .; }
has_venv() { [ -x "${UV:-}" ] || python3 -c 'import ensurepip' 2>/dev/null; }
has_postgresql() {
  [ -n "${TUIDING_TEST_POSTGRESQL:-}" ] || has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

# The first of them that this Debian carries; the last one where that cannot be known.
carried() {
  while [ $# -gt 1 ] && ! apt-cache show "$1" >/dev/null 2>&1; do shift; done
  echo "$1"
}

missing=() # rows
while IFS='|' read -r wanted there packages sentence; do
  [[ " $wanted $packages " == *" $1 "* ]] || continue
  $there </dev/null || missing+=("$packages|$sentence")
done < <(table)
[ ${#missing[@]} -gt 0 ] || exit 0

chosen() { for row in "${missing[@]}"; do carried ${row%|*}; done; }
say_missing() { for row in "${missing[@]}"; do echo "${row#*|} is missing$1" >&2; done; }
to_type() {
  local packages
  packages=$(chosen)
  echo "$1apt-get update && $1apt-get install -y --no-install-recommends ${packages//$'\n'/ }"
}

if ! has apt-get; then
  say_missing "."
  echo "This is no Debian, so nothing was installed: install what is named above, then come again." >&2
  exit 1
fi

if [ "$(id -u)" = 0 ]; then
  as_root=""
elif has sudo && sudo -n true 2>/dev/null; then
  as_root="sudo -n"
else
  say_missing "."
  echo "Only root may install packages. Type this, then come again:" >&2
  if has sudo; then echo "  $(to_type 'sudo ')"; else echo "  su -c '$(to_type '')'"; fi >&2
  exit 1
fi

say_missing ": it is installed now, as a package of Debian."
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2; }
if ! apt update -qq || ! apt install -y -qq --no-install-recommends $(chosen); then
  echo "The packages could not be installed; apt-get says above why. Once it can be reached: $(to_type '')" >&2
  exit 1
fi
