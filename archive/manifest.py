"""What a backup holds, by name, size and digest; its presence says that the backup is whole.

A backup folder has one folder for each backup, named by its instant, and the closed WARC files of all of them:

    2026-03-02T120000Z/manifest.json, catalogue.sqlite, withdrawals.jsonl, config/, open/, seals/
    warc/vigie-....warc.gz
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from archive.digests import digest_file
from archive.errors import BackupError

MANIFEST_FILE = "manifest.json"
WARC_SHARED = "warc"
OPEN_FOLDER = "open"
CONFIG_FOLDER = "config"
UNFINISHED = ".unfinished"  # the end of the name of a backup that is being made, or was interrupted
FORMAT = 1
COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class FileFacts:
    """How large a file is, and its digest."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """One backup: its own files, the closed WARC files that belong to it, and those that were not to be had."""

    made_at: datetime
    data_folder: str
    captures: int
    files: Mapping[str, FileFacts]
    warc: Mapping[str, FileFacts]
    missing: tuple[str, ...]


def list_backups(folder: Path) -> list[Path]:
    """The whole backups of a folder, the oldest first."""
    return sorted(path.parent for path in folder.glob(f"*/{MANIFEST_FILE}") if path.parent.suffix != UNFINISHED)


def find_backup(folder: Path) -> Path:
    """The backup that is meant by a folder: itself, or the newest one in it. Raises `BackupError` for none."""
    if folder.suffix != UNFINISHED and (folder / MANIFEST_FILE).exists():
        return folder
    found = list_backups(folder)
    if not found:
        raise BackupError(f"{folder}: expected a backup as `vigie backup` makes it, found none that is whole.")
    return found[-1]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it so that it is on disk when this returns."""
    said = asdict(manifest) | {"format": FORMAT, "made_at": manifest.made_at.isoformat()}
    with (folder / MANIFEST_FILE).open("w", encoding="utf-8") as file:
        json.dump(said, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """What a backup holds. Raises `BackupError` where the manifest is damaged or of a newer version."""
    path = folder / MANIFEST_FILE
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
        if said.pop("format") != FORMAT:
            raise BackupError(f"{path}: made by a newer Vigie. Install that version; nothing was changed.")
        said["made_at"] = datetime.fromisoformat(said["made_at"])
        said["missing"] = tuple(said["missing"])
        for part in ("files", "warc"):
            said[part] = {name: FileFacts(**facts) for name, facts in said[part].items()}
        return Manifest(**said)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"{path}: the manifest is damaged. Take another backup of {folder.parent}.") from error


def copy_bytes(source: IO[bytes], target: IO[bytes], limit: int | None = None) -> FileFacts:
    """Copy a stream, or its first bytes, to disk; what was copied, with its digest."""
    digest, done = hashlib.sha256(), 0
    while chunk := source.read(COPY_BYTES if limit is None else min(COPY_BYTES, limit - done)):
        target.write(chunk)
        digest.update(chunk)
        done += len(chunk)
    target.flush()
    os.fsync(target.fileno())
    return FileFacts(done, digest.hexdigest())


def read_facts(path: Path) -> FileFacts:
    """Size and digest of a file as it is."""
    digest = digest_file(path)
    return FileFacts(path.stat().st_size, digest)
