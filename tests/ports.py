"""A free port, for servers that must be told theirs before they start."""

import socket


def find_port() -> int:
    """A port of this machine that nobody has at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
