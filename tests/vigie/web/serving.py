"""The page as a person starts it, a real process on a free port; or served by the test, with a clock of its own."""

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import httpx
import uvicorn

from tests.ports import find_port
from tests.vigie.program import Program
from vigie.installation import Installation
from vigie.web.app import make_app

PATIENCE = 60.0  # it takes two seconds on an idle machine


def set_web(program: Program, lines: str) -> None:
    """Replace the settings of the page."""
    settings = program.config / "settings.yaml"
    kept = settings.read_text(encoding="utf-8").partition("\nweb:")[0]
    settings.write_text(f"{kept}\nweb:\n{lines}\n", encoding="utf-8")


@contextlib.contextmanager
def serve(program: Program, *arguments: str) -> Iterator[str]:
    """A running `vigie web`; gives its address, and at the end of the block nobody is left."""
    with serve_process(program, *arguments) as (address, _):
        yield address


@contextlib.contextmanager
def serve_process(program: Program, *arguments: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The same with the process, for tests that look into it."""
    port = find_port()
    with (program.folder / "web.log").open("ab") as log:
        process = subprocess.Popen(program.words("web", "--port", str(port), *arguments), stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(process, address)
            yield address, process
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def serve_here(installation: Installation, language: str = "fr") -> Iterator[httpx.Client]:
    """A browser set to that language, at the page of an installation that the test itself serves."""
    server = uvicorn.Server(uvicorn.Config(make_app(installation), ws="none", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        address, said = f"http://127.0.0.1:{listening.getsockname()[1]}", {"Accept-Language": language}
        try:
            with httpx.Client(base_url=address, headers=said, timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "vigie web has ended; see web.log"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/healthz", timeout=10).status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"vigie web did not answer within {PATIENCE:.0f} s")
