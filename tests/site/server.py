"""The site itself: one event loop in a thread, one listening socket an address, all on one port.

with Site() as site:
    ... site.url("rempart", "/feed/") ... site.advance("next day") ... site.count("/feed/")
"""

import asyncio
import errno
import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.site import request_log
from tests.site.control import answer_control
from tests.site.messages import ByteSink, RawAnswer, Request, Response, answer_condition, render
from tests.site.press import Press
from tests.site.publishers import PUBLISHERS
from tests.site.request_log import LoggedRequest, RequestLog
from tests.site.trouble import ADDRESSES as TROUBLE_ADDRESSES
from tests.site.trouble import Trouble

CONTROL_ADDRESS = "127.0.0.1"
HEAD_LIMIT = 256 * 1024  # far above any real request head; a client that sends more has gone wrong
PORT_ATTEMPTS = 50  # a free port of the first address may be taken on another one: a few tries settle it


class Site(Press):
    """All publishers on one port; `control_port` (0: any free one, None: none) serves other processes.

    `bad_addresses` are those of the bad neighbourhood; more of them serve the faults by path.
    """

    def __init__(
        self,
        port: int = 0,
        control_port: int | None = None,
        log_file: Path | None = None,
        bad_addresses: Sequence[str] = TROUBLE_ADDRESSES,
    ) -> None:
        super().__init__()
        self._bad_addresses = tuple(bad_addresses)
        self._asked_port = port
        self._asked_control_port = control_port
        self._log = RequestLog(log_file)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="news-site", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._conversations: set[asyncio.Task[None]] = set()
        self._under_way: Counter[str] = Counter()
        self.control_port: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on every address; returns once connections are accepted."""
        sockets = _bind([*(one.address for one in PUBLISHERS), *self._bad_addresses], self._asked_port)
        self.port = sockets[0].getsockname()[1]
        control = None
        if self._asked_control_port is not None:
            control = _bind([CONTROL_ADDRESS], self._asked_control_port)[0]
            self.control_port = control.getsockname()[1]
        self.build()
        self._trouble = Trouble(self.port)
        self._thread.start()
        self._wait(self._listen(sockets, control))

    def stop(self) -> None:
        """Close every connection and the log."""
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._log.close()

    def requests(self, host: str | None = None) -> tuple[LoggedRequest, ...]:
        """Every request so far, of one publisher (name or address) or of all."""
        return self._log.all(None if host is None else self.address(host))

    def count(self, path: str, host: str | None = None) -> int:
        """How often a path was asked for."""
        return request_log.count(self.requests(host), path)

    def forget_requests(self) -> None:
        """Start counting from nothing."""
        self._log.forget()

    def _wait(self, work: Awaitable[None]) -> None:
        done: Future[None] = asyncio.run_coroutine_threadsafe(_as_coroutine(work), self._loop)
        done.result(timeout=20)

    async def _listen(self, sockets: Iterable[socket.socket], control: socket.socket | None) -> None:
        for bound in sockets:
            self._servers.append(await asyncio.start_server(self._greet, sock=bound, limit=HEAD_LIMIT))
        if control is not None:
            self._servers.append(await asyncio.start_server(self._greet, sock=control, limit=HEAD_LIMIT))

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client left: no error of the site
        except asyncio.CancelledError:
            writer.transport.abort()  # the site stops: nobody waits for what is still unsent
        finally:
            await _close_writer(writer)
            self._conversations.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; true where the connection stays open for another."""
        request = await _read_request(reader, writer.get_extra_info("sockname")[0])
        self._under_way[request.address] += 1
        try:
            return await self._reply(request, writer)
        finally:
            self._under_way[request.address] -= 1

    async def _reply(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        answer = self._answer(request)
        self._record(request, answer.status)
        await asyncio.sleep(self.pause(request.address))
        if isinstance(answer, RawAnswer):
            await answer.write(_sink(writer))
            return False
        writer.write(render(request, answer))
        await writer.drain()
        return request.headers.get("connection", "").lower() != "close"

    def _answer(self, request: Request) -> Response | RawAnswer:
        if request.address == CONTROL_ADDRESS:
            return answer_control(self, request)
        if request.address in self._bad_addresses:
            return self._trouble.answer(request)
        return answer_condition(request, self.find(request))

    def _record(self, request: Request, status: int) -> None:
        if request.address == CONTROL_ADDRESS:
            return
        self._log.add(
            LoggedRequest(
                host=request.address,
                method=request.method,
                path=request.target,
                conditional=request.conditional,
                status=status,
                user_agent=request.headers.get("user-agent", ""),
                second=time.time(),
                together=self._under_way[request.address],
            )
        )


async def _close_writer(writer: asyncio.StreamWriter) -> None:
    """Close once everything was taken by the client; cut the connection where the site stops before that."""
    writer.close()
    try:
        with suppress(ConnectionError):
            await writer.wait_closed()
    except asyncio.CancelledError:
        writer.transport.abort()


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work


async def _read_request(reader: asyncio.StreamReader, address: str) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, *_ = [*first.split(" "), "", ""]
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length") or 0))
    return Request(method, target, address, headers, body)


def _sink(writer: asyncio.StreamWriter) -> ByteSink:
    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def pause(seconds: float) -> None:
        await asyncio.sleep(seconds)

    return ByteSink(send, pause, writer.transport.abort)


def _bind(addresses: list[str], port: int) -> list[socket.socket]:
    """One socket an address, all on the same port: the one given, or the first that is free on all."""
    for _ in range(PORT_ATTEMPTS):
        sockets: list[socket.socket] = []
        chosen = port
        try:
            for address in addresses:
                sockets.append(_bind_one(address, chosen))
                chosen = sockets[0].getsockname()[1]
            return sockets
        except OSError as error:
            for bound in sockets:
                bound.close()
            if port or error.errno != errno.EADDRINUSE:
                raise OSError(error.errno, f"the news site cannot listen on {address}:{chosen}: {error}") from error
    raise OSError(errno.EADDRINUSE, f"the news site found no port that is free on {len(addresses)} loopback addresses")


def _bind_one(address: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
