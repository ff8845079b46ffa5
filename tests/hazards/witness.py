"""A server inside, which nobody may reach: it answers nothing and counts who connects."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Witness:
    """Listens on the machine itself; `connections` counts all that came."""

    def __init__(self, *addresses: str) -> None:
        self.connections = 0
        self._ended = threading.Event()
        self._listening: list[socket.socket] = []
        self.port = 0
        for address in addresses:
            self._listening.append(socket.create_server((address, self.port)))
            self.port = int(self._listening[0].getsockname()[1])
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, after all that waits was counted."""
        self._ended.set()
        self._thread.join()
        for one in self._listening:
            one.close()

    def _count(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in self._listening:
                selector.register(one, selectors.EVENT_READ)
            while not self._ended.is_set():
                for key, _ in selector.select(0.1):
                    connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                    self.connections += 1
                    connection.close()


@contextmanager
def listen_inside(*addresses: str) -> Iterator[Witness]:
    """A witness for the length of a block."""
    witness = Witness(*(addresses or ("127.0.0.1",)))
    try:
        yield witness
    finally:
        witness.close()
