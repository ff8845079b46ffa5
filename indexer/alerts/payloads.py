"""What is posted to a webhook: one digest as JSON, with the articles of each query as data.

The form is a promise to receivers (docs/alerts.md): keys may be added, none changes its meaning.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archive.catalogue.outbox import Letter
from archive.catalogue.silences import Silence
from indexer.alerts.articles import Article
from indexer.alerts.links import Links
from indexer.alerts.wording import clean

TYPE = "vigie.digest"


@dataclass(frozen=True)
class Report:
    """What one query has to tell: its newest articles, how many more there are, how many are only counted, and sources
    that fell silent or speak again."""

    name: str
    title: str
    words: str
    articles: Sequence[Article]
    left_out: int
    counted: int
    silences: Sequence[Silence] = ()


def write_payload(digest: str, made_at: datetime, subject: str, reports: Sequence[Report], links: Links) -> Letter:
    """The body that is posted; the subject is shown in the outbox."""
    body = {
        "type": TYPE,
        "timestamp": _show(made_at),
        "data": {"digest": digest, "queries": [_write_report(one, links) for one in reports]},
    }
    return Letter(subject, json.dumps(body, ensure_ascii=False), "")


def _write_report(report: Report, links: Links) -> Mapping[str, Any]:
    return {
        "name": report.name,
        "title": report.title,
        "query": report.words,
        "articles": [_write_article(one, links) for one in report.articles],
        "left_out": report.left_out,
        "counted": report.counted,
        "silences": [_write_silence(one) for one in report.silences],
    }


def _write_silence(silence: Silence) -> Mapping[str, Any]:
    return {
        "source": silence.source,
        "quiet_since": _show(silence.quiet_since),
        "usual_seconds": round(silence.usual.total_seconds()),
        "ended_at": None if silence.ended_at is None else _show(silence.ended_at),
    }


def _write_article(article: Article, links: Links) -> Mapping[str, Any]:
    entry, change = article.entry, article.change
    return {
        "document": entry.document,
        "version": entry.version,
        "seq": change.seq,
        "change": change.kind,
        "at": _show(change.at),
        "url": clean(entry.url, len(entry.url)),
        "title": article.title,
        "authors": article.authors,
        "passage": "".join(text for text, _ in article.passage),
        "source": entry.source,
        "source_name": clean(entry.source_name),
        "kind": entry.kind,
        "regions": entry.regions,
        "language": entry.lang,
        "date": _show(entry.date),
        "date_precision": entry.date_precision,
        "date_origin": entry.date_origin,
        "page": links.document(entry.document),
        "archived": links.capture(entry.capture),
    }


def _show(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
