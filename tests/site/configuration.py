"""A Vigie configuration for the site: the demo's files as they are, or the same written for another port."""

from collections.abc import Iterable
from pathlib import Path

DEMO_PORT = 8137
DEMO_CONTROL_PORT = 8138
DEMO_CONFIGURATION = Path(__file__).parent / "config"


def write_configuration(
    folder: Path, port: int, *, data_folder: Path | None = None, private_addresses: Iterable[str] = ()
) -> Path:
    """Write settings and sources for a site on `port` into `folder` and give it back.

    The data folder is `data` beside that folder unless given; further loopback addresses on the same port may be
    allowed, for sources that a test adds as files of its own under `sources/`.
    """
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    for file in sorted(DEMO_CONFIGURATION.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8").replace(f":{DEMO_PORT}", f":{port}")
        (folder / file.relative_to(DEMO_CONFIGURATION)).write_text(text, encoding="utf-8")
    settings = folder / "settings.yaml"
    place = data_folder or "../data"
    lines = [
        f"data_folder: {place}" if line.startswith("data_folder:") else line
        for line in settings.read_text(encoding="utf-8").splitlines()
    ]
    lines += [f"  - {address}:{port}" for address in private_addresses]
    settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
