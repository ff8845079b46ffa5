"""Serve the site: `python -m tests.site` (Ctrl-C ends it).

The demo uses the fixed ports; a test in another process asks for port 0 and reads the first line of output, which is
one JSON object: `{"port": ..., "control_port": ..., "publishers": {name: address}}`.
"""

import argparse
import json
import signal
from pathlib import Path
from threading import Event

from tests.site.configuration import DEMO_CONTROL_PORT, DEMO_PORT
from tests.site.publishers import PUBLISHERS
from tests.site.server import Site


def main() -> None:
    """Listen, say where, and wait for a signal."""
    options = _read_options()
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with Site(options.port, options.control_port, options.log) as site:
        site.advance(options.day)
        publishers = {one.name: site.base(one.name) for one in PUBLISHERS}
        ready = {"port": site.port, "control_port": site.control_port, "publishers": publishers}
        print(json.dumps(ready), flush=True)
        stop.wait()


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.site", description="Serve the local news site.")
    parser.add_argument("--port", type=int, default=DEMO_PORT, help="port of all publishers (0: any free one)")
    parser.add_argument("--control-port", type=int, default=DEMO_CONTROL_PORT, help="port of the control address")
    parser.add_argument("--log", type=Path, help="file to which every request is appended as a line of JSON")
    parser.add_argument("--day", default="first day", help="day of the script to begin with")
    return parser.parse_args()


if __name__ == "__main__":
    main()
