#!/bin/sh
# Installs the distribution's Chromium, which tests/browser drives, and the java that the validator of HTML runs on,
# where they are missing: by apt-get, as root or by sudo without a password. Where it may not, it says what to install.
# Debian has a Chromium without a window, in which the tests take half the time.
set -eu
SHELL_ONLY=chromium-headless-shell

found() {
    for name in "$@"; do
        command -v "$name" > /dev/null && return
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

if found $SHELL_ONLY && found java; then exit 0; fi
missing=""
found $SHELL_ONLY chromium chromium-browser google-chrome-stable google-chrome || missing="chromium"
if found apt-get && as_root true 2> /dev/null; then
    as_root apt-get update --quiet=2 || [ -z "$missing" ]
    if ! found $SHELL_ONLY && apt-cache show $SHELL_ONLY > /dev/null 2>&1; then missing="$SHELL_ONLY"; fi
    found java || missing="$missing default-jre-headless"
    # shellcheck disable=SC2086 # one package a word
    [ -z "$missing" ] || as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes \
        --no-install-recommends $missing
    exit 0
fi
found java || missing="$missing default-jre-headless"
[ -n "$missing" ] || exit 0
echo "missing: $missing" >&2
echo "install it by your system's packages; until then the tests that need it are skipped, or fail where CI=true" >&2
exit 1
