"""The page beside the daemon: served by a child that is replaced when it dies and when the configuration changes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from config.loading import load_valid
from tests.ports import find_port
from tests.vigie.program import Program
from tests.vigie.web.serving import set_web
from vigie.installation import Installation
from vigie.web_keeper import WebKeeper

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PATIENCE = 90.0


def wait_for(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.2)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Program, int]:
    """An installation with an empty archive whose page is on."""
    program, port = Program(tmp_path), find_port()
    program.must("init")
    set_web(program, f"  port: {port}")
    return program, port


def test_the_daemon_serves_the_page_and_takes_it_along_when_it_ends(prepared: tuple[Program, int]) -> None:
    program, port = prepared
    with (program.folder / "daemon.log").open("ab") as log:
        daemon = subprocess.Popen(program.words("run"), stdout=log, stderr=log, process_group=0)
        try:
            wait_for(lambda: answers(port), "the page is served")
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(60) == 0
        finally:
            daemon.kill()

    assert not answers(port)


def test_a_killed_daemon_leaves_no_page_behind(prepared: tuple[Program, int]) -> None:
    program, port = prepared
    with (program.folder / "daemon.log").open("ab") as log:
        daemon = subprocess.Popen(program.words("run"), stdout=log, stderr=log, process_group=0)
        try:
            wait_for(lambda: answers(port), "the page is served")
        finally:
            daemon.kill()
            daemon.wait()

    wait_for(lambda: not answers(port), "the page's process notices that its parent is gone")


def test_a_child_that_dies_is_replaced_and_a_new_configuration_is_served(prepared: tuple[Program, int]) -> None:
    program, port = prepared
    clock = Clock()
    installation = Installation(load_valid(program.config), clock.read)
    keeper = WebKeeper()
    try:
        keeper.look(installation)
        wait_for(lambda: answers(port), "the page is served")
        kill(keeper)
        keeper.look(installation)
        assert keeper.pause == timedelta(seconds=1)
        clock.now += timedelta(seconds=2)
        keeper.look(installation)
        wait_for(lambda: answers(port), "the page is served again")

        other = find_port()
        set_web(program, f"  port: {other}")
        changed = replace(installation, loaded=load_valid(program.config))
        keeper.look(changed)
        wait_for(lambda: answers(other), "the page is served at its new place")
        assert not answers(port)

        set_web(program, "  enabled: false")
        keeper.look(replace(installation, loaded=load_valid(program.config)))
        assert not answers(other)
    finally:
        keeper.stop()


def kill(keeper: WebKeeper) -> None:
    assert keeper.child is not None
    os.kill(keeper.child.pid, signal.SIGKILL)
    keeper.child.wait()


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def read(self) -> datetime:
        return self.now
