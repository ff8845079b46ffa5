"""One running node: started on a free port of the loopback, killed, started again on its data or on none.

No security and no certificates: it is never exposed. Elasticsearch refuses to run as root, so it runs as another
user then, to whom its data folder is given.
"""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from tests.ports import find_port

START_SECONDS = 180
_NOBODY = 65534

_SETTINGS = """\
cluster.name: vigie-tests
node.name: test-1
path.data: {data}/data
path.logs: {data}/logs
http.host: 127.0.0.1
http.port: {port}
transport.host: 127.0.0.1
transport.port: {transport}
discovery.type: single-node
xpack.security.enabled: false
action.destructive_requires_name: true
cluster.routing.allocation.disk.threshold_enabled: false
"""


class Node:
    """A node in a process of its own."""

    def __init__(self, home: Path, java: Path, data: Path, heap: str = "512m") -> None:
        self._home = home
        self._java = java
        self._data = data
        self._heap = heap
        self._port = find_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Run until it answers."""
        for folder in ("config", "data", "logs", "tmp"):
            (self._data / folder).mkdir(parents=True, exist_ok=True)
        config = self._data / "config"
        shutil.copytree(self._home / "config", config, dirs_exist_ok=True)
        settings = _SETTINGS.format(data=self._data, port=self._port, transport=find_port())
        (config / "elasticsearch.yml").write_text(settings, encoding="ascii")
        command = [str(self._home / "bin" / "elasticsearch"), "-p", str(self._data / "pid")]
        if os.getuid() == 0:
            self._give_away()
            command = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *command]
        with (self._data / "out.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._data, env=self._environment(), start_new_session=True
            )
        self._wait()

    def stop(self) -> None:
        """Let it end in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a warning, server and launcher."""
        self._end(signal.SIGKILL)

    def forget(self) -> None:
        """Throw its data away; it must have ended."""
        shutil.rmtree(self._data / "data")

    def _environment(self) -> dict[str, str]:
        own = {
            "ES_JAVA_HOME": str(self._java),
            "ES_PATH_CONF": str(self._data / "config"),
            "ES_TMPDIR": str(self._data / "tmp"),
            "LIBFFI_TMPDIR": str(self._data / "tmp"),
            "ES_JAVA_OPTS": f"-Xms{self._heap} -Xmx{self._heap}",
            "HOME": str(self._data),
        }
        return {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | own

    def _give_away(self) -> None:
        for path in (self._data, *self._data.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY)

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the node ended at its start: {self._last_words()}")
            if _answers(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=2s"):
                return
            time.sleep(0.3)
        self.kill()
        raise RuntimeError(f"the node was not ready after {START_SECONDS} s: {self._last_words()}")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        # the launcher and the server are one session of their own, so this reaches no other process
        os.killpg(self._process.pid, how)
        self._process.wait()
        self._process = None

    def _last_words(self) -> str:
        return (self._data / "out.log").read_text(encoding="utf-8", errors="replace")[-2_000:]


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
