"""Who may read: the password of the settings, sessions that the server need not remember, patience against guessing.

A session is a signed time at which it ends. The key lies in the data folder and is mixed with the password's hash: a
new password ends every session.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

SESSION = timedelta(days=14)
KEY_BYTES = 32
TRIES = 5  # wrong passwords from one address within a minute
TRIES_OF_ALL = 20  # and from all together: behind a proxy everybody has one address
WINDOW = timedelta(minutes=1)
REMEMBERED = 1000  # addresses; the oldest is forgotten
PASSWORD_CHARACTERS = 1000


class ThrottledError(Exception):
    """Too many wrong passwords; the message says when to try again."""


def hash_password(password: str) -> str:
    """The argon2 hash that stands in the settings."""
    return PasswordHasher().hash(password)


def read_key(folder: Path) -> bytes:
    """The key by which sessions are signed, made at the first call; only its owner can read it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "session.key"
    if not path.exists():
        fresh = folder / f"session.key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(KEY_BYTES))
        fresh.replace(path)
    return path.read_bytes()


class Doorkeeper:
    """Checks passwords and sessions; used by any number of threads."""

    def __init__(self, password_hash: str, key: bytes, clock: Callable[[], datetime]) -> None:
        self._hash = password_hash
        self._key = hmac.digest(key, password_hash.encode(), hashlib.sha256)
        self._clock = clock
        self._wrong: OrderedDict[str, list[datetime]] = OrderedDict()
        self._known: set[bytes] = set()
        self._lock = threading.Lock()  # one hash at a time: each takes 64 MiB

    def check_password(self, password: str, address: str) -> bool:
        """Whether this is the password. Raises `ThrottledError` for an address that was wrong too often."""
        with self._lock:
            self._check_patience(address)
            right = len(password) <= PASSWORD_CHARACTERS and self._verify(password)
            if not right:
                self._note_wrong(address)
            return right

    def check_basic(self, header: str, address: str) -> bool:
        """Whether an Authorization header of the basic kind holds the password, with whatever user name."""
        digest = hmac.digest(self._key, header.encode(), hashlib.sha256)
        if digest in self._known:
            return True
        right = self.check_password(_read_basic(header), address)
        if right:
            self._known.add(digest)
        return right

    def make_session(self) -> str:
        """The value of a cookie that lets in for two weeks."""
        ends = str(int((self._clock() + SESSION).timestamp()))
        return f"{ends}.{self._sign(ends)}"

    def is_open(self, session: str) -> bool:
        """Whether this session was made here and has not ended."""
        ends, _, signature = session.partition(".")
        if not (ends.isascii() and ends.isdigit() and len(ends) < 12 and signature.isascii()):
            return False
        return hmac.compare_digest(signature, self._sign(ends)) and self._clock().timestamp() < int(ends)

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _verify(self, password: str) -> bool:
        try:
            return PasswordHasher().verify(self._hash, password)
        except Argon2Error:
            return False

    def _check_patience(self, address: str) -> None:
        since = self._clock() - WINDOW
        recent = {name: [at for at in times if at > since] for name, times in self._wrong.items()}
        self._wrong = OrderedDict((name, times) for name, times in recent.items() if times)
        everybody = sum(map(len, self._wrong.values()))
        if len(self._wrong.get(address, ())) >= TRIES or everybody >= TRIES_OF_ALL:
            raise ThrottledError("too many wrong passwords; try again in a minute")

    def _note_wrong(self, address: str) -> None:
        self._wrong.setdefault(address, []).append(self._clock())
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)


def _read_basic(header: str) -> str:
    """The password in the header; empty where there is none."""
    scheme, _, said = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(said.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
