"""An installation made by hand, with two sources and a clock of its own: for what needs no page and no network."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import Catalogue, create_catalogue, outbox, runs
from archive.catalogue import sources as source_rows
from archive.catalogue.outbox import Letter
from archive.catalogue.sources import Facts
from config.loading import load_valid
from indexer.alerts.phrases import FRENCH, Phrases
from vigie import alerting
from vigie.installation import Installation
from vigie.unseen import list_unseen

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = "contact: vigie@exemple.test\nmail: {operator: garde@exemple.test}\n"
SOURCE = """\
- id: {0}
  name: Gazette {0}
  kind: local_press
  homepage: https://{0}.test
  feeds: [https://{0}.test/rss]
  departements: ["74"]
"""
QUERY = "title: police\nquery: police\nrecipients: [redaction@exemple.test]\nsilence: 3x\n"


class Room:
    """An installation with two sources and a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        for name, said in (("settings.yaml", SETTINGS), ("sources/a.yaml", SOURCE.format("lac") + SOURCE.format("mer")),
                           ("queries/q.yaml", QUERY)):  # fmt: skip
            path = folder / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(said, encoding="utf-8")
        self.now = NOW
        loaded = load_valid(folder / "config", {})
        self.installation = Installation(loaded, lambda: self.now)
        self.catalogue: Catalogue = create_catalogue(loaded.settings.data_folder)
        with self.catalogue.write() as transaction:
            for name, source in loaded.sources.items():
                facts = Facts(name, name, source.name, source.kind, (), ("74",))
                points = [(f"https://{name}.test/rss", "feed", f"{name}.test")]
                source_rows.register_source(transaction, facts, points, first_visit_at=NOW, interval_seconds=900)

    def unseen(self, phrases: Phrases = FRENCH, since: datetime = NOW - DAY) -> list[str]:
        return list_unseen(self.installation, self.catalogue, phrases, since)

    def update(self, name: str, **values: object) -> None:
        with self.catalogue.write() as transaction:
            source_rows.update_source(transaction, name, **values)

    def visit(self, name: str, outcome: str, at: datetime) -> None:
        with self.catalogue.write() as transaction:
            number = runs.start_run(transaction, name, "child", at)
            runs.end_run(transaction, number, outcome, {}, at)

    def match(self) -> int:
        return alerting.match_and_compose(self.installation, self.catalogue, lambda: False)["messages"]

    def is_due(self) -> bool:
        return alerting.is_match_due(self.installation, self.catalogue)

    def letters(self) -> list[Letter]:
        with self.catalogue.read() as transaction:
            messages = outbox.list_messages(transaction, limit=100)[::-1]
            return [outbox.read_letter(transaction, one.letter) for one in messages]

    def write_message(self, number: int = 1) -> None:
        """A message that waits to be sent."""
        with self.catalogue.write() as transaction:
            digest = outbox.add_digest(transaction, f"q{number}", self.now, self.now, {"q": ["a@x.test"]})
            letter = outbox.add_letter(transaction, digest, Letter("s", "t", "h"))
            outbox.add_message(transaction, digest, letter, "a@x.test", f"<m{number}@x.test>", ["q"], self.now)
