#!/bin/sh
# Make sure that there is a Chromium for the tests of the pages: sh scripts/browser.sh
# On Debian and its kin it is installed where that is allowed; elsewhere those tests are skipped by name.
set -eu

for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1; then
    echo "browser: Chromium is missing and is installed now" >&2
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends chromium >&2 && exit 0
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo -n apt-get update -qq >&2 && sudo -n apt-get install -y -qq --no-install-recommends chromium >&2 && exit 0
    fi
fi
echo "browser: no Chromium could be had; the tests of the pages in a browser are skipped." >&2
