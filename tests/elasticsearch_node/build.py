"""Builds a real Elasticsearch node from the distribution that Elastic publishes for the tests of plugin authors.

It is the server as Elastic builds it, with few modules; what our mapping needs beyond them are Lucene's own classes,
wrapped by the small plugin in `extras/`. The zip is published without a checksum, so its jars are compared with the
same jars published one by one. Without percolator, reindex, scripts, lifecycle, Kibana's module; security is off.
"""

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

VERSION = "9.5.3"
JAVA_AT_LEAST = 21
PLUGIN = "test-node-extras"

_HERE = Path(__file__).parent
_TOOL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"
_ZIP = "org.elasticsearch.distribution.integ-test-zip:elasticsearch"
_PUBLISHED = ("org.elasticsearch:elasticsearch", "org.elasticsearch.plugin:transport-netty4")
_DESCRIPTOR = f"""\
description=GET / and analysis for tests
version=1
name={PLUGIN}
classname=node.Extras
java.version={JAVA_AT_LEAST}
elasticsearch.version={VERSION}
"""


class NotBuildableError(Exception):
    """The node cannot be had on this machine; the message says what is missing."""


def find_java() -> Path:
    """The home of a JDK that is new enough: JAVA_HOME, then the usual folder, then the one on the path."""
    for home in java_homes("javac"):
        if java_version(home) >= JAVA_AT_LEAST and (home / "bin" / "javac").exists():
            return home
    raise NotBuildableError(f"no JDK of {JAVA_AT_LEAST} or newer in JAVA_HOME, /usr/lib/jvm or PATH")


def java_homes(program: str) -> Iterator[Path]:
    """Where a Java may be: JAVA_HOME, the usual folder, and where the program on the path lies."""
    on_path = shutil.which(program)
    homes = [os.environ.get("JAVA_HOME", ""), *sorted(map(str, Path("/usr/lib/jvm").glob("*")), reverse=True)]
    homes += [str(Path(on_path).resolve().parents[1])] if on_path else []
    yield from map(Path, filter(None, homes))


def java_version(home: Path) -> int:
    """The number before the first point; 0 where there is no Java."""
    try:
        release = (home / "release").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r'JAVA_VERSION="(\d+)', release)
    return int(found[1]) if found else 0


def build_node(target: Path, java: Path) -> Path:
    """The folder of the node; what was built before with the same parts is taken as it is."""
    home = target / f"elasticsearch-{VERSION}"
    stamp = target / "built-with"
    parts = _digest_parts()
    if home.is_dir() and stamp.is_file() and stamp.read_text(encoding="ascii") == parts:
        return home
    if shutil.which("mvn") is None:
        raise NotBuildableError("no mvn on the path, with which the node is fetched")
    stamp.unlink(missing_ok=True)
    shutil.rmtree(home, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    _unpack(_fetch(target), target)
    _compare_jars(target, home)
    _add_plugin(home, target, java)
    stamp.write_text(parts, encoding="ascii")
    return home


def _digest_parts() -> str:
    parts = [VERSION.encode(), *(path.read_bytes() for path in sorted((_HERE / "extras").glob("*.java")))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _maven(target: Path, *arguments: str) -> bool:
    command = ["mvn", "-q", "-B", *arguments, f"-Dmaven.repo.local={target / 'maven'}", _TOOL]
    with (target / "maven.log").open("ab") as log:
        return subprocess.run(command, stdout=log, stderr=log, check=False).returncode == 0


def _fetch(target: Path) -> Path:
    if not _maven(target, f"-Dartifact={_ZIP}:{VERSION}:zip", "-Dtransitive=false"):
        raise NotBuildableError(f"Maven could not fetch the node; {target / 'maven.log'} says why")
    return target / "maven" / _ZIP.replace(".", "/").replace(":", "/") / VERSION / f"elasticsearch-{VERSION}.zip"


def _unpack(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(target)
        for info in opened.infolist():
            if info.filename.split("/")[1] == "bin" and not info.is_dir():
                (target / info.filename).chmod(0o755)


def _compare_jars(target: Path, home: Path) -> None:
    """Hold the zip's jars against those published with checksums, on which Maven's -C insists."""
    for artifact in _PUBLISHED:
        _maven(target, "-C", f"-Dartifact={artifact}:{VERSION}")
    known = {path.name: _sha1(path) for path in _published_jars(target / "maven")}
    shared = [path for path in home.rglob("*.jar") if path.name in known]
    changed = [path.name for path in shared if _sha1(path) != known[path.name]]
    if changed or not shared:
        raise RuntimeError(f"the zip does not hold the published jars: {', '.join(changed) or 'none of them'}")


def _published_jars(repository: Path) -> Iterator[Path]:
    for path in repository.rglob("*.jar"):
        checksum = path.with_name(path.name + ".sha1")
        if checksum.is_file() and checksum.read_text(encoding="ascii").split()[0] == _sha1(path):
            yield path


def _sha1(path: Path) -> str:
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()


def _add_plugin(home: Path, target: Path, java: Path) -> None:
    classes, plugin = target / "classes", home / "plugins" / PLUGIN
    shutil.rmtree(classes, ignore_errors=True)
    plugin.mkdir(parents=True)
    sources = map(str, sorted((_HERE / "extras").glob("*.java")))
    compiler = [str(java / "bin" / "javac"), "-nowarn", "--release", str(JAVA_AT_LEAST)]
    subprocess.run([*compiler, "-d", str(classes), "-cp", f"{home}/lib/*", *sources], check=True)
    jar = [str(java / "bin" / "jar"), "--create", "--file", str(plugin / f"{PLUGIN}.jar")]
    subprocess.run([*jar, "-C", str(classes), "."], check=True)
    (plugin / "plugin-descriptor.properties").write_text(_DESCRIPTOR, encoding="ascii")
    for path in (home, *home.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
