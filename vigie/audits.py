"""The last audit of the saved queries, kept so that people see when it was made and what it found.

An audit replays the whole log and takes its time: whoever looks on reads the last one and is told of what day it is.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from indexer.alerts.auditing import Audit

FILE = "alerts/audit.json"
KEPT = 100  # lines of each list; `vigie alerts audit` prints all


@dataclass(frozen=True)
class KeptAudit:
    """When an audit was made, from which day of the log on (None: all of it), and what it found."""

    at: datetime
    since: datetime | None
    found: Audit


def keep_audit(folder: Path, found: Audit, at: datetime, since: datetime | None) -> None:
    """Put the audit in the place of the one before."""
    said: dict[str, Any] = {
        name: value[:KEPT] if isinstance(value, list) else value for name, value in vars(found).items()
    }
    kept = {"at": at.isoformat(), "since": since.isoformat() if since else None, "found": said}
    path = folder / FILE
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".part")
    fresh.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


def read_audit(folder: Path) -> KeptAudit | None:
    """The last audit; None where there was none, or its file is of another version."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        since = datetime.fromisoformat(kept["since"]) if kept["since"] else None
        return KeptAudit(datetime.fromisoformat(kept["at"]), since, Audit(**kept["found"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
