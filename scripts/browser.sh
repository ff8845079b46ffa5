#!/bin/sh
# Install the browser in which the tests look at pages and mails, where it is missing, on Debian and its kin. Where it
# cannot be installed that is said; the tests that need it are then skipped by name, or fail under VIGIE_REQUIRE_ALL.
set -eu
. "$(dirname "$0")/as_root.sh"

say() { echo "browser: $*" >&2; }

for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
say "chromium is missing and is installed now"
if ! command -v apt-get >/dev/null 2>&1 || ! as_root apt-get update -qq >&2 ||
    ! as_root apt-get install -y -qq --no-install-recommends chromium >&2; then
    say "it cannot be installed here; install Chromium for the tests in a browser"
fi
