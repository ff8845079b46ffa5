#!/bin/sh
# Make the virtual environment with the locked dependencies: sh scripts/setup.sh FOLDER
# Needs Python 3.11 or newer with venv; on Debian and its kin it installs python3-venv where it may.
set -eu
. "$(dirname "$0")/as_root.sh"
venv=$1

say() { echo "setup: $*" >&2; }

find_python() {
    for name in python3 python3.11 python3.12 python3.13 python3.14 python; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    say "expected Python 3.11 or newer, found $(python3 --version 2>/dev/null || echo none); install it and run make again."
    exit 1
}

# ensurepip is what Debian splits off into python3-venv
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

install_venv() {
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if command -v apt-get >/dev/null 2>&1; then
        say "$package is missing and is installed now"
        for wanted in "$package" python3-venv; do
            { as_root apt-get update -qq && as_root apt-get install -y -qq "$wanted"; } >&2 && has_venv "$1" && return
        done
    fi
    say "the system package $package is missing (apt install $package); install it and run make again."
    exit 1
}

python=$(find_python)
has_venv "$python" || install_venv "$python"
if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "making $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
say "installing the locked dependencies"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null ||
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -e .
say "done"
