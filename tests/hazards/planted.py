"""Secrets planted in an installation, and a search for them in everything that it says and writes."""

import base64
import gzip
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from config import cluster, kibana_server, mail, webhook

MAIL = "Courrier-Zq7vXk2LmNp4"
CLUSTER = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw=="
KIBANA = "S2liYW5hQ2xlOm5lZG9pdGphbWFpc3BhcmFpdHJl"
WEBHOOK = "whsec_" + base64.b64encode(b"cle-du-webhook-jamais-montree-32").decode()
ADDRESS = "Adresse-Kp9wRt5YbHc3"
WITH_PASSWORD = f"https://lecteur:{ADDRESS}@127.0.0.1:9/fil.xml"

ENVIRONMENT: Mapping[str, str] = {
    mail.PASSWORD: MAIL,
    cluster.API_KEY: CLUSTER,
    kibana_server.API_KEY: KIBANA,
    webhook.KEY: WEBHOOK,
}


def find_secrets(said: bytes) -> list[str]:
    """Which of the planted secrets stand in these bytes, as they are or in a coding that anybody undoes."""
    return [name for name, forms in _FORMS.items() if any(form in said for form in forms)]


def find_in_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder that holds one, compressed or not."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            for name in find_secrets(_read(path)):
                yield path, name


def find_in_commands(pid: int) -> list[str]:
    """Which stand in the command line of a process, which every user of the machine can read."""
    return find_secrets(Path(f"/proc/{pid}/cmdline").read_bytes())


def _read(path: Path) -> bytes:
    found = path.read_bytes()
    if found.startswith(b"\x1f\x8b"):
        try:
            return found + gzip.decompress(found)
        except (EOFError, OSError, zlib.error):
            return found
    return found


def _forms_of(secret: str) -> tuple[bytes, ...]:
    raw = secret.encode()
    named = b"lecteur:" + raw  # as a browser would send it
    wrapped = [base64.b64encode(one).rstrip(b"=") for one in (raw, named, b"\0lecteur\0" + raw)]
    return (raw, quote(secret, safe="").encode(), *wrapped)


_FORMS = {
    "the password of the mail server": _forms_of(MAIL),
    "the key of the cluster": _forms_of(CLUSTER),
    "the key of Kibana": _forms_of(KIBANA),
    "the key of webhooks": _forms_of(WEBHOOK),
    "the password in an address": _forms_of(ADDRESS),
}
