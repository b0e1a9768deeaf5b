#!/bin/sh
# Installs the distribution's Chromium, which tests/browser drives, and the java that the validator of HTML runs on,
# where they are missing: by apt-get, as root or by sudo without a password. Where it may not, it says what to install.
set -eu

browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome-stable || command -v google-chrome
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=""
browser > /dev/null || missing="chromium"
command -v java > /dev/null || missing="$missing default-jre-headless"
[ -n "$missing" ] || exit 0

if command -v apt-get > /dev/null && as_root true 2> /dev/null; then
    as_root apt-get update --quiet=2
    # shellcheck disable=SC2086 # one package a word
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends $missing
    exit 0
fi
echo "missing: $missing" >&2
echo "install it by your system's packages; until then the tests that need it are skipped, or fail where CI=true" >&2
exit 1
