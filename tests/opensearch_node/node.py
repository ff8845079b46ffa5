"""One running OpenSearch node, on a port of the loopback that the system chooses. No security: it is never exposed."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

START_SECONDS = 120
_STOP_SECONDS = 30

_SETTINGS = """\
network.host: 127.0.0.1
transport.port: 0
action.destructive_requires_name: true
cluster.routing.allocation.disk.threshold_enabled: false
"""
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""
_ADDRESS = re.compile(r"HttpServerTransport\] publish_address \{127\.0\.0\.1:(\d+)\}")


class OpenSearchNode:
    """A node in a process of its own."""

    def __init__(self, jars: Path, java: Path, data: Path, heap: str = "512m") -> None:
        self._jars = jars
        self._java = java
        self._data = data
        self._heap = heap
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        config, log = self._data / "config", self._data / "node.log"
        config.mkdir(parents=True, exist_ok=True)
        (config / "opensearch.yml").write_text(_SETTINGS, encoding="ascii")
        (config / "log4j2.properties").write_text(_LOGGING, encoding="ascii")
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command(config), stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._data
            )
        try:
            self.url = self._wait(self._process, log)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let it end in order, and make it end if it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _command(self, config: Path) -> list[str]:
        java = [str(self._java), f"-Xmx{self._heap}", "--enable-native-access=ALL-UNNAMED", "-cp", f"{self._jars}/*"]
        runner = ["org.codelibs.opensearch.runner.OpenSearchRunner", "-clusterName", "vigie-tests", "-numOfNode", "1"]
        # the runner adds the number of the node, 1, to the port; 0 is any free one
        place = ["-basePath", str(self._data), "-confPath", str(config), "-baseHttpPort", "-1"]
        return java + runner + place

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            said = log.read_text(encoding="utf-8", errors="replace")
            if process.poll() is not None:
                raise RuntimeError(f"the node ended at its start: {said[-2_000:]}")
            if (address := _ADDRESS.search(said)) and _is_ready(f"http://127.0.0.1:{address[1]}"):
                return f"http://127.0.0.1:{address[1]}"
            time.sleep(0.1)
        raise RuntimeError(f"the node was not ready after {START_SECONDS} s: {said[-2_000:]}")


def _is_ready(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/_cluster/health", timeout=5) as answer:
            return json.load(answer)["status"] in ("yellow", "green")
    except (urllib.error.URLError, OSError):
        return False
